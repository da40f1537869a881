internal import VirtUtil

/// What the QEMU driver adds to a definition: it follows from the machine.
extension DomainDefinition {
    /// Finds the emulator, and the machine that the definition means.
    mutating func chooseMachine(_ find: DomainDefaults.EmulatorFinder) throws(ConfError) -> GuestMachine {
        let architecture = os.architecture ?? ""
        let emulator = try find(architecture, devices.emulator)
        if devices.emulator == nil { devices.emulator = emulator.path }
        if bootloader != nil {
            throw ConfError(.unsupported, "bootloader is not supported by QEMU", domain: ConfError.fromQEMU)
        }
        // A board that the emulator does not know is refused when all else is said.
        if let machine = emulator.machine(os.machine) { os.machine = machine.name }
        return GuestMachine(emulator: emulator, architecture: architecture, name: os.machine ?? "")
    }

    /// The processor and the machine's switches.
    mutating func completeProcessor(_ machine: GuestMachine) {
        completeCPU(machine)
        cpu?.numa?.completeCPUs(count: Int(min(vcpus?.maximum ?? 1, 4096)))
        if machine.isARMVirt { completeInterruptController() }
    }

    private mutating func completeCPU(_ machine: GuestMachine) {
        if cpu?.mode == nil, let name = machine.emulator.machine(machine.name)?.defaultCPU {
            var new = cpu ?? GuestCPU()
            new.mode = .custom
            new.match = .exact
            new.check = GuestCPU.Check.none
            var model = GuestCPU.Model()
            model.fallback = .forbid
            model.name = name
            new.model = model
            cpu = new
            return
        }
        switch cpu?.mode {
        case .hostPassthrough, .maximum:
            if cpu?.check == nil { cpu?.check = GuestCPU.Check.none }
            if cpu?.migratable == nil, machine.isX86, cpu?.mode == .hostPassthrough {
                cpu?.migratable = machine.architecture == "x86_64" ? .on : .off
            }
        case .hostModel: if cpu?.check == nil { cpu?.check = .partial }
        case .custom:
            guard cpu?.check == nil else { break }
            cpu?.check = hypervisor == .kvm && machine.isX86 ? .partial : GuestCPU.Check.none
        case nil: break
        }
    }

    /// Without a host's hardware to follow, the interrupt controller is the old one.
    private mutating func completeInterruptController() {
        guard let index = features.elements.firstIndex(where: { $0.name == "gic" }) else {
            features.insert(GenericElement(name: "gic", attributes: [("version", "2")]))
            return
        }
        if features.elements[index].attribute("version") == nil { features.elements[index].set("version", "2") }
    }

    /// The firmware's variables are kept in a file of the guest's own.
    mutating func completeVariables(in folder: String) {
        guard let loader = os.loader, loader.kind == .pflash, loader.readOnly == .yes, loader.isStateless != .yes,
            loader.path != nil, os.nvram?.text == nil, os.nvram?.child("source") == nil
        else { return }
        var element = os.nvram ?? GenericElement(name: "nvram")
        element.text = "\(folder)/nvram/\(name)_VARS.fd"
        os.nvram = element
    }

    /// A pseries machine takes memory in blocks of 256 MiB; what is kept in a file also has a label.
    mutating func alignMemoryDevices() throws(ConfError) {
        guard os.architecture?.hasPrefix("ppc64") == true else { return }
        let block: UInt64 = 256 << 10
        for index in devices.memories.indices {
            let memory = devices.memories[index]
            guard let target = memory.parts.first(where: { $0.name == "target" }) else { continue }
            let size = memory.memoryDeviceKiB
            switch memory.attribute("model") {
            case "dimm": devices.memories[index].setSize((size + block - 1) / block * block)
            case "nvdimm":
                guard let label = target.child("label")?.child("size")?.text.flatMap({ UInt64($0) }) else {
                    throw ConfError(.unsupported, "label size is required for NVDIMM device")
                }
                guard size > label, size - label >= block else {
                    throw ConfError(
                        .xml, "minimum target size for the NVDIMM must be 256MB plus the label size",
                        domain: ConfError.fromQEMU)
                }
                devices.memories[index].setSize((size - label) / block * block + label)
            default: break
            }
        }
    }

    /// The one label that there is belongs to the host's first security driver.
    mutating func completeSecurityLabel(_ defaults: DomainDefaults) {
        guard let model = defaults.securityModel, securityLabels.count == 1, let label = securityLabels.first,
            label.attribute("model") == nil
        else { return }
        let type = label.attribute("type")
        guard type == "none" || type == "dynamic" && label.child("baselabel") == nil else { return }
        securityLabels[0].set("model", model)
        securityLabels[0].order(["type", "model", "relabel"])
    }

    /// Gives every device its place.
    mutating func assignAddresses(_ machine: GuestMachine) throws(ConfError) {
        try devices.assignVirtioSerialPorts()
        if machine.isPSeries { try devices.assignSPAPRAddresses() }
        if machine.isCCW { try devices.assignCCWAddresses() }
        if machine.hasVirtioMMIO, !machine.isVirt || devices.hasVirtioMMIO { devices.assignVirtioMMIO() }
        let count = devices.controllers.count
        try devices.assignPCIAddresses(machine)
        if machine.isS390 { try devices.assignZPCINumbers(firstControllers: count) }
        try devices.assignUSBPorts()
        if let slots = maximumMemory?.slots { try devices.assignMemorySlots(slots) }
        if let serial = devices.serials.first, devices.consoles.first?.target.type == "serial" {
            devices.consoles[0].info = serial.info
        }
    }
}

extension Features {
    /// Adds a switch at the place where it is printed.
    fileprivate mutating func insert(_ element: GenericElement) {
        elements.append(element)
        let order = FeatureShapes.order.map(\.name)
        elements.sort { (order.firstIndex(of: $0.name) ?? 0) < (order.firstIndex(of: $1.name) ?? 0) }
    }
}

extension DomainDevices {
    /// Forgets paths of sockets that were made up for a channel in one run of the guest.
    mutating func dropGeneratedPaths(in folder: String) {
        for index in channels.indices where channels[index].source.kind == .unix {
            guard let path = channels[index].source.sources.first?.attribute("path"),
                let name = channels[index].target.name,
                Self.isGenerated(path, in: folder, name: name)
            else { continue }
            channels[index].source.sources = []
        }
    }

    /// `domain-1-guest/NAME`, or as it was before, `guest.NAME`.
    private static func isGenerated(_ path: String, in folder: String, name: String) -> Bool {
        guard path.hasPrefix("\(folder)/"), path.hasSuffix(name) else { return false }
        var rest = path.dropFirst(folder.count + 1)
        if rest.hasPrefix("channel/target/") { rest = rest.dropFirst("channel/target/".count) }
        rest = rest.dropLast(name.count)
        let inner = rest.dropLast()
        if inner.isEmpty || inner.utf8.contains(0x2F) { return false }
        return rest.hasSuffix(".") || rest.hasSuffix("/") && inner.hasPrefix("domain-")
    }
}

extension GenericDevice {
    /// Changes the size of a `<memory>` device, in KiB.
    fileprivate mutating func setSize(_ kibibytes: UInt64) {
        guard let target = parts.firstIndex(where: { $0.name == "target" }),
            let size = parts[target].children.firstIndex(where: { $0.name == "size" })
        else { return }
        parts[target].children[size].text = String(kibibytes)
    }
}

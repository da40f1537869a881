import VirtUtil

extension DomainDefinition {
    /// Adds what libvirt adds to every definition it takes.
    ///
    /// - Throws: If there is no emulator for it, or no room for its devices.
    mutating func complete(with defaults: DomainDefaults) throws(ConfError) {
        if vcpus == nil { vcpus = VirtualCPUs() }
        if os.architecture == nil { os.architecture = defaults.architecture }
        if memoryTune?.isEmpty == true { memoryTune = nil }
        if cpu?.isEmpty == true { cpu = nil }
        if memoryBacking?.isEmpty == true { memoryBacking = nil }
        if powerManagement?.isEmpty == true { powerManagement = nil }
        if vcpus?.placement == .auto, numaTune?.memory == nil {
            numaTune = numaTune ?? NUMATune()
            numaTune?.memory = NUMATune.automatic
        }
        dropPinsOfMissingCPUs()
        if clock == nil { clock = Clock() }
        if onPowerOff == nil { onPowerOff = .destroy }
        if onReboot == nil { onReboot = .restart }
        if onCrash == nil { onCrash = .destroy }
        completeBoot()
        let machine = try defaults.emulator.map { find throws(ConfError) in try chooseMachine(find) }
        if let machine { completeProcessor(machine) }
        if let folder = defaults.libraryFolder {
            devices.dropGeneratedPaths(in: folder)
            completeVariables(in: folder)
        }
        completeSecurityLabel(defaults)
        try devices.complete(os: os, architecture: os.architecture ?? "", machine: machine)
        completeInterfaces(defaults)
        if let machine {
            try validateBeforeAddresses(machine)
            try assignAddresses(machine)
            try validate(on: machine)
        }
    }

    /// The sum of the guest's memory nodes and of the memory that can be pulled out is all it has.
    ///
    /// - Parameter countsNodes: The nodes say how much it is, whatever else is said.
    mutating func completeMemory(countsNodes: Bool = false) throws(ConfError) {
        let nodes = (cpu?.numa?.cells ?? []).reduce(0) { $0 &+ $1.memoryKiB }
        let plugged = devices.memories.reduce(0) { $0 &+ $1.memoryDeviceKiB }
        if memory?.kibibytes ?? 0 == 0 || countsNodes, nodes > 0 {
            memory = MemorySize(kibibytes: nodes &+ plugged, dumpCore: memory?.dumpCore)
        }
        let total = memory?.kibibytes ?? 0
        if plugged > total { throw ConfError(.xml, "Total size of memory devices exceeds the total memory size") }
        if total == plugged {
            throw ConfError(.xml, "Memory size must be specified via <memory> or in the <numa> configuration")
        }
        if currentMemory == nil || currentMemory!.kibibytes == 0 || currentMemory!.kibibytes > total {
            currentMemory = MemorySize(kibibytes: total)
        }
        guard let maximumMemory else { return }
        if maximumMemory.kibibytes > 0, maximumMemory.slots ?? 0 == 0 {
            throw ConfError(.xml, "both maximum memory size and memory slot count must be specified")
        }
        if maximumMemory.kibibytes < total {
            throw ConfError(.xml, "maximum memory size must be equal or greater than the actual memory size")
        }
    }

    private mutating func dropPinsOfMissingCPUs() {
        guard let maximum = vcpus?.maximum else { return }
        cpuTune?.elements.removeAll { element in
            guard element.name == "vcpupin", let number = element.attribute("vcpu").flatMap({ UInt32($0) }) else {
                return false
            }
            return number >= maximum
        }
        if cpuTune?.elements.isEmpty == true { cpuTune = nil }
    }

    private mutating func completeBoot() {
        guard os.kind == .hvm, os.boot.isEmpty, !devices.hasBootOrder else { return }
        os.boot = [OperatingSystem.Boot()]
    }

    private mutating func completeInterfaces(_ defaults: DomainDefaults) {
        for index in devices.interfaces.indices where devices.interfaces[index].mac == nil {
            devices.interfaces[index].mac = NetworkInterface.MAC(.random())
        }
        guard let prefix = defaults.interfaceNamePrefix else { return }
        var taken = Set(devices.interfaces.compactMap(\.targetName))
        var number = 0
        for index in devices.interfaces.indices where devices.interfaces[index].targetName == nil {
            while taken.contains("\(prefix)\(number)") { number += 1 }
            taken.insert("\(prefix)\(number)")
            devices.interfaces[index].targetName = "\(prefix)\(number)"
        }
    }
}

extension MemorySize {
    init(kibibytes: UInt64, dumpCore: OnOff?) {
        self.init(kibibytes: kibibytes)
        self.dumpCore = dumpCore
    }
}

extension DomainDevices {
    /// Whether a device says when it is booted from; then `<os><boot>` is not defaulted.
    var hasBootOrder: Bool {
        disks.contains { $0.info.bootOrder != nil } || interfaces.contains { $0.info.bootOrder != nil }
            || hostDevices.contains { $0.info.bootOrder != nil }
            || redirectedDevices.contains { $0.info.bootOrder != nil }
    }

    mutating func complete(
        os: OperatingSystem, architecture: String, machine: GuestMachine? = nil
    ) throws(ConfError) {
        sortDisks()
        sortControllers()
        assignDriveAddresses()
        addControllersOfHostDevices()
        if let machine {
            try addDevices(of: machine)
        } else {
            // A panic device of an unknown model without an address says nothing.
            panics.removeAll { $0.model == nil && $0.info.address == nil }
        }
        numberCharacterDevices()
        for index in consoles.indices { consoles[index].target.port = Int32(index) }
        if os.kind == .hvm { pairConsoleWithSerial() }
        for index in consoles.indices {
            if consoles[index].target.type == nil {
                let isVirtio = machine == nil && architecture.hasPrefix("s390")
                consoles[index].target.type = isVirtio ? "virtio" : "serial"
            }
        }
        if !graphics.isEmpty, videos.isEmpty { videos.append(Video()) }
        if let primary = videos.firstIndex(where: { $0.isPrimary == .yes }), primary > 0 {
            videos.insert(videos.remove(at: primary), at: 0)
        }
        for index in videos.indices {
            videos[index].complete(defaultKind: machine?.videoKind ?? .cirrus, isFirst: index == 0)
        }
        if vsock != nil, vsock!.parts.isEmpty {
            vsock!.parts.append(GenericElement(name: "cid", attributes: [("auto", "yes")]))
        }
        for index in sharedMemories.indices { sharedMemories[index].completeSharedMemory() }
        assignSmartcardAddresses()
        addImpliedControllers()
        if let machine { completeModels(machine) }
    }

    private mutating func numberCharacterDevices() {
        func number(_ devices: inout [CharacterDevice]) {
            for index in devices.indices where (devices[index].target.port ?? -1) < 0 {
                let largest = devices.compactMap(\.target.port).max() ?? -1
                devices[index].target.port = max(largest, -1) &+ 1
            }
        }
        number(&serials)
        number(&parallels)
    }

    /// A guest's first console and its first serial port are the same thing.
    private mutating func pairConsoleWithSerial() {
        if let console = consoles.first {
            guard console.target.type == nil || console.target.type == "serial" else {
                addConsoleOfSerial()
                return
            }
            if serials.isEmpty {
                var serial = console
                serial.target = CharacterDevice.Target()
                serial.target.port = 0
                serials.append(serial)
            } else {
                consoles[0].source = serials[0].source
            }
            consoles[0].target.type = "serial"
            consoles[0].target.port = serials[0].target.port
        } else {
            addConsoleOfSerial()
        }
    }

    private mutating func addConsoleOfSerial() {
        guard let serial = serials.first, serial.target.isOfMachine else { return }
        var console = serial
        console.target = CharacterDevice.Target()
        console.target.type = "serial"
        console.target.port = serial.target.port
        console.info = DeviceInfo()
        consoles.insert(console, at: 0)
    }
}

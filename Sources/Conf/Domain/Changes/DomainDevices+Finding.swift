import VirtUtil

/// Which of a domain's devices the document of a device means.
extension DomainDevices {
    /// The place of the device in the list of its kind.
    ///
    /// A kind has one thing that tells its devices apart (a disk's target, an interface's MAC address); devices of
    /// the other kinds are the same if they are printed the same. An address that the document names must agree.
    ///
    /// - Throws: `.deviceMissing` and its like if nothing matches; `.operationFailed` if several interfaces do.
    func find(_ document: DeviceDocument, _ change: DeviceChange) throws(ConfError) -> Int {
        let wanted = document.devices
        switch document.kind {
        case .disk: return try find(wanted.disks[0], change)
        case .interface: return try find(wanted.interfaces[0], change)
        case .controller: return try find(wanted.controllers[0], change)
        case .lease: return try find(wanted.leases[0], change)
        case .serial, .parallel, .console, .channel: return try findPort(document, change)
        default: break
        }
        guard let index = same(document) else { throw missing(document, change) }
        return index
    }

    /// The first device that is the same, of the kinds that nothing but that tells apart.
    func same(_ document: DeviceDocument) -> Int? {
        let wanted = document.devices
        switch document.kind {
        case .fileSystem:
            let target = wanted.fileSystems[0].target?.attribute("dir")
            return fileSystems.firstIndex { $0.target?.attribute("dir") == target }
        case .input: return same(inputs, wanted.inputs[0])
        case .sound: return same(sounds, wanted.sounds[0])
        case .hostDevice:
            let source = wanted.hostDevices[0].sourceOnly
            return same(hostDevices.map(\.sourceOnly), source)
        case .redirectedDevice: return same(redirectedDevices, wanted.redirectedDevices[0])
        case .watchdog: return same(watchdogs, wanted.watchdogs[0])
        case .randomGenerator: return same(randomGenerators, wanted.randomGenerators[0])
        case .sharedMemory:
            var device = wanted.sharedMemories[0]
            device.completeSharedMemory()
            return same(sharedMemories, device)
        case .memory: return same(memories.map(\.comparable), wanted.memories[0].comparable)
        case .vsock: return vsock.flatMap { same([$0], wanted.vsock ?? $0) }
        default: return nil
        }
    }

    private func same<Device: InformedDevice & XMLMapped>(_ list: [Device], _ wanted: Device) -> Int? {
        let text = wanted.printedAlone
        let address = wanted.info.address.map { printed("address", $0) }
        return list.firstIndex { device in
            guard device.printedAlone == text else { return false }
            guard let address else { return true }
            return device.info.address.map { printed("address", $0) } == address
        }
    }

    // MARK: Kinds with a name

    private func find(_ disk: Disk, _ change: DeviceChange) throws(ConfError) -> Int {
        if let index = disks.firstIndex(where: { $0.target.name == disk.target.name }) { return index }
        let name = disk.target.name ?? ""
        throw change.failure(.deviceMissing, config: "no target device \(name)", live: "disk \(name) not found")
    }

    /// By MAC address, address and, in a guest that runs, alias, whichever are given.
    private func find(_ wanted: NetworkInterface, _ change: DeviceChange) throws(ConfError) -> Int {
        let alias = change.scope == .live ? wanted.info.alias : nil
        let address = wanted.info.address.flatMap { $0.kind == .pci ? $0.pci : nil }
        let mac = wanted.mac?.address
        let matches = interfaces.indices.filter { index in
            let interface = interfaces[index]
            if let mac, interface.mac?.address != mac { return false }
            if let address, interface.info.address?.pci != address { return false }
            if let alias, interface.info.alias != alias { return false }
            return true
        }
        if matches.count == 1 { return matches[0] }
        let place = address.map { StabilityCheck.place($0) }
        if matches.isEmpty {
            let (slot, which) = (place ?? "(<null>)", mac?.description ?? "(<null>)")
            throw ConfError(
                .deviceMissing,
                "no device found at address '\(slot)' matching MAC address '\(which)' and alias "
                    + "'\(alias ?? "(<null>)")'")
        }
        if let mac { throw ConfError(.operationFailed, "multiple devices matching MAC address \(mac) found") }
        throw ConfError(.operationFailed, "multiple matching devices found")
    }

    private func find(_ wanted: Controller, _ change: DeviceChange) throws(ConfError) -> Int {
        let index = controllers.firstIndex { $0.kind == wanted.kind && $0.index == wanted.index }
        if let index { return index }
        let number = wanted.index.map { Int64($0) } ?? -1
        throw change.failure(
            .deviceMissing, config: "device not present in domain configuration",
            live: "controller \(wanted.kind.rawValue):\(number) not found")
    }

    private func find(_ lease: GenericElement, _ change: DeviceChange) throws(ConfError) -> Int {
        if let index = leases.firstIndex(where: { $0.isSameLease(as: lease) }) { return index }
        let text = "Lease \(lease.leaseName) does not exist"
        throw change.failure(change.scope == .config ? .deviceMissing : .invalidArgument, text)
    }

    private func findPort(_ document: DeviceDocument, _ change: DeviceChange) throws(ConfError) -> Int {
        let (mine, wanted) = (ports(document.kind), document.devices.ports(document.kind)[0])
        if let index = mine.firstIndex(where: { $0.isSame(as: wanted) }) { return index }
        if change.scope == .config {
            throw change.failure(.invalidArgument, "device not present in domain configuration")
        }
        throw change.failure(
            .deviceMissing, "chr type '\(document.kind.rawValue)' device not present in domain configuration")
    }

    func ports(_ kind: DeviceKind) -> [CharacterDevice] {
        switch kind {
        case .serial: serials
        case .parallel: parallels
        case .console: consoles
        default: channels
        }
    }

    // MARK: Nothing matches

    private func missing(_ document: DeviceDocument, _ change: DeviceChange) -> ConfError {
        let wanted = document.devices
        func failure(_ config: String, _ live: String) -> ConfError {
            change.failure(.deviceMissing, config: config, live: live)
        }
        let inConfiguration = "device not present in domain configuration"
        switch document.kind {
        case .fileSystem: return failure("no matching filesystem device was found", "matching filesystem not found")
        case .input: return failure("matching input device not found", "matching input device not found")
        case .hostDevice: return failure(inConfiguration, wanted.hostDevices[0].missing)
        case .redirectedDevice:
            let text = "no matching redirdev was not found"
            return change.scope == .config
                ? change.failure(.deviceMissing, text) : change.failure(.operationInvalid, text)
        case .watchdog:
            if watchdogs.isEmpty { return failure("domain has no watchdog", "watchdog \(inConfiguration)") }
            let model = wanted.watchdogs[0].model.rawValue
            return failure("domain has no watchdog", "model '\(model)' watchdog \(inConfiguration)")
        case .randomGenerator:
            let backend = wanted.randomGenerators[0].backend.rawValue
            return failure("no matching RNG device was found", "model '\(backend)' RNG \(inConfiguration)")
        case .sharedMemory:
            let model = wanted.sharedMemories[0].parts.first { $0.name == "model" }?.attribute("type") ?? "ivshmem"
            return failure("matching shmem device was not found", "model '\(model)' shmem \(inConfiguration)")
        case .memory:
            let model = wanted.memories[0].attribute("model") ?? "dimm"
            return failure(
                "matching memory device was not found",
                "model '\(model)' memory device not present in the domain configuration")
        case .vsock:
            let text = "matching vsock device not found"
            return change.scope == .config
                ? change.failure(.operationFailed, text) : change.failure(.deviceMissing, text)
        default: return change.failure(.deviceMissing, inConfiguration)
        }
    }
}

// MARK: What is compared

/// The element as it is printed.
func printed(_ name: StaticString, _ value: some XMLMapped) -> String {
    let coder = XMLCoder(writing: XMLStyle())
    coder.write(name, value)
    return coder.text
}

extension InformedDevice where Self: XMLMapped {
    /// The device without what its place in a guest gives it.
    fileprivate var printedAlone: String {
        var device = self
        device.info.address = nil
        device.info.alias = nil
        return printed("device", device)
    }
}

extension CharacterDevice {
    /// The host's end, and the name or the number of the guest's.
    func isSame(as other: CharacterDevice) -> Bool {
        func source(_ device: CharacterDevice) -> String {
            var plain = CharacterDevice()
            plain.source = device.source
            // The terminal that a run was given.
            if plain.source.kind == .pty { plain.source.sources = [] }
            return printed("device", plain)
        }
        return target.type == other.target.type && target.name == other.target.name
            && target.address == other.target.address && (target.port ?? -1) == (other.target.port ?? -1)
            && source(self) == source(other)
    }
}

extension HostDevice {
    /// The device of the host alone.
    fileprivate var sourceOnly: HostDevice {
        var device = HostDevice()
        device.mode = mode
        device.kind = kind
        device.pciSource = pciSource
        device.sourceAttributes = sourceAttributes.filter { $0.name != "startupPolicy" }
        device.sourceParts = sourceParts
        return device
    }

    fileprivate var missing: String {
        func part(_ name: String) -> GenericElement? { sourceParts.first { $0.name == name } }
        switch kind {
        case .pci: return "host pci device \(StabilityCheck.place(pciSource ?? .zero)) not found"
        case .usb:
            if let address = part("address") {
                let (bus, device) = (address.attribute("bus") ?? "", address.attribute("device") ?? "")
                return "host usb device \(bus).\(device) not found"
            }
            let (vendor, product) = (part("vendor")?.attribute("id"), part("product")?.attribute("id"))
            return "host usb device vendor=\(vendor ?? "") product=\(product ?? "") not found"
        case .scsi:
            let (adapter, address) = (part("adapter")?.attribute("name") ?? "", part("address"))
            func number(_ name: String) -> String { address?.attribute(name) ?? "0" }
            return "host scsi device \(adapter):\(number("bus")):\(number("target")).\(number("unit")) not found"
        default: return "mediated device '\(part("address")?.attribute("uuid") ?? "")' not found"
        }
    }
}

extension GenericDevice {
    /// A memory device whose size is in KiB, and without what a run adds.
    fileprivate var comparable: GenericDevice {
        var device = self
        guard let index = device.parts.firstIndex(where: { $0.name == "target" }) else { return device }
        device.parts[index].children = device.parts[index].children.filter { $0.name != "current" }.map { child in
            guard child.name == "size" else { return child }
            var size = GenericElement(name: "size", attributes: [("unit", "KiB")])
            size.text = String(memoryDeviceKiB)
            return size
        }
        return device
    }
}

extension GenericElement {
    func isSameLease(as other: GenericElement) -> Bool {
        child("key")?.text == other.child("key")?.text && child("lockspace")?.text == other.child("lockspace")?.text
    }

    var leaseName: String { "\(child("key")?.text ?? "") in lockspace \(child("lockspace")?.text ?? "(null)")" }
}

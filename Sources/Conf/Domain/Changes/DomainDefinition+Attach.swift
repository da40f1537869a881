package import VirtUtil

extension DomainDefinition {
    /// Adds a device.
    ///
    /// The definition is completed and checked as one that is read, so the device gets its address and the controller
    /// that it needs. In a guest that runs the device also gets an alias. Unchanged if it throws.
    ///
    /// - Returns: The alias of the device in the guest that runs.
    /// - Throws: `.operationUnsupported` for a kind that cannot be added, `.operationInvalid` if it is there already.
    @discardableResult
    package mutating func attach(_ document: DeviceDocument, _ change: DeviceChange) throws(ConfError) -> String? {
        var new = self
        try new.checkMachineRoom(for: document, change)
        try new.checkRoom(for: document, change)
        if change.scope == .live { try document.checkHotplug(change) }
        new.add(document)
        try new.finish(change)
        let alias = new.nameNewDevice(isLive: change.scope == .live)
        self = new
        return change.scope == .live ? document.alias ?? alias : nil
    }

    /// Completes and checks a definition that was changed.
    mutating func finish(_ change: DeviceChange) throws(ConfError) {
        try complete(with: change.defaults)
        try validate()
    }

    /// Refuses what is there already, and kinds that cannot be added.
    private func checkRoom(for document: DeviceDocument, _ change: DeviceChange) throws(ConfError) {
        let wanted = document.devices
        func taken(_ text: String) -> ConfError { change.failure(.operationInvalid, text) }
        switch document.kind {
        case .disk:
            guard let disk = devices.disks.first(where: { $0.target.name == wanted.disks[0].target.name }) else {
                break
            }
            let name = disk.target.name ?? ""
            if change.scope == .config { throw taken("target \(name) already exists") }
            let sources = (disk.source.summary ?? "(null)", wanted.disks[0].source.summary ?? "(null)")
            throw ConfError(.xml, "target '\(name)' duplicated for disk sources '\(sources.0)' and '\(sources.1)'")
        case .controller:
            let controller = wanted.controllers[0]
            guard let index = controller.index,
                devices.controllers.contains(where: { $0.kind == controller.kind && $0.index == index })
            else { break }
            if change.scope == .config { throw taken("controller index='\(index)' already exists") }
            throw change.failure(.operationFailed, "target \(controller.kind.rawValue):\(index) already exists")
        case .lease:
            if devices.leases.contains(where: { $0.isSameLease(as: wanted.leases[0]) }) {
                throw taken("Lease \(wanted.leases[0].leaseName) already exists")
            }
        case .fileSystem:
            if devices.same(document) != nil { throw taken("Target already exists") }
        case .serial, .parallel, .console, .channel:
            let device = wanted.ports(document.kind)[0]
            if devices.ports(document.kind).contains(where: { $0.isSame(as: device) }) {
                throw taken("chardev already exists")
            }
        case .hostDevice, .sharedMemory:
            if devices.same(document) != nil { throw taken("device is already in the domain configuration") }
        case .watchdog:
            if !devices.watchdogs.isEmpty { throw taken("domain already has a watchdog") }
        case .vsock:
            if devices.vsock != nil { throw taken("domain already has a vsock device") }
        case .memory:
            try checkMemorySlots(change)
            try checkMemoryRoom(wanted.memories[0].memoryDeviceKiB)
        case .interface, .input, .redirectedDevice, .randomGenerator: break
        case .sound: if change.scope == .live { throw change.unsupported("attach", document.kind) }
        case .smartcard, .tpm, .graphics, .audio, .video, .hub, .balloon, .nvram, .panic, .iommu:
            throw change.unsupported("attach", document.kind)
        }
    }

    private func checkMemorySlots(_ change: DeviceChange) throws(ConfError) {
        guard let maximum = maximumMemory else {
            throw change.failure(
                .unsupported, "cannot use/hotplug a memory device when domain 'maxMemory' is not defined")
        }
        if devices.memories.count >= maximum.slots ?? 0 {
            throw change.failure(
                .unsupported,
                "memory device count '\(devices.memories.count + 1)' exceeds slots count '\(maximum.slots ?? 0)'")
        }
    }

    private func checkMemoryRoom(_ size: UInt64) throws(ConfError) {
        guard let maximum = maximumMemory?.kibibytes, maximum > 0 else { return }
        let (total, overflow) = (memory?.kibibytes ?? 0).addingReportingOverflow(size)
        if overflow || total > maximum {
            throw ConfError(
                .unsupported,
                "Attaching memory device with size '\(size)' would exceed domain's maxMemory config size '\(maximum)'")
        }
    }

    private mutating func add(_ document: DeviceDocument) {
        var wanted = document.devices
        // Found again by this name, wherever completing the definition puts it.
        wanted.forEachInfo { _, _, info in info.alias = info.alias ?? DeviceInfo.newcomer }
        switch document.kind {
        case .disk: devices.disks += wanted.disks
        case .controller: devices.controllers += wanted.controllers
        case .lease: devices.leases += wanted.leases
        case .fileSystem: devices.fileSystems += wanted.fileSystems
        case .interface: devices.interfaces += wanted.interfaces
        case .serial: devices.serials += wanted.serials
        case .parallel: devices.parallels += wanted.parallels
        case .console: devices.consoles += wanted.consoles
        case .channel: devices.channels += wanted.channels
        case .input: devices.inputs += wanted.inputs
        case .sound: devices.sounds += wanted.sounds
        case .hostDevice: devices.hostDevices += wanted.hostDevices
        case .redirectedDevice: devices.redirectedDevices += wanted.redirectedDevices
        case .watchdog: devices.watchdogs += wanted.watchdogs
        case .randomGenerator: devices.randomGenerators += wanted.randomGenerators
        case .sharedMemory: devices.sharedMemories += wanted.sharedMemories
        case .memory:
            devices.memories += wanted.memories
            changeMemory { $0 &+ wanted.memories[0].memoryDeviceKiB }
        case .vsock: devices.vsock = wanted.vsock
        case .smartcard, .tpm, .graphics, .audio, .video, .hub, .balloon, .nvram, .panic, .iommu: break
        }
    }

    /// Memory that is plugged in is part of all that the guest has.
    mutating func changeMemory(_ change: (UInt64) -> UInt64) {
        for part in [\DomainDefinition.memory, \.currentMemory] {
            guard let size = self[keyPath: part] else { continue }
            self[keyPath: part]?.kibibytes = change(size.kibibytes)
        }
    }
}

extension DeviceInfo {
    /// Stands for the alias of a device that is being attached.
    fileprivate static let newcomer = ""
}

extension DomainDefinition {
    /// Gives the device that was added its alias, and no other one; a definition that is kept has none.
    private mutating func nameNewDevice(isLive: Bool) -> String? {
        var named = devices
        var place: (kind: DeviceKind, index: Int)?
        named.forEachInfo { kind, index, info in
            guard info.alias == DeviceInfo.newcomer else { return }
            info.alias = nil
            place = (kind, index)
        }
        let alias = isLive ? place.flatMap { named.alias(of: $0.kind, at: $0.index) } : nil
        devices.forEachInfo { _, _, info in if info.alias == DeviceInfo.newcomer { info.alias = alias } }
        return alias
    }
}

extension DeviceDocument {
    /// The name that the document gives the device.
    fileprivate var alias: String? {
        var (copy, alias) = (devices, String?.none)
        copy.forEachInfo { _, _, info in alias = alias ?? info.alias }
        return alias
    }

    /// Refuses what a guest that runs cannot be given.
    fileprivate func checkHotplug(_ change: DeviceChange) throws(ConfError) {
        func refuse(_ text: String) -> ConfError { change.failure(.operationUnsupported, text) }
        switch kind {
        case .disk:
            let disk = devices.disks[0]
            if disk.device == .floppy { throw refuse("floppy device hotplug isn't supported") }
            switch disk.target.bus {
            case .virtio, .scsi, .usb: break
            case let bus: throw refuse("disk bus '\(bus?.rawValue ?? "none")' cannot be hotplugged.")
            }
        case .controller:
            if devices.controllers[0].kind != .scsi {
                throw refuse("'\(devices.controllers[0].kind.rawValue)' controller cannot be hot plugged.")
            }
        case .serial, .parallel: try checkPort(change)
        case .input:
            if devices.inputs[0].bus != .usb, devices.inputs[0].bus != .virtio {
                let bus = devices.inputs[0].bus?.rawValue ?? "none"
                throw refuse("input device on bus '\(bus)' cannot be hot plugged.")
            }
        case .fileSystem:
            if devices.fileSystems[0].driver?.attribute("type") != "virtiofs" {
                throw refuse("only virtiofs filesystems can be hotplugged")
            }
        default: break
        }
    }

    /// Ports of the machine's own bus are there from the start or never.
    private func checkPort(_ change: DeviceChange) throws(ConfError) {
        let type = (kind == .serial ? devices.serials : devices.parallels)[0].target.type ?? "isa-\(kind.rawValue)"
        if type != "pci-serial", type != "usb-serial" {
            throw change.failure(.operationUnsupported, "\(type) device cannot be hot plugged.")
        }
    }
}

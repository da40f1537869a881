/// Names that devices have for one run of the domain: QEMU's ids, and what events call a device.
extension DomainDevices {
    /// Names every device that has no name yet.
    ///
    /// What has an address of its own is named by it (`scsi0-0-0-1`, `virtio-disk2`, `dimm0`), a controller by its
    /// index. Kinds that are plugged in and out get the number after the largest, but for those that stand before any
    /// with a name: they were there at the start, and are counted from 0. All else gets its place among its kind, or,
    /// where that is taken, the number after the largest. A console that stands for a serial port has its name. Firmware
    /// devices have none: nobody can take them out.
    package mutating func assignAliases() {
        var taken: Set<String> = []
        forEachInfo { _, _, info in if let alias = info.alias { taken.insert(alias) } }
        let devices = self
        for index in disks.indices where disks[index].info.alias == nil {
            disks[index].info.alias = devices.alias(of: disks[index]) ?? Self.next("disk", index, &taken)
        }
        for index in controllers.indices where controllers[index].info.alias == nil {
            controllers[index].info.alias = controllers[index].alias
        }
        // Of what is plugged in and out: how many have been named from the start, until there is one with a name.
        var counted: [String: Int?] = [:]
        func number(_ prefix: String) -> String {
            let place = counted[prefix] ?? 0
            if let place { counted[prefix] = .some(place + 1) }
            return Self.next(prefix, place, &taken)
        }
        forEachInfo { kind, index, info in
            if info.alias != nil {
                let isOfHost = kind == .interface && devices.interfaces[index].kind == .hostdev
                counted[isOfHost ? "hostdev" : Self.prefix(kind)] = .some(nil)
                return
            }
            switch kind {
            case .balloon, .iommu, .vsock: info.alias = "\(Self.prefix(kind))0"
            case .nvram, .panic: break
            case .memory: info.alias = Self.alias(of: devices.memories[index], &taken)
            case .interface:
                let isOfHost = devices.interfaces[index].kind == .hostdev
                info.alias = number(isOfHost ? "hostdev" : "net")
            case .console where index == 0 && devices.isConsoleOfSerial: break
            case .hostDevice, .randomGenerator, .serial, .parallel, .channel, .redirectedDevice, .sharedMemory:
                info.alias = number(Self.prefix(kind))
            default: info.alias = Self.next(Self.prefix(kind), index, &taken)
            }
        }
        if isConsoleOfSerial, consoles[0].info.alias == nil { consoles[0].info.alias = serials[0].info.alias }
    }

    /// Whether the first console is the first serial port once more.
    private var isConsoleOfSerial: Bool {
        !serials.isEmpty && consoles.first.map { $0.target.type == nil || $0.target.type == "serial" } ?? false
    }

    /// Memory in a slot is named by it.
    private static func alias(of memory: GenericDevice, _ taken: inout Set<String>) -> String {
        let prefix = memoryPrefix(memory.attribute("model") ?? "dimm")
        guard let address = memory.info.address, address.kind == .dimm, let slot = address.slot else {
            return next(prefix, nil, &taken)
        }
        return next(prefix, Int(slot), &taken)
    }

    /// The name that a device has, or would get.
    package func alias(of kind: DeviceKind, at index: Int) -> String? {
        var copy = self
        copy.assignAliases()
        var alias: String?
        copy.forEachInfo { if $0 == kind, $1 == index { alias = $2.alias } }
        return alias
    }

    private static func next(_ prefix: String, _ place: Int?, _ taken: inout Set<String>) -> String {
        if let place {
            let wanted = "\(prefix)\(place)"
            if taken.insert(wanted).inserted { return wanted }
        }
        let largest = taken.compactMap { $0.hasPrefix(prefix) ? Int($0.dropFirst(prefix.count)) : nil }.max() ?? -1
        let alias = "\(prefix)\(largest &+ 1)"
        taken.insert(alias)
        return alias
    }

    private static func prefix(_ kind: DeviceKind) -> String {
        switch kind {
        case .fileSystem: "fs"
        case .interface: "net"
        case .redirectedDevice: "redir"
        case .balloon: "balloon"
        default: kind.rawValue
        }
    }

    private static func memoryPrefix(_ model: String) -> String {
        switch model {
        case "virtio-pmem": "virtiopmem"
        case "virtio-mem": "virtiomem"
        case "sgx-epc": "epc"
        default: model
        }
    }
}

extension DomainDevices {
    /// Named after the address on the bus, or after the target.
    fileprivate func alias(of disk: Disk) -> String? {
        guard let bus = disk.target.bus else { return nil }
        if let address = disk.info.address, address.kind == .drive {
            let (controller, bus0, unit) = (address.controller ?? 0, address.bus ?? 0, address.unit ?? 0)
            switch bus {
            case .scsi:
                let model = controllers.first { $0.kind == .scsi && $0.index == controller }?.model
                // The old controller knows no targets.
                if model == "lsilogic" { return "scsi\(controller)-\(bus0)-\(unit)" }
                return "scsi\(controller)-\(bus0)-\(address.target ?? 0)-\(unit)"
            case .ide, .sata, .fdc: return "\(bus.rawValue)\(controller)-\(bus0)-\(unit)"
            default: break
            }
        }
        guard let number = disk.target.name.flatMap(DomainDevices.index(ofDisk:)) else { return nil }
        return "\(bus.rawValue)-disk\(number)"
    }
}

extension Controller {
    /// The first of some kinds is part of the machine and has a name without a number.
    fileprivate var alias: String {
        let number = index ?? 0
        switch kind {
        case .pci: return number == 0 && model == "pcie-root" ? "pcie.0" : "pci.\(number)"
        case .ide where number == 0: return "ide"
        // A Q35's own, where its predecessor had IDE.
        case .sata where number == 0 && isAtHomeInQ35: return "ide"
        case .usb where number == 0: return "usb"
        default: return "\(kind.rawValue)\(number)"
        }
    }

    private var isAtHomeInQ35: Bool {
        guard let address = info.address, address.kind == .pci else { return false }
        return address.pci.bus == 0 && address.pci.slot == 0x1F && address.pci.function == 2
    }
}

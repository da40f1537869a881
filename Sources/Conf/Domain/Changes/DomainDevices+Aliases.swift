/// Names that devices have for one run of the domain: QEMU's ids, and what events call a device.
extension DomainDevices {
    /// Names every device that has no name yet.
    ///
    /// What has an address of its own is named by it (`scsi0-0-0-1`, `virtio-disk2`), a controller by its index, all
    /// else by its place among its kind; where that is taken, by the number after the largest.
    package mutating func assignAliases() {
        var taken: Set<String> = []
        forEachInfo { _, _, info in if let alias = info.alias { taken.insert(alias) } }
        for index in disks.indices where disks[index].info.alias == nil {
            disks[index].info.alias = disks[index].alias ?? Self.next("disk", index, &taken)
        }
        for index in controllers.indices where controllers[index].info.alias == nil {
            controllers[index].info.alias = controllers[index].alias
        }
        let models = memories.map { $0.attribute("model") ?? "dimm" }
        let devicesOfHost = interfaces.map { $0.kind == .hostdev }
        forEachInfo { kind, index, info in
            guard info.alias == nil else { return }
            switch kind {
            case .balloon, .iommu, .vsock: info.alias = "\(Self.prefix(kind))0"
            case .nvram: info.alias = "nvram"
            case .memory: info.alias = Self.next(Self.memoryPrefix(models[index]), index, &taken)
            case .interface where devicesOfHost[index]: info.alias = Self.next("hostdev", index, &taken)
            default: info.alias = Self.next(Self.prefix(kind), index, &taken)
            }
        }
    }

    /// The name that a device has, or would get.
    package func alias(of kind: DeviceKind, at index: Int) -> String? {
        var copy = self
        copy.assignAliases()
        var alias: String?
        copy.forEachInfo { if $0 == kind, $1 == index { alias = $2.alias } }
        return alias
    }

    private static func next(_ prefix: String, _ place: Int, _ taken: inout Set<String>) -> String {
        let wanted = "\(prefix)\(place)"
        if taken.insert(wanted).inserted { return wanted }
        let largest = taken.compactMap { $0.hasPrefix(prefix) ? Int($0.dropFirst(prefix.count)) : nil }.max() ?? place
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

extension Disk {
    /// Named after the address on the bus, or after the target.
    fileprivate var alias: String? {
        guard let bus = target.bus else { return nil }
        if let address = info.address, address.kind == .drive {
            let (controller, bus0, unit) = (address.controller ?? 0, address.bus ?? 0, address.unit ?? 0)
            switch bus {
            case .scsi: return "scsi\(controller)-\(bus0)-\(address.target ?? 0)-\(unit)"
            case .ide, .sata, .fdc: return "\(bus.rawValue)\(controller)-\(bus0)-\(unit)"
            default: break
            }
        }
        guard let number = target.name.flatMap(DomainDevices.index(ofDisk:)) else { return nil }
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
        case .usb where number == 0: return "usb"
        default: return "\(kind.rawValue)\(number)"
        }
    }
}

internal import VirtUtil

/// What devices need of a PCI bus; nothing if they are plugged in elsewhere.
struct PCINeeds {
    private let old: PCIConnection = [.conventional, .hotplug]
    /// Of a device that is at home on PCI Express, on the bus that the machine has.
    let modern: PCIConnection
    let isExpress: @Sendable (PCIAddress) -> Bool

    init(hasExpressRoot: Bool, machine: GuestMachine) {
        modern = hasExpressRoot ? [.express, .hotplug] : [.conventional, .hotplug]
        isExpress = machine.isExpress
    }

    /// A virtio device whose model may ask for one of the two kinds.
    private func virtio(_ model: String?) -> PCIConnection { model == "virtio-transitional" ? old : modern }

    func of(_ kind: DeviceKind, _ index: Int, _ devices: DomainDevices) -> PCIConnection {
        switch kind {
        case .disk:
            let disk = devices.disks[index]
            return disk.target.bus == .virtio ? virtio(disk.model) : []
        case .controller: return of(devices.controllers[index])
        case .fileSystem: return virtio(devices.fileSystems[index].rest.first { $0.name == "model" }?.value)
        case .interface: return of(devices.interfaces[index])
        case .serial: return devices.serials[index].target.type == "pci-serial" ? old : []
        case .input:
            let input = devices.inputs[index]
            return input.bus == .virtio ? virtio(input.model?.rawValue) : []
        case .sound:
            switch devices.sounds[index].model {
            case .sb16, .pcspk, .usb: return []
            case .es1370, .ac97, .ich6, .ich7, .ich9: return old
            }
        case .video: return of(devices.videos[index])
        case .hostDevice: return of(devices.hostDevices[index])
        case .watchdog: return devices.watchdogs[index].model == .i6300esb ? old : []
        case .balloon:
            guard let balloon = devices.balloon, balloon.model != .none, balloon.model != .xen else { return [] }
            return virtio(balloon.model.rawValue)
        case .randomGenerator: return virtio(devices.randomGenerators[index].model.rawValue)
        case .sharedMemory: return old
        case .memory:
            let model = devices.memories[index].attribute("model")
            return model == "virtio-mem" || model == "virtio-pmem" ? modern : []
        case .iommu:
            guard devices.iommu?.attribute("model") == "virtio" else { return [] }
            return modern.contains(.express) ? .integrated : old
        case .vsock: return virtio(devices.vsock?.attribute("model"))
        case .lease, .smartcard, .parallel, .console, .channel, .tpm, .graphics, .audio, .redirectedDevice, .hub,
            .panic, .nvram:
            return []
        }
    }

    private func of(_ controller: Controller) -> PCIConnection {
        switch (controller.kind, controller.model) {
        case (.pci, let model): return PCIConnection.needed(byController: model ?? "")
        case (.usb, "none"), (.scsi, "ibmvscsi"), (.fdc, _), (.ccid, _), (.xenbus, _), (.isa, _): return []
        case (.usb, "nec-xhci"), (.usb, "qemu-xhci"), (.scsi, "virtio-scsi"), (.scsi, "virtio-non-transitional"):
            return modern
        case (.virtioSerial, let model): return virtio(model)
        case (.usb, _), (.scsi, _), (.ide, _), (.sata, _): return old
        }
    }

    private func of(_ interface: NetworkInterface) -> PCIConnection {
        if interface.kind == .hostdev {
            let address = interface.source?.children.first { $0.name == "address" }
            return address.map { isExpress(PCIAddress($0)) } ?? true ? modern : old
        }
        switch interface.model {
        case "virtio", "virtio-non-transitional", "e1000e": return modern
        case "usb-net", "spapr-vlan", "lan9118", "smc91c111": return []
        default: return old
        }
    }

    private func of(_ video: Video) -> PCIConnection {
        switch video.kind {
        case .virtio, .bochs: modern
        case .vga, .cirrus, .vmvga, .qxl: old
        default: []
        }
    }

    private func of(_ device: HostDevice) -> PCIConnection {
        guard device.mode == .subsystem else { return [] }
        let model = device.rest.first { $0.name == "model" }?.value
        switch device.kind {
        case .pci: return device.pciSource.map(isExpress) ?? true ? modern : old
        case .mdev: return model == "vfio-pci" ? modern : []
        case .scsiHost: return virtio(model)
        default: return []
        }
    }
}

extension PCIAddress {
    /// An address that is kept as an element.
    init(_ element: GenericElement) {
        self.init()
        func number(_ name: String) -> UInt32 { element.attribute(name).flatMap { UInt32(anyBase: $0) } ?? 0 }
        (domain, bus, slot, function) = (number("domain"), number("bus"), number("slot"), number("function"))
    }
}

extension DeviceInfo {
    /// Has no address yet, or no more of one than that it is on a PCI bus.
    var wantsPCIAddress: Bool {
        guard let address else { return true }
        return address.kind == .pci && address.pci.isEmpty
    }

    mutating func setPCI(_ address: PCIAddress) {
        var new = self.address ?? DeviceAddress()
        let (uid, fid) = (new.pci.zpciUID, new.pci.zpciFID)
        new.kind = .pci
        new.pci = address
        (new.pci.zpciUID, new.pci.zpciFID) = (uid, fid)
        self.address = new
    }
}

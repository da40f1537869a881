internal import VirtUtil

/// Models of devices that a definition leaves open.
extension DomainDevices {
    mutating func completeModels(_ machine: GuestMachine) {
        for index in disks.indices { disks[index].completeDriver() }
        for index in controllers.indices {
            if controllers[index].kind == .usb, controllers[index].model == nil {
                controllers[index].model = machine.usbModel
            }
        }
        completeSCSIModels(machine)
        for index in interfaces.indices where interfaces[index].model == nil && interfaces[index].kind != .hostdev {
            interfaces[index].model = interfaces[index].kind == .vdpa ? "virtio" : machine.interfaceModel
        }
        for index in serials.indices { serials[index].target.completeSerial(machine) }
        for index in panics.indices where panics[index].model == nil { panics[index].model = machine.panicModel }
        for index in tpms.indices where tpms[index].attribute("model") == nil {
            tpms[index].attributes.insert(("model", machine.isPSeries ? "tpm-spapr" : "tpm-tis"), at: 0)
        }
        if vsock != nil, vsock?.attribute("model") == nil { vsock?.attributes.append(("model", "virtio")) }
        for index in videos.indices where videos[index].kind == .qxl && videos[index].vgaMemory == nil {
            videos[index].vgaMemory = 16384
        }
        for index in hostDevices.indices where hostDevices[index].kind == .mdev { hostDevices[index].completeDisplay() }
        for index in sharedMemories.indices { sharedMemories[index].completeSharedMemorySize() }
    }

    /// Controllers that disks imply are there when this is called.
    mutating func completeSCSIModels(_ machine: GuestMachine) {
        for index in controllers.indices where controllers[index].kind == .scsi {
            if controllers[index].model == nil || controllers[index].model == "auto" {
                controllers[index].model = machine.scsiModel
            }
        }
    }
}

extension GuestMachine {
    var hasUSB: Bool {
        !(isISAPC || isMicroVM || isARM || isRISCV || isS390 || architecture == "sparc" || architecture == "sparc64")
    }
    /// Whether a balloon is part of every guest.
    var hasBalloon: Bool { !(isARM || architecture == "sparc" || architecture == "sparc64") }

    /// nil where the user has to say which.
    fileprivate var usbModel: String? {
        let models: [String] =
            if isS390 {
                []
            } else if isPPC64 {
                ["qemu-xhci", "pci-ohci", "nec-xhci"]
            } else if isARM {
                ["qemu-xhci", "nec-xhci"]
            } else {
                ["piix3-uhci"]
            }
        return models.first { has($0.deviceOfUSBModel) }
    }

    fileprivate var scsiModel: String {
        if isPSeries { return "ibmvscsi" }
        if isS390 { return "virtio-scsi" }
        return has("lsi53c895a") ? "lsilogic" : "virtio-scsi"
    }

    fileprivate var interfaceModel: String? {
        if isS390 || isVirt { return "virtio" }
        if isARM { return name.hasPrefix("versatile") ? "smc91c111" : "lan9118" }
        return ["rtl8139", "e1000"].first(where: has) ?? (has("virtio-net-pci") ? "virtio" : nil)
    }

    fileprivate var panicModel: PanicDevice.Model? { isPSeries ? .pseries : isS390 ? .s390 : isX86 ? .isa : nil }

    var videoKind: Video.Kind {
        if isPPC64 { return .vga }
        if isS390 || isVirt { return .virtio }
        return has("cirrus-vga") ? .cirrus : has("VGA") ? .vga : .virtio
    }

    fileprivate var serialTarget: String? {
        if isX86 { return "isa-serial" }
        if isPSeries { return "spapr-vio-serial" }
        if isVirt { return "system-serial" }
        return isS390 ? "sclp-serial" : nil
    }
}

extension CharacterDevice.Target {
    fileprivate mutating func completeSerial(_ machine: GuestMachine) {
        // The boards without ISA took its word for their own ports at first.
        let isMisnamed = type == "isa-serial" && (machine.isVirt || machine.isPSeries)
        if type == nil || type == "none" || isMisnamed { type = machine.serialTarget }
        guard model == nil else { return }
        switch type {
        case "isa-serial": model = "isa-serial"
        case "usb-serial": model = "usb-serial"
        case "pci-serial": model = "pci-serial"
        case "isa-debug": model = "isa-debugcon"
        case "spapr-vio-serial": model = "spapr-vty"
        case "system-serial": model = machine.isARM ? "pl011" : machine.isRISCV ? "16550a" : nil
        case "sclp-serial": model = "sclpconsole"
        default: break
        }
    }
}

extension Disk {
    /// QEMU reads the image, as what it was said to be and otherwise byte by byte.
    fileprivate mutating func completeDriver() {
        if source.kind == .vhostuser { return }
        var new = driver ?? Driver()
        if new.name == nil { new.name = "qemu" }
        // What a volume is, its pool knows.
        if new.format == nil, source.kind != .volume { new.format = .raw }
        driver = new
    }
}

extension HostDevice {
    /// A part of a graphics card shows nothing unless it is asked to.
    fileprivate mutating func completeDisplay() {
        let model = rest.firstIndex { $0.name == "model" }
        guard let model, rest[model].value == "vfio-pci", !rest.contains(where: { $0.name == "display" }) else {
            return
        }
        rest.insert(("display", "off"), at: model + 1)
    }
}

extension GenericDevice {
    /// The newer kinds of shared memory have a size, of 4 MiB if it is not said.
    fileprivate mutating func completeSharedMemorySize() {
        if let interrupts = parts.firstIndex(where: { $0.name == "msi" }),
            parts[interrupts].attribute("ioeventfd") == nil
        {
            parts[interrupts].set("ioeventfd", "on")
        }
        let model = parts.firstIndex { $0.name == "model" }
        guard let model, parts[model].attribute("type") == "ivshmem-plain",
            !parts.contains(where: { $0.name == "size" })
        else { return }
        var size = GenericElement(name: "size", attributes: [("unit", "M")])
        size.text = "4"
        parts.insert(size, at: model + 1)
    }
}

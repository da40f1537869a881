internal import VirtUtil

/// Devices that every guest of a machine has.
extension DomainDevices {
    /// Adds the controllers that are part of the machine, and what people expect in any guest.
    mutating func addDevices(of machine: GuestMachine) throws(ConfError) {
        addUSB(machine)
        if machine.isQ35 { addController(.sata, model: nil) }
        if machine.hasPCIRoot || machine.hasPCIExpress {
            try addRoot(model: machine.hasPCIExpress ? "pcie-root" : "pci-root")
        }
        if balloon == nil, machine.hasBalloon { balloon = MemoryBalloon() }
        if machine.isX86 {
            addInput(.mouse, .ps2)
            addInput(.keyboard, .ps2)
        }
        if machine.isPPC64, !graphics.isEmpty {
            addInput(.keyboard, .usb)
            if !inputs.contains(where: { $0.kind == .tablet && $0.bus == .usb }) { addInput(.mouse, .usb) }
        }
        for (isWanted, model) in [(machine.isPSeries, PanicDevice.Model.pseries), (machine.isS390, .s390)]
        where isWanted && !panics.contains(where: { $0.model == nil || $0.model == model }) {
            var panic = PanicDevice()
            panic.model = model
            panics.append(panic)
        }
        addAudio()
    }

    private mutating func addUSB(_ machine: GuestMachine) {
        guard machine.hasUSB, !controllers.contains(where: { $0.kind == .usb && $0.index == 0 }) else { return }
        if machine.isQ35 {
            let models = ["qemu-xhci", "nec-xhci"].filter { machine.has($0.deviceOfUSBModel) }
            if let model = models.first {
                addController(.usb, model: model)
            } else if machine.has("ich9-usb-ehci1") {
                addController(.usb, model: "ich9-ehci1")
                for (model, port) in [("ich9-uhci1", 0), ("ich9-uhci2", 2), ("ich9-uhci3", 4)] as [(String, UInt32)] {
                    var companion = Controller(.usb, index: 0)
                    companion.model = model
                    companion.info.masterPort = port
                    controllers.append(companion)
                }
            }
        } else {
            addController(.usb, model: nil)
        }
    }

    private mutating func addController(_ kind: Controller.Kind, model: String?) {
        guard !controllers.contains(where: { $0.kind == kind && $0.index == 0 }) else { return }
        var controller = Controller(kind, index: 0)
        controller.model = model
        controllers.append(controller)
    }

    private mutating func addRoot(model: String) throws(ConfError) {
        guard let root = controllers.first(where: { $0.kind == .pci && $0.index == 0 }) else {
            return addController(.pci, model: model)
        }
        guard root.model == model else {
            throw ConfError(
                .xml,
                "The PCI controller with index='0' must be model='\(model)' for this machine type, but model='\(root.model ?? "")' was found instead",
                domain: ConfError.fromQEMU)
        }
    }

    private mutating func addInput(_ kind: Input.Kind, _ bus: Input.Bus) {
        guard !inputs.contains(where: { $0.kind == kind && $0.bus == bus }) else { return }
        var input = Input()
        (input.kind, input.bus) = (kind, bus)
        inputs.append(input)
    }

    /// Sound goes to the last of the screens, and nowhere if that cannot play it or is far away.
    private mutating func addAudio() {
        guard audios.isEmpty else { return }
        var type: String? = graphics.isEmpty ? "none" : nil
        for screen in graphics {
            switch screen.kind {
            case .spice: type = "spice"
            case .vnc: type = "none"
            case .sdl, .desktop, .rdp: type = nil
            case .dbus, .eglHeadless: break
            }
        }
        guard let type else { return }
        audios.append(GenericElement(name: "audio", attributes: [("id", "1"), ("type", type)]))
    }
}

extension String {
    /// The emulator's device for a model of USB controllers.
    var deviceOfUSBModel: String {
        switch self {
        case "piix3-uhci": "piix3-usb-uhci"
        case "piix4-uhci": "piix4-usb-uhci"
        case "ehci": "usb-ehci"
        case "ich9-ehci1": "ich9-usb-ehci1"
        case "ich9-uhci1": "ich9-usb-uhci1"
        case "ich9-uhci2": "ich9-usb-uhci2"
        case "ich9-uhci3": "ich9-usb-uhci3"
        case "vt82c686b-uhci": "vt82c686b-usb-uhci"
        case "nec-xhci": "nec-usb-xhci"
        default: self
        }
    }
}

internal import VirtUtil

/// What the machine that was chosen cannot be, in libvirt's words.
extension DomainDefinition {
    /// What is looked at before addresses are given out.
    func validateBeforeAddresses(_ machine: GuestMachine) throws(ConfError) {
        for controller in devices.controllers where controller.kind == .pci {
            let (model, index) = (controller.model ?? "", controller.index ?? 0)
            let isRoot = model == "pci-root" || model == "pcie-root"
            if isRoot, index != 0, !machine.isPSeries {
                throw ConfError(
                    .xml, "pci-root and pcie-root controllers should have index 0", domain: ConfError.fromQEMU)
            }
            if model == "pci-expander-bus", !machine.isI440FX {
                throw unsupported("\(model) controllers are only supported on 440fx-based machinetypes")
            }
            if model == "pcie-expander-bus", !machine.hasPCIExpress {
                throw unsupported("\(model) controllers are not supported with this machine type")
            }
            try validateNode(of: controller)
        }
        try validateControllerIndices()
        for disk in devices.disks { try disk.validateAddressKind() }
        try validateConsoles()
    }

    /// What is looked at when everything is in its place.
    func validate(on machine: GuestMachine) throws(ConfError) {
        try validateMachine(machine)
        if onReboot == .destroy, onPowerOff == .restart {
            throw unsupported(
                "qemu driver doesn't support 'onReboot' set to 'destroy and 'onPoweroff' set to 'reboot'")
        }
        try validateFeatures(machine)
        try validateProcessor()
        if maximumMemory?.kibibytes ?? 0 > 0, cpu?.numa?.cells.isEmpty ?? true {
            throw unsupported("At least one numa node has to be configured when enabling memory hotplug")
        }
        try validateUSB(on: machine)
        try validateControllers(on: machine)
        try validateScreens()
        try validateSmallDevices(on: machine)
        for disk in devices.disks where disk.target.bus == .scsi && disk.info.address?.bus ?? 0 > 0 {
            throw ConfError(.internal, "SCSI controller only supports 1 bus", domain: ConfError.fromQEMU)
        }
        for disk in devices.disks where disk.target.rotationRate != nil && disk.device != .disk && disk.device != .lun {
            throw ConfError(.internal, "rotation rate is only valid for disk device", domain: ConfError.fromQEMU)
        }
        for disk in devices.disks where disk.isShareable && !disk.isReadOnly && disk.driver?.format != .raw {
            throw unsupported(
                "shared access for disk '\(disk.target.name ?? "")' requires use of supported storage format")
        }
    }

    private func unsupported(_ text: String) -> ConfError {
        ConfError(.unsupported, text, domain: ConfError.fromQEMU)
    }

    private func validateMachine(_ machine: GuestMachine) throws(ConfError) {
        let emulator = machine.emulator
        if !emulator.architectures.isEmpty, !emulator.architectures.contains(machine.architecture) {
            throw unsupported("Emulator '\(emulator.path)' does not support arch '\(machine.architecture)'")
        }
        guard let board = emulator.machine(machine.name) else {
            throw unsupported("Emulator '\(emulator.path)' does not support machine type '\(machine.name)'")
        }
        if let limit = board.maximumCPUs, limit > 0, vcpus?.maximum ?? 1 > limit {
            throw unsupported("Maximum CPUs greater than specified machine type limit \(limit)")
        }
    }

    private func validateFeatures(_ machine: GuestMachine) throws(ConfError) {
        let others: Set<String> =
            machine.isPSeries ? ["gic"] : ["hpt", "htm", "nested-hv", "ccf-assist", "cfpc", "sbbc", "ibs", "gic"]
        for element in features.elements
        where others.contains(element.name) && !(element.name == "gic" && machine.isARMVirt) {
            throw unsupported(
                "The '\(element.name)' feature is not supported for architecture '\(machine.architecture)' or machine type '\(machine.name)'"
            )
        }
        let isUEFI = os.firmware == "efi" || os.loader?.kind == .pflash
        if machine.isX86, isUEFI, !features.has("acpi") {
            throw unsupported("UEFI requires ACPI on this architecture")
        }
        if machine.architecture == "aarch64", !isUEFI, features.has("acpi") {
            throw unsupported("ACPI requires UEFI on this architecture")
        }
        if devices.iommu?.attribute("model") == "virtio", machine.isX86, !features.has("acpi") {
            throw unsupported("IOMMU device: 'virtio' requires ACPI")
        }
    }

    private func validateProcessor() throws(ConfError) {
        if let topology = cpu?.topology {
            let counts = [topology.sockets, topology.dies, topology.cores, topology.threads]
            let product = counts.reduce(UInt64(1)) { $0.multipliedReportingOverflow(by: UInt64($1 ?? 1)).partialValue }
            if product != UInt64(vcpus?.maximum ?? 1) {
                throw unsupported("CPU topology doesn't match maximum vcpu count")
            }
        }
        if cpu?.cache?.attribute("mode") == "emulate", let level = cpu?.cache?.attribute("level"), level != "3" {
            throw unsupported("CPU cache mode 'emulate' can only be used with level='3'")
        }
    }

    private func validateScreens() throws(ConfError) {
        if devices.videos.count > 1, devices.videos.contains(where: { $0.kind == Video.Kind.none }) {
            throw ConfError(
                .unsupported, "a 'none' video type must be the only video device defined for the domain")
        }
        for (index, video) in devices.videos.enumerated() {
            guard let kind = video.kind else { continue }
            if index > 0, kind != .qxl, kind != .virtio {
                throw unsupported("video type '\(kind.rawValue)' is only valid as primary video device")
            }
            if kind == .qxl, let memory = video.vgaMemory, memory.nonzeroBitCount != 1 {
                throw unsupported("value for 'vgamem' must be power of two")
            }
        }
        let hasSPICE = devices.graphics.contains { $0.kind == .spice }
        let ports = devices.serials + devices.parallels + devices.channels + devices.consoles
        let sources = ports.map(\.source) + devices.redirectedDevices.map(\.source)
        if !hasSPICE, sources.contains(where: { $0.kind == .spicevmc }) {
            throw unsupported("chardev 'spicevmc' not supported without spice graphics")
        }
    }

    private func validateSmallDevices(on machine: GuestMachine) throws(ConfError) {
        for input in devices.inputs where input.kind != .passthrough && input.model != nil && input.model != .virtio {
            throw unsupported(
                "virtio (non-)transitional models are not supported for input type=\(input.kind.rawValue)")
        }
        let isFirstSlot = devices.smartcards.first?.info.address.map { $0.controller ?? 0 == 0 && $0.slot ?? 0 == 0 }
        if devices.smartcards.count > 1 || isFirstSlot == false {
            throw unsupported("this QEMU binary lacks multiple smartcard support")
        }
        if machine.isS390, !devices.parallels.isEmpty { throw unsupported("parallel ports are not supported") }
        for panic in devices.panics where panic.info.address != nil {
            guard let model = panic.model, model == .s390 || model == .pseries || model == .hyperv else { continue }
            throw unsupported("setting the panic device address is not supported for model '\(model.rawValue)'")
        }
        for memory in devices.sharedMemories {
            let model = memory.parts.first { $0.name == "model" }?.attribute("type") ?? "ivshmem"
            if machine.has(model) { continue }
            throw unsupported(
                model == "ivshmem"
                    ? "ivshmem device is not supported with this QEMU binary"
                    : "shmem model '\(model)' is not supported by this QEMU binary")
        }
    }
}

/// Controllers that the machine cannot have.
extension DomainDefinition {
    fileprivate func validateControllers(on machine: GuestMachine) throws(ConfError) {
        for controller in devices.controllers {
            switch controller.kind {
            case .usb:
                if controller.model == "qusb1" || controller.model == "qusb2" {
                    throw unsupported("USB controller model type 'qusb1' or 'qusb2' is not supported in qemu")
                }
                if let ports = controller.ports, ports > 15, let model = controller.model, model.hasSuffix("-xhci") {
                    throw unsupported("'\(model)' controller only supports up to '15' ports")
                }
            case .scsi where controller.model == "lsilogic" && !machine.has("lsi53c895a"):
                throw unsupported("This QEMU doesn't support the LSI 53C895A SCSI controller")
            case .sata where !machine.has("ich9-ahci"):
                throw unsupported("SATA is not supported with this QEMU binary")
            case .ide where !machine.hasIDE:
                throw unsupported("IDE controllers are unsupported for this QEMU binary or machine type")
            case .ide where controller.index ?? 0 > 0: throw only("IDE")
            case .fdc where controller.index ?? 0 > 0: throw only("fdc")
            case .pci: try controller.validateOptions()
            default: break
            }
        }
    }

    private func only(_ kind: String) -> ConfError {
        ConfError(.internal, "Only 1 \(kind) controller is supported", domain: ConfError.fromQEMU)
    }

    /// Devices need a bus; USB may be switched off, or nobody asked for it on a machine that has none by itself.
    fileprivate func validateUSB(on machine: GuestMachine) throws(ConfError) {
        let hasBus = devices.controllers.contains { $0.kind == .usb && $0.model != nil && $0.model != "none" }
        if hasBus {
            if !machine.has("usb-storage"), devices.disks.contains(where: { $0.target.bus == .usb }) {
                throw unsupported("This QEMU doesn't support '-device usb-storage'")
            }
            return
        }
        // Of input devices the general checks speak.
        let isOff = devices.controllers.contains { $0.kind == .usb && $0.model == "none" }
        if isOff, devices.inputs.contains(where: { $0.bus == .usb }) { return }
        let isUsed =
            devices.disks.contains { $0.target.bus == .usb } || devices.inputs.contains { $0.bus == .usb }
            || devices.hostDevices.contains { $0.kind == .usb } || !devices.redirectedDevices.isEmpty
            || !devices.hubs.isEmpty || devices.sounds.contains { $0.model == .usb }
            || devices.serials.contains { $0.target.type == "usb-serial" }
            || devices.controllers.contains { $0.kind == .ccid }
            || devices.interfaces.contains { $0.model == "usb-net" }
        if isUsed {
            throw unsupported("USB is disabled for this domain, but USB devices are present in the domain XML")
        }
    }

    /// A bus belongs to a memory node that the guest has.
    fileprivate func validateNode(of controller: Controller) throws(ConfError) {
        guard let node = controller.target?.child("node")?.text.flatMap({ UInt32($0) }) else { return }
        let count = cpu?.numa?.cells.count ?? 0
        guard node >= count else { return }
        throw ConfError(
            .xml,
            "\(controller.model ?? "") with index \(controller.index ?? 0) is configured for a NUMA node (\(node)) not present in the domain's <cpu><numa> array (\(count))",
            domain: ConfError.fromQEMU)
    }
}

extension Controller {
    /// Which options of a PCI controller have a meaning.
    private static let options: [(name: String, models: Set<String>)] = [
        ("chassisNr", ["pci-bridge"]), ("chassis", ["pcie-root-port", "pcie-switch-downstream-port"]),
        ("port", ["pcie-root-port", "pcie-switch-downstream-port"]),
        ("busNr", ["pci-expander-bus", "pcie-expander-bus"]),
    ]

    fileprivate func validateOptions() throws(ConfError) {
        for option in Self.options where target?.attribute(option.name) != nil && !option.models.contains(model ?? "") {
            throw ConfError(
                .unsupported,
                "Option '\(option.name)' is not valid for PCI controller with index '\(index ?? 0)', model '\(model ?? "")' and modelName '\(pciModelName?.attribute("name") ?? "")'",
                domain: ConfError.fromQEMU)
        }
    }
}

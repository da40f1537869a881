import VirtUtil

extension DomainDefinition {
    /// Refuses what no hypervisor could run, in libvirt's words.
    func validate() throws(ConfError) {
        if name.utf8.contains(0x2F) { throw ConfError(.xml, "name \(name) cannot contain '/'") }
        if os.kind == .exe, os.initPath == nil { throw ConfError(.xml, "init binary must be specified") }
        if let action = onReboot, action == .coredumpRestart || action == .coredumpDestroy {
            throw ConfError(
                .unsupported, "Lifecycle event 'reboot' doesn't support '\(action.rawValue)' action")
        }
        if let action = onPowerOff, action == .coredumpRestart || action == .coredumpDestroy {
            throw ConfError(
                .unsupported, "Lifecycle event 'poweroff' doesn't support '\(action.rawValue)' action")
        }
        if os.firmware != nil, os.loader?.kind != nil, os.loader?.path == nil {
            throw ConfError(
                .xmlDetail, "loader attribute 'type' cannot be specified when firmware autoselection is enabled")
        }
        if let loader = os.loader, loader.path == nil, os.firmware == nil {
            throw ConfError(.xmlDetail, "no loader path specified and firmware auto selection disabled")
        }
        if os.firmware != nil, os.loader?.isSecure == .no {
            throw ConfError(
                .xmlDetail, "loader attribute 'secure' cannot be specified when firmware autoselection is enabled")
        }
        try validateMemoryDevices()
        try validateIOMMU()
        try validateBootOrder()
        try validateUSB()
        try validateSystemInformation()
        try validateDisks()
        try validateDriveAddresses()
        try validateControllers()
        try validateVirtioOptions()
        try validateCharacterDevices()
        try validateHugePages()
    }

    private func validateCharacterDevices() throws(ConfError) {
        try validateConsoles()
        // The first console is the first serial port once more.
        for device in devices.serials + devices.parallels + devices.consoles + devices.channels {
            try device.source.validate()
        }
        for device in devices.randomGenerators { try device.source?.validate() }
        for device in devices.redirectedDevices { try device.source.validate() }
    }

    func validateConsoles() throws(ConfError) {
        for console in devices.consoles.dropFirst() where console.target.type == "serial" {
            throw ConfError(.unsupported, "Only the first console can be a serial port")
        }
    }

    private func validateHugePages() throws(ConfError) {
        let count = cpu?.numa?.cells.count ?? 0
        for page in memoryBacking?.hugePages?.children ?? [] {
            guard let last = try page.attribute("nodeset").map({ text throws(ConfError) in try CPUSet(text) })?.max
            else {
                continue
            }
            if last >= count, count > 0 || last > 0 { throw ConfError(.xmlDetail, "hugepages: node \(last) not found") }
        }
    }

    private func validateMemoryDevices() throws(ConfError) {
        let hasNodes = cpu?.numa?.cells.isEmpty == false
        for device in devices.memories where !hasNodes && device.hasNode {
            throw ConfError(.xmlDetail, "can't add memory backend as guest has no NUMA nodes configured")
        }
    }

    private func validateIOMMU() throws(ConfError) {
        let driver = devices.iommu?.parts.first { $0.name == "driver" }
        let ioapic = features.elements.first { $0.name == "ioapic" }
        if driver?.attribute("intremap") == "on", ioapic?.attribute("driver") != "qemu" {
            throw ConfError(
                .unsupported,
                "IOMMU interrupt remapping requires split I/O APIC (ioapic driver='qemu')")
        }
    }

    private func validateBootOrder() throws(ConfError) {
        let orders =
            devices.disks.compactMap(\.info.bootOrder) + devices.interfaces.compactMap(\.info.bootOrder)
            + devices.hostDevices.compactMap(\.info.bootOrder)
            + devices.redirectedDevices.compactMap(\.info.bootOrder)
        if !orders.isEmpty, !os.boot.isEmpty {
            throw ConfError(
                .unsupported, "per-device boot elements cannot be used together with os/boot elements")
        }
        var seen: Set<UInt32> = []
        for order in orders where !seen.insert(order).inserted {
            throw ConfError(.unsupported, "boot order '\(order)' used for more than one device")
        }
    }

    private func validateUSB() throws(ConfError) {
        let controllers = devices.controllers.filter { $0.kind == .usb }
        let isDisabled = controllers.contains { $0.model == "none" }
        if isDisabled, controllers.count > 1 {
            throw ConfError(.xmlDetail, "Can't add another USB controller: USB is disabled for this domain")
        }
        if isDisabled, devices.inputs.contains(where: { $0.bus == .usb }) {
            throw ConfError(.unsupported, "Can't add USB input device. USB bus is disabled")
        }
        if isDisabled || controllers.isEmpty, !devices.redirectedDevices.isEmpty {
            throw ConfError(
                .unsupported, "cannot add redirected USB device: USB is disabled for this domain")
        }
    }

    private func validateSystemInformation() throws(ConfError) {
        for information in systemInformation {
            for entry in information.child("system")?.children ?? []
            where entry.attribute("name") == "uuid" && entry.text.flatMap({ DomainUUID($0) }) != uuid {
                throw ConfError(.xmlDetail, "UUID mismatch between <uuid> and <sysinfo>")
            }
            for entry in information.child("bios")?.children ?? [] where entry.attribute("name") == "date" {
                if !isBIOSDate(entry.text ?? "") { throw ConfError(.xmlDetail, "Invalid BIOS 'date' format") }
            }
        }
    }

    /// `mm/dd/yy` or `mm/dd/yyyy`.
    private func isBIOSDate(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 3, let month = parts[0], let day = parts[1], let year = parts[2] else { return false }
        return (1...12).contains(month) && (1...31).contains(day)
            && ((0...99).contains(year) || (1900...9999).contains(year))
    }

    /// What virtio devices have, and no others.
    private func validateVirtioOptions() throws(ConfError) {
        func check(_ options: VirtioOptions?, _ isVirtio: Bool) throws(ConfError) {
            guard !isVirtio, let name = options?.firstGiven else { return }
            throw ConfError(.unsupported, "\(name) driver option is only supported for virtio devices")
        }
        for disk in devices.disks { try check(disk.driver?.virtio, disk.target.bus == .virtio) }
        for controller in devices.controllers {
            let isVirtio = controller.kind != .scsi || Controller.virtioSCSI.contains(controller.model ?? "")
            try check(controller.driver?.virtio, isVirtio)
        }
    }

    private func validateDisks() throws(ConfError) {
        var seen: [String: Disk] = [:]
        for disk in devices.disks {
            guard let name = disk.target.name else { continue }
            try disk.validateAddressKind()
            try disk.validate(name)
            if disk.target.removable != nil, disk.target.bus != .usb, disk.target.bus != .scsi {
                throw ConfError(.xml, "removable is only valid for usb disks")
            }
            if let other = seen.updateValue(disk, forKey: name) {
                throw ConfError(
                    .xml,
                    "target '\(name)' duplicated for disk sources '\(other.source.path ?? "<null>")' and '\(disk.source.path ?? "<null>")'"
                )
            }
        }
    }

    private func validateDriveAddresses() throws(ConfError) {
        for (position, disk) in devices.disks.enumerated() {
            guard let mine = disk.info.address, mine.kind == .drive else { continue }
            let isTaken = devices.disks[(position + 1)...].contains { other in
                guard let theirs = other.info.address, theirs.kind == .drive else { return false }
                return other.target.bus == disk.target.bus && mine.controller == theirs.controller
                    && mine.bus == theirs.bus && mine.target == theirs.target && mine.unit == theirs.unit
            }
            if isTaken {
                let place = [
                    ("controller", mine.controller), ("bus", mine.bus), ("target", mine.target), ("unit", mine.unit),
                ].map { "\($0.0)='\($0.1 ?? 0)'" }.joined(separator: " ")
                throw ConfError(
                    .unsupported,
                    "Found duplicate drive address for disk with target name '\(disk.target.name ?? "")' \(place)")
            }
        }
    }

    private func validateControllers() throws(ConfError) {
        for controller in devices.controllers where controller.kind == .pci && controller.info.address != nil {
            if controller.model == "pci-root" || controller.model == "pcie-root" {
                throw ConfError(.unsupported, "pci-root and pcie-root controllers should not have an address")
            }
        }
        for controller in devices.controllers where controller.driver?.ioThread != nil {
            guard controller.kind == .scsi, Controller.virtioSCSI.contains(controller.model ?? "") else {
                throw ConfError(.xml, "'iothread' attribute only supported for virtio scsi controllers")
            }
        }
        for controller in devices.controllers where controller.kind == .usb && controller.info.masterPort != nil {
            let hasMaster = devices.controllers.contains {
                $0.kind == .usb && $0.info.masterPort == nil
            }
            if !hasMaster { throw ConfError(.xmlDetail, "No master USB controller specified") }
        }
        try validateControllerIndices()
    }

    /// Only the parts of one USB controller share an index.
    func validateControllerIndices() throws(ConfError) {
        for (position, controller) in devices.controllers.enumerated() where controller.info.masterPort == nil {
            let repeated = devices.controllers[..<position].contains {
                $0.kind == controller.kind && $0.index == controller.index && $0.info.masterPort == nil
            }
            if repeated, controller.kind != .usb {
                throw ConfError(
                    .xml, "Multiple '\(controller.kind.rawValue)' controllers with index '\(controller.index ?? 0)'")
            }
        }
    }
}

extension Disk {
    /// On some buses a disk has a place among disks, and nothing else.
    func validateAddressKind() throws(ConfError) {
        guard let address = info.address, let bus = target.bus, address.kind != .drive else { return }
        switch bus {
        case .fdc, .ide, .sata, .scsi:
            throw ConfError(
                .unsupported,
                "Invalid address type '\(address.kind.rawValue)' for the disk '\(target.name ?? "")' with the bus type '\(bus.rawValue)'"
            )
        default: break
        }
    }
}

internal import VirtUtil

/// What cannot be added to a guest of an emulator, beyond what no driver could add.
extension DomainDefinition {
    /// Refuses a device that has no bus, no model or another device's address.
    func checkMachineRoom(for document: DeviceDocument, _ change: DeviceChange) throws(ConfError) {
        guard change.defaults.emulator != nil else { return }
        let wanted = document.devices
        if document.kind == .controller, let controller = wanted.controllers.first, controller.kind == .pci,
            controller.pciModelName == nil
        {
            let index = controller.index.map { String($0) } ?? "-1"
            throw change.failure(
                .internal,
                "Required option 'modelName' is not set for PCI controller with index '\(index)', model '\(controller.model ?? "")' and modelName 'none'"
            )
        }
        if document.kind == .memory, change.scope == .config, cpu?.numa?.cells.isEmpty ?? true {
            throw ConfError(.xmlDetail, "can't add memory backend as guest has no NUMA nodes configured")
        }
        let hasUSB = devices.controllers.contains { $0.kind == .usb && $0.model != "none" }
        if !hasUSB, !wanted.redirectedDevices.isEmpty {
            throw ConfError(.unsupported, "cannot add redirected USB device: USB is disabled for this domain")
        }
        let isUSB =
            wanted.disks.contains { $0.target.bus == .usb } || wanted.inputs.contains { $0.bus == .usb }
            || wanted.hostDevices.contains { $0.kind == .usb } || !wanted.hubs.isEmpty
        if !hasUSB, isUSB {
            throw ConfError(
                .unsupported, "Device configuration is not compatible: Domain has no USB bus support")
        }
        if let address = wanted.givenPCIAddress, devices.uses(address) {
            throw change.failure(.unsupported, "a device with the same address already exists ")
        }
    }
}

extension DomainDevices {
    /// The address that the first device has which names one.
    fileprivate var givenPCIAddress: PCIAddress? {
        var (copy, found) = (self, PCIAddress?.none)
        copy.forEachInfo { _, _, info in
            if found == nil, info.address?.kind == .pci, !info.wantsPCIAddress { found = info.address?.pci }
        }
        return found
    }

    fileprivate func uses(_ address: PCIAddress) -> Bool {
        var (copy, isUsed) = (self, false)
        copy.forEachInfo { _, _, info in
            if info.address?.kind == .pci, info.address?.pci.text == address.text { isUsed = true }
        }
        return isUsed
    }
}

import VirtUtil

extension Disk {
    /// Refuses what a disk cannot be, in libvirt's words.
    ///
    /// - Parameter name: the target's.
    func validate(_ name: String) throws(ConfError) {
        try validateSource(name)
        try source.validateSecret(of: auth ?? source.auth)
        try validateDriver()
        try validateBus(name)
        if device == .floppy, !name.hasPrefix("fd") {
            throw ConfError(.internal, "Invalid floppy device name: \(name)")
        }
        let isHardDisk = ["hd", "sd", "vd", "xvd", "ubd"].contains(where: name.hasPrefix)
        if device == .disk || device == .lun, !isHardDisk {
            throw ConfError(.internal, "Invalid harddisk device name: \(name)")
        }
    }

    private func validateSource(_ name: String) throws(ConfError) {
        if source.isEmpty, device == .disk || device == .lun {
            throw ConfError(
                code: 19, domain: ConfError.fromDomain, message: "missing source information for device \(name)",
                detail: name)
        }
        guard device == .lun else {
            if rawIO != nil { throw ConfError(.unsupported, "rawio can be used only with device='lun'") }
            if sgio != nil { throw ConfError(.unsupported, "sgio can be used only with device='lun'") }
            return
        }
        switch source.kind {
        case .block, .volume: break
        case .network where source.networkProtocol == .iscsi: break
        default:
            throw ConfError(.unsupported, "disk device='lun' is only valid for block type disk source")
        }
        if source.parts.contains(where: { $0.name == "slices" }) {
            throw ConfError(.unsupported, "disk device 'lun' doesn't support storage slice")
        }
        if encryption != nil || source.encryption != nil {
            throw ConfError(.unsupported, "disk device 'lun' doesn't support encryption")
        }
    }

    private func validateDriver() throws(ConfError) {
        guard target.bus != .virtio, let driver else { return }
        if driver.queues != nil {
            throw ConfError(
                .unsupported, "queues attribute in disk driver element is only supported by virtio-blk")
        }
        if driver.eventIndex != nil {
            throw ConfError(.unsupported, "disk event_idx mode supported only for virtio bus")
        }
        if driver.ioEventFD != nil {
            throw ConfError(.unsupported, "disk ioeventfd mode supported only for virtio bus")
        }
    }

    private func validateBus(_ name: String) throws(ConfError) {
        guard let bus = target.bus else { return }
        if device == .floppy, bus != .fdc {
            throw ConfError(.internal, "Invalid bus type '\(bus.rawValue)' for floppy disk")
        }
        if device != .floppy, bus == .fdc { throw ConfError(.internal, "Invalid bus type 'fdc' for disk") }
        if device != .lun, source.parts.contains(where: { $0.name == "reservations" }) {
            throw ConfError(.unsupported, "<reservations/> allowed only for lun devices")
        }
    }
}

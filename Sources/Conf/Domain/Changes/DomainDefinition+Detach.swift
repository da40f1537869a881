package import VirtUtil

extension DomainDefinition {
    /// Takes a device away.
    ///
    /// - Returns: The alias it has, or would have, in the guest that runs.
    /// - Throws: `.deviceMissing` if nothing matches, `.operationUnsupported` for what cannot be taken away.
    @discardableResult
    package mutating func detach(_ document: DeviceDocument, _ change: DeviceChange) throws(ConfError) -> String? {
        if change.scope == .live { try document.checkUnplug(change) }
        guard Self.isDetachable(document.kind, change.scope) else { throw change.unsupported("detach", document.kind) }
        // Without a watchdog's model: there is one at most.
        if document.kind == .watchdog, change.scope == .config, !devices.watchdogs.isEmpty {
            return try take(.watchdog, at: 0, change)
        }
        return try take(document.kind, at: try devices.find(document, change), change)
    }

    /// Takes away the device of that alias.
    ///
    /// - Throws: `.internalError` if there is none.
    @discardableResult
    package mutating func detach(alias: String, _ change: DeviceChange) throws(ConfError) -> String? {
        var named = devices
        // A guest that runs knows its devices by the names that they would get.
        if change.scope == .live { named.assignAliases() }
        guard let (kind, index) = named.device(withAlias: alias) else {
            throw ConfError(.internal, "no device found with alias \(alias)")
        }
        guard Self.isDetachable(kind, change.scope) else { throw change.unsupported("detach", kind) }
        if change.scope == .live { try checkUnplug(kind, index, change) }
        return try take(kind, at: index, change)
    }

    private mutating func take(_ kind: DeviceKind, at index: Int, _ change: DeviceChange) throws(ConfError) -> String? {
        if change.scope == .live { try checkUnplug(kind, index, change) }
        var new = self
        let alias = change.scope == .live ? devices.alias(of: kind, at: index) : nil
        if kind == .memory {
            let size = devices.memories[index].memoryDeviceKiB
            new.changeMemory { $0 > size ? $0 - size : $0 }
        }
        new.devices.remove(kind, at: index)
        try new.finish(change)
        self = new
        return alias
    }

    private static func isDetachable(_ kind: DeviceKind, _ scope: DeviceChange.Scope) -> Bool {
        switch kind {
        case .disk, .controller, .lease, .fileSystem, .interface, .serial, .parallel, .console, .channel, .input,
            .hostDevice, .redirectedDevice, .watchdog, .randomGenerator, .sharedMemory, .memory, .vsock:
            true
        case .sound: scope == .config
        case .smartcard, .tpm, .graphics, .audio, .video, .hub, .balloon, .nvram, .panic, .iommu: false
        }
    }

    /// Refuses what a guest that runs does not let go.
    private func checkUnplug(_ kind: DeviceKind, _ index: Int, _ change: DeviceChange) throws(ConfError) {
        switch kind {
        case .disk:
            let disk = devices.disks[index]
            switch (disk.device, disk.target.bus) {
            case (.disk, .virtio), (.disk, .scsi), (.disk, .usb), (.lun, .virtio), (.lun, .scsi), (.lun, .usb),
                (.cdrom, .scsi), (.cdrom, .usb):
                break
            case (.disk, _), (.lun, _):
                throw change.failure(.operationUnsupported, "This type of disk cannot be hot unplugged")
            default:
                throw change.failure(
                    .operationUnsupported, "disk device type '\(disk.device.rawValue)' cannot be detached")
            }
        case .controller: try Self.checkUnplug(devices.controllers[index].kind, change)
        case .input: try Self.checkUnplug(devices.inputs[index].bus, change)
        default: break
        }
    }

    fileprivate static func checkUnplug(_ controller: Controller.Kind, _ change: DeviceChange) throws(ConfError) {
        if controller == .scsi { return }
        throw change.failure(.operationUnsupported, "'\(controller.rawValue)' controller cannot be hot unplugged.")
    }

    fileprivate static func checkUnplug(_ bus: Input.Bus?, _ change: DeviceChange) throws(ConfError) {
        if bus == .usb || bus == .virtio { return }
        throw change.failure(
            .operationUnsupported, "input device on bus '\(bus?.rawValue ?? "none")' cannot be detached")
    }
}

extension DeviceDocument {
    /// What is refused before anyone looks for the device.
    fileprivate func checkUnplug(_ change: DeviceChange) throws(ConfError) {
        if let controller = devices.controllers.first { try DomainDefinition.checkUnplug(controller.kind, change) }
        if let input = devices.inputs.first { try DomainDefinition.checkUnplug(input.bus, change) }
    }
}

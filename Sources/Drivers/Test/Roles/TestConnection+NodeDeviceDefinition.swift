public import Libvirt
internal import VirtConf
internal import VirtUtil

/// Mediated devices, on parents that offer them: libvirt's test driver has none, these are a host's.
extension TestConnection: Libvirt.NodeDeviceDefinition {
    public func nodeDeviceDefineXML(xmlDesc: String, flags: NodeDeviceDefineXMLFlags) async throws -> NodeDeviceRef {
        try check(flags, 1, "testNodeDeviceDefineXML", domain: .nodedev)
        try validate(xmlDesc, "nodedev.rng", root: "device", if: flags.contains(.validate))
        let wanted = try conf { () throws(ConfError) in try DeviceDefinition(xml: xmlDesc, isNew: true) }
        return try host.update { try $0.defineMediated(wanted) }
    }

    public func nodeDeviceUndefine(_ name: NodeDeviceRef, flags: UInt32) async throws {
        try check(flags, 0, "testNodeDeviceUndefine", domain: .nodedev)
        try host.update { try $0.undefineMediated(name.name) }
    }

    public func nodeDeviceCreate(_ name: NodeDeviceRef, flags: UInt32) async throws {
        try check(flags, 0, "testNodeDeviceCreate", domain: .nodedev)
        try host.update { try $0.startMediated(name.name) }
    }

    /// Of others than mediated devices: those that are always there come with every boot.
    public func nodeDeviceGetAutostart(_ name: NodeDeviceRef) async throws -> Bool {
        try host.read { state in
            let device = try state.devices.find(name.name)
            return state.devices.mediated[device.name].map(\.autostarts) ?? state.devices.isPersistent(device)
        }
    }

    public func nodeDeviceSetAutostart(_ name: NodeDeviceRef, autostart: Bool) async throws {
        try host.update { state in
            let device = try state.devices.find(name.name)
            guard let mediated = state.devices.mediated[device.name] else {
                throw VirtError(.operationUnsupported, domain: .nodedev, "Unsupported device type")
            }
            if mediated.configuration == nil {
                throw VirtError(.operationInvalid, domain: .nodedev, "cannot set autostart for transient device")
            }
            state.devices.mediated[device.name]?.autostarts = autostart
        }
    }

    public func nodeDeviceIsPersistent(_ name: NodeDeviceRef) async throws -> Bool {
        try host.read { state in state.devices.isPersistent(try state.devices.find(name.name)) }
    }

    public func nodeDeviceIsActive(_ name: NodeDeviceRef) async throws -> Bool {
        try host.read { state in state.devices.isActive(try state.devices.find(name.name).name) }
    }

    /// Gives a mediated device other attributes: now, at its next start, or both; without flags now, if it is active.
    public func nodeDeviceUpdate(_ name: NodeDeviceRef, xmlDesc: String, flags: NodeDeviceUpdateFlags) async throws {
        try check(flags, 3, "testNodeDeviceUpdate", domain: .nodedev)
        let wanted = try conf { () throws(ConfError) in try DeviceDefinition(xml: xmlDesc, isNew: true) }
        try host.update { try $0.updateMediated(name.name, wanted, flags) }
    }
}

extension TestHostState {
    fileprivate mutating func updateMediated(
        _ name: String, _ wanted: DeviceDefinition, _ flags: NodeDeviceUpdateFlags
    ) throws {
        func refuse(_ code: ErrorCode, _ text: String) -> VirtError { VirtError(code, domain: .nodedev, text) }
        let device = try devices.find(name)
        guard let mediated = devices.mediated[name], wanted.isMediated else {
            throw refuse(.operationUnsupported, "Unsupported device type")
        }
        let isLive = flags.contains(.live) || flags.isEmpty && mediated.isActive
        let isConfig = flags.contains(.config) || flags.isEmpty && !mediated.isActive
        if isLive, !mediated.isActive { throw refuse(.operationInvalid, "Device is not active") }
        if isConfig, mediated.configuration == nil {
            throw refuse(.operationInvalid, "Node device '\(name)' is not defined")
        }
        for old in (isLive ? [device] : []) + (isConfig ? [mediated.configuration].compactMap { $0 } : []) {
            let isSame =
                wanted.mediatedType == old.mediatedType && (wanted.parent ?? old.parent) == old.parent
                && (wanted.mediatedUUID ?? old.mediatedUUID) == old.mediatedUUID
            if !isSame {
                throw refuse(
                    .operationInvalid, "Cannot update device '\(name)': its type, parent or identifier would change")
            }
        }
        let attributes = wanted.mediatedAttributes
        if isLive { devices.change(name) { $0.mediatedAttributes = attributes } }
        if isConfig { devices.mediated[name]?.configuration?.mediatedAttributes = attributes }
        if !mediated.isActive { devices.change(name) { $0.mediatedAttributes = attributes } }
        events.append(.nodeDevice(.update(device.reference)))
    }
}

extension VirtConf.NodeDeviceDefinition {
    fileprivate var mediatedAttributes: [GenericElement] {
        get { capabilities.first { $0.kind == .mdev }?.content.children.filter { $0.name == "attr" } ?? [] }
        set {
            guard let index = capabilities.firstIndex(where: { $0.kind == .mdev }) else { return }
            capabilities[index].content.children.removeAll { $0.name == "attr" }
            capabilities[index].content.children += newValue
        }
    }
}

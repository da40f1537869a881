public import Libvirt
internal import VirtConf

/// PCI devices that are taken from the host, for guests.
extension TestConnection: NodeDeviceAssignment {
    public func nodeDeviceDetachFlags(_ name: NodeDeviceRef, driverName: String?, flags: UInt32) async throws {
        try check(flags, 0, "testNodeDeviceDetachFlags")
        switch driverName {
        case nil, "vfio"?: break
        case "kvm"?:
            throw VirtError.test(
                .argumentUnsupported, "KVM device assignment is no longer supported on this system")
        case let other?: throw VirtError.test(.invalidArg, "unknown driver name '\(other)'")
        }
        try host.update { state in
            let device = try state.assignable(name.name)
            if state.devices.detached[device.name] == nil {
                state.devices.detached[device.name] = .some(device.driver)
            }
            state.devices.change(device.name) { $0.driver = "vfio-pci" }
        }
    }

    public func nodeDeviceDettach(_ name: NodeDeviceRef) async throws {
        try await nodeDeviceDetachFlags(name, driverName: nil, flags: 0)
    }

    /// Gives a device back to its driver; of one that has it nothing is done.
    public func nodeDeviceReAttach(_ name: NodeDeviceRef) async throws {
        try host.update { state in
            let device = try state.assignable(name.name)
            guard let driver = state.devices.detached.removeValue(forKey: device.name) else { return }
            state.devices.change(device.name) { $0.driver = driver }
        }
    }

    public func nodeDeviceReset(_ name: NodeDeviceRef) async throws {
        try host.read { _ = try $0.assignable(name.name) }
    }
}

extension TestHostState {
    /// A PCI device that no guest has.
    fileprivate func assignable(_ name: String) throws -> DeviceDefinition {
        let device = try devices.find(name)
        guard let address = device.pciAddress else {
            throw VirtError.domain(.invalidArg, "device \(name) is not a PCI device")
        }
        if let user = user(of: device) {
            throw VirtError.test(
                .operationInvalid, "PCI device \(address) is in use by driver test, domain \(user)")
        }
        return device
    }
}

extension TestConnection: NodeDeviceSCSIHosts {
    public func nodeDeviceLookupSCSIHostByWWN(wwnn: String, wwpn: String, flags: UInt32) async throws -> NodeDeviceRef {
        try check(flags, 0, "testNodeDeviceLookupSCSIHostByWWN", domain: .nodedev)
        return try host.read { state in
            let found = state.devices.all.first { device in
                device.worldWideNames.map { $0.wwnn == wwnn && $0.wwpn == wwpn } ?? false
            }
            guard let found else {
                throw VirtError(
                    .noNodeDevice, domain: .nodedev, "no node device with matching wwnn '\(wwnn)' and wwpn '\(wwpn)'")
            }
            return found.reference
        }
    }
}

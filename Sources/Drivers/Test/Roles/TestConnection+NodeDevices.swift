public import Libvirt
internal import VirtConf
internal import VirtUtil

extension TestConnection: NodeDevices {
    public func connectListAllNodeDevices(flags: ConnectListAllNodeDeviceFlags) async throws -> [NodeDeviceRef] {
        try check(flags, 0xf03f_ffff, "testConnectListAllNodeDevices")
        return host.read { state in state.devices.all.filter { state.devices.matches($0, flags) }.map(\.reference) }
    }

    public func nodeNumOfDevices(cap: String?, flags: UInt32) async throws -> Int32 {
        try check(flags, 0, "testNodeNumOfDevices")
        return host.read { state in Int32(clamping: state.devices.active.count { $0.has(cap) }) }
    }

    public func nodeListDevices(cap: String?, maxnames: Int32, flags: UInt32) async throws -> [String] {
        try check(flags, 0, "testNodeListDevices")
        return host.read { state in
            Array(state.devices.active.filter { $0.has(cap) }.map(\.name).prefix(max(0, Int(maxnames))))
        }
    }

    public func nodeDeviceLookupByName(name: String) async throws -> NodeDeviceRef {
        try host.read { try $0.devices.find(name).reference }
    }

    public func nodeDeviceGetXMLDesc(_ name: NodeDeviceRef, flags: NodeDeviceXMLFlags) async throws -> String {
        let (device, mediated) = try host.read { state in
            (try state.devices.find(name.name), state.devices.mediated[name.name])
        }
        // Only what can be defined has a stored definition.
        try check(flags, mediated == nil ? 0 : 1, "testNodeDeviceGetXMLDesc")
        return (flags.isEmpty ? device : mediated?.configuration ?? device).xml()
    }

    public func nodeDeviceGetParent(_ name: NodeDeviceRef) async throws -> String? {
        try host.read { try $0.devices.find(name.name).parent }
    }

    public func nodeDeviceNumOfCaps(_ name: NodeDeviceRef) async throws -> Int32 {
        try host.read { Int32(clamping: try $0.devices.find(name.name).capabilities.count) }
    }

    public func nodeDeviceListCaps(_ name: NodeDeviceRef, maxnames: Int32) async throws -> [String] {
        try host.read { state in
            let device = try state.devices.find(name.name)
            return Array(device.capabilities.map(\.kind.rawValue).prefix(max(0, Int(maxnames))))
        }
    }
}

extension TestConnection: NodeDeviceCreation {
    public func nodeDeviceCreateXML(xmlDesc: String, flags: NodeDeviceCreateXMLFlags) async throws -> NodeDeviceRef {
        try check(flags, 1, "testNodeDeviceCreateXML")
        try validate(xmlDesc, "nodedev.rng", root: "device", if: flags.contains(.validate))
        let wanted = try conf { () throws(ConfError) in try DeviceDefinition(xml: xmlDesc, isNew: true) }
        return try host.update { state in
            if let made = try state.createMediated(wanted) { return made }
            let port = try state.devices.virtualPort(for: wanted)
            state.devices.add(port)
            state.reportDevice(port.name, .created)
            return port.reference
        }
    }

    /// Only virtual ports and mediated devices can be taken away; of others nothing is done, and nothing said.
    public func nodeDeviceDestroy(_ name: NodeDeviceRef) async throws {
        try host.update { state in
            let device = try state.devices.find(name.name)
            if state.devices.mediated[device.name] != nil { return try state.stopMediated(device.name) }
            guard device.worldWideNames != nil else { return }
            state.devices.remove(device.name)
            state.reportDevice(device.name, .deleted)
        }
    }
}

extension TestNodeDevices {
    fileprivate var active: [DeviceDefinition] { all.filter { isActive($0.name) } }

    /// Whether a device is one of those that flags ask for, by their groups.
    fileprivate func matches(_ device: DeviceDefinition, _ flags: ConnectListAllNodeDeviceFlags) -> Bool {
        func group(_ alternatives: (bit: UInt32, holds: Bool)...) -> Bool {
            let asked = alternatives.filter { flags.rawValue & $0.bit != 0 }
            return asked.isEmpty || asked.contains { $0.holds }
        }
        let (isActive, isPersistent) = (isActive(device.name), isPersistent(device))
        let capabilities = flags.intersection(ConnectListAllNodeDeviceFlags(rawValue: 0x3f_ffff))
        return device.matches(capabilities) && group((1 << 28, isPersistent), (1 << 29, !isPersistent))
            && group((1 << 30, !isActive), (1 << 31, isActive))
    }
}

extension VirtConf.NodeDeviceDefinition {
    /// Whether it has one of the capabilities that flags ask for.
    fileprivate func matches(_ flags: ConnectListAllNodeDeviceFlags) -> Bool {
        flags.isEmpty || kinds.contains { kind in kind.flag.map(flags.contains) ?? false }
    }
}

extension NodeDeviceCapability.Kind {
    fileprivate var flag: ConnectListAllNodeDeviceFlags? {
        switch self {
        case .system: .capSystem
        case .pci: .capPCIDev
        case .usbDevice: .capUSBDev
        case .usb: .capUSBInterface
        case .net: .capNet
        case .scsiHost: .capSCSIHost
        case .scsiTarget: .capSCSITarget
        case .scsi: .capSCSI
        case .storage: .capStorage
        case .fcHost: .capFcHost
        case .vports: .capVports
        case .scsiGeneric: .capSCSIGeneric
        case .drm: .capDrm
        case .mdevTypes: .capMdevTypes
        case .mdev: .capMdev
        case .ccw: .capCcwDev
        case .css: .capCssDev
        case .vdpa: .capVdpa
        case .apCard: .capApCard
        case .apQueue: .capApQueue
        case .apMatrix: .capApMatrix
        case .vpd: .capVpd
        }
    }
}

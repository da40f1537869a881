internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// `NodeDeviceDefinition` is the role of persistent devices here.
typealias DeviceDefinition = VirtConf.NodeDeviceDefinition

/// The devices of a host, in their order of appearance.
struct TestNodeDevices {
    private(set) var all: [DeviceDefinition] = []
    /// What there is to know of mediated devices, by name.
    var mediated: [String: TestMediatedDevice] = [:]
    /// PCI devices that were taken from their drivers, and these drivers; nil: it had none.
    var detached: [String: String?] = [:]

    /// What does not grow with what came and went.
    var tableSizes: [Int] { [all.count, mediated.count, detached.count] }

    func find(_ name: String) throws -> DeviceDefinition {
        guard let found = all.first(where: { $0.name == name }) else {
            throw VirtError.test(.noNodeDevice, "no node device with matching name '\(name)'")
        }
        return found
    }

    /// Takes a device: in the place of the one of its name, or as a new one.
    mutating func add(_ device: DeviceDefinition) {
        if let index = all.firstIndex(where: { $0.name == device.name }) {
            all[index] = device
        } else {
            all.append(device)
        }
    }

    mutating func remove(_ name: String) {
        all.removeAll { $0.name == name }
        mediated[name] = nil
        detached[name] = nil
    }

    /// Changes a device that is there.
    mutating func change(_ name: String, _ body: (inout DeviceDefinition) -> Void) {
        if let index = all.firstIndex(where: { $0.name == name }) { body(&all[index]) }
    }

    func isActive(_ name: String) -> Bool { mediated[name]?.isActive ?? true }

    /// The machine itself is always there, others only while they are.
    func isPersistent(_ device: DeviceDefinition) -> Bool {
        mediated[device.name].map { $0.configuration != nil } ?? device.kinds.contains(.system)
    }

    // MARK: virtual host bus adapters

    /// Makes the virtual port that a definition asks for.
    ///
    /// As in libvirt there is one: the host's own virtual port with another name and other world wide names.
    func virtualPort(for wanted: DeviceDefinition) throws -> DeviceDefinition {
        guard let names = wanted.worldWideNames else {
            throw VirtError(.internalError, domain: .nodedev, "Device is not a fibre channel HBA")
        }
        try checkParent(of: wanted)
        return try virtualPort(wwnn: names.wwnn, wwpn: names.wwpn)
    }

    func virtualPort(wwnn: String, wwpn: String) throws -> DeviceDefinition {
        var port = try find("scsi_host11")
        port.name = Self.virtualPortName
        for index in port.capabilities.indices {
            port.capabilities[index].setText("wwnn", in: "fc_host", to: wwnn)
            port.capabilities[index].setText("wwpn", in: "fc_host", to: wwpn)
        }
        return port
    }

    static let virtualPortName = "scsi_host12"

    private func checkParent(of wanted: DeviceDefinition) throws {
        func missing(_ text: String) -> VirtError { VirtError(.internalError, domain: .nodedev, text) }
        let adapters = all.filter { $0.kinds.contains(.vports) }
        if let parent = wanted.parent {
            guard let found = all.first(where: { $0.name == parent }) else {
                throw missing("Could not find parent device for '\(wanted.name)'")
            }
            guard adapters.contains(where: { $0.name == found.name }) else {
                throw missing("Parent device \(parent) is not capable of vport operations")
            }
        } else if let wwnn = wanted.parentWWNN, let wwpn = wanted.parentWWPN {
            let isKnown = adapters.contains { $0.worldWideNames.map { $0.wwnn == wwnn && $0.wwpn == wwpn } ?? false }
            if !isKnown { throw missing("Could not find parent device for '\(wanted.name)'") }
        } else if let fabric = wanted.parentFabricWWN {
            let isKnown = adapters.contains { device in
                device.capabilities.contains { $0.text("fabric_wwn", in: "fc_host") == fabric }
            }
            if !isKnown { throw missing("Could not find parent device for '\(wanted.name)'") }
        } else if adapters.isEmpty {
            throw missing("Could not find any vport capable device")
        }
    }
}

extension VirtConf.NodeDeviceDefinition {
    var reference: NodeDeviceRef { NodeDeviceRef(name: name) }

    /// Of a fibre channel adapter.
    var worldWideNames: (wwnn: String, wwpn: String)? {
        for capability in capabilities where capability.kind == .scsiHost {
            if let wwnn = capability.text("wwnn", in: "fc_host"), let wwpn = capability.text("wwpn", in: "fc_host") {
                return (wwnn, wwpn)
            }
        }
        return nil
    }

    func has(_ capability: String?) -> Bool {
        capability.map { name in kinds.contains { $0.rawValue == name } } ?? true
    }
}

extension TestHostState {
    mutating func reportDevice(_ name: String, _ event: NodeDeviceEventLifecycleType) {
        events.append(.nodeDevice(.lifecycle(NodeDeviceRef(name: name), event: event, detail: 0)))
    }

    /// Makes the virtual port that a pool on a Fibre Channel adapter has while it runs. Its parent is not looked for,
    /// and one that is there is replaced, as in libvirt.
    mutating func addPort(of pool: PoolDefinition) throws {
        guard let adapter = pool.fibreChannelAdapter else { return }
        devices.add(try devices.virtualPort(wwnn: adapter.nodeName ?? "", wwpn: adapter.portName ?? ""))
        reportDevice(TestNodeDevices.virtualPortName, .created)
    }

    /// Takes the virtual port of a pool away, unless somebody else has.
    mutating func removePort(of pool: PoolDefinition) {
        let name = TestNodeDevices.virtualPortName
        guard pool.fibreChannelAdapter != nil, devices.all.contains(where: { $0.name == name }) else { return }
        devices.remove(name)
        reportDevice(name, .deleted)
    }
}

extension PoolDefinition {
    fileprivate var fibreChannelAdapter: StorageAdapter? {
        source.adapter?.kind == .fibreChannelHost ? source.adapter : nil
    }
}

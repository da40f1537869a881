internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// An interface that is plugged into a network that runs.
struct TestNetworkPort {
    /// Order of appearance in its network, for lists.
    let sequence: UInt64
    var definition: NetworkPortDefinition
    /// The domain whose run made it and will take it away; none for a port that a client made.
    let guest: UUID?

    var uuid: UUID { UUID(definition.uuid) }
}

extension TestNetwork {
    var sortedPorts: [TestNetworkPort] { ports.values.sorted { $0.sequence < $1.sequence } }

    func requireActive() throws {
        guard isActive else { throw VirtError.network(.operationInvalid, "network '\(name)' is not active") }
    }

    func port(_ uuid: UUID) throws -> TestNetworkPort {
        guard let port = ports[uuid] else {
            throw VirtError.network(.noNetworkPort, "Network port with UUID \(uuid) does not exist")
        }
        return port
    }

    /// Plugs something in, and decides where.
    ///
    /// - Parameter isReclaim: The definition says already where; otherwise it must not.
    /// - Throws: With the code and text of libvirt's network driver.
    mutating func add(_ definition: NetworkPortDefinition, isReclaim: Bool = false, guest: UUID? = nil) throws {
        try requireActive()
        var definition = definition
        if isReclaim {
            if definition.plug == .none {
                throw VirtError.network(.invalidArg, "Port reclaim requested but plug type is none")
            }
        } else {
            if definition.plug != .none {
                throw VirtError.network(.invalidArg, "Port reclaim not requested but plug type is not none")
            }
            try allocate(&definition)
        }
        let uuid = UUID(definition.uuid)
        if ports[uuid] != nil {
            throw VirtError.network(.networkPortExist, "Network port with UUID \(uuid) already exists")
        }
        insert(definition, guest: guest)
    }

    /// - Throws: See ``add(_:isReclaim:guest:)``; nothing is changed then.
    mutating func setBandwidth(_ bandwidth: Bandwidth, of uuid: UUID) throws {
        var definition = try port(uuid).definition
        let old = definition.bandwidth?.classID
        definition.bandwidth = bandwidth
        try checkFloor(definition)
        setClass(&definition, old: old)
        update(definition)
    }

    // MARK: What the network adds

    private func allocate(_ port: inout NetworkPortDefinition) throws {
        let network = definition
        let group =
            port.group.map { name in network.portGroups.first { $0.name == name } }
            ?? network.portGroups.first(where: \.isDefault)
        port.bandwidth = port.bandwidth ?? group?.bandwidth
        port.vlan = port.vlan ?? group?.vlan ?? network.vlan
        port.trustGuestRxFilters =
            port.trustGuestRxFilters ?? group?.trustGuestRxFilters ?? network.trustGuestRxFilters
        port.isIsolated = port.isIsolated ?? network.isolatedPorts
        port.virtualPort = port.virtualPort ?? group?.virtualPort ?? network.virtualPort
        if let kind = port.virtualPort?.kind, network.forward.mode.isRouted {
            throw VirtError.network(
                .configUnsupported,
                "<virtualport type='\(kind.rawValue)'> not supported for network '\(name)' which uses IP forwarding")
        }
        if var switched = port.virtualPort, switched.kind == .openVSwitch || switched.kind == .midoNet {
            switched.interfaceID = switched.interfaceID ?? .random()
            port.virtualPort = switched
        }
        try checkFloor(port)
        setClass(&port, old: nil)
        port.plug = try plug()
    }

    private func plug() throws -> NetworkPortDefinition.Plug {
        let forward = definition.forward
        switch forward.mode {
        case .none, .nat, .route, .open:
            return .network(bridge: definition.bridge.name ?? "", definition.bridge.macTableManager)
        case .bridge where definition.bridge.name != nil:
            return .bridge(definition.bridge.name ?? "", definition.bridge.macTableManager)
        case .hostdev:
            let free = forward.functions.first { function in !ports.values.contains { $0.uses(function.address) } }
            guard let free else { throw noDevice }
            return .hostdev(free.address, forward.driver, isManaged: forward.isManaged ? .yes : .no)
        case .bridge, .private, .vepa, .passthrough:
            let counted = forward.interfaces.map { interface in
                (interface.device, users: ports.values.count { $0.uses(interface.device) })
            }
            guard let best = counted.min(by: { $0.users < $1.users }), forward.mode != .passthrough || best.users == 0
            else { throw noDevice }
            let modes: [NetworkForward.Mode: NetworkPortDefinition.DirectMode] = [
                .private: .private, .vepa: .vepa, .passthrough: .passthrough,
            ]
            return .direct(device: best.0, modes[forward.mode] ?? .bridge)
        }
    }

    private var noDevice: VirtError {
        .network(
            .internalError,
            "network '\(name)' requires exclusive access to interfaces, but none are available")
    }

    /// A share that is guaranteed needs a network whose traffic the host shapes.
    private func checkFloor(_ port: NetworkPortDefinition) throws {
        guard let floor = port.bandwidth?.inbound?.floor, floor > 0 else { return }
        var reason: String?
        if !definition.forward.mode.isRouted {
            reason =
                """
                'floor' is only supported for interface type 'network' with forward type 'nat', 'route', 'open' \
                or none
                """
        } else if definition.bandwidth?.inbound == nil {
            reason = "network '\(name)' has no inbound QoS set"
        }
        if let reason {
            throw VirtError.network(
                .operationUnsupported,
                "Invalid use of 'floor' on interface with MAC address \(port.mac) - \(reason)")
        }
        try checkSum(floor, of: port)
    }

    /// All that is guaranteed together must not be more than there is.
    private func checkSum(_ floor: UInt64, of port: NetworkPortDefinition) throws {
        guard let limit = definition.bandwidth?.inbound else { return }
        var sum = floor
        for other in ports.values where other.definition.uuid != port.uuid {
            let (more, overflows) = sum.addingReportingOverflow(other.definition.bandwidth?.inbound?.floor ?? 0)
            sum = overflows ? .max : more
        }
        let (name, most) = limit.peak > 0 ? ("peak", limit.peak) : ("average", limit.average)
        guard sum > most else { return }
        throw VirtError.network(
            .operationInvalid,
            """
            Cannot plug '\(port.mac)' interface into '\(definition.bridge.name ?? "")' because new combined inbound \
            floor=\(sum) would overcommit \(name)=\(most) on network '\(self.name)'
            """)
    }

    /// A port with such a share has a class of its own; the first two are the network's.
    private func setClass(_ port: inout NetworkPortDefinition, old: UInt32?) {
        guard let floor = port.bandwidth?.inbound?.floor, floor > 0 else { return }
        let taken = Set(ports.values.compactMap(\.definition.bandwidth?.classID))
        var free: UInt32 = 3
        while taken.contains(free) { free += 1 }
        port.bandwidth?.classID = old ?? free
    }
}

extension TestNetworkPort {
    fileprivate func uses(_ device: String) -> Bool {
        if case .direct(device, _) = definition.plug { true } else { false }
    }

    fileprivate func uses(_ address: PCIAddress) -> Bool {
        if case .hostdev(let own, _, _) = definition.plug { own == address } else { false }
    }
}

extension TestNetwork {
    /// What the network is now, with how many use it.
    var described: NetDefinition {
        var now = definition
        now.connections = UInt32(clamping: ports.count)
        for index in now.forward.interfaces.indices {
            let device = now.forward.interfaces[index].device
            now.forward.interfaces[index].connections = UInt32(clamping: ports.values.count { $0.uses(device) })
        }
        for index in now.forward.functions.indices {
            let address = now.forward.functions[index].address
            now.forward.functions[index].connections = UInt32(clamping: ports.values.count { $0.uses(address) })
        }
        return now
    }
}

extension TestNetworks {
    /// libvirt's network driver looks for the UUID, and names both.
    func known(_ reference: NetworkRef) throws -> TestNetwork {
        guard let network = networks[reference.uuid] else {
            throw VirtError.network(
                .noNetwork, "no network with matching uuid '\(reference.uuid)' (\(reference.name))")
        }
        return network
    }

    mutating func modifyKnown<Result>(
        _ reference: NetworkRef, _ body: (inout TestNetwork) throws -> Result
    ) throws -> Result {
        try modify(try known(reference).name, body)
    }
}

extension VirtError {
    /// In the name of libvirt's network driver.
    static func network(_ code: ErrorCode, _ details: String) -> VirtError {
        VirtError(code, domain: .network, details)
    }
}

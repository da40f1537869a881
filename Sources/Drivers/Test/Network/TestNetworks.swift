internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// The networks of a host, by UUID and name.
struct TestNetworks {
    private(set) var networks: [UUID: TestNetwork] = [:]
    private var names: [String: UUID] = [:]
    private var lastSequence: UInt64 = 0

    /// Networks and names: neither grows with what came and went.
    var tableSizes: [Int] { [networks.count, names.count] }

    // MARK: Looking up

    /// The networks in their order of appearance.
    var sorted: [TestNetwork] { networks.values.sorted { $0.sequence < $1.sequence } }

    /// Most calls are about a name, whatever UUID comes with it.
    func network(named name: String) throws -> TestNetwork {
        guard let uuid = names[name], let network = networks[uuid] else { throw Self.missing(name) }
        return network
    }

    func network(_ uuid: UUID) throws -> TestNetwork {
        guard let network = networks[uuid] else {
            throw VirtError.test(.noNetwork, "no network with matching uuid '\(uuid)'")
        }
        return network
    }

    private static func missing(_ name: String) -> VirtError {
        .test(.noNetwork, "no network with matching name '\(name)'")
    }

    /// Changes a network in place.
    mutating func modify<Result>(_ name: String, _ body: (inout TestNetwork) throws -> Result) throws -> Result {
        guard let uuid = names[name], let index = networks.index(forKey: uuid) else { throw Self.missing(name) }
        return try body(&networks.values[index])
    }

    // MARK: Adding and removing

    /// Takes a definition: into the network of its UUID, or as a new one.
    ///
    /// - Parameter forRun: It is for a run that begins now, which the network must not already have.
    /// - Throws: `.operationFailed` if the name belongs to another UUID or the UUID to another name;
    ///   `.operationInvalid` if it runs.
    mutating func take(_ definition: NetDefinition, forRun: Bool) throws -> NetworkRef {
        func refuse(_ code: ErrorCode, _ text: String) -> VirtError { VirtError(code, domain: .network, text) }
        let uuid = UUID(definition.uuid)
        if let existing = networks[uuid] {
            guard existing.name == definition.name else {
                throw refuse(.operationFailed, "network '\(existing.name)' is already defined with uuid \(uuid)")
            }
            if forRun, existing.isActive {
                throw refuse(.operationInvalid, "network is already active as '\(existing.name)'")
            }
            return try modify(existing.name) { network in
                network.redefine(definition, forRun: forRun)
                return network.reference
            }
        }
        if let other = names[definition.name] {
            throw refuse(.operationFailed, "network '\(definition.name)' already exists with uuid \(other)")
        }
        lastSequence += 1
        let network = TestNetwork(definition, sequence: lastSequence, forRun: forRun)
        networks[uuid] = network
        names[definition.name] = uuid
        return network.reference
    }

    mutating func remove(_ name: String) {
        guard let uuid = names.removeValue(forKey: name) else { return }
        networks[uuid] = nil
    }
}

extension TestHostState {
    mutating func report(_ network: NetworkRef, _ event: NetworkEventLifecycleType) {
        events.append(.network(.lifecycle(network, event: event, detail: 0)))
    }

    /// Adds a running network, without events; for hosts that are made.
    mutating func load(_ definition: NetDefinition) throws {
        let reference = try networks.take(definition, forRun: false)
        try networks.modify(reference.name) { $0.isActive = true }
    }

    /// `<network>` elements of a host's file.
    ///
    /// - Parameter element: Gives the element that counts, which may be the root of a file that `file` names.
    mutating func readNetworks(_ root: XMLNode, following: (XMLNode) throws -> XMLNode) throws {
        for node in root.children("network") {
            let node = try following(node)
            try load(try conf { () throws(ConfError) in try NetDefinition(element: node) })
        }
    }
}

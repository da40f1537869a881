public import Libvirt
internal import VirtConf

extension TestConnection: Networks {
    public func connectListAllNetworks(flags: ConnectListAllNetworksFlags) async throws -> [NetworkRef] {
        try check(flags, 0x3F, "testConnectListAllNetworks")
        return host.read { state in state.networks.sorted.filter { $0.matches(flags) }.map(\.reference) }
    }

    public func networkLookupByName(name: String) async throws -> NetworkRef {
        try host.read { try $0.networks.network(named: name).reference }
    }

    public func networkLookupByUUID(uuid: UUID) async throws -> NetworkRef {
        try host.read { try $0.networks.network(uuid).reference }
    }

    /// libvirt's test driver knows no flags here, not even that for the inactive definition.
    public func networkGetXMLDesc(_ net: NetworkRef, flags: NetworkXMLFlags) async throws -> String {
        try check(flags, 0, "testNetworkGetXMLDesc")
        return try host.read { try $0.networks.network(named: net.name).described }.xml()
    }

    public func networkIsActive(_ net: NetworkRef) async throws -> Bool {
        try host.read { try $0.networks.network(net.uuid).isActive }
    }

    public func networkIsPersistent(_ net: NetworkRef) async throws -> Bool {
        try host.read { try $0.networks.network(net.uuid).isPersistent }
    }

    public func networkGetAutostart(_ net: NetworkRef) async throws -> Bool {
        try host.read { try $0.networks.network(named: net.name).autostarts }
    }
}

extension TestConnection: NetworkBridges {
    public func networkGetBridgeName(_ net: NetworkRef) async throws -> String {
        try host.read { state in
            let network = try state.networks.network(named: net.name)
            guard let bridge = network.definition.bridge.name else {
                throw VirtError.test(.internalError, "network '\(network.name)' does not have a bridge name.")
            }
            return bridge
        }
    }
}

extension TestNetwork {
    /// Whether it is one of those that flags ask for: of each pair of flags it must match one, if any is given.
    func matches(_ flags: ConnectListAllNetworksFlags) -> Bool {
        func group(_ alternatives: [(ConnectListAllNetworksFlags, Bool)]) -> Bool {
            let asked = alternatives.filter { flags.contains($0.0) }
            return asked.isEmpty || asked.contains { $0.1 }
        }
        return group([(.active, isActive), (.inactive, !isActive)])
            && group([(.persistent, isPersistent), (.transient, !isPersistent)])
            && group([(.autostart, autostarts), (.noAutostart, !autostarts)])
    }
}

public import Libvirt
internal import VirtConf

extension NetDefinition: TestNotes {}

/// Notes on networks, as on domains; libvirt has them since 9.7.
extension TestConnection: NetworkMetadata {
    public func networkGetMetadata(
        _ network: NetworkRef, type: NetworkMetadataType, uri: String?, flags: NetworkUpdateFlags
    ) async throws -> String {
        try check(flags, 3, "testNetworkGetMetadata", domain: .network)
        if flags.contains([.live, .config]) {
            let names = "'VIR_NETWORK_UPDATE_AFFECT_LIVE' and 'VIR_NETWORK_UPDATE_AFFECT_CONFIG'"
            throw VirtError.argument("flags", in: "virNetworkGetMetadata", "Flags \(names) are mutually exclusive")
        }
        return try host.read { state in
            let definition = try state.networks.network(named: network.name).definition(flags)
            guard let text = try definition.note(type.rawValue, uri: uri) else {
                throw VirtError(
                    .noNetworkMetadata, domain: .network, "Requested metadata element is not present")
            }
            return text
        }
    }

    public func networkSetMetadata(
        _ network: NetworkRef, type: NetworkMetadataType, metadata: String?, key: String?, uri: String?,
        flags: NetworkUpdateFlags
    ) async throws {
        let api = "virNetworkSetMetadata"
        try check(flags, 3, "testNetworkSetMetadata", domain: .network)
        try TestMetadata.check(type.rawValue, metadata, in: api)
        try host.update { state in
            let reference = try state.networks.modify(network.name) { network in
                try network.changeNotes(flags) { definition in
                    try definition.setNote(type.rawValue, metadata, key: key, uri: uri, in: api)
                }
                return network.reference
            }
            state.events.append(.network(.metadataChange(reference, type: type, nsuri: uri)))
        }
    }
}

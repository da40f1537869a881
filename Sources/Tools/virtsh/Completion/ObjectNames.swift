internal import LibvirtRemote

/// Names of live objects, for completion.
struct ObjectNames: Sendable {
    let shell: Shell
    let line: UnfinishedLine

    func names(_ kind: Completion) async throws -> [String] {
        let connection = try await shell.connection()
        switch kind {
        case .none, .files, .words, .wordList, .commands: return []
        case .domains: return try await connection.domains().map(\.name)
        case .networks: return try await connection.networks().map(\.name)
        case .pools: return try await connection.storagePools().map(\.name)
        case .interfaces: return try await connection.interfaces().map(\.reference.name)
        case .secrets: return try await connection.secrets().map(\.reference.uuid.description)
        case .nwfilters: return try await connection.nwfilters().map(\.reference.name)
        case .nwfilterBindings: return try await connection.nwfilterBindings().map(\.reference.portdev)
        case .nodeDevices: return try await connection.nodeDevices().map(\.reference.name)
        case .networkPorts:
            guard let name = line.values["network"] else { return [] }
            return try await connection.lookupNetwork(byName: name).ports().map(\.reference.uuid.description)
        case .volumes: return try await volumes(connection)
        default: return try await ofDomain(kind)
        }
    }

    private func volumes(_ connection: Connection) async throws -> [String] {
        if let pool = line.values["pool"] {
            return try await shell.storagePool(pool).volumes().map(\.name)
        }
        var paths: [String] = []
        for pool in try await connection.storagePools(flags: .active) {
            for volume in try await pool.volumes() {
                if let path = try? await volume.path() { paths.append(path) }
            }
        }
        return paths
    }

    private func ofDomain(_ kind: Completion) async throws -> [String] {
        guard let name = line.values["domain"] else { return [] }
        let domain = try await shell.domain(name)
        switch kind {
        case .snapshots: return try await domain.snapshots().map(\.reference.name)
        case .checkpoints: return try await domain.checkpoints().map(\.reference.name)
        case .iothreads: return try await domain.iothreads().info.map { String($0.iothreadID) }
        case .disks: return try XMLSelection(document: await domain.xml()).strings("/domain/devices/disk/target/@dev")
        case .domainInterfaces:
            return try XMLSelection(document: await domain.xml()).strings("/domain/devices/interface/mac/@address")
        case .deviceAliases:
            return try XMLSelection(document: await domain.xml()).strings("/domain/devices/*/alias/@name")
        default: return []
        }
    }
}

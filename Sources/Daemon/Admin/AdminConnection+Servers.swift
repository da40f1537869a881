internal import Libvirt
internal import VirtUtil

extension AdminConnection: AdminServers {
    func connectListServers(flags: UInt32) async throws -> [AdminServerRef] {
        try refuse(flags, in: "adminConnectListServers")
        return servers.map { AdminServerRef(name: $0.name) }
    }

    func connectLookupServer(name: String, flags: UInt32) async throws -> AdminServerRef {
        AdminServerRef(name: try server(name).name)
    }

    // MARK: Workers

    func serverGetThreadpoolParameters(_ srv: AdminServerRef, flags: UInt32) async throws -> [TypedParameter] {
        try refuse(flags, in: "adminServerGetThreadPoolParameters")
        let server = try server(srv.name)
        let workers = server.workers.statistics
        let priority = server.priorityWorkers.statistics
        return [
            ("minWorkers", workers.minimum), ("maxWorkers", workers.maximum), ("nWorkers", workers.threads),
            ("freeWorkers", workers.idle), ("prioWorkers", server.limits.priorityWorkers),
            ("jobQueueDepth", workers.queued + priority.queued),
        ].map { TypedParameter($0.0, .uint(UInt32(clamping: $0.1))) }
    }

    func serverSetThreadpoolParameters(
        _ srv: AdminServerRef, params: [TypedParameter], flags: UInt32
    ) async throws {
        try refuse(flags, in: "adminServerSetThreadPoolParameters")
        let server = try server(srv.name)
        let values = try CheckedParameters(
            params, ["minWorkers": .uint, "maxWorkers": .uint, "prioWorkers": .uint])
        let limits = server.limits
        let minimum = values.number("minWorkers") ?? limits.minWorkers
        let maximum = values.number("maxWorkers") ?? limits.maxWorkers
        guard minimum <= maximum else {
            throw VirtError(.invalidArg, domain: .none, "minWorkers cannot be larger than maxWorkers")
        }
        guard maximum > 0 else {
            throw VirtError(
                .invalidArg, domain: .none, "maxWorkers must not be switched from zero to non-zero and vice versa")
        }
        guard maximum <= Self.mostThreads, values.number("prioWorkers") ?? 0 <= Self.mostThreads else {
            throw VirtError(.invalidArg, domain: .none, "there cannot be more than \(Self.mostThreads) workers")
        }
        server.setLimits { limits in
            limits.minWorkers = minimum
            limits.maxWorkers = maximum
            limits.priorityWorkers = values.number("prioWorkers") ?? limits.priorityWorkers
        }
    }

    /// More would end the process sooner than they do work.
    private static let mostThreads = 10_000

    // MARK: Clients

    func serverGetClientLimits(_ srv: AdminServerRef, flags: UInt32) async throws -> [TypedParameter] {
        try refuse(flags, in: "adminServerGetClientLimits")
        let server = try server(srv.name)
        let limits = server.limits
        return [
            ("nclients_max", limits.maxClients), ("nclients", server.clientCount),
            ("nclients_unauth_max", limits.maxAnonymousClients), ("nclients_unauth", server.anonymousCount),
        ].map { TypedParameter($0.0, .uint(UInt32(clamping: $0.1))) }
    }

    func serverSetClientLimits(_ srv: AdminServerRef, params: [TypedParameter], flags: UInt32) async throws {
        try refuse(flags, in: "adminServerSetClientLimits")
        let server = try server(srv.name)
        let values = try CheckedParameters(params, ["nclients_max": .uint, "nclients_unauth_max": .uint])
        let limits = server.limits
        let maximum = values.number("nclients_max") ?? limits.maxClients
        let anonymous = values.number("nclients_unauth_max") ?? limits.maxAnonymousClients
        guard anonymous <= maximum else {
            // The words are libvirt's, which mean the opposite.
            throw VirtError(
                .invalidArg, domain: .rpc,
                "The overall maximum number of clients waiting for authentication must not be less than the overall "
                    + "maximum number of clients")
        }
        server.setLimits { limits in
            limits.maxClients = maximum
            limits.maxAnonymousClients = anonymous
        }
    }

    func serverUpdateTLSFiles(_ srv: AdminServerRef, flags: UInt32) async throws {
        try refuse(flags, in: "adminServerUpdateTlsFiles")
        guard try server(srv.name) === daemon.server, daemon.listensTLS else {
            throw VirtError(
                .internalError, domain: .rpc, "no tls service found, unable to update tls files")
        }
        try daemon.updateTLSFiles()
    }
}

extension CheckedParameters {
    fileprivate func number(_ name: String) -> Int? { uint(name).map(Int.init) }
}

import LibvirtRemote

func openForLong(_ uri: String) async throws -> Connection {
    var options = ConnectOptions()
    options.reconnect = ReconnectPolicy()
    options.reconnect?.longestDelay = .seconds(10)
    return try await Connection.open(uri, options: options)
}

func startWhenPossible(_ domain: Domain, patience: Duration) async throws {
    try await withDeadline(patience) {
        try await domain.connection.waitUntilConnected()
        if try await !domain.isActive() { try await domain.start() }
    }
}

func report(_ connection: Connection, to log: @Sendable (String) -> Void) async {
    for await state in connection.states {
        switch state {
        case .connected: log("connected")
        case .reconnecting(let closure, let attempts): log("\(closure.error.message); tried \(attempts) times")
        case .closed(let closure): log("closed: \(closure.reason)")
        }
    }
}

func follow(_ connection: Connection, changed: @Sendable (Set<String>) -> Void) async throws {
    let events = try await connection.domainEvents([.lifecycle])
    changed(Set(try await connection.domains(flags: .active).map(\.name)))
    for await item in events.withGaps {
        if case .gap = item { try? await connection.waitUntilConnected() }
        if let active = try? await connection.domains(flags: .active) { changed(Set(active.map(\.name))) }
    }
}

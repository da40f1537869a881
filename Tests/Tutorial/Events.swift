import LibvirtRemote

func logLifecycle(of connection: Connection, to log: @escaping @Sendable (String) -> Void) async throws {
    let events = try await connection.domainEvents([.lifecycle])
    for await case .lifecycle(let domain, let event, _) in events {
        log("\(domain.name) \(event)")
    }
}

actor Inventory {
    private(set) var running: Set<String> = []
    private let connection: Connection

    init(_ connection: Connection) { self.connection = connection }

    func follow() async throws {
        let events = try await connection.domainEvents([.lifecycle])
        try await readAll()
        var lost = 0
        for await case .lifecycle(let domain, let event, _) in events {
            if events.droppedEvents > lost {
                lost = events.droppedEvents
                try await readAll()
            }
            switch event {
            case .started: running.insert(domain.name)
            case .stopped, .crashed: running.remove(domain.name)
            default: break
            }
        }
    }

    private func readAll() async throws {
        running = Set(try await connection.domains(flags: .active).map(\.name))
    }
}

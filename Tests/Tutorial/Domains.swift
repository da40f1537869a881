import LibvirtRemote

let document = """
    <domain type='test'>
      <name>web</name>
      <memory unit='MiB'>512</memory>
      <vcpu>2</vcpu>
      <os><type>hvm</type></os>
    </domain>
    """

func makeDomain(_ xml: String, on connection: Connection) async throws -> Domain {
    let domain = try await connection.defineDomain(xml: xml, flags: .validate)
    try await domain.setAutostart(true)
    return try await domain.start()
}

func stop(_ domain: Domain, patience: Duration) async throws {
    let events = try await domain.connection.domainEvents([.lifecycle], domain: domain)
    try await domain.shutdown()
    let isDown = try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
            for await case .lifecycle(_, let event, _) in events where event == .stopped { return true }
            return false
        }
        group.addTask {
            try await Task.sleep(for: patience)
            return false
        }
        defer { group.cancelAll() }
        return try await group.next() ?? false
    }
    if !isDown { try await domain.destroy(flags: .graceful) }
}

func memoryInUse(on connection: Connection) async throws -> [String: UInt64] {
    var result: [String: UInt64] = [:]
    for domain in try await connection.domains(flags: .active) {
        result[domain.name] = try await domain.info().memory
    }
    return result
}

func processorTime(of domains: [Domain], on connection: Connection) async throws -> [String: UInt64] {
    let statistics = try await connection.domainStatistics(of: domains, types: 0)
    var result: [String: UInt64] = [:]
    for record in statistics {
        for parameter in record.params where parameter.field == "cpu.time" {
            if case .ullong(let nanoseconds) = parameter.value { result[record.dom.name] = nanoseconds }
        }
    }
    return result
}

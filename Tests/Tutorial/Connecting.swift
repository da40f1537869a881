import LibvirtRemote

func inventory(of uri: String) async throws -> [String] {
    let connection = try await Connection.open(uri, readOnly: true)
    var lines = ["\(try await connection.hostname()): \(try await connection.nodeInfo().cpus) CPUs"]
    for domain in try await connection.domains() {
        lines.append("\(domain.name) is \(try await domain.state().state)")
    }
    await connection.close()
    return lines
}

func find(_ name: String, on connection: Connection) async throws -> Domain? {
    do {
        return try await connection.lookupDomain(byName: name)
    } catch let error as VirtError where error.code == .noDomain {
        return nil
    }
}

func answers(_ connection: Connection, within limit: Duration) async throws -> Bool {
    do {
        _ = try await withDeadline(limit) { try await connection.nodeInfo() }
        return true
    } catch let error as VirtError where error.code == .operationTimeout {
        return false
    }
}

func reasonOfTheEnd(_ connection: Connection) async throws -> String {
    let closure = try await connection.closed
    return "\(closure.reason): \(closure.error.message)"
}

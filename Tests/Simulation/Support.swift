import LibvirtRemote
import TestProcesses

extension TestDaemon {
    /// A test host of this daemon; `parameters` are those of Sources/Drivers/Test/README.md.
    func open(_ parameters: String, _ path: String = "/default") async throws -> Connection {
        try await Connection.open("test+unix://\(path)?socket=\(socket)&\(parameters)")
    }
}

/// What a call threw, as `code message`; `-` if nothing.
func failure(_ body: () async throws -> Void) async -> String {
    do {
        try await body()
        return "-"
    } catch let error as VirtError {
        return "\(error.code.rawValue) \(error.message)"
    } catch {
        return "other: \(error)"
    }
}

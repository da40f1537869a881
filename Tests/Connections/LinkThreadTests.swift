import Foundation
import LibvirtRemote
import TestProcesses
import Testing

/// Tasks that run on the thread of their connection's link.
@Suite(.timeLimit(.minutes(1))) struct LinkThreadTests {
    @Test(arguments: TestDaemon.Transport.allCases) func callsAreAnswered(_ transport: TestDaemon.Transport) async throws {
        let daemon = try await TestDaemon(.virtd, transports: TestDaemon.Transport.allCases)
        let connection = try await Connection.open(daemon.uri(transport, "test", "/default"))
        let events = try await connection.domainEvents()
        let total = try await connection.onLinkThread {
            for _ in 0..<200 { _ = try await connection.domains() }
            let domain = try await connection.someDomain()
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<64 {
                    group.addTask {
                        var count = 0
                        for _ in 0..<20 { count += try await connection.domains().count }
                        return count
                    }
                }
                return try await group.reduce(0, +)
            }
            await #expect(throws: VirtError.self) {
                try await withDeadline(.zero) { try await connection.domains() }
            }
            let cancelled = Task { try await connection.domains() }
            cancelled.cancel()
            _ = await cancelled.result
            let console = try await domain.openConsole(flags: .force)
            try await console.write(OpaqueData("\n".utf8))
            _ = try await console.read()
            await console.abort()
            return sum
        }
        #expect(total == 64 * 20 * 2)
        for await _ in events { break }
        // Only UNIX sockets have such a thread.
        let name = await connection.onLinkThread { await threadName() }
        #expect(name.hasPrefix("virt-unix") == (transport == .unix), "\(name)")
        #expect(await !threadName().hasPrefix("virt-unix"))
        await connection.close()
    }

    /// The daemon is gone while they run there.
    @Test func endsWithTheLink() async throws {
        let daemon = try await TestDaemon(.virtd)
        let connection = try await Connection.open(daemon.uri(.unix, "test", "/default"))
        let calls = (0..<8).map { _ in
            Task { try await connection.onLinkThread { while true { _ = try await connection.domains() } } }
        }
        try await Task.sleep(for: .milliseconds(20))
        daemon.stop()
        for call in calls { await #expect(throws: VirtError.self) { try await call.value } }
    }
}

private func threadName() async -> String {
    (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)) ?? ""
}

import Foundation
import LibvirtRemote
import Synchronization
import TestProcesses
import Testing

/// A real daemon is killed under real traffic.
@Suite(.timeLimit(.minutes(2))) struct KillTests {
    @Test(arguments: 0..<6) func everyCallEndsWithTheReason(_ round: Int) async throws {
        let daemon = try await TestDaemon(.virtd)
        let connection = try await Connection.open(daemon.uri(.unix, "test", "/default"))
        var made: [Domain] = []
        for _ in 0..<32 { made.append(try await connection.someDomain()) }
        let domains = made
        let ended = Counter()
        let work: [@Sendable (Domain) async throws -> Void] = [
            { _ in _ = try await connection.domains() },
            { _ in _ = try await connection.hostname() },
            { _ = try await $0.xml() },
            { domain in
                try await domain.suspend()
                try await domain.resume()
            },
            { domain in
                let console = try await domain.openConsole(flags: .force)
                try await console.write(OpaqueData("\n".utf8))
                _ = try await console.read()
                await console.abort()
            },
            { _ in
                let events = try await connection.domainEvents()
                for await _ in events { break }
            },
            { _ in try await withDeadline(.milliseconds(1)) { _ = try await connection.domains() } },
            { _ in try await withDeadline(.seconds(5)) { _ = try await connection.nodeInfo() } },
        ]
        let tasks = (0..<32).map { index in
            Task { () -> VirtError in
                defer { _ = ended.next() }
                while true {
                    do {
                        try await work[index % work.count](domains[index])
                    } catch let error as VirtError where error.code == .operationTimeout {
                        if !connection.isAlive { return error }
                    } catch let error as VirtError {
                        return error
                    }
                    if !connection.isAlive, index % work.count == 5 { return try await connection.closed.error }
                }
            }
        }
        let listener = Task { for await _ in try await connection.domainEvents([.lifecycle, .reboot]) {} }
        try await Task.sleep(for: .milliseconds(5 + 10 * round))
        kill(try daemon.processID, SIGKILL)
        let closure = try await connection.closed
        #expect(closure.reason == .eof || closure.reason == .error)
        for task in tasks {
            let error = try await task.value
            #expect(error.message == closure.error.message || error.code == .operationTimeout)
        }
        _ = await listener.result
        #expect(ended.next() == tasks.count)
        // What is asked for later fails with the same reason.
        let late = await #expect(throws: VirtError.self) { try await connection.hostname() }
        #expect(late?.message == closure.error.message)
        await connection.close()
        daemon.stop()
    }
}

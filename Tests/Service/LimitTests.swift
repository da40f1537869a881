import Foundation
import LibvirtRemote
import Synchronization
import Testing
import TestProcesses

@Suite(.timeLimit(.minutes(2))) struct LimitTests {
    /// Who is one too many waits in the kernel's queue until there is room.
    @Test func aClientTooManyWaits() async throws {
        let daemon = try await TestDaemon(
            .virtd, configuration: ["max_clients = 2", "max_anonymous_clients = 2"])
        let uri = daemon.uri(.unix, "test", "/default")
        let first = try await Connection.open(uri)
        let second = try await Connection.open(uri)
        let isServed = Mutex(false)
        async let third = {
            let connection = try await Connection.open(uri)
            isServed.withLock { $0 = true }
            return connection
        }()
        try await Task.sleep(for: .milliseconds(300))
        #expect(isServed.withLock { $0 } == false)
        #expect(try await second.hostname().isEmpty == false)
        await first.close()
        let served = try await third
        #expect(try await served.hostname().isEmpty == false)
        await served.close()
        await second.close()
    }

    /// Limits count from the moment at which an administrator changes them.
    @Test func moreRoomIsUsedAtOnce() async throws {
        let daemon = try await TestDaemon(
            .virtd, configuration: ["max_clients = 1", "max_anonymous_clients = 1"])
        let uri = daemon.uri(.unix, "test", "/default")
        let first = try await Connection.open(uri)
        async let second = Connection.open(uri)
        try await Task.sleep(for: .milliseconds(200))
        _ = try await Admin.run(daemon, "server-clients-set libvirtd --max-clients 2")
        let connection = try await second
        #expect(try await connection.hostname().isEmpty == false)
        await connection.close()
        await first.close()
    }

    /// With many more clients than descriptors, those that are served are served, and room is used when it comes.
    @Test func descriptorsRunOut() async throws {
        let daemon = try await TestDaemon(.virtd)
        let process = try daemon.processID
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
        try await Command(["prlimit", "--pid", "\(process)", "--nofile=\(open + 8):\(open + 8)"]).runChecked()
        let uri = daemon.uri(.unix, "test", "/default")
        let served = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<24 {
                group.addTask {
                    let connection = try await Connection.open(uri)
                    let isServed = try await connection.hostname().isEmpty == false
                    try await Task.sleep(for: .milliseconds(50))
                    await connection.close()
                    return isServed
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(served == 24)
    }
}

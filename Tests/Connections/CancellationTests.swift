import Foundation
import Libvirt
import LibvirtRemote
import Synchronization
import TestProcesses
import Testing

/// Tasks and subscriptions are cancelled while traffic flows. `VIRT_CANCELLATIONS` says how often; 100,000 take some
/// minutes.
@Suite struct CancellationTests {
    static let total = ProcessInfo.processInfo.environment["VIRT_CANCELLATIONS"].flatMap(Int.init) ?? 3000

    @Test func nothingIsLeft() async throws {
        let daemon = try await TestDaemon(.virtd)
        let connection = try await Connection.open(daemon.uri(.unix, "test", "/default"))
        let domain = try await connection.someDomain()
        let traffic = Task {
            while !Task.isCancelled {
                try await domain.suspend()
                try await domain.resume()
            }
        }
        let outcomes = Mutex<(values: Int, cancelled: Int)>((0, 0))
        // What the first rounds allocate stays.
        try await storm(Self.total / 10, connection, domain, outcomes)
        let memory = Self.residentKiB()
        try await storm(Self.total, connection, domain, outcomes)
        traffic.cancel()
        _ = await traffic.result
        let (values, cancelled) = outcomes.withLock { $0 }
        #expect(values + cancelled == Self.total + Self.total / 10)
        #expect(cancelled > Self.total / 20)
        // Every call has had its answer, and every registration was taken back.
        #expect(await eventually { (connection.driver as? RemoteDriver)?.unansweredCalls == 0 })
        #expect(await eventually { connection.events.isIdle })
        #expect(try await connection.domains().count == 2)
        // Other tests run beside this one.
        if Self.total > 50_000 { #expect(Self.residentKiB() < memory + 20_000) }
        await connection.close()
    }

    private func storm(
        _ count: Int, _ connection: Connection, _ domain: Domain, _ outcomes: borrowing Mutex<(values: Int, cancelled: Int)>
    ) async throws {
        let counter = Counter()
        let results = try await withThrowingTaskGroup(of: [Bool].self) { group in
            for _ in 0..<16 {
                group.addTask {
                    var random = SystemRandomNumberGenerator()
                    var results: [Bool] = []
                    while true {
                        let number = counter.next()
                        guard number < count else { return results }
                        let task = Task { try await Self.work(number % 6, connection, domain) }
                        for _ in 0..<random.next(upperBound: UInt(12)) { await Task.yield() }
                        if random.next(upperBound: UInt(4)) == 0 { try await Task.sleep(for: .microseconds(200)) }
                        task.cancel()
                        do {
                            try await task.value
                            results.append(true)
                        } catch is CancellationError {
                            results.append(false)
                        } catch let error as VirtError where number % 6 == 4 {
                            // Another task has taken the console.
                            #expect(error.domain != .rpc, "\(error)")
                            results.append(true)
                        }
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        outcomes.withLock { outcomes in
            outcomes.values += results.count { $0 }
            outcomes.cancelled += results.count { !$0 }
        }
    }

    private static func work(_ kind: Int, _ connection: Connection, _ domain: Domain) async throws {
        switch kind {
        case 0: _ = try await connection.domains()
        case 1: _ = try await domain.xml()
        case 2: for await _ in try await connection.domainEvents([.lifecycle, .reboot]) {}
        case 3: for await _ in try await connection.domainEvents(domain: domain) { break }
        case 4:
            let console = try await domain.openConsole(flags: .force)
            _ = try await console.read()
            await console.abort()
        default: try await withDeadline(.seconds(20)) { _ = try await connection.nodeInfo() }
        }
    }

    private static func residentKiB() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE))) / 1024
    }
}

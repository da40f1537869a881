import Foundation
import LibvirtRemote
import TestProcesses
import Testing

/// Faults as a client sees them, through the daemon.
@Suite("Faults over the wire", .timeLimit(.minutes(1)))
struct FaultTests {
    private func open(_ daemon: TestDaemon, _ rules: String, _ parameters: String = "") async throws -> Connection {
        let file = daemon.folder.appending(path: "faults-\(UUID())")
        try rules.write(to: file, atomically: true, encoding: .utf8)
        return try await daemon.open("faults=\(file.path)\(parameters)")
    }

    @Test func everyKindOfFault() async throws {
        let daemon = try await TestDaemon(.virtd)
        let connection = try await open(
            daemon,
            """
            node_get_info               nth=2   fail 38 "the node is on holiday"
            connect_get_hostname        times=1 hang
            domain_suspend                      drop
            connect_list_all_networks   every=2 late 1
            """)
        let domain = try await connection.lookupDomain(byName: "test")
        _ = try await connection.nodeInfo()
        #expect(await failure { _ = try await connection.nodeInfo() } == "38 the node is on holiday")
        _ = try await connection.nodeInfo()
        // The second is late, and comes.
        #expect(try await connection.networks().count == 1)
        #expect(try await connection.networks().count == 1)
        // Nothing comes, however long one waits; other calls are answered.
        #expect(
            await failure { _ = try await withDeadline(.milliseconds(200)) { try await connection.hostname() } }
                .hasPrefix("68 "))
        #expect(try await connection.domains().count == 1)
        #expect(!(try await connection.hostname()).isEmpty)
        // Another client has no faults.
        let other = try await daemon.open("")
        try await other.lookupDomain(byName: "test").suspend()
        try await other.lookupDomain(byName: "test").resume()
        // This one is thrown out, without an answer; nothing has happened to the guest.
        #expect(await failure { try await domain.suspend() } != "-")
        _ = try await connection.closed
        #expect(!connection.isAlive)
        #expect(try await other.lookupDomain(byName: "test").state().state == .running)
    }

    /// A client that leaves takes its hanging calls with it: the daemon serves on.
    @Test func hangingCallsEndWithTheirClient() async throws {
        let daemon = try await TestDaemon(.virtd)
        for _ in 0..<5 {
            let connection = try await open(daemon, "domain_get_info hang")
            let domain = try await connection.lookupDomain(byName: "test")
            let calls = (0..<4).map { _ in Task { try await domain.info() } }
            await connection.close()
            for call in calls { await #expect(throws: (any Error).self) { try await call.value } }
        }
        #expect(try await daemon.open("").domains().count == 1)
    }

    @Test func aWrongFileIsRefusedAtTheOpening() async throws {
        let daemon = try await TestDaemon(.virtd)
        let text = await failure { _ = try await open(daemon, "domain_create explode") }
        #expect(text.hasPrefix("8 ") && text.contains(":1: the action 'explode' must be"))
        #expect(await failure { _ = try await daemon.open("faults=/nowhere") }.hasPrefix("38 cannot read faults"))
        #expect(await failure { _ = try await daemon.open("clock=sundial") }.contains("must be manual or system"))
    }
}

import Foundation
import LibvirtRemote
import Synchronization
import TestProcesses
import Testing

/// The daemon goes away, or falls silent, at each step of each kind of call.
@Suite(.timeLimit(.minutes(2))) struct FailureTests {
    struct Kind: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var body: @Sendable (Connection) async throws -> Void
        init(_ name: String, _ body: @escaping @Sendable (Connection) async throws -> Void) {
            testDescription = name
            self.body = body
        }
    }

    static let kinds = [
        Kind("open and close") { _ in },
        Kind("call") { _ = try await $0.hostname() },
        Kind("list") { _ = try await $0.domains() },
        Kind("calls side by side") { connection in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { _ = try await connection.domains() } }
                try await group.waitForAll()
            }
        },
        Kind("events") { connection in
            let events = try await connection.domainEvents([.lifecycle, .reboot])
            let domain = try await connection.someDomain()
            try await domain.destroy()
            for await case .lifecycle(let other, .stopped, _) in events where other.name == domain.name { return }
            throw try await connection.closed.error
        },
        Kind("upload") { connection in
            let volume = try await Self.volume(of: connection)
            let stream = try await volume.upload(offset: 0, length: 0)
            for _ in 0..<4 { try await stream.write(OpaqueData(repeatElement(7, count: 100_000))) }
            try await stream.finish()
            try await volume.delete()
        },
        Kind("download") { connection in
            let volume = try await Self.volume(of: connection)
            let stream = try await volume.download(offset: 0, length: 600_000)
            while try await stream.read() != nil {}
            try await stream.finish()
            try await volume.delete()
        },
        Kind("console") { connection in
            let domain = try await connection.someDomain()
            let console = try await domain.openConsole(flags: .force)
            try await console.write(OpaqueData("ls\n".utf8))
            _ = try await console.read()
            await console.abort()
            try await domain.destroy()
        },
    ]

    private static func volume(of connection: Connection) async throws -> StorageVolume {
        let pool = try await connection.lookupStoragePool(byName: "default-pool")
        let name = "v\(UInt32.random(in: 0..<UInt32.max))"
        return try await pool.createVolume(xml: "<volume><name>\(name)</name><capacity>1000000</capacity></volume>")
    }

    @Test(arguments: kinds) func endsEverywhere(_ kind: Kind) async throws {
        let daemon = try await TestDaemon(.virtd)
        let whole = try CuttingProxy(daemon: daemon.socket)
        #expect(try await Self.run(kind, through: whole) == nil)
        let counts = CuttingProxy.Direction.allCases.map { ($0, whole.count($0)) }
        whole.end()
        #expect(counts.allSatisfy { $0.1 >= 8 })
        var cuts: [CuttingProxy.Cut] = []
        for (direction, count) in counts {
            for failure in CuttingProxy.Failure.allCases {
                cuts += (0..<count).map { CuttingProxy.Cut(direction: direction, message: $0, failure: failure) }
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, cut) in cuts.enumerated() {
                if index >= 48 { try await group.next() }
                group.addTask { try await Self.fail(kind, daemon, cut) }
            }
            try await group.waitForAll()
        }
    }

    private static func fail(_ kind: Kind, _ daemon: TestDaemon, _ cut: CuttingProxy.Cut) async throws {
        let proxy = try CuttingProxy(daemon: daemon.socket, cut: cut)
        defer { proxy.end() }
        let error = try await run(kind, through: proxy)
        switch (error?.code, cut.failure) {
        case (nil, _):
            // Nobody needs what came last.
            #expect(cut.message >= 5, "\(kind.testDescription), \(cut)")
        case (.operationTimeout, .hang): break
        case (.systemError, let failure) where failure != .hang:
            #expect(error?.message.isEmpty == false)
        default: Issue.record("\(kind.testDescription), \(cut): \(String(describing: error))")
        }
        // Nothing of the connection is left: its socket is closed.
        #expect(await eventually { proxy.servedClients == 1 }, "\(kind.testDescription), \(cut)")
    }

    /// What it failed with.
    private static func run(_ kind: Kind, through proxy: CuttingProxy) async throws -> VirtError? {
        do {
            try await withDeadline(proxy.fallsSilent ? .milliseconds(400) : .seconds(60)) {
                let connection = try await Connection.open("test+unix:///default?socket=\(proxy.path)")
                try await kind.body(connection)
                // A goodbye would wait five seconds for an answer; the connection is dropped instead.
                if !proxy.fallsSilent { await connection.close() }
            }
        } catch let error as VirtError {
            return error
        }
        return nil
    }
}

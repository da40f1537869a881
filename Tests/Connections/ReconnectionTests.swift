import Foundation
import Libvirt
import Synchronization
import TestProcesses
import Testing

@testable import LibvirtRemote

/// A connection that is opened again when it is lost.
@Suite(.timeLimit(.minutes(2))) struct ReconnectionTests {
    static func options(_ change: (inout ReconnectPolicy) -> Void = { _ in }) -> ConnectOptions {
        var options = ConnectOptions()
        var policy = ReconnectPolicy()
        policy.firstDelay = .milliseconds(10)
        policy.longestDelay = .milliseconds(200)
        change(&policy)
        options.reconnect = policy
        return options
    }

    /// Kills and starts a real daemon under a connection, several times.
    @Test func survivesADaemonThatIsKilled() async throws {
        let daemon = try await RestartableDaemon()
        let connection = try await Connection.open(daemon.uri, options: Self.options())
        let lifecycle = Log()
        let own = Log()
        let domain = try await connection.lookupDomain(byName: "test")
        let all = try await connection.domainEvents([.lifecycle, .reboot])
        let ofOne = try await connection.domainEvents(domain: domain)
        let listeners = [Task { await lifecycle.follow(all) }, Task { await own.follow(ofOne) }]
        let states = connection.states
        let seen = Task { () -> [String] in
            var names: [String] = []
            for await state in states {
                let name = Self.name(state)
                if names.last != name { names.append(name) }
            }
            return names
        }
        for round in 1...3 {
            try await domain.suspend()
            try await domain.resume()
            #expect(await eventually { lifecycle.entries.suffix(2) == ["suspended", "resumed"] })
            #expect(await eventually { own.entries.suffix(2) == ["suspended", "resumed"] })
            let calls = (0..<16).map { _ in Task { while true { _ = try await connection.domains() } } }
            try await Task.sleep(for: .milliseconds(10))
            try await daemon.kill()
            for call in calls {
                let error = await #expect(throws: VirtError.self) { try await call.value }
                #expect(error?.message.isEmpty == false)
            }
            // While there is no daemon, calls fail with the reason.
            let error = await #expect(throws: VirtError.self) { try await connection.hostname() }
            #expect(error?.code == .systemError)
            #expect(!connection.isAlive)
            #expect(Self.name(connection.state) == "reconnecting")
            try await daemon.start()
            try await withDeadline(.seconds(30)) { try await connection.waitUntilConnected() }
            #expect(connection.isAlive)
            #expect(try await connection.uri() == "test:///default")
            #expect(lifecycle.entries.count { $0 == "gap" } == round)
            #expect(own.entries.count { $0 == "gap" } == round)
        }
        // A handle from before works, and nothing came twice.
        #expect(try await domain.isActive())
        #expect(lifecycle.entries == ["suspended", "resumed", "gap", "suspended", "resumed", "gap", "suspended", "resumed", "gap"])
        #expect(own.entries == lifecycle.entries)
        await connection.close()
        #expect(try await connection.closed.reason == .client)
        for listener in listeners { await listener.value }
        #expect(
            await seen.value == ["connected"] + Array(repeating: ["reconnecting", "connected"], count: 3).flatMap { $0 }
                + ["closed"])
    }

    private static func name(_ state: ConnectionState) -> String {
        switch state {
        case .connected: "connected"
        case .reconnecting: "reconnecting"
        case .closed: "closed"
        }
    }

    /// The link breaks at each message of opening it again, and once it is there at all.
    @Test func aSecondLossOnTheWay() async throws {
        let daemon = try await TestDaemon(.virtd)
        // The test driver's host lasts as long as somebody has it open.
        let keeper = try await Connection.open(daemon.uri(.unix, "test", "/default"))
        // Twelve messages or so from the client: authentication to registration.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for message in 0..<14 {
                group.addTask {
                    let cut = CuttingProxy.Cut(direction: .request, message: message, failure: .close)
                    let proxy = try CuttingProxy(daemon: daemon.socket, cut: nil)
                    defer { proxy.end() }
                    let connection = try await Connection.open(
                        "test+unix:///default?socket=\(proxy.path)", options: Self.options())
                    let log = Log()
                    let domain = try await connection.someDomain()
                    let events = try await connection.domainEvents(domain: domain)
                    let listener = Task { await log.follow(events) }
                    proxy.cutNext([cut, cut])
                    // Calls bring about a cut that is behind the opening.
                    while proxy.servedClients < 3 {
                        _ = try? await connection.hostname()
                        await Task.yield()
                    }
                    #expect(await eventually { Self.name(connection.state) == "connected" }, "\(cut)")
                    try await domain.destroy()
                    #expect(await eventually { log.entries.last == "stopped" }, "\(cut): \(log.entries)")
                    #expect(Set(log.entries.dropLast()) == ["gap"])
                    await connection.close()
                    await listener.value
                }
            }
            try await group.waitForAll()
        }
        await keeper.close()
    }

    @Test func closingEndsTheBackOffAtOnce() async throws {
        let daemon = try await RestartableDaemon()
        let options = Self.options { policy in
            policy.firstDelay = .seconds(1000)
            policy.longestDelay = .seconds(1000)
        }
        let connection = try await Connection.open(daemon.uri, options: options)
        let events = try await connection.domainEvents()
        let listener = Task { for await _ in events {} }
        try await daemon.kill()
        #expect(await eventually { !connection.isAlive })
        let waiting = Task { try await connection.waitUntilConnected() }
        let timedOut = await #expect(throws: VirtError.self) {
            try await withDeadline(.milliseconds(50)) { try await connection.waitUntilConnected() }
        }
        #expect(timedOut?.code == .operationTimeout)
        // The same events, for which the next link would be waited.
        let subscribing = Task { try await connection.domainEvents() }
        try await Task.sleep(for: .milliseconds(20))
        let begun = ContinuousClock.now
        await connection.close()
        #expect(try await connection.closed.reason == .client)
        await #expect(throws: VirtError.self) { try await waiting.value }
        await listener.value
        await #expect(throws: VirtError.self) { try await subscribing.value }
        #expect(ContinuousClock.now - begun < .seconds(20))
    }

    /// A connection that nobody has any more does not try for ever.
    @Test func isGivenUpWhenItIsDropped() async throws {
        let daemon = try await TestDaemon(.virtd)
        let proxy = try CuttingProxy(daemon: daemon.socket)
        defer { proxy.end() }
        weak var driver: RemoteDriver?
        do {
            let connection = try await Connection.open(
                "test+unix:///default?socket=\(proxy.path)", options: Self.options { $0.firstDelay = .seconds(1000) })
            driver = connection.driver as? RemoteDriver
            proxy.dropClient()
            #expect(await eventually { !connection.isAlive })
        }
        #expect(await eventually { driver == nil })
    }

    @Test func givesUpAfterSomeAttempts() async throws {
        let daemon = try await RestartableDaemon()
        let connection = try await Connection.open(daemon.uri, options: Self.options { $0.maximumAttempts = 3 })
        let events = try await connection.domainEvents()
        let attempts = Task { () -> Int in
            var last = 0
            for await case .reconnecting(_, let attempts) in connection.states { last = attempts }
            return last
        }
        try await daemon.kill()
        let closure = try await connection.closed
        #expect(closure.error.message.contains("no daemon answers"), "\(closure.error.message)")
        for await _ in events {}
        #expect(await attempts.value == 3)
        let error = await #expect(throws: VirtError.self) { try await connection.waitUntilConnected() }
        #expect(error?.message == closure.error.message)
        try await daemon.start()
        await #expect(throws: VirtError.self) { try await connection.hostname() }
    }

    @Test func delaysAreBoundedAndDiffer() {
        var policy = ReconnectPolicy()
        policy.firstDelay = .milliseconds(100)
        policy.longestDelay = .seconds(5)
        #expect(policy.delay(before: 1, jitter: 0) == .milliseconds(100))
        #expect(policy.delay(before: 4, jitter: 0) == .milliseconds(800))
        #expect(policy.delay(before: 4, jitter: 1) == .milliseconds(400))
        #expect(policy.delay(before: 7, jitter: 0) == .seconds(5))
        #expect(policy.delay(before: .max, jitter: 1) == .milliseconds(2500))
    }
}

/// Events by their names.
private final class Log: Sendable {
    private let list = Mutex<[String]>([])
    var entries: [String] { list.withLock { $0 } }

    func follow(_ events: EventSequence<DomainEvent>) async {
        for await item in events.withGaps {
            switch item {
            case .gap: list.withLock { $0.append("gap") }
            case .event(.lifecycle(_, let event, _)): list.withLock { $0.append("\(event)") }
            case .event: list.withLock { $0.append("other") }
            }
        }
    }
}

/// A virtd that can be killed and started again on the same socket.
private final class RestartableDaemon: @unchecked Sendable {
    // SAFETY: one test task uses it.
    private let folder: Folder
    private var process = Process()
    private var socket: String { folder.file("run/libvirt/libvirt-sock") }
    var uri: String { "test+unix:///default?socket=\(socket)" }

    init() async throws {
        folder = try Folder()
        try FileManager.default.createDirectory(atPath: folder.file("etc/libvirt"), withIntermediateDirectories: true)
        try "auth_unix_rw = \"none\"\n".write(
            toFile: folder.file("etc/libvirt/libvirtd.conf"), atomically: true, encoding: .utf8)
        try await start()
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
    }

    func start() async throws {
        process = Process()
        process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "virtd")
        process.arguments = ["--root", folder.path]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let socket = socket
        try #require(
            await eventually(30) { (try? CuttingProxy.connects(to: socket)) == true })
    }

    func kill() async throws {
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

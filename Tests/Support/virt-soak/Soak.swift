import ArgumentParser
import LibvirtRemote

/// Works a daemon hard for long, and looks whether it, and this process, hold more afterwards than before.
@main
struct Soak: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "virt-soak")

    @Option(help: "The daemon's process.")
    var daemon: Int32

    @Option(help: "The URI of its test driver over a UNIX socket.")
    var unix: String

    @Option(help: "The same over TLS.")
    var tls: String

    @Option(help: "Calls, over a few connections.")
    var calls = 1_000_000

    @Option(help: "Connections that are opened, used and closed, of each transport.")
    var connects = 100_000

    @Option(help: "Guests that are defined, started, destroyed and undefined, while events are listened to.")
    var rounds = 10_000

    @Option(help: "KiB that may be held after all that is not the first tenth of a part.")
    var slack = 8192

    mutating func run() async throws {
        let (unix, tls) = (unix, tls)
        var failures: [String] = []
        try await part("calls", calls, &failures) { try await Self.call(unix, $0) }
        try await part("connects over UNIX", connects, &failures) { try await Self.connect(unix, $0) }
        try await part("connects over TLS", connects, &failures) { try await Self.connect(tls, $0) }
        try await part("rounds of a guest's life", rounds, &failures) { try await Self.live(unix, $0) }
        if failures.isEmpty { return }
        for failure in failures { print("soak: \(failure)") }
        throw ExitCode.failure
    }

    /// Does a tenth of the work, which fills caches and pools; what the rest leaves behind is too much.
    private func part(
        _ name: String, _ count: Int, _ failures: inout [String], _ work: (Int) async throws -> Void
    ) async throws {
        guard count > 0 else { return }
        let first = max(1, count / 10)
        try await work(first)
        let before = try await (Holdings.settled(daemon, atMost: nil), Holdings.settled(nil, atMost: nil))
        let begin = ContinuousClock.now
        try await work(count - first)
        let took = ContinuousClock.now - begin
        let after = try await (
            Holdings.settled(daemon, atMost: before.0), Holdings.settled(nil, atMost: before.1)
        )
        let rate = Double(count - first) / (took / .seconds(1))
        print("\(count) \(name): \(Int(rate)) per second; daemon \(before.0) -> \(after.0); client \(before.1) -> \(after.1)")
        for (who, was, now) in [("daemon", before.0, after.0), ("client", before.1, after.1)] {
            if now.descriptors > was.descriptors || now.threads > was.threads + 4 || now.memoryKiB > was.memoryKiB + slack {
                failures.append("\(name): the \(who) held \(was), and holds \(now)")
            }
        }
    }

    private static func call(_ uri: String, _ count: Int) async throws {
        try await withThrowingTaskGroup { group in
            for number in 0..<8 {
                group.addTask {
                    let connection = try await Connection.open(uri)
                    let guest = try await connection.lookupDomain(byName: "test")
                    for step in 0..<(count + 7 - number) / 8 {
                        switch step % 4 {
                        case 0: _ = try await guest.info()
                        case 1: _ = try await guest.xml()
                        case 2: _ = try await connection.domains()
                        default: _ = try? await connection.lookupDomain(byName: "none")
                        }
                    }
                    await connection.close()
                }
            }
            try await group.waitForAll()
        }
    }

    private static func connect(_ uri: String, _ count: Int) async throws {
        try await withThrowingTaskGroup { group in
            for number in 0..<4 {
                group.addTask {
                    for _ in 0..<(count + 3 - number) / 4 {
                        let connection = try await Connection.open(uri)
                        _ = try await connection.hostname()
                        await connection.close()
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func live(_ uri: String, _ count: Int) async throws {
        let connection = try await Connection.open(uri)
        let events = try await connection.domainEvents([.lifecycle])
        let listener = Task {
            // Defined, started, stopped, undefined: of each guest.
            var seen = 0
            for await case .lifecycle in events {
                seen += 1
                if seen == 4 * count { break }
            }
            return seen
        }
        for number in 0..<count {
            let guest = try await connection.defineDomain(
                xml: "<domain type='test'><name>soak\(number)</name><memory>1024</memory><os><type>hvm</type></os>"
                    + "<devices><disk type='file'><source file='/a'/><target dev='vda'/></disk></devices></domain>")
            try await guest.create()
            try await guest.destroy()
            try await guest.undefine()
        }
        let seen = try await withThrowingTaskGroup { group in
            group.addTask { await listener.value }
            group.addTask {
                try await Task.sleep(for: .seconds(30))
                listener.cancel()
                return -1
            }
            defer { group.cancelAll() }
            return try await group.next() ?? 0
        }
        await connection.close()
        if seen != 4 * count { throw ValidationError("\(4 * count) events were to come; \(events.droppedEvents) were dropped") }
    }
}

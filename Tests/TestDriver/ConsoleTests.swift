import Libvirt
import Testing
import XDR

@testable import TestDriver

@Suite("Consoles of the test driver")
struct ConsoleTests {
    private static let devices =
        "<console type='pty'/><channel type='unix'><target type='virtio' name='org.example'/></channel>"

    private func guest(_ connection: TestConnection) async throws -> DomainRef {
        let domain = try await connection.domainDefineXML(xml: xml("guest", devices: Self.devices))
        return try await connection.domainCreateWithFlags(domain, flags: [])
    }

    private func text(_ stream: any DataStream) async throws -> String? {
        guard let chunk = try await stream.read() else { return nil }
        guard case .data(let data) = chunk else { return "a hole" }
        return String(decoding: data, as: UTF8.self)
    }

    private func type(_ text: String, _ stream: any DataStream) async throws {
        try await stream.write(OpaqueData(text.utf8))
    }

    @Test func aGuestAsksWhoIsThere() async throws {
        let connection = newConnection()
        let domain = try await guest(connection)
        let console = try await connection.domainOpenConsole(domain, devName: nil, flags: [])
        #expect(try await text(console) == "\r\nguest: a guest of the test driver\r\n\r\nguest login: ")
        // A reader waits until something is typed.
        async let answer = text(console)
        try await type("ro0\u{7f}ot\r", console)
        #expect(try await answer == "ro0\u{8} \u{8}ot\r\nLogin incorrect\r\n\r\nguest login: ")
        try await connection.domainDestroy(domain)
        #expect(try await text(console) == nil)
        await #expect(throws: VirtError.self) { try await type("x", console) }
    }

    @Test func oneClientAtATime() async throws {
        let connection = newConnection()
        let domain = try await guest(connection)
        let first = try await connection.domainOpenConsole(domain, devName: "serial0", flags: [])
        func open(_ name: String?, _ flags: DomainConsoleFlags = []) async -> String {
            await failure { _ = try await connection.domainOpenConsole(domain, devName: name, flags: flags) }
        }
        #expect(await open("serial1") == "1/12 internal error: cannot find character device serial1")
        _ = try await text(first)
        async let cut = failure { _ = try await text(first) }
        #expect(await open("serial0") == "9/12 operation failed: Active console session exists for this domain")
        #expect(await open("serial0", .force) == "-")
        #expect(await cut == "78/12 operation aborted: the console was taken over by another client")
        // A channel is another device; whoever leaves makes room.
        let channel = try await connection.domainOpenChannel(domain, name: "org.example", flags: [])
        try await channel.finish()
        let again = try await connection.domainOpenChannel(domain, name: nil, flags: [])
        await again.abort()
        #expect(connection.host.read { state in
            (try? state.domain(domain).activity.content.terminals.count) == 1
        })
    }

    /// Who types without reading waits in the end; nothing grows without a bound.
    @Test func whatIsNotReadIsBounded() async throws {
        let connection = newConnection()
        let domain = try await guest(connection)
        let console = try await connection.domainOpenConsole(domain, devName: nil, flags: [])
        let writer = Task {
            for _ in 0..<100 { try await console.write(OpaqueData(repeatElement(0x61, count: 10_000))) }
        }
        var count = 0
        while count < 1_000_000 {
            guard case .data(let data) = try await console.read() else { break }
            #expect(data.count <= 64 << 10 + 5000)
            count += data.count
        }
        try await writer.value
        #expect(count >= 1_000_000)
        let stuck = Task { while true { try await console.write(OpaqueData(repeatElement(0x61, count: 10_000))) } }
        while try await console.read() == nil { await Task.yield() }
        stuck.cancel()
        await #expect(throws: (any Error).self) { try await stuck.value }
    }
}

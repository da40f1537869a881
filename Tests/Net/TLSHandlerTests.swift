import NIOCore
import NIOEmbedded
import Testing
import VirtRPC

@testable import VirtNet

/// The TLS handler without sockets: who gets which bytes, and when, is the test's choice.
@Suite struct TLSHandlerTests {
    let pki = TestPKI()

    init() {
        pki.issue("server")
        pki.issue("client")
    }

    final class Side {
        let channel = EmbeddedChannel()
        var result: Result<TLSPeer, NetError>?

        init(_ credentials: TLSCredentials) throws {
            let session = try GnuTLSSession(credentials, serverName: "localhost")
            try channel.pipeline.syncOperations.addHandler(
                TLSHandler(session, timeout: .seconds(1), peerName: "peer") { self.result = $0 })
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }
    }

    /// Carries everything over in pieces of `size` bytes.
    func shuttle(_ a: Side, _ b: Side, size: Int) throws {
        var moved = true
        while moved {
            moved = false
            for (from, to) in [(a, b), (b, a)] {
                while var bytes = try from.channel.readOutbound(as: ByteBuffer.self) {
                    moved = true
                    while let part = bytes.readSlice(length: min(size, bytes.readableBytes)), part.readableBytes > 0 {
                        try to.channel.writeInbound(part)
                    }
                }
            }
        }
    }

    @Test(arguments: [1, 7, 100_000], ["NORMAL", "NORMAL:-VERS-TLS1.3"])
    func piecesOfAnySize(size: Int, priority: String) throws {
        let server = try Side(TLSCredentials(pki.configuration(.server)))
        var configuration = pki.configuration(.client)
        configuration.priority = priority
        let client = try Side(TLSCredentials(configuration))
        try shuttle(client, server, size: size)
        #expect(try server.result?.get().distinguishedName == "O=swift-libvirt,CN=client")
        #expect(try client.result?.get().distinguishedName == "O=swift-libvirt,CN=server")
        let message = ByteBuffer(repeating: 7, count: 40_000)
        try client.channel.writeOutbound(message)
        try client.channel.writeOutbound(message)
        try shuttle(client, server, size: size)
        var received = ByteBuffer()
        while var bytes = try server.channel.readInbound(as: ByteBuffer.self) { received.writeBuffer(&bytes) }
        #expect(received == ByteBuffer(repeating: 7, count: 80_000))
        #expect(try client.channel.readInbound(as: ByteBuffer.self) == nil)
        _ = try? client.channel.finish()
        _ = try? server.channel.finish()
    }

    /// A server by hand, which has shaken hands and then does what `after` says.
    func verdict(_ after: (GnuTLSSession) -> Void) throws -> Side {
        let server = try GnuTLSSession(TLSCredentials(pki.configuration(.server)))
        let client = try Side(TLSCredentials(pki.configuration(.client)))
        var isDone = false
        for _ in 0..<10 where !isDone {
            while var bytes = try client.channel.readOutbound(as: ByteBuffer.self) { server.receive(&bytes) }
            isDone = server.handshake() == .done
            if let output = server.takeOutput() { try client.channel.writeInbound(output) }
        }
        #expect(isDone)
        #expect(client.result == nil)
        after(server)
        if let output = server.takeOutput() { try client.channel.writeInbound(output) }
        return client
    }

    @Test func verdictOtherThanOne() throws {
        let client = try verdict { _ = [UInt8(0)].withUnsafeBytes($0.write) }
        #expect(throws: NetError(.rejectedByServer, "the server peer rejected the client's certificate: it answered 0"))
        {
            try client.result?.get()
        }
        #expect(!client.channel.isActive)
    }

    @Test func endInsteadOfAVerdict() throws {
        let client = try verdict { $0.bye() }
        #expect(
            throws: NetError(
                .rejectedByServer, "the server peer rejected the client's certificate: it closed the connection")
        ) { try client.result?.get() }
    }

    @Test func noVerdictInTime() throws {
        let client = try verdict { _ in }
        client.channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(throws: NetError(.timedOut, "the TLS handshake with peer took too long")) { try client.result?.get() }
        #expect(!client.channel.isActive)
    }

    @Test func verdictAndDataInOneRecord() throws {
        let client = try verdict { _ = [UInt8(1), 2, 3].withUnsafeBytes($0.write) }
        #expect(try client.result?.get() != nil)
        #expect(try client.channel.readInbound(as: ByteBuffer.self) == ByteBuffer(bytes: [2, 3]))
        _ = try? client.channel.finish()
    }

    @Test func nothingIsSentBeforeTheSessionStands() throws {
        let client = try Side(TLSCredentials(pki.configuration(.client)))
        #expect(throws: (any Error).self) { try client.channel.writeOutbound(ByteBuffer(string: "secret")) }
        while let bytes = try client.channel.readOutbound(as: ByteBuffer.self) {
            #expect(!String(buffer: bytes).contains("secret"))
        }
        _ = try? client.channel.finish()
    }
}

import NIOCore
import NIOEmbedded
import Testing
import VirtRPC
import XDR

@testable import VirtNet

/// Links on channels without sockets.
@Suite struct NIOLinkTests {
    private func writes(_ messages: [String], over transport: TransportKind) throws -> [ByteBuffer] {
        let channel = EmbeddedChannel()
        let link = NIOLink(channel: channel, peer: PeerIdentity(description: "peer"), transport: transport)
        try channel.pipeline.syncOperations.addHandler(link)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        link.attach(Recorder())
        for var message in messages { message.withUTF8 { _ = link.send(MessageBuffer(copying: .init($0))) } }
        channel.embeddedEventLoop.run()
        var writes: [ByteBuffer] = []
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { writes.append(bytes) }
        _ = try channel.finish(acceptAlreadyClosed: true)
        return writes
    }

    @Test func messagesAreJoined() throws {
        #expect(try writes(["one", "two", "three"], over: .tcp) == [ByteBuffer(string: "onetwothree")])
    }

    /// A client that has begun to read a TLS record cannot see by poll() that a second message is in it.
    @Test func messagesHaveTLSRecordsOfTheirOwn() throws {
        #expect(
            try writes(["one", "two", "three"], over: .tls) == ["one", "two", "three"].map(ByteBuffer.init(string:)))
    }

    @Test(arguments: [TransportKind.tcp, .tls]) func largeMessagesArePieces(transport: TransportKind) throws {
        let large = String(repeating: "7", count: NIOLink.chunkSize + 1)
        let sizes = try writes([large, "end"], over: transport).map(\.readableBytes)
        #expect(sizes == (transport == .tls ? [NIOLink.chunkSize, 1, 3] : [NIOLink.chunkSize, 4]))
    }
}

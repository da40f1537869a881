import Libvirt
import RPCTesting
import Synchronization
import Testing
import VirtRPC
import XDR

@Suite(.timeLimit(.minutes(1))) struct RPCStreamTests {
    func open(
        isSparse: Bool = false, capacity: Int = 256 << 10, pieceSize: Int = .max
    ) async throws -> (RPCClient, ScriptedPeer, any DataStream, MessageHeader) {
        let (client, peer) = connectedPair(capacity: capacity, pieceSize: pieceSize)
        async let opened = client.openStream(double, 1, isSparse: isSparse)
        let call = try #require(await peer.message(0))
        peer.reply(to: call.header, UInt32(2))
        let (result, stream) = try await opened
        #expect(result == 2)
        return (client, peer, stream, call.header)
    }

    @Test(arguments: [1, 7, Int.max]) func downloadToTheEnd(pieceSize: Int) async throws {
        let (_, peer, stream, header) = try await open(pieceSize: pieceSize)
        peer.send(header, type: .stream, status: .continue, bytes: [1, 2, 3])
        peer.link.send(
            try Frame.encode(
                MessageHeader(
                    prog: header.prog, vers: header.vers, proc: header.proc, type: .streamHole, serial: header.serial,
                    status: .continue), StreamHole(length: 4096, flags: 0)))
        peer.send(header, type: .stream, status: .continue, bytes: [4])
        peer.send(header, type: .stream, status: .continue)
        var chunks: [StreamChunk] = []
        for try await chunk in stream.chunks { chunks.append(chunk) }
        #expect(chunks == [.data([1, 2, 3]), .hole(4096), .data([4])])
        async let finished: Void = stream.finish()
        let finish = try #require(await peer.message(1))
        #expect(finish.header.type == .stream)
        #expect(finish.header.status == .ok)
        #expect(finish.payload.isEmpty)
        peer.send(header, type: .stream, status: .ok)
        try await finished
        // Twice does no harm; more data does.
        try await stream.finish()
        await #expect(throws: VirtError.self) { try await stream.write([1]) }
    }

    /// The server ends the stream at the moment at which we do: whichever is first, the wait is over.
    @Test func finishedByBothSides() async throws {
        let (client, peer) = connectedPair()
        peer.answer { message, peer in
            guard message.header.type == .call else { return }
            peer.reply(to: message.header, UInt32(2))
            peer.send(message.header, type: .stream, status: .ok)
        }
        for _ in 0..<3000 {
            let (_, stream) = try await client.openStream(double, 1)
            try await withDeadline(.seconds(20)) { try await Self.finishUnlessClosed(stream) }
        }
        client.close()
    }

    /// One that the server has ended may be closed before it can be finished.
    private static func finishUnlessClosed(_ stream: any DataStream) async throws {
        do {
            try await stream.finish()
        } catch let error as VirtError where error.code == .operationInvalid {}
    }

    @Test func dataMayOvertakeTheReply() async throws {
        let (client, peer) = connectedPair()
        async let opened = client.openStream(double, 1)
        let call = try #require(await peer.message(0))
        peer.send(call.header, type: .stream, status: .continue, bytes: [9])
        peer.reply(to: call.header, UInt32(2))
        #expect(try await opened.1.read() == .data([9]))
    }

    @Test func errorOfThePeer() async throws {
        let (client, peer, stream, header) = try await open()
        peer.send(header, type: .stream, status: .continue, bytes: [1])
        var failed = header
        failed.type = .stream
        failed.status = .error
        peer.link.send(try Frame.encode(failed, VirtError(.operationFailed, domain: .streams, "disk full").wire))
        #expect(try await stream.read() == .data([1]))
        let error = await #expect(throws: VirtError.self) { try await stream.read() }
        #expect(error?.message == "operation failed: disk full")
        await #expect(throws: VirtError.self) { try await stream.write([1]) }
        await #expect(throws: VirtError.self) { try await stream.finish() }
        #expect(client.end == nil)
    }

    @Test func holesOnlyIfAskedFor() async throws {
        let (_, plainPeer, plain, _) = try await open()
        try await plain.writeHole(300_000)
        _ = await plainPeer.message(2)
        #expect(plainPeer.messages.dropFirst().map(\.payload.count) == [262_120, 37_880])
        let (_, peer, sparse, _) = try await open(isSparse: true)
        try await sparse.writeHole(300_000)
        let hole = try #require(await peer.message(1))
        #expect(hole.header.type == .streamHole)
        #expect(hole.payload == [0, 0, 0, 0, 0, 4, 0x93, 0xe0, 0, 0, 0, 0])
    }

    @Test func uploadFromADribblingSource() async throws {
        let (_, peer, stream, header) = try await open()
        let pieces = AsyncStream<StreamChunk> { continuation in
            for number in 0..<1000 {
                continuation.yield(.data(OpaqueData(repeatElement(UInt8(number % 251), count: number % 7))))
            }
            continuation.finish()
        }
        async let sent: Void = stream.writeAll(pieces)
        #expect(await eventually { peer.messages.last?.header.status == .ok && peer.messages.count > 100 })
        peer.send(header, type: .stream, status: .ok)
        try await sent
        let bytes = peer.messages.dropFirst().flatMap(\.payload)
        #expect(bytes == (0..<1000).flatMap { [UInt8](repeating: UInt8($0 % 251), count: $0 % 7) })
        // No piece was empty: that would have been the end of data.
        #expect(peer.messages.dropFirst().dropLast().allSatisfy { !$0.payload.isEmpty })
    }

    @Test func writerWaitsForTheLink() async throws {
        let (_, peer, stream, _) = try await open()
        peer.link.setReading(false)
        let sent = Atomic(0)
        let piece = OpaqueData(MessageBuffer.filled(1 << 20))
        let task = Task {
            for _ in 0..<10 {
                try await stream.write(piece)
                sent.add(1, ordering: .relaxed)
            }
        }
        try await Task.sleep(for: .milliseconds(100))
        #expect(sent.load(ordering: .relaxed) <= 3)
        peer.link.setReading(true)
        try await task.value
        #expect(await eventually { peer.messages.dropFirst().reduce(0) { $0 + $1.payload.count } == 10 << 20 })
    }

    @Test func readerHoldsTheServerBack() async throws {
        let (client, peer, stream, header) = try await open()
        let piece = [UInt8](repeating: 3, count: 262_120)
        for _ in 0..<40 { peer.send(header, type: .stream, status: .continue, bytes: piece) }
        try await Task.sleep(for: .milliseconds(50))
        // About 10 MB were sent; one is here, the rest waits at the sender.
        #expect(peer.link.pendingBytes > 8 << 20)
        // A call is answered nevertheless.
        peer.answer { message, peer in
            if message.header.type == .call { peer.reply(to: message.header, UInt32(6)) }
        }
        #expect(try await client.call(double, 3) == 6)
        peer.send(header, type: .stream, status: .continue)
        var count = 0
        while case .data(let data)? = try await stream.read() { count += data.count }
        #expect(count == 40 * piece.count)
    }

    @Test func abortAndDrop() async throws {
        let (_, peer, stream, _) = try await open()
        await stream.abort()
        let abort = try #require(await peer.message(1))
        #expect(abort.header.type == .stream)
        #expect(abort.header.status == .error)
        await #expect(throws: VirtError.self) { try await stream.read() }

        let (client, second) = connectedPair()
        second.answer { message, peer in
            if message.header.type == .call { peer.reply(to: message.header, UInt32(2)) }
        }
        do { _ = try await client.openStream(double, 1) }
        #expect(await second.message(1)?.header.status == .error)
    }

    @Test func cancelledOpenAbortsTheStream() async throws {
        let (client, peer) = connectedPair()
        let task = Task { try await client.openStream(double, 1) }
        let call = try #require(await peer.message(0))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        peer.send(call.header, type: .stream, status: .continue, bytes: [1])
        peer.reply(to: call.header, UInt32(2))
        let abort = try #require(await peer.message(1))
        #expect(abort.header.type == .stream)
        #expect(abort.header.status == .error)
        #expect(abort.header.serial == call.header.serial)
        #expect(client.end == nil)
    }

    @Test func cancelledReadLosesNothing() async throws {
        let (_, peer, stream, header) = try await open()
        let task = Task { try await stream.read() }
        try await Task.sleep(for: .milliseconds(5))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let limited = await #expect(throws: VirtError.self) {
            try await withDeadline(.milliseconds(5)) { try await stream.read() }
        }
        #expect(limited?.code == .operationTimeout)
        peer.send(header, type: .stream, status: .continue, bytes: [5])
        #expect(try await stream.read() == .data([5]))
    }

    @Test func lossOfTheLinkFailsStreams() async throws {
        let (_, peer, stream, _) = try await open()
        let chunk = Task { try await stream.read() }
        try await Task.sleep(for: .milliseconds(5))
        peer.link.close(flushing: true)
        await #expect(throws: VirtError.self) { try await chunk.value }
        await #expect(throws: VirtError.self) { try await stream.write([1]) }
    }
}

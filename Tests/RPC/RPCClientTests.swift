import Libvirt
import RPCTesting
import Synchronization
import Testing
import VirtRPC
import XDR

#if canImport(Glibc)
    import Glibc
#endif

@Suite(.timeLimit(.minutes(1))) struct RPCClientTests {
    @Test(arguments: [1, 3, Int.max]) func repliesInAnyOrder(pieceSize: Int) async throws {
        let (client, peer) = connectedPair(pieceSize: pieceSize)
        let results = try await withThrowingTaskGroup(of: (UInt32, UInt32).self) { group in
            for number in UInt32(0)..<20 {
                group.addTask { (number, try await client.call(double, number)) }
            }
            _ = await peer.message(19)
            for message in peer.messages.reversed() {
                peer.reply(to: message.header, UInt32(message.payload[3]) * 2)
            }
            var results: [UInt32: UInt32] = [:]
            for try await (number, result) in group { results[number] = result }
            return results
        }
        #expect(results == Dictionary(uniqueKeysWithValues: (0..<20).map { ($0, $0 * 2) }))
    }

    /// Calls that were given up still go out: a server that takes none holds back whoever makes more.
    @Test func cancelledCallsDoNotPileUp() async throws {
        let (client, peer) = connectedPair()
        peer.link.setReading(false)
        var made = 0
        while client.link.pendingBytes <= RPCClient.writeMark {
            try #require(made < 100_000)
            made += 1
            let before = client.unansweredCalls
            let call = Task { try await client.call(double, 1) }
            while client.unansweredCalls == before { await Task.yield() }
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
        }
        let queued = client.link.pendingBytes
        let error = await #expect(throws: VirtError.self) {
            try await withDeadline(.milliseconds(50)) { try await client.call(double, 1) }
        }
        #expect(error?.code == .operationTimeout)
        #expect(client.link.pendingBytes == queued)
        #expect(client.unansweredCalls == made)
        // There is room again when the server goes on.
        peer.answer { message, peer in peer.reply(to: message.header, UInt32(2)) }
        peer.link.setReading(true)
        #expect(try await client.call(double, 1) == 2)
    }

    @Test func errorReply() async throws {
        let (client, peer) = connectedPair()
        peer.answer { message, peer in
            peer.fail(message.header, VirtError(.noDomain, domain: ErrorDomain(rawValue: 12), "x"))
        }
        let error = await #expect(throws: VirtError.self) { try await client.call(double, 1) }
        #expect(error?.code == .noDomain)
        #expect(error?.message == "Domain not found: x")
        #expect(error?.details.string2 == "x")
    }

    @Test func undecodableReply() async throws {
        let (client, peer) = connectedPair()
        peer.answer { message, peer in peer.reply(to: message.header, XDRVoid()) }
        let error = await #expect(throws: VirtError.self) { try await client.call(double, 1) }
        #expect(error?.code == .rpc)
        #expect(client.end == nil)
    }

    /// What follows the reply may be encrypted: nobody looks at it before the caller has said what it is.
    @Test(arguments: [1, 7, Int.max]) func nothingIsReadBehindAReply(pieceSize: Int) async throws {
        let (client, peer) = connectedPair(pieceSize: pieceSize)
        peer.answer { message, peer in
            // In one piece: the reply, and what looks like an impossible message.
            var header = message.header
            header.type = .reply
            guard let reply = try? Frame.encode(header, UInt32(2)) else { return }
            if message.payload[3] == 1 { [UInt8](repeating: 9, count: 4).withUnsafeBytes { reply.append($0) } }
            peer.link.send(reply)
        }
        #expect(try await client.callAlone(double, 1) == 2)
        let held = Mutex<[UInt8]>([])
        await client.readOn { bytes in held.withLock { $0 += bytes } }
        guard pieceSize == .max else {
            // What was in the piece with the reply's end was held; if that was nothing, it is read only now.
            let count = held.withLock { $0.count }
            let isRead = await eventually { count > 0 || client.end != nil }
            return #expect(isRead && count < 4)
        }
        #expect(held.withLock { $0 } == [9, 9, 9, 9])
        #expect(try await client.callAlone(double, 2) == 2)
        await client.readOn()
        #expect(try await client.call(double, 3) == 2)
        await #expect(throws: VirtError.self) {
            peer.answer { message, peer in peer.fail(message.header, .rpc("no")) }
            _ = try await client.callAlone(double, 1)
        }
        peer.answer { message, peer in peer.reply(to: message.header, UInt32(4)) }
        #expect(try await client.call(double, 2) == 4)
    }

    @Test func cancelledCallLeavesTheLinkOpen() async throws {
        let (client, peer) = connectedPair()
        let task = Task { try await client.call(double, 1) }
        let first = try #require(await peer.message(0))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        // The late reply is ignored, and the next call is answered.
        peer.reply(to: first.header, UInt32(2))
        async let second = client.call(double, 4)
        let message = try #require(await peer.message(1))
        peer.reply(to: message.header, UInt32(8))
        #expect(try await second == 8)
        #expect(client.end == nil)
    }

    @Test func cancelledBeforeTheCall() async throws {
        let (client, peer) = connectedPair()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await client.call(double, 1)
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(peer.messages.isEmpty)
    }

    @Test func deadline() async throws {
        let (client, peer) = connectedPair()
        let error = await #expect(throws: VirtError.self) {
            try await withDeadline(.milliseconds(20)) { try await client.call(double, 1) }
        }
        #expect(error?.code == .operationTimeout)
        let passed = await #expect(throws: VirtError.self) {
            try await withDeadline(.zero) { try await client.call(double, 1) }
        }
        #expect(passed?.code == .operationTimeout)
        #expect(peer.messages.count == 1)
        #expect(client.end == nil)
    }

    @Test func nestedDeadlinesKeepTheSooner() async throws {
        let (client, _) = connectedPair()
        let start = ContinuousClock.now
        await #expect(throws: VirtError.self) {
            try await withDeadline(.milliseconds(20)) {
                try await withDeadline(.seconds(30)) { try await client.call(double, 1) }
            }
        }
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test func lossOfTheLinkFailsAll() async throws {
        let (client, peer) = connectedPair()
        let failures = await withTaskGroup(of: ErrorCode?.self) { group in
            for number in UInt32(0)..<50 {
                group.addTask {
                    do {
                        _ = try await client.call(double, number)
                        return nil
                    } catch {
                        return (error as? VirtError)?.code
                    }
                }
            }
            _ = await peer.message(49)
            peer.link.close(flushing: false)
            var codes: [ErrorCode?] = []
            for await code in group { codes.append(code) }
            return codes
        }
        #expect(failures == Array(repeating: .systemError, count: 50))
        #expect(try await client.closed.reason == .eof)
        await #expect(throws: VirtError.self) { try await client.call(double, 1) }
    }

    @Test func closeByTheClient() async throws {
        let (client, peer) = connectedPair()
        let task = Task { try await client.call(double, 1) }
        _ = await peer.message(0)
        client.close()
        let error = await #expect(throws: VirtError.self) { try await task.value }
        #expect(error?.message == "internal error: client socket is closed")
        #expect(try await client.closed.reason == .client)
        #expect(await eventually { peer.closed == .endOfFile })
    }

    @Test(arguments: [
        MessageHeader(prog: 77, vers: 1, proc: 5, type: .reply, serial: 9, status: .ok),
        MessageHeader(prog: 77, vers: 1, proc: 5, type: .call, serial: 0, status: .ok),
    ]) func violationCloses(header: MessageHeader) async throws {
        let (client, peer) = connectedPair()
        peer.send(header, type: header.type, status: .ok)
        #expect(try await client.closed.reason == .error)
        #expect(await eventually { peer.closed != nil })
    }

    @Test func impossibleLengthCloses() async throws {
        let (client, peer) = connectedPair()
        let bytes = MessageBuffer(capacity: 8)
        try bytes.append(UInt32(1 << 30))
        peer.link.send(bytes)
        let end = try await client.closed
        #expect(end.reason == .error)
        #expect(end.error.code == .rpc)
    }

    @Test func tooLargeCallIsRefusedHere() async throws {
        let (client, peer) = connectedPair()
        let procedure = Procedure<OpaqueData, UInt32>(program: 77, version: 1, number: 6)
        let large = OpaqueData(MessageBuffer.filled(34 << 20))
        let error = await #expect(throws: VirtError.self) { try await client.call(procedure, large) }
        #expect(error?.code == .rpc)
        #expect(peer.messages.isEmpty)
        peer.answer { message, peer in peer.reply(to: message.header, UInt32(1)) }
        #expect(try await client.call(double, 1) == 1)
    }

    @Test func pingIsAnswered() async throws {
        let (client, peer) = connectedPair()
        peer.link.send(KeepaliveMachine.ping)
        let pong = try #require(await peer.message(0))
        #expect(pong.header.prog == 0x6b65_6570)
        #expect(pong.header.proc == 2)
        _ = client
    }

    @Test func silentServerIsGivenUp() async throws {
        let (client, peer) = connectedPair()
        client.enableKeepalive(interval: .milliseconds(10), count: 3)
        #expect(try await client.closed.reason == .keepalive)
        #expect(peer.messages.count == 3)
    }

    @Test func answeringServerIsKept() async throws {
        let (client, peer) = connectedPair()
        peer.answer { _, peer in peer.link.send(KeepaliveMachine.pong) }
        client.enableKeepalive(interval: .milliseconds(50), count: 3)
        #expect(await eventually { peer.messages.count > 8 })
        #expect(client.end == nil)
    }

    @Test func eventsReachTheHandlerInOrder() async throws {
        let numbers = Mutex<[Int32]>([])
        let (client, peer) = connectedPair { _, number in numbers.withLock { $0.append(number) } }
        for number in Int32(0)..<100 {
            peer.send(
                MessageHeader(prog: 77, vers: 1, proc: number, type: .message, serial: 1, status: .ok), type: .message,
                status: .ok)
        }
        #expect(await eventually { numbers.withLock { $0.count } == 100 })
        #expect(numbers.withLock { $0 } == Array(0..<100))
        _ = client
    }

    @Test(arguments: [1, Int.max]) func descriptorsBothWays(pieceSize: Int) async throws {
        let (client, peer) = connectedPair(pieceSize: pieceSize)
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let reader = OwnedDescriptor(ends[0])
        let writer = OwnedDescriptor(ends[1])
        async let answer = client.call(double, 3, descriptors: [writer])
        let message = try #require(await peer.message(0))
        #expect(message.header.type == .callWithFds)
        #expect(Array(message.payload.prefix(8)) == [0, 0, 0, 1, 0, 0, 0, 3])
        #expect(await eventually { peer.descriptors.count == 1 })
        // Through the passed descriptor, to the reader that goes back.
        let passed = OwnedDescriptor(try #require(peer.descriptors.first))
        #expect(write(passed.rawValue, "x", 1) == 1)
        var header = message.header
        header.type = .replyWithFds
        peer.link.send(
            try Frame.encode(header, UInt32(6), descriptors: 2),
            descriptors: [try reader.duplicate(), try reader.duplicate()])
        // What follows the descriptors is a message again.
        peer.link.send(KeepaliveMachine.ping)
        let (result, received) = try await answer
        #expect(result == 6)
        #expect(received.count == 2)
        var byte: UInt8 = 0
        #expect(read(received[1].rawValue, &byte, 1) == 1)
        #expect(byte == UInt8(ascii: "x"))
        #expect(await peer.message(1)?.header.proc == 2)
    }

    @Test func missingDescriptorsClose() async throws {
        let (client, peer) = connectedPair()
        let answer = Task { try await client.call(double, 3, descriptors: []) }
        let message = try #require(await peer.message(0))
        #expect(message.header.type == .call)
        var header = message.header
        header.type = .replyWithFds
        peer.link.send(try Frame.encode(header, UInt32(6), descriptors: 1))
        let zero = MessageBuffer(capacity: 1)
        withUnsafeBytes(of: UInt8(0)) { zero.append($0) }
        peer.link.send(zero)
        await #expect(throws: VirtError.self) { _ = try await answer.value }
        #expect(client.end?.reason == .error)
    }
}

extension MessageBuffer {
    static func filled(_ count: Int) -> MessageBuffer {
        let buffer = MessageBuffer(capacity: count)
        let piece = [UInt8](repeating: 7, count: 1 << 20)
        while buffer.count < count { piece.withUnsafeBytes { buffer.append($0) } }
        return buffer
    }
}

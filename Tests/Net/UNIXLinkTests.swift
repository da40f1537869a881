import Glibc
import Synchronization
import Testing
import VirtRPC
import XDR

@testable import VirtNet

@Suite struct UNIXLinkTests {
    let folder = TemporaryFolder()
    let loops = LinkLoops()

    func pair(
        _ behaviour: Recorder.Behaviour
    ) async throws -> (UnattachedLink, Accepted, any LinkListener) {
        let accepted = Accepted(behaviour)
        let listener = try await loops.listen(on: .unix(path: folder.file("s")), accept: accepted.accept)
        return (try await loops.connect(to: .unix(path: folder.file("s"))), accepted, listener)
    }

    @Test func echoesBothWays() async throws {
        let (client, accepted, listener) = try await pair(.echo)
        let recorder = Recorder()
        client.attach(recorder)
        client.link.send("hello ")
        client.link.send("there")
        #expect(await recorder.receives("hello there"))
        let server = try await accepted.first()
        #expect(server.link.peer.credentials?.processID == getpid())
        #expect(server.link.peer.credentials?.userID == getuid())
        #expect(server.link.transport == .unix)
        server.link.send("!")
        #expect(await recorder.receives("hello there!"))
        client.link.close(flushing: false)
        #expect(await server.recorder.closes() == .endOfFile)
        #expect(await recorder.closes() == .local)
        #expect(!client.link.send("late"))
        listener.close()
        await loops.shutdown()
    }

    @Test func nothingIsLostBeforeAttach() async throws {
        let greeting = Accepted()
        let listener = try await loops.listen(on: .unix(path: folder.file("s"))) { link in
            link.send("greeting")
            link.close(flushing: true)
            return greeting.accept(link)
        }
        let client = try await loops.connect(to: .unix(path: folder.file("s")))
        try await Task.sleep(for: .milliseconds(50))
        let recorder = Recorder()
        client.attach(recorder)
        #expect(await recorder.receives("greeting"))
        #expect(await recorder.closes() == .endOfFile)
        listener.close()
        await loops.shutdown()
    }

    @Test func droppedUnattachedLinkCloses() async throws {
        let accepted = Accepted()
        let listener = try await loops.listen(on: .unix(path: folder.file("s")), accept: accepted.accept)
        do { _ = try await loops.connect(to: .unix(path: folder.file("s"))) }
        #expect(try await accepted.first().recorder.closes() == .endOfFile)
        listener.close()
        await loops.shutdown()
    }

    @Test func slowReaderHoldsTheSenderBack() async throws {
        let (client, accepted, listener) = try await pair(.record)
        let sender = Recorder()
        client.attach(sender)
        let server = try await accepted.first()
        server.link.execute { server.link.setReading(false) }
        let size = 8 << 20
        // From a foreign thread, and from the loop.
        client.link.send(pattern(size / 2))
        #expect(client.link.pendingBytes > 1 << 20)
        client.link.execute {
            // Goes on with the pattern where the first half ended.
            let whole = pattern(size)
            whole.withUnsafeBytes { bytes in
                for start in stride(from: size / 2, to: size, by: 1 << 16) {
                    let part = UnsafeRawBufferPointer(rebasing: bytes[start..<start + 1 << 16])
                    client.link.send(MessageBuffer(copying: part))
                }
            }
        }
        #expect(await eventually { client.link.pendingBytes > size - 2 << 20 })
        #expect(sender.drains == 0)
        #expect(server.recorder.count < 1 << 20)
        server.link.execute { server.link.setReading(true) }
        #expect(await eventually { server.recorder.count == size })
        #expect(isPattern(server.recorder.bytes))
        #expect(await eventually { sender.drains == 1 })
        #expect(client.link.pendingBytes == 0)
        client.link.close(flushing: false)
        listener.close()
        await loops.shutdown()
    }

    @Test func flushingCloseSendsEverything() async throws {
        let (client, accepted, listener) = try await pair(.record)
        let sender = Recorder()
        client.attach(sender)
        let server = try await accepted.first()
        client.link.send(pattern(4 << 20))
        client.link.close(flushing: true)
        #expect(!client.link.send("more"))
        #expect(await eventually { server.recorder.count == 4 << 20 })
        #expect(await server.recorder.closes() == .endOfFile)
        #expect(await sender.closes() == .local)
        listener.close()
        await loops.shutdown()
    }

    @Test func halfCloseIsAnswered() async throws {
        let accepted = Accepted(.echo)
        let listener = try await loops.listen(on: .unix(path: folder.file("s")), accept: accepted.accept)
        // A raw peer: writes, shuts its side, and reads to the end.
        let output = await shell(
            """
            python3 -c 'import socket
            s = socket.socket(socket.AF_UNIX); s.connect("\(folder.file("s"))")
            s.sendall(b"question"); s.shutdown(socket.SHUT_WR)
            print(s.recv(100), s.recv(100))'
            """)
        #expect(output == "b'question' b''\n")
        #expect(try await accepted.first().recorder.reason == .endOfFile)
        listener.close()
        await loops.shutdown()
    }

    @Test func passesDescriptorsBothWays() async throws {
        let (client, accepted, listener) = try await pair(.echo)
        let recorder = Recorder()
        client.attach(recorder)
        var ends: [Int32] = []
        var given: [Int32] = []
        for _ in 0..<3 {
            var pair: [Int32] = [0, 0]
            pipe(&pair)
            ends.append(pair[0])
            given.append(pair[1])
        }
        // As libvirt does it: bytes, then one zero byte per descriptor.
        #expect(client.link.send("three", descriptors: given))
        #expect(await eventually { recorder.descriptors.count == 3 && recorder.count >= 8 })
        #expect(recorder.bytes.prefix(5) == ArraySlice("three".utf8))
        for (index, descriptor) in recorder.descriptors.enumerated() {
            #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
            var byte = UInt8(index)
            #expect(Glibc.write(descriptor, &byte, 1) == 1)
            #expect(read(ends[index], &byte, 1) == 1)
            #expect(byte == UInt8(index))
            close(descriptor)
            // All copies are gone: the pipe ends.
            #expect(read(ends[index], &byte, 1) == 0)
            close(ends[index])
        }
        _ = try await accepted.first()
        client.link.close(flushing: false)
        listener.close()
        await loops.shutdown()
    }

    @Test func closesDescriptorsItCannotSend() async throws {
        let (client, accepted, listener) = try await pair(.record)
        client.attach(Recorder())
        let server = try await accepted.first()
        server.link.execute { server.link.setReading(false) }
        client.link.send(pattern(2 << 20))
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        client.link.send("", descriptors: [ends[1]])
        client.link.close(flushing: false)
        #expect(await eventually { client.link.pendingBytes == 0 })
        var byte: UInt8 = 0
        #expect(read(ends[0], &byte, 1) == 0)
        close(ends[0])
        listener.close()
        await loops.shutdown()
    }

    @Test func peerThatLeavesIsNoticedWhenSending() async throws {
        let (client, accepted, listener) = try await pair(.record)
        let recorder = Recorder()
        client.attach(recorder)
        let server = try await accepted.first()
        server.link.execute { server.link.setReading(false) }
        try await Task.sleep(for: .milliseconds(10))
        client.link.close(flushing: false)
        _ = await recorder.closes()
        // Paused: not told yet, and the loop does not spin.
        try await Task.sleep(for: .milliseconds(30))
        #expect(server.recorder.reason == nil)
        server.link.send("anyone?")
        #expect(await server.recorder.closes() == .error("Broken pipe"))
        listener.close()
        await loops.shutdown()
    }

    @Test func aHundredLinks() async throws {
        let accepted = Accepted(.echo)
        let listener = try await loops.listen(on: .unix(path: folder.file("s")), accept: accepted.accept)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<100 {
                group.addTask {
                    let client = try await loops.connect(to: .unix(path: folder.file("s")))
                    let recorder = Recorder()
                    client.attach(recorder)
                    for part in 0..<20 { client.link.send("\(index).\(part) ") }
                    let wanted = (0..<20).map { "\(index).\($0) " }.joined()
                    let good = await recorder.receives(wanted)
                    client.link.close(flushing: false)
                    return good
                }
            }
            for try await good in group { #expect(good) }
        }
        #expect(accepted.count == 100)
        listener.close()
        await loops.shutdown()
    }

    @Test func closingFromTheHandlerIsLater() async throws {
        final class Closer: LinkHandler {
            let order = Mutex<[String]>([])
            func link(_ link: any Link, didReceive bytes: UnsafeRawBufferPointer, descriptors: [Int32]) {
                order.withLock { $0.append("receive") }
                link.send("bye")
                link.close(flushing: true)
                link.close(flushing: true)
                order.withLock { $0.append("returns") }
            }
            func linkDidDrain(_ link: any Link) {}
            func linkDidClose(_ link: any Link, reason: LinkCloseReason) {
                order.withLock { $0.append("close \(reason)") }
            }
        }
        let closer = Closer()
        let listener = try await loops.listen(on: .unix(path: folder.file("s"))) { _ in closer }
        let client = try await loops.connect(to: .unix(path: folder.file("s")))
        let recorder = Recorder()
        client.attach(recorder)
        client.link.send("x")
        #expect(await recorder.receives("bye"))
        #expect(await recorder.closes() == .endOfFile)
        #expect(closer.order.withLock { $0 } == ["receive", "returns", "close local"])
        listener.close()
        await loops.shutdown()
    }
}

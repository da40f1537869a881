import Testing
import VirtRPC
import XDR

@testable import VirtNet

@Suite struct TCPLinkTests {
    let loops = LinkLoops()

    @Test(arguments: ["127.0.0.1", "::1", "localhost"])
    func echoesOverEveryAddress(host: String) async throws {
        let accepted = Accepted(.echo)
        let listener = try await loops.listen(on: .tcp(port: 0), accept: accepted.accept)
        let port = try #require(listener.port)
        let client = try await loops.connect(to: .tcp(host: host, port: port))
        let recorder = Recorder()
        client.attach(recorder)
        client.link.send("a")
        client.link.send("bc")
        #expect(await recorder.receives("abc"))
        let server = try await accepted.first()
        if host == "127.0.0.1" { #expect(server.link.peer.description.hasPrefix("127.0.0.1;")) }
        #expect(server.link.transport == .tcp)
        server.link.close(flushing: true)
        #expect(await recorder.closes() == .endOfFile)
        #expect(await server.recorder.closes() == .local)
        #expect(!client.link.send("late"))
        #expect(!client.link.send("", descriptors: [-1]))
        listener.close()
        await loops.shutdown()
    }

    /// What is used where there is no epoll.
    @Test func echoesOverNIO() async throws {
        let pki = TestPKI()
        pki.issue("server")
        pki.issue("client")
        let folder = TemporaryFolder()
        let server = try TLSCredentials(pki.configuration(.server))
        for address: ListenAddress in [
            .tcp(hosts: ["127.0.0.1"], port: 0), .tls(hosts: ["127.0.0.1"], port: 0, server), .unix(path: folder.file("s")),
        ] {
            let accepted = Accepted(.echo)
            let listener = try await loops.listenWithNIO(on: address, accept: accepted.accept)
            let target: ConnectAddress =
                switch address {
                case .tcp: .tcp(host: "127.0.0.1", port: listener.port ?? 0)
                case .tls:
                    .tls(
                        host: "127.0.0.1", port: listener.port ?? 0, try TLSCredentials(pki.configuration(.client, "client")))
                default: .unix(path: folder.file("s"))
                }
            let client = try await loops.connect(to: target)
            let recorder = Recorder()
            client.attach(recorder)
            client.link.send("hello ")
            client.link.send("there")
            #expect(await recorder.receives("hello there"))
            let server = try await accepted.first()
            server.link.close(flushing: true)
            #expect(await recorder.closes() == .endOfFile)
            #expect(await server.recorder.closes() == .local)
            listener.close()
        }
        await loops.shutdown()
    }

    @Test func namedHostsAndUsedPorts() async throws {
        let listener = try await loops.listen(on: .tcp(hosts: ["localhost"], port: 0)) { _ in nil }
        let port = try #require(listener.port)
        let error = await #expect(throws: NetError.self) {
            _ = try await loops.listen(on: .tcp(hosts: ["127.0.0.1"], port: port)) { _ in nil }
        }
        #expect(error?.code == .addressInUse)
        #expect(error?.message == "cannot listen on 127.0.0.1:\(port): Address already in use")
        listener.close()
        let unknown = await #expect(throws: NetError.self) {
            _ = try await loops.listen(on: .tcp(hosts: ["no.such.host.invalid"], port: 0)) { _ in nil }
        }
        #expect(unknown?.code == .notFound)
        await loops.shutdown()
    }

    @Test func nothingIsLostBeforeAttach() async throws {
        let keeper = Accepted()
        let listener = try await loops.listen(on: .tcp(port: 0)) { link in
            link.send("greeting")
            link.close(flushing: true)
            return keeper.accept(link)
        }
        let client = try await loops.connect(to: .tcp(host: "127.0.0.1", port: listener.port ?? 0))
        try await Task.sleep(for: .milliseconds(50))
        let recorder = Recorder()
        client.attach(recorder)
        #expect(await recorder.receives("greeting"))
        #expect(await recorder.closes() == .endOfFile)
        listener.close()
        await loops.shutdown()
    }

    @Test func slowReaderHoldsTheSenderBack() async throws {
        let accepted = Accepted(.record)
        let listener = try await loops.listen(on: .tcp(port: 0), accept: accepted.accept)
        let client = try await loops.connect(to: .tcp(host: "127.0.0.1", port: listener.port ?? 0))
        let sender = Recorder()
        client.attach(sender)
        let server = try await accepted.first()
        server.link.execute { server.link.setReading(false) }
        let size = 12 << 20
        client.link.send(pattern(size))
        try await Task.sleep(for: .milliseconds(80))
        #expect(client.link.pendingBytes > 1 << 20)
        #expect(sender.drains == 0)
        server.link.execute { server.link.setReading(true) }
        #expect(await eventually { server.recorder.count == size })
        #expect(isPattern(server.recorder.bytes))
        #expect(await eventually { sender.drains == 1 && client.link.pendingBytes == 0 })
        client.link.close(flushing: false)
        #expect(await server.recorder.closes() == .endOfFile)
        listener.close()
        await loops.shutdown()
    }

    @Test func refusedConnectionsAndBadNames() async throws {
        let listener = try await loops.listen(on: .tcp(hosts: ["127.0.0.1"], port: 0)) { _ in nil }
        let port = try #require(listener.port)
        let client = try await loops.connect(to: .tcp(host: "127.0.0.1", port: port))
        let recorder = Recorder()
        client.attach(recorder)
        #expect(await recorder.closes() != nil)
        listener.close()
        var failure: NetError?
        for _ in 0..<100 where failure == nil {
            // The socket closes soon, not at once.
            do throws(NetError) {
                try await loops.connect(to: .tcp(host: "127.0.0.1", port: port)).close()
                try? await Task.sleep(for: .milliseconds(10))
            } catch {
                failure = error
            }
        }
        #expect(failure?.code == .refused)
        #expect(failure?.message == "cannot connect to 127.0.0.1:\(port): Connection refused")
        var error = await #expect(throws: NetError.self) {
            _ = try await loops.connect(to: .tcp(host: "no.such.host.invalid", port: 1))
        }
        #expect(error?.code == .notFound)
        error = await #expect(throws: NetError.self) {
            _ = try await loops.connect(to: .tcp(host: "127.0.0.1", port: 70000))
        }
        #expect(error?.code == .invalidAddress)
        await loops.shutdown()
    }

    @Test func timersOnTheLoop() async throws {
        let accepted = Accepted(.record)
        let listener = try await loops.listen(on: .tcp(port: 0), accept: accepted.accept)
        let client = try await loops.connect(to: .tcp(host: "127.0.0.1", port: listener.port ?? 0))
        client.attach(Recorder())
        let link = client.link
        let cancelled = link.schedule(after: .milliseconds(10)) { link.send("no") }
        cancelled.cancel()
        _ = link.schedule(after: .milliseconds(30)) { link.send("yes") }
        #expect(await (try accepted.first()).recorder.receives("yes"))
        listener.close()
        await loops.shutdown()
    }
}

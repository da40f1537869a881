import Testing
import VirtRPC
import XDR

@testable import VirtNet

@Suite struct TLSTests {
    let loops = LinkLoops()
    let pki = TestPKI()

    init() {
        pki.issue("server")
        pki.issue("client")
    }

    /// A server, what it accepts, and where it is.
    func serve(
        _ behaviour: Recorder.Behaviour = .echo, _ change: (inout TLSConfiguration) -> Void = { _ in }
    ) async throws -> (Accepted, Int, any LinkListener) {
        var configuration = pki.configuration(.server)
        change(&configuration)
        let accepted = Accepted(behaviour)
        let listener = try await loops.listen(
            on: .tls(hosts: ["127.0.0.1"], port: 0, try TLSCredentials(configuration)), failed: accepted.failed,
            accept: accepted.accept)
        return (accepted, listener.port ?? 0, listener)
    }

    func credentials(
        _ name: String = "client", _ change: (inout TLSConfiguration) -> Void = { _ in }
    ) throws -> TLSCredentials {
        var configuration = pki.configuration(.client, name)
        change(&configuration)
        return try TLSCredentials(configuration)
    }

    func connect(_ port: Int, _ credentials: TLSCredentials, host: String = "127.0.0.1") async throws -> UnattachedLink
    {
        try await loops.connect(to: .tls(host: host, port: port, credentials))
    }

    @Test(arguments: ["NORMAL", "NORMAL:-VERS-TLS1.3"])
    func echoesAndKnowsItsPeer(priority: String) async throws {
        let (accepted, port, listener) = try await serve()
        let client = try await connect(port, try credentials { $0.priority = priority })
        let recorder = Recorder()
        client.attach(recorder)
        client.link.send("hello ")
        client.link.send("there")
        #expect(await recorder.receives("hello there"))
        let server = try await accepted.first()
        #expect(server.link.transport == .tls)
        #expect(server.link.peer.distinguishedName == "O=swift-libvirt,CN=client")
        #expect(client.link.peer.distinguishedName == "O=swift-libvirt,CN=server")
        #expect(
            server.link.peer.tlsDescription?.hasPrefix(priority == "NORMAL" ? "(TLS1.3)" : "(TLS1.2)") == true)
        client.link.close(flushing: true)
        #expect(await server.recorder.closes() == .endOfFile)
        #expect(await recorder.closes() == .local)
        listener.close()
        await loops.shutdown()
    }

    @Test func largeTransfersBothWays() async throws {
        let (accepted, port, listener) = try await serve()
        let client = try await connect(port, try credentials())
        let recorder = Recorder()
        client.attach(recorder)
        let size = 8 << 20
        client.link.execute { client.link.setReading(false) }
        client.link.send(pattern(size))
        try await Task.sleep(for: .milliseconds(150))
        let server = try await accepted.first()
        // The echo waits in the server, since nobody reads it.
        #expect(recorder.count < 1 << 20)
        client.link.execute { client.link.setReading(true) }
        #expect(await eventually { recorder.count == size })
        #expect(isPattern(recorder.bytes))
        #expect(await eventually { server.link.pendingBytes == 0 && client.link.pendingBytes == 0 })
        client.link.send(pattern(1 << 20))
        client.link.close(flushing: true)
        #expect(await eventually { server.recorder.count == size + 1 << 20 })
        listener.close()
        await loops.shutdown()
    }

    @Test func resumesSessions() async throws {
        let (accepted, port, listener) = try await serve()
        let credentials = try credentials()
        for round in 0..<3 {
            let client = try await connect(port, credentials)
            #expect(client.link.peer.isResumedTLS == (round > 0))
            #expect(client.link.peer.distinguishedName == "O=swift-libvirt,CN=server")
            let recorder = Recorder()
            client.attach(recorder)
            client.link.send("x")
            #expect(await recorder.receives("x"))
            client.link.close(flushing: true)
            _ = await recorder.closes()
        }
        #expect(try await accepted.first().link.peer.isResumedTLS == false)
        // A server with other ticket keys does without.
        let (_, otherPort, other) = try await serve()
        let client = try await connect(otherPort, credentials)
        #expect(!client.link.peer.isResumedTLS)
        client.close()
        other.close()
        listener.close()
        await loops.shutdown()
    }

    func rejection(_ port: Int, _ credentials: TLSCredentials, host: String = "127.0.0.1") async -> NetError? {
        do {
            _ = try await connect(port, credentials, host: host)
            return nil
        } catch {
            return error as? NetError
        }
    }

    @Test func clientOfAnotherAuthorityIsRejected() async throws {
        let (accepted, port, listener) = try await serve()
        let other = TestPKI()
        other.issue("client")
        var configuration = other.configuration(.client)
        configuration.verifiesPeer = false
        let error = await rejection(port, try TLSCredentials(configuration))
        #expect(error?.code == .rejectedByServer)
        #expect(error?.message.hasPrefix("the server 127.0.0.1:\(port) rejected the client's certificate: ") == true)
        let failure = await accepted.failure()
        #expect(failure?.code == .peerNotTrusted || failure?.code == .tlsHandshake)
        #expect(accepted.count == 0)
        listener.close()
        await loops.shutdown()
    }

    @Test func clientWithoutCertificateIsRejectedUnlessNobodyAsks() async throws {
        let (accepted, port, listener) = try await serve()
        let bare = try credentials {
            $0.certificateFile = nil
            $0.keyFile = nil
        }
        #expect(await rejection(port, bare)?.code == .rejectedByServer)
        #expect(accepted.count == 0)
        let (open, openPort, openListener) = try await serve { $0.verifiesPeer = false }
        let client = try await connect(openPort, bare)
        #expect(try await open.first().link.peer.distinguishedName == nil)
        client.close()
        listener.close()
        openListener.close()
        await loops.shutdown()
    }

    @Test func expiredClientIsRejected() async throws {
        let (accepted, port, listener) = try await serve()
        pki.issue("client-old") {
            $0.begins = -7200
            $0.ends = -3600
        }
        let error = await rejection(port, try credentials("client-old") { $0.checksSanity = false })
        #expect(error?.code == .rejectedByServer)
        #expect(await accepted.failure()?.message.contains("expired") == true)
        listener.close()
        await loops.shutdown()
    }

    @Test func revokedClientIsRejectedAlsoWhenItResumes() async throws {
        let (_, port, listener) = try await serve()
        let credentials = try credentials()
        try await connect(port, credentials).close()
        listener.close()
        pki.revoke("client")
        let (accepted, crlPort, crlListener) = try await serve { $0.crlFile = pki.folder.file("crl.pem") }
        #expect(await rejection(crlPort, credentials)?.code == .rejectedByServer)
        #expect(await accepted.failure()?.message.contains("revoked") == true)
        crlListener.close()
        await loops.shutdown()
    }

    @Test func listOfNamesDecides() async throws {
        let (none, nonePort, noneListener) = try await serve { $0.allowedNames = [] }
        #expect(await rejection(nonePort, try credentials())?.code == .rejectedByServer)
        #expect(await none.failure()?.message.contains("\"O=swift-libvirt,CN=client\" is not in the list") == true)
        let (_, port, listener) = try await serve { $0.allowedNames = ["O=x,*", "O=swift-libvirt,CN=cl*"] }
        try await connect(port, try credentials()).close()
        noneListener.close()
        listener.close()
        await loops.shutdown()
    }

    @Test func serverForAnotherHostIsRefused() async throws {
        pki.issue("server") {
            $0.hosts = ["elsewhere.example.org"]
            $0.addresses = []
        }
        let (accepted, port, listener) = try await serve()
        let error = await rejection(port, try credentials())
        #expect(error?.code == .peerNotTrusted)
        #expect(error?.message.contains("is not for 127.0.0.1") == true)
        #expect(await eventually { !accepted.failures.isEmpty || accepted.count > 0 })
        let named = try await loops.connect(
            to: .tls(host: "127.0.0.1", port: port, try credentials(), serverName: "elsewhere.example.org"))
        named.close()
        try await connect(port, try credentials { $0.verifiesPeer = false }).close()
        listener.close()
        await loops.shutdown()
    }

    @Test func serverOfAnotherAuthorityIsRefused() async throws {
        let (_, port, listener) = try await serve()
        let other = TestPKI()
        other.issue("client")
        let error = await rejection(port, try TLSCredentials(other.configuration(.client)))
        #expect(error?.code == .peerNotTrusted)
        #expect(error?.message.contains("issuer is unknown") == true)
        listener.close()
        await loops.shutdown()
    }

    @Test func deadlinesOfTheHandshake() async throws {
        // A server that never speaks, and a client that never does.
        let silent = try await loops.listen(on: .tcp(hosts: ["127.0.0.1"], port: 0)) { _ in Recorder() }
        let quick = try credentials { $0.handshakeTimeout = .milliseconds(80) }
        #expect(await rejection(silent.port ?? 0, quick)?.code == .timedOut)
        let (accepted, port, listener) = try await serve { $0.handshakeTimeout = .milliseconds(80) }
        let plain = try await loops.connect(to: .tcp(host: "127.0.0.1", port: port))
        let recorder = Recorder()
        plain.attach(recorder)
        #expect(await recorder.closes() == .endOfFile)
        #expect(await accepted.failure()?.code == .timedOut)
        silent.close()
        listener.close()
        await loops.shutdown()
    }

    @Test func plaintextToATLSPort() async throws {
        let (accepted, port, listener) = try await serve()
        let plain = try await loops.connect(to: .tcp(host: "127.0.0.1", port: port))
        let recorder = Recorder()
        plain.attach(recorder)
        plain.link.send("GET / HTTP/1.0\r\n\r\n")
        _ = await recorder.closes()
        // A TLS alert, and nothing else.
        #expect(recorder.bytes.first == 21)
        #expect(await accepted.failure()?.code == .tlsHandshake)
        listener.close()
        await loops.shutdown()
    }

    @Test func hugeNumberOfSmallMessagesStaysInOrder() async throws {
        let (_, port, listener) = try await serve()
        let client = try await connect(port, try credentials())
        let recorder = Recorder()
        client.attach(recorder)
        var wanted = ""
        for number in 0..<1000 {
            client.link.send("\(number),")
            wanted += "\(number),"
        }
        #expect(await recorder.receives(wanted))
        listener.close()
        await loops.shutdown()
    }

    // MARK: other implementations

    @Test func gnutlsCommandLine() async throws {
        let (_, port, listener) = try await serve()
        let output = await shell(
            """
            (sleep 0.2; printf 'question\\n'; sleep 0.2) | gnutls-cli --logfile=/dev/null \
            --x509cafile \(pki.folder.path)/cacert.pem \
            --x509certfile \(pki.folder.path)/clientcert.pem --x509keyfile \(pki.folder.path)/clientkey.pem \
            -p \(port) 127.0.0.1
            """)
        #expect(output.contains("\u{1}question"))
        listener.close()
        await loops.shutdown()
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func opensslClient(version: String) async throws {
        let (_, port, listener) = try await serve()
        let output = await shell(
            """
            (sleep 0.2; printf 'question\\n'; sleep 0.2) | openssl s_client -quiet -no_ign_eof -verify_quiet \(version) \
            -CAfile \(pki.folder.path)/cacert.pem \
            -cert \(pki.folder.path)/clientcert.pem -key \(pki.folder.path)/clientkey.pem -connect 127.0.0.1:\(port)
            """)
        #expect(output.contains("\u{1}question"))
        listener.close()
        await loops.shutdown()
    }

    /// A client that does not ask for tickets may take one for a failure of its read.
    @Test func ticketsAreForThoseWhoAsk() async throws {
        let (_, port, listener) = try await serve()
        let messages = await shell(
            """
            (sleep 0.2; printf 'question\\n'; sleep 0.2) | openssl s_client -msg -no_ign_eof -tls1_3 \
            -CAfile \(pki.folder.path)/cacert.pem \
            -cert \(pki.folder.path)/clientcert.pem -key \(pki.folder.path)/clientkey.pem -connect 127.0.0.1:\(port)
            """)
        #expect(messages.contains("question"))
        #expect(messages.contains("EncryptedExtensions"))
        #expect(!messages.contains("NewSessionTicket"))
        listener.close()
        await loops.shutdown()
    }

    @Test func opensslRenegotiationIsRefused() async throws {
        let (accepted, port, listener) = try await serve()
        let output = await shell(
            """
            (sleep 0.2; echo R; sleep 0.3) | openssl s_client -tls1_2 -CAfile \(pki.folder.path)/cacert.pem \
            -cert \(pki.folder.path)/clientcert.pem -key \(pki.folder.path)/clientkey.pem -connect 127.0.0.1:\(port)
            """)
        #expect(output.contains("RENEGOTIATING"))
        guard case .error = try await accepted.first().recorder.closes() else {
            Issue.record("closed as \(String(describing: try await accepted.first().recorder.reason))")
            return
        }
        listener.close()
        await loops.shutdown()
    }

    @Test func opensslServerThatSendsNoVerdict() async throws {
        // It says nothing, for as long as its client stays.
        let folder = pki.folder.path
        let port = Int.random(in: 20000..<30000)
        async let server = shell(
            """
            mkfifo \(folder)/silence && exec 3<>\(folder)/silence
            timeout 30 openssl s_server -quiet -naccept 1 -accept 127.0.0.1:\(port) \
            -cert \(folder)/servercert.pem -key \(folder)/serverkey.pem <\(folder)/silence
            """)
        let quick = try credentials { $0.handshakeTimeout = .milliseconds(300) }
        var error: NetError?
        for _ in 0..<500 {
            error = await rejection(port, quick)
            if error?.code != .refused { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(error?.code == .timedOut)
        _ = await server
        await loops.shutdown()
    }
}

import Testing
import VirtRPC
import XDR

@testable import VirtNet

/// TLS without sockets: who gets which bytes, and when, is the test's choice.
@Suite struct TLSLinkTests {
    let pki = TestPKI()

    init() {
        pki.issue("server")
        pki.issue("client")
    }

    final class Side: @unchecked Sendable {
        // SAFETY: one test uses it on one thread.
        let lower = ScriptedLink()
        let recorder = Recorder()
        private(set) var result: Result<TLSLink, NetError>?

        init(_ credentials: TLSCredentials, attaches: Bool = true) throws {
            let lower = self.lower
            TLSLink.start(
                over: lower, attach: lower.attach, session: try GnuTLSSession(credentials, serverName: "localhost"),
                timeout: .seconds(1), peerName: "peer"
            ) { result in
                self.result = result
                if attaches, case .success(let link) = result { link.attach(self.recorder) }
            }
        }

        var link: TLSLink { get throws { try #require(result).get() } }
    }

    /// Carries everything over in pieces of `size` bytes.
    func shuttle(_ a: Side, _ b: Side, size: Int = 100_000) {
        var moved = true
        while moved {
            moved = false
            for (from, to) in [(a, b), (b, a)] {
                let bytes = from.lower.takeSent().joined()
                moved = moved || !bytes.isEmpty
                var rest = ArraySlice(bytes)
                while !rest.isEmpty {
                    to.lower.receive(Array(rest.prefix(size)))
                    rest = rest.dropFirst(size)
                }
            }
        }
    }

    func pair(size: Int = 100_000, priority: String = "NORMAL", serverAttaches: Bool = true) throws -> (Side, Side) {
        let server = try Side(TLSCredentials(pki.configuration(.server)), attaches: serverAttaches)
        var configuration = pki.configuration(.client)
        configuration.priority = priority
        let client = try Side(TLSCredentials(configuration))
        shuttle(client, server, size: size)
        return (server, client)
    }

    @Test(arguments: [1, 7, 100_000], ["NORMAL", "NORMAL:-VERS-TLS1.3"])
    func piecesOfAnySize(size: Int, priority: String) throws {
        let (server, client) = try pair(size: size, priority: priority)
        #expect(try server.link.peer.distinguishedName == "O=swift-libvirt,CN=client")
        #expect(try client.link.peer.distinguishedName == "O=swift-libvirt,CN=server")
        try client.link.send(pattern(40_000))
        try client.link.send(pattern(40_000))
        shuttle(client, server, size: size)
        let bytes = server.recorder.bytes
        #expect(bytes.count == 80_000 && isPattern(Array(bytes[..<40_000])) && isPattern(Array(bytes[40_000...])))
        #expect(client.recorder.bytes.isEmpty)
    }

    /// libvirt's clients do not see a message that shares a record with the one before.
    @Test func messagesHaveRecordsOfTheirOwn() throws {
        let (server, client) = try pair()
        for text in ["one", "two", "three"] { try client.link.send(text) }
        let writes = client.lower.takeSent()
        for (write, text) in zip(writes, ["one", "onetwo", "onetwothree"]) {
            // Application data, and its length: one record.
            #expect(write[0] == 23 && Int(write[3]) << 8 | Int(write[4]) == write.count - 5)
            server.lower.receive(write)
            #expect(server.recorder.text == text)
        }
        #expect(writes.count == 3)
    }

    @Test func pausedReaderGetsNothingUntilItGoesOn() throws {
        let (server, client) = try pair()
        try server.link.setReading(false)
        #expect(!server.lower.isReading)
        for text in ["one", "two"] { try client.link.send(text) }
        shuttle(client, server)
        #expect(server.recorder.bytes.isEmpty)
        try server.link.setReading(true)
        #expect(server.lower.isReading && server.recorder.text == "onetwo")
    }

    @Test func nothingIsLostBeforeAttach() throws {
        let (server, client) = try pair(serverAttaches: false)
        try client.link.send("early")
        shuttle(client, server)
        #expect(!server.lower.isReading && server.recorder.bytes.isEmpty)
        try server.link.attach(server.recorder)
        #expect(server.recorder.text == "early")
    }

    @Test func endsAreTold() throws {
        let (server, client) = try pair()
        try client.link.close(flushing: true)
        #expect(client.recorder.reason == .local)
        shuttle(client, server)
        #expect(server.recorder.reason == .endOfFile && server.lower.isClosed)
        #expect(try server.link.send("late") == false)
    }

    @Test func brokenRecordsEndTheSession() throws {
        let (server, client) = try pair()
        try client.link.send("damaged")
        var bytes = client.lower.takeSent()[0]
        bytes[bytes.count - 1] ^= 1
        server.lower.receive(bytes)
        #expect(server.recorder.bytes.isEmpty)
        guard case .error(let text)? = server.recorder.reason else {
            Issue.record("\(String(describing: server.recorder.reason))")
            return
        }
        #expect(text.hasPrefix("the TLS session with peer broke: "))
        // The alert.
        shuttle(server, client)
        #expect(client.recorder.reason != nil)
    }

    // MARK: the verdict

    /// A server by hand, which has shaken hands and then does what `after` says.
    func verdict(_ after: (GnuTLSSession) -> Void) throws -> Side {
        let server = try GnuTLSSession(TLSCredentials(pki.configuration(.server)))
        let client = try Side(TLSCredentials(pki.configuration(.client)))
        var isDone = false
        for _ in 0..<10 where !isDone {
            Array(client.lower.takeSent().joined()).withUnsafeBytes { bytes in
                server.receive(bytes)
                isDone = server.handshake() == .done
                server.keepRest()
            }
            if let output = server.takeOutput() { client.lower.receive(output.withUnsafeBytes(Array.init)) }
        }
        #expect(isDone)
        #expect(client.result == nil)
        after(server)
        if let output = server.takeOutput() { client.lower.receive(output.withUnsafeBytes(Array.init)) }
        return client
    }

    @Test func verdictOtherThanOne() throws {
        let client = try verdict { _ = [UInt8(0)].withUnsafeBytes($0.write) }
        #expect(throws: NetError(.rejectedByServer, "the server peer rejected the client's certificate: it answered 0"))
        {
            try client.link
        }
        #expect(client.lower.isClosed)
    }

    @Test func endInsteadOfAVerdict() throws {
        let client = try verdict { $0.bye() }
        #expect(
            throws: NetError(
                .rejectedByServer, "the server peer rejected the client's certificate: it closed the connection")
        ) { try client.link }
    }

    @Test func noVerdictInTime() throws {
        let client = try verdict { _ in }
        client.lower.fireTimers()
        #expect(throws: NetError(.timedOut, "the TLS handshake with peer took too long")) { try client.link }
        #expect(client.lower.isClosed)
    }

    @Test func verdictAndDataInOneRecord() throws {
        let client = try verdict { _ = [UInt8(1), 2, 3].withUnsafeBytes($0.write) }
        #expect(try client.link.transport == .tls)
        #expect(client.recorder.bytes == [2, 3])
    }

    @Test func lossDuringTheHandshake() throws {
        let client = try Side(TLSCredentials(pki.configuration(.client)))
        client.lower.close(flushing: false)
        #expect(throws: NetError(.tlsHandshake, "peer closed the connection during the TLS handshake")) {
            try client.link
        }
    }
}

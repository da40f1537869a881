import Testing
import VirtRPC
import XDR

@testable import VirtNet

/// Both sides of an exchange in this process, with passwords of the test's own.
@Suite struct SASLTests {
    static let exposed = SASLProtection.exposed(minimum: 112)
    static let protected = SASLProtection.protected(strength: 256)

    init() throws { try SASLAccounts.prepare() }

    func client(_ protection: SASLProtection = exposed) throws -> SASLClient {
        try SASLClient(host: "localhost", protection: protection)
    }

    func server(_ protection: SASLProtection = exposed) throws -> SASLServer {
        try SASLServer(client: "127.0.0.1;1234", protection: protection)
    }

    /// Goes through an exchange to its end.
    func run(
        _ client: SASLClient, _ server: SASLServer, mechanism: String, name: String = "fred",
        password: String = "secret"
    ) async throws {
        func answers(_ prompts: [SASLClient.Prompt]) -> [String] {
            prompts.map { $0.kind == .password ? password : name }
        }
        var step = try await client.start(mechanisms: mechanism)
        while case .prompts(let prompts) = step {
            step = try await client.start(mechanisms: mechanism, answers: answers(prompts))
        }
        var reply: SASLServer.Reply?
        for _ in 0..<10 {
            guard case .data(let data, let isComplete) = step else { break }
            if isComplete, reply?.isComplete == true { return }
            reply = try reply == nil ? server.start(client.mechanism, data) : server.step(data)
            if isComplete, reply?.isComplete == true { return }
            let challenge = reply?.data
            step = try await client.step(challenge)
            while case .prompts(let prompts) = step {
                step = try await client.step(challenge, answers: answers(prompts))
            }
        }
        Issue.record("the exchange does not end")
    }

    // MARK: mechanisms

    @Test(arguments: ["SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", "PLAIN"])
    func provesAName(mechanism: String) async throws {
        let (client, server) = (try client(Self.protected), try server(Self.protected))
        #expect(try server.mechanisms().split(separator: ",").contains(Substring(mechanism)))
        try await run(client, server, mechanism: mechanism)
        #expect(server.userName == "fred")
        // TLS is enough: nothing is encrypted twice.
        #expect(server.session.layerStrength == 0 && client.session.layerStrength == 0)
    }

    @Test func inClearOnlyWhatEncryptsIsOffered() throws {
        let names = try server().mechanisms().split(separator: ",")
        #expect(names.contains("DIGEST-MD5"))
        for name in ["PLAIN", "LOGIN", "SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "ANONYMOUS"] {
            #expect(!names.contains(Substring(name)))
        }
    }

    @Test func nobodyIsAnonymous() throws {
        let server = try server(Self.protected)
        #expect(try !server.mechanisms().contains("ANONYMOUS"))
        #expect(throws: SASLError.self) { try server.start("ANONYMOUS", Array("me".utf8)) }
    }

    @Test(arguments: ["PLAIN", "SCRAM-SHA-256", "CRAM-MD5"])
    func weakMechanismsAreRefusedInClear(mechanism: String) throws {
        let data = mechanism == "PLAIN" ? Array("\0fred\0secret".utf8) : nil
        #expect(throws: SASLError.self) { try server().start(mechanism, data) }
    }

    @Test(arguments: ["SCRAM-SHA-256", "DIGEST-MD5", "PLAIN"])
    func wrongPasswordsAndUnknownNamesFail(mechanism: String) async throws {
        for (name, password) in [("fred", "wrong"), ("nobody", "secret"), ("fred", "")] {
            let (client, server) = (try client(Self.protected), try server(Self.protected))
            await #expect(throws: SASLError.self) {
                try await run(client, server, mechanism: mechanism, name: name, password: password)
            }
        }
    }

    @Test func aMechanismThatIsNotThereIsSaidToBeMissing() async throws {
        let client = try client()
        let error = await #expect(throws: SASLError.self) {
            _ = try await client.start(mechanisms: "NOPE,SCRAM-SHA-256")
        }
        #expect(error?.isMechanismMissing == true)
    }

    // MARK: order

    @Test func stepsOutOfOrderEndTheExchange() throws {
        var server = try server()
        #expect(throws: SASLError.self) { try server.step(nil) }
        #expect(throws: SASLError.self) { try server.start("DIGEST-MD5", nil) }
        server = try self.server()
        #expect(try !server.start("DIGEST-MD5", nil).isComplete)
        #expect(throws: SASLError.self) { try server.start("DIGEST-MD5", nil) }
        #expect(throws: SASLError.self) { try server.step(Array("x".utf8)) }
        for name in ["", "DIGEST MD5", String(repeating: "X", count: 21), "DIGEST-MD5\0"] {
            #expect(throws: SASLError.self) { try self.server().start(name, nil) }
        }
    }

    @Test func noDataAndEmptyDataDiffer() throws {
        let first = try server(Self.protected).start("PLAIN", nil)
        #expect(first == .init(isComplete: false, data: []))
        let server = try server(Self.protected)
        _ = try server.start("PLAIN", nil)
        #expect(try server.step(Array("\0fred\0secret".utf8)) == .init(isComplete: true, data: nil))
        #expect(throws: SASLError.self) { try server.step(nil) }
    }

    @Test(arguments: ["SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", "PLAIN", "GSSAPI", "CRAM-MD5"])
    func randomBytesFail(mechanism: String) throws {
        var generator = Generator(state: 7)
        for round in 0..<100 {
            let server = try server(Self.protected)
            func noise() -> [UInt8] {
                (0..<Int.random(in: 0..<(round % 10 == 0 ? 65536 : 300), using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
            }
            #expect(throws: SASLError.self) {
                var reply = try server.start(mechanism, Bool.random(using: &generator) ? nil : noise())
                while !reply.isComplete { reply = try server.step(noise()) }
            }
            #expect(server.userName == nil)
        }
    }

    struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
            return value ^ (value >> 31)
        }
    }

    // MARK: the layer

    final class Side: @unchecked Sendable {
        // SAFETY: one test uses it on one thread.
        let lower = ScriptedLink()
        let recorder = Recorder()
        let link: SASLLink

        init() {
            link = SASLLink(over: lower)
            link.attach(recorder)
            lower.attach(link)
        }
    }

    /// Two links whose sessions have agreed on DIGEST-MD5.
    func pair() async throws -> (client: Side, server: Side, sessions: (SASLClient, SASLServer)) {
        let (client, server) = (try client(), try server())
        try await run(client, server, mechanism: "DIGEST-MD5")
        #expect(server.session.layerStrength >= 112 && client.session.layerStrength >= 112)
        return (Side(), Side(), (client, server))
    }

    func shuttle(_ from: Side, _ to: Side, size: Int = .max) {
        var rest = ArraySlice(from.lower.takeSent().joined())
        while !rest.isEmpty {
            to.lower.receive(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
    }

    @Test(arguments: [1, 7, 1000, .max])
    func bytesOfAnyNumberComeAsTheyWere(size: Int) async throws {
        let (client, server, (one, other)) = try await pair()
        client.link.protect(with: one.session)
        server.link.protect(with: other.session)
        var total = 0
        for count in [0, 1, 250, 65535, 65536, 65537] + (size > 100 ? [3_000_000] : []) {
            client.link.send(pattern(count))
            let sent = client.lower.sent.joined()
            #expect(count < 250 || !sent.starts(with: 0..<50))
            shuttle(client, server, size: size)
            #expect(server.recorder.count == total + count)
            #expect(isPattern(Array(server.recorder.bytes[total...])))
            total += count
        }
        server.link.send("back")
        shuttle(server, client, size: size)
        #expect(client.recorder.text == "back")
    }

    /// The first packet may come in one read with the last message in clear.
    @Test func whatCameBehindTheLastAnswerIsDecrypted() async throws {
        let (client, server, (one, other)) = try await pair()
        client.link.send("clear")
        client.link.protect(with: one.session)
        client.link.send("first")
        client.link.send("second")
        let sent = client.lower.takeSent()
        server.lower.receive(sent[0])
        #expect(server.recorder.text == "clear")
        server.link.protect(with: other.session, received: sent[1] + sent[2].prefix(3))
        #expect(server.recorder.text == "clearfirst")
        server.lower.receive(Array(sent[2].dropFirst(3)))
        #expect(server.recorder.text == "clearfirstsecond")
    }

    @Test func aBrokenLayerEndsTheLink() async throws {
        for bytes in [[UInt8](repeating: 0xff, count: 8), [0, 0, 0, 32] + [UInt8](repeating: 1, count: 32)] {
            let (_, server, (_, other)) = try await pair()
            server.link.protect(with: other.session)
            server.lower.receive(bytes)
            #expect(server.lower.isClosed && server.recorder.count == 0)
            guard case .error(let text) = server.recorder.reason else {
                Issue.record("\(String(describing: server.recorder.reason))")
                continue
            }
            #expect(text.contains("SASL layer with peer broke"))
        }
    }

    @Test func changedBytesAreNotTaken() async throws {
        let (client, server, (one, other)) = try await pair()
        client.link.protect(with: one.session)
        server.link.protect(with: other.session)
        client.link.send("pay fred 10")
        var bytes = Array(client.lower.takeSent().joined())
        bytes[6] ^= 1
        server.lower.receive(bytes)
        #expect(server.recorder.count == 0 && server.lower.isClosed)
    }

    @Test func replayedPacketsAreNotTaken() async throws {
        let (client, server, (one, other)) = try await pair()
        client.link.protect(with: one.session)
        server.link.protect(with: other.session)
        client.link.send("pay fred 10")
        let bytes = Array(client.lower.takeSent().joined())
        server.lower.receive(bytes)
        server.lower.receive(bytes)
        #expect(server.recorder.text == "pay fred 10" && server.lower.isClosed)
    }

    @Test func withoutALayerBytesPassAsTheyAre() {
        let side = Side()
        side.link.send("out")
        #expect(side.lower.sent == [Array("out".utf8)])
        side.lower.receive(Array("in".utf8))
        #expect(side.recorder.text == "in")
        side.link.close(flushing: true)
        #expect(side.recorder.reason == .local)
    }
}

import Foundation
import Libvirt
import LibvirtRemote
import TestProcesses
import Testing
import XDR

@testable import VirtNet

/// Clients that do not want to be let in, or not in this way.
@Suite(.serialized, .timeLimit(.minutes(2))) struct HostileTests {
    private func daemon(_ configuration: [String] = []) async throws -> TestDaemon {
        try await TestDaemon.asking(.virtd, transports: TestDaemon.Transport.allCases, configuration: configuration)
    }

    /// A challenge of DIGEST-MD5.
    private func underway(_ daemon: TestDaemon) throws -> RawClient {
        let client = try RawClient(port: daemon.port(.tcp))
        #expect(try client.begin().isResult)
        #expect(try client.start("DIGEST-MD5", nil).isResult)
        return client
    }

    @Test func nothingIsAnsweredBefore() async throws {
        let daemon = try await daemon()
        for isUnderway in [false, true] {
            let client = isUnderway ? try underway(daemon) : try RawClient(port: daemon.port(.tcp))
            for number in UInt32(1)...456 where !(66...70).contains(number) {
                let answer = try client.call(number)
                guard answer != .required else { continue }
                // Events are no procedures.
                #expect(answer == .error(code: 39, message: "unknown procedure: \(number)"), "\(number)")
            }
            #expect(try client.call(70) == .refused)
            #expect(try client.list().isResult)
        }
    }

    @Test func stepsOutOfOrderAreRefused() async throws {
        let daemon = try await daemon()
        var client = try RawClient(port: daemon.port(.tcp))
        #expect(try client.step(nil) == .refused)
        #expect(try client.start("DIGEST-MD5", nil) == .refused)
        // The real daemon dies of this.
        client = try RawClient(port: daemon.port(.tcp))
        #expect(try client.begin().isResult)
        #expect(try client.step(Array("x".utf8)) == .refused)
        #expect(try client.start("DIGEST-MD5", nil) == .refused)
        client = try underway(daemon)
        #expect(try client.start("DIGEST-MD5", nil) == .refused)
        #expect(try client.step(Array("x".utf8)) == .refused)
        client = try underway(daemon)
        #expect(try client.begin() == .refused)
        client = try underway(daemon)
        #expect(try client.step([]) == .refused)
        #expect(try client.begin().isResult)
    }

    @Test func guessingEndsTheConnection() async throws {
        let daemon = try await daemon()
        let client = try RawClient(port: daemon.port(.tcp))
        for _ in 0..<5 {
            #expect(try client.begin().isResult)
            #expect(try client.start("PLAIN", Array("\0fred\0secret".utf8)) == .refused)
        }
        #expect(client.receive() == .closed)
        #expect(try await daemon.logs("mech PLAIN is too weak: connection closed"))
    }

    @Test func oversizedMessagesAreRefused() async throws {
        let daemon = try await daemon()
        let client = try underway(daemon)
        let undecodable = RawClient.Answer.error(code: 39, message: "Unable to decode message payload")
        // One byte of data takes four.
        var arguments: [UInt8] = [0, 0, 0, 0, 0, 1, 0, 1]
        arguments += [UInt8](repeating: 0, count: 65537 * 4)
        client.send(Self.header(69, arguments.count) + arguments)
        #expect(client.receive() == undecodable)
        #expect(try client.step([UInt8](repeating: 0, count: 65536)) == .refused)
        // Who has not authenticated has nothing to say that is longer; nothing is kept of it.
        client.send(Self.header(69, 1 << 20))
        #expect(client.receive() == .closed)
    }

    private static func header(_ procedure: UInt32, _ count: Int) -> [UInt8] {
        [UInt32(28 + count), 0x2000_8086, 1, procedure, 0, 1, 0].flatMap { word in
            withUnsafeBytes(of: word.bigEndian) { Array($0) }
        }
    }

    @Test func randomDataIsRefused() async throws {
        let daemon = try await daemon()
        var generator = SystemRandomNumberGenerator()
        for round in 0..<60 {
            let client = try underway(daemon)
            let count = Int.random(in: 0..<(round % 10 == 0 ? 65536 : 400), using: &generator)
            let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(try client.step(noise) == .refused)
        }
        // In clear behind a step, where only the encrypted would come after it; and whole connections of it.
        for _ in 0..<60 {
            let client = try RawClient(port: daemon.port(.tcp))
            client.send(try client.message(67))
            client.send((0..<300).map { _ in UInt8.random(in: 0...255, using: &generator) })
            _ = client.receive()
        }
        await (try await daemon.open(.tcp)).close()
    }

    /// A client that does not wait for the answer to its last step: what it has sent behind it is encrypted already.
    @Test(arguments: [0, 1, 5]) func whatIsEncryptedMayComeEarly(_ count: Int) async throws {
        let daemon = try await daemon()
        let raw = try RawClient(port: daemon.port(.tcp))
        #expect(try raw.begin().isResult)
        guard case .result(let bytes) = try raw.start("DIGEST-MD5", nil) else { throw RawClient.Failure(text: "start") }
        let challenge = try RawClient.data(bytes)
        // Of a host that nobody has been at: for others the mechanism knows a shorter way.
        let client = try SASLClient(host: "early-\(count)", protection: .exposed(minimum: 56))
        _ = try await client.start(mechanisms: "DIGEST-MD5")
        guard case .prompts(let prompts) = try await client.step(challenge) else {
            throw RawClient.Failure(text: "no prompts")
        }
        let answers = prompts.map { $0.kind == .password ? "secret" : "fred" }
        guard case .data(let response, _) = try await client.step(challenge, answers: answers) else {
            throw RawClient.Failure(text: "no response")
        }
        // The layer's keys are there although the daemon has not shown yet that it knows the secret.
        var early = try raw.message(69, AuthSASLStepArgs(nil: 0, data: RawClient.wire(response)))
        for _ in 0..<count { early += try encoded(raw.message(66), client) }
        raw.send(early)
        guard case .result(let last) = raw.receive() else { throw RawClient.Failure(text: "refused") }
        guard case .data(_, true) = try await client.step(try RawClient.data(last)) else {
            throw RawClient.Failure(text: "the daemon does not know the secret")
        }
        raw.send(try encoded(raw.message(66), client))
        var answer: [UInt8] = []
        while answer.count < (count + 1) * 36 {
            guard let more = raw.receiveSome() else { break }
            answer += try more.withUnsafeBytes { Array(try client.session.decode($0)) }
        }
        // No more to be done.
        let reply: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 0]
        #expect(answer.count == (count + 1) * 36)
        for index in 0...count { #expect(answer.dropFirst(index * 36 + 28).prefix(8) == reply[...]) }
    }

    private func encoded(_ message: [UInt8], _ client: SASLClient) throws -> [UInt8] {
        try message.withUnsafeBytes { try client.session.encode($0) }.withUnsafeBytes { Array($0) }
    }

    // MARK: who leaves

    /// Clients that vanish at every step, also while the daemon works at it: descriptors and memory come back.
    @Test func clientsThatVanishLeaveNothing() async throws {
        let daemon = try await daemon()
        let process = try daemon.processID
        func vanish(_ rounds: Int) throws {
            for round in 0..<rounds {
                let client = try RawClient(port: daemon.port(.tcp))
                switch round % 6 {
                case 0: break
                case 1: client.send(try client.message(67))
                case 2: _ = try client.begin()
                case 3:
                    _ = try client.begin()
                    client.send(
                        try client.message(68, AuthSASLStartArgs(mech: "DIGEST-MD5", nil: 1, data: [])))
                case 4:
                    _ = try client.begin()
                    _ = try client.start("DIGEST-MD5", nil)
                default:
                    _ = try client.begin()
                    _ = try client.start("DIGEST-MD5", nil)
                    client.send(Array(try client.message(69, AuthSASLStepArgs(nil: 0, data: [1, 2, 3])).prefix(round)))
                }
            }
        }
        try vanish(300)
        let before = try await settled(process)
        try vanish(600)
        let after = try await settled(process)
        #expect(after.descriptors == before.descriptors)
        #expect(after.memory - before.memory < 2 << 20, "\(before.memory) to \(after.memory)")
        await (try await daemon.open(.tcp)).close()
    }

    /// What a process holds once that does not change any more.
    private func settled(_ process: Int32) async throws -> (descriptors: Int, memory: Int) {
        func look() throws -> (Int, Int) {
            let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
            let pages = try String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8).split(separator: " ")
            return (descriptors, (Int(pages[1]) ?? 0) * 4096)
        }
        var last = try look()
        for _ in 0..<50 {
            try await Task.sleep(for: .milliseconds(100))
            let now = try look()
            if now == last { break }
            last = now
        }
        return last
    }

    // MARK: who stays

    @Test func fewMayBeUnknownAtOnce() async throws {
        let daemon = try await daemon(["max_anonymous_clients = 3", "auth_unix_rw = \"none\""])
        var unknown: [RawClient] = []
        for _ in 0..<3 {
            let client = try RawClient(port: daemon.port(.tcp))
            #expect(try client.list().isResult)
            unknown.append(client)
        }
        // The fourth waits in the kernel's queue.
        let late = try RawClient(port: daemon.port(.tcp))
        late.setPatience(.milliseconds(300))
        #expect(try late.list() == .silence)
        // Where nobody has to authenticate, strangers are in nobody's way.
        await (try await daemon.open(.unix)).close()
        late.setPatience(.seconds(5))
        unknown.removeFirst()
        #expect(late.receive().isResult)
        // Who has authenticated does not count any more.
        unknown.removeAll()
        var known: [Connection] = []
        for _ in 0..<5 { known.append(try await daemon.open(.tcp)) }
        let client = try RawClient(port: daemon.port(.tcp))
        #expect(try client.list().isResult)
        for connection in known { await connection.close() }
    }
}

import Foundation
import Libvirt
import RPCTesting
import Testing
import VirtRPC
import XDR

@testable import LibvirtRemote
@testable import VirtNet

/// Daemons that do not keep to the rules of SASL, and where credentials come from.
@Suite struct AuthenticationTests {
    // VirtNet has options of that name, too.
    typealias Options = LibvirtRemote.ConnectOptions

    static let known: Options = {
        var options = Options()
        options.credentials = { $0.kind == .passphrase ? "secret" : "fred" }
        return options
    }()

    struct Answer: Sendable {
        var complete: Int32
        var data: String?
    }

    /// A daemon that answers START and each STEP with these.
    private func daemon(_ answers: [Answer]) -> ScriptedDaemon {
        let counter = Counter()
        return ScriptedDaemon(authentication: [.sasl]) { message, peer in
            guard [68, 69].contains(message.header.proc) else { return false }
            let answer = answers[min(counter.next(), answers.count - 1)]
            let data = (answer.data ?? "").utf8.map { Int8(bitPattern: $0) }
            peer.reply(
                to: message.header,
                AuthSASLStepRet(complete: answer.complete, nil: answer.data == nil ? 1 : 0, data: data))
            return true
        }
    }

    // MARK: daemons

    /// One that does not know the password says yes at once, or sends what it likes.
    @Test(arguments: [
        [Answer(complete: 1)], [Answer(complete: 1, data: "")], [Answer(complete: 1, data: "v=AAAA")],
        [Answer(complete: 0, data: "r=nonsense,s=AAAA,i=4096"), Answer(complete: 1)], [Answer(complete: 0, data: "")],
        [Answer(complete: 0, data: String(repeating: "x", count: 65536))],
        [Answer(complete: 0, data: "r=,s=,i=-1"), Answer(complete: 0, data: "e=other-error")],
        [Answer(complete: 0, data: "\0\0\0")],
    ])
    func whoDoesNotKnowTheSecretIsNotTrusted(_ answers: [Answer]) async throws {
        let daemon = daemon(answers)
        let error = await #expect(throws: VirtError.self) { try await daemon.open(Self.known) }
        #expect(error?.code == .authFailed, "\(String(describing: error))")
        #expect(!daemon.procedures.contains(1))
        #expect(await eventually { daemon.peer.closed != nil })
    }

    @Test func itsRefusalIsPassedOn() async throws {
        let daemon = ScriptedDaemon(authentication: [.sasl]) { message, peer in
            guard message.header.proc == 68 else { return false }
            peer.fail(message.header, VirtError(.authFailed, domain: .rpc, "authentication failed"))
            return true
        }
        let error = await #expect(throws: VirtError.self) { try await daemon.open(Self.known) }
        #expect(error?.message == "authentication failed: authentication failed")
    }

    @Test func mechanismsThatAreNotThereAreNamed() async throws {
        let daemon = ScriptedDaemon(authentication: [.sasl]) { message, peer in
            guard message.header.proc == 67 else { return false }
            peer.reply(to: message.header, AuthSASLInitRet(mechlist: "X-ROT13,X-OTHER"))
            return true
        }
        let error = await #expect(throws: VirtError.self) { try await daemon.open(Self.known) }
        #expect(error?.message.hasSuffix("can be used: X-ROT13, X-OTHER: not installed here") == true)
    }

    @Test func whatIsMissingIsNamed() async throws {
        let daemon = daemon([Answer(complete: 0, data: "")])
        var options = Options()
        options.credentials = { _ in nil }
        let error = await #expect(throws: VirtError.self) { try await daemon.open(options) }
        let message = try #require(error?.message)
        #expect(message.contains("the mechanism SCRAM-SHA-256 needs a user name for localhost"))
        #expect(message.contains("/libvirt/auth.conf'") && message.contains("the URI names no user"))
    }

    @Test func whatTheCallerThrowsIsThrown() async throws {
        let daemon = daemon([Answer(complete: 0, data: "")])
        var options = Options()
        options.credentials = { _ in throw VirtError(.authCancelled, domain: .auth, "the user does not want to") }
        let error = await #expect(throws: VirtError.self) { try await daemon.open(options) }
        #expect(error?.code == .authCancelled)
    }

    // MARK: choices

    @Test func theURIChooses() throws {
        func choice(_ text: String, _ types: [AuthType]) throws -> AuthType {
            try ClientAuthentication(
                ConnectURI("test+tcp://host/\(text)"), options: Options(), environment: .current
            ).choose(among: types)
        }
        #expect(try choice("", [.none]) == .none && choice("", []) == .none)
        #expect(try choice("", [.sasl, .polkit]) == .polkit)
        #expect(try choice("?auth=SASL", [.sasl, .polkit]) == .sasl)
        #expect(try choice("?auth=sasl.scram-sha-256", [.sasl]) == .sasl)
        #expect(throws: VirtError.self) { try choice("?auth=polkit", [.sasl]) }
        #expect(throws: VirtError.self) { try choice("?auth=sasl", [.none]) }
        #expect(throws: VirtError.self) { try choice("?auth=other", [.none]) }
        #expect(throws: VirtError.self) { try choice("", [AuthType(rawValue: 7)]) }
    }

    // MARK: credentials

    private static let prompts = [
        SASLClient.Prompt(kind: .authenticationName, prompt: "Name"), .init(kind: .password, prompt: "Password"),
    ]

    /// The caller goes before the file, the file before the URI.
    @Test func ordersOfSources() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "auth-\(UUID())")
        try FileManager.default.createDirectory(
            at: folder.appending(path: "libvirt"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func write(_ name: String, _ file: String) throws -> String {
            let path = folder.appending(path: file).path
            try "[auth-libvirt-default]\ncredentials=x\n[credentials-x]\nauthname=\(name)\npassword=p-\(name)\n"
                .write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }
        func answers(
            variable: String? = nil, named: String? = nil,
            ask: (@Sendable (CredentialRequest) async throws -> String?)? = nil
        ) async throws -> [String] {
            var credentials = Credentials(
                host: "host", user: "uri", fileName: named,
                environment: ClientEnvironment(
                    isRoot: false, home: nil, configurationHome: folder.path, authenticationFile: variable),
                ask: ask)
            return try await credentials.answers(to: Self.prompts, mechanism: "PLAIN")
        }
        let missing = await #expect(throws: VirtError.self) { _ = try await answers() }
        #expect(missing?.message.contains("needs a password for host") == true)
        #expect(try await answers { $0.kind == .passphrase ? "p" : nil } == ["uri", "p"])
        _ = try write("own", "libvirt/auth.conf")
        let named = try write("named", "named")
        let variable = try write("variable", "variable")
        #expect(try await answers() == ["own", "p-own"])
        #expect(try await answers(named: named) == ["named", "p-named"])
        #expect(try await answers(variable: variable, named: named) == ["variable", "p-variable"])
        #expect(try await answers(named: named) { $0.kind == .passphrase ? nil : "caller" } == ["caller", "p-named"])
        #expect(try await answers(named: named) { "\($0.fallback ?? "-")!" } == ["named!", "p-named!"])
        await #expect(throws: VirtError.self) { _ = try await answers(named: named + "-missing") }
    }
}

extension SASLClient.Prompt {
    fileprivate init(kind: Kind, prompt: String) {
        self.init(kind: kind, prompt: prompt, challenge: nil, fallback: nil)
    }
}

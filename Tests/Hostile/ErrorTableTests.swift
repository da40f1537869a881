import Libvirt
import TestProcesses
import Testing
import VirtRPC
import XDR

/// What is sent that should not be, and what comes back: the same as from libvirtd.
@Suite struct ErrorTableTests {
    struct Stimulus: Sendable {
        let name: String
        let bytes: [UInt8]
        /// Whether the client opens the test driver's host first.
        var opens = true
    }

    private static let remote = RemoteProgram.number

    private static let stimuli: [Stimulus] = [
        Stimulus(name: "unknown procedure", bytes: message(remote, 9999)),
        Stimulus(name: "procedure 0", bytes: message(remote, 0)),
        Stimulus(name: "negative procedure", bytes: message(remote, -1)),
        Stimulus(name: "an event called", bytes: message(remote, 107)),
        Stimulus(name: "unknown program", bytes: message(77, 1, serial: 9)),
        Stimulus(name: "a program of high number", bytes: message(0xffff_ffff, 1, version: 0x8000_0000)),
        Stimulus(name: "unknown version", bytes: message(remote, 1, version: 2)),
        Stimulus(name: "ping as a call", bytes: message(KeepaliveProgram.number, 1)),
        Stimulus(name: "undecodable", bytes: message(remote, 23, [1, 2])),
        Stimulus(name: "undecodable before open", bytes: message(remote, 23, [1, 2]), opens: false),
        Stimulus(name: "string beyond its end", bytes: message(remote, 23, [0, 0, 0, 9, 65])),
        Stimulus(name: "string beyond its limit", bytes: message(remote, 23, [0, 64, 0, 1] + Array(repeating: 65, count: 64))),
        Stimulus(name: "count without end", bytes: message(remote, 135, [255, 255, 255, 255])),
        Stimulus(name: "status error in a call", bytes: message(remote, 4, status: .error)),
        Stimulus(name: "status continue in a call", bytes: message(remote, 4, status: .continue)),
        Stimulus(name: "before open", bytes: message(remote, 4), opens: false),
        Stimulus(name: "network before open", bytes: message(remote, 38), opens: false),
        Stimulus(name: "second open", bytes: openCall),
        Stimulus(
            name: "open without name",
            bytes: call(RemoteProgram.connectOpen, ConnectOpenArgs(name: nil, flags: 0), serial: 5), opens: false),
        Stimulus(
            name: "open of what is no URI",
            bytes: call(RemoteProgram.connectOpen, ConnectOpenArgs(name: "\u{1}", flags: 0), serial: 5), opens: false),
        Stimulus(
            name: "open of a URI with a space",
            bytes: call(RemoteProgram.connectOpen, ConnectOpenArgs(name: "test:///a b", flags: 0), serial: 5), opens: false),
        Stimulus(
            name: "open of a URI with letters of others",
            bytes: call(RemoteProgram.connectOpen, ConnectOpenArgs(name: "test:///\u{e9}", flags: 0), serial: 5), opens: false),
        Stimulus(
            name: "open of a word",
            bytes: call(RemoteProgram.connectOpen, ConnectOpenArgs(name: "test", flags: 0), serial: 5), opens: false),
        Stimulus(
            name: "open of an unknown driver",
            bytes: call(RemoteProgram.connectOpen, ConnectOpenArgs(name: "none:///", flags: 0), serial: 5), opens: false),
        Stimulus(
            name: "missing domain",
            bytes: call(RemoteProgram.domainLookupByName, DomainLookupByNameArgs(name: "none"), serial: 5)),
        Stimulus(
            name: "unknown flags",
            bytes: call(RemoteProgram.connectListAllDomains, .init(needResults: 1, flags: 1 << 31), serial: 5)),
        Stimulus(name: "trailing bytes", bytes: message(remote, 4, Array(repeating: 7, count: 100))),
        Stimulus(name: "a reply", bytes: message(remote, 4, type: .reply)),
        Stimulus(name: "an event", bytes: message(remote, 107, type: .message)),
        Stimulus(name: "an unknown type", bytes: message(remote, 4, type: MessageType(rawValue: 9))),
        Stimulus(name: "a stream that is none", bytes: message(remote, 4, type: .stream, status: .continue, [1, 2, 3])),
        Stimulus(name: "a hole in no stream", bytes: message(remote, 4, type: .streamHole, status: .continue, [1])),
        Stimulus(name: "an event of keepalive that is none", bytes: message(KeepaliveProgram.number, 9, type: .message)),
        Stimulus(name: "length 0", bytes: [0, 0, 0, 0]),
        Stimulus(name: "length 27", bytes: [0, 0, 0, 27]),
        Stimulus(name: "length too large", bytes: [2, 0, 0, 5]),
        Stimulus(name: "length of 4 GiB", bytes: [255, 255, 255, 255]),
        Stimulus(name: "text of another protocol", bytes: Array("GET / HTTP/1.0\r\n\r\n".utf8)),
        Stimulus(name: "descriptors that do not come", bytes: message(remote, 4, type: .callWithFds, [0, 0, 0, 1]) + [0]),
        Stimulus(name: "too many descriptors", bytes: message(remote, 4, type: .callWithFds, [0, 0, 0, 33])),
    ]

    @Test func sameAsLibvirtd() async throws {
        let daemons = (try await TestDaemon(.virtd), try await TestDaemon(.libvirtd))
        let answers = try await blocking {
            try (Self.stimuli.map { try Self.answer(to: $0, daemons.0) }, Self.stimuli.map { try Self.answer(to: $0, daemons.1) })
        }
        for (index, stimulus) in Self.stimuli.enumerated() {
            #expect(answers.0[index] == answers.1[index], "\(stimulus.name)")
        }
        // A breach is logged once, with the reason; who it was is in front.
        let breaches = answers.0.count { $0 == "closed" }
        let logged = daemons.0.output.split(separator: "\n").count { $0.contains("error") }
        #expect(breaches > 5 && logged == breaches, "\(daemons.0.output)")
    }

    /// What comes back for it: an answer, nothing at all, or the end.
    private static func answer(to stimulus: Stimulus, _ daemon: TestDaemon) throws -> String {
        let peer = stimulus.opens ? try RawPeer.opened(.unix(daemon.socket)) : try RawPeer(.unix(daemon.socket))
        peer.send(stimulus.bytes)
        // Something harmless behind it, whose answer shows that nothing else comes.
        let probe = message(remote, 66, serial: 4711)
        peer.send(probe)
        // Calls of one client run at the same time: its answer may come first.
        guard let first = try peer.message() else { return "closed" }
        let isProbeFirst = first.header.serial == 4711
        if isProbeFirst, !peer.hasMore(milliseconds: 400) { return "nothing" }
        guard let second = try peer.message() else { return "closed" }
        let answer = isProbeFirst ? second : first
        let header = answer.header
        var text = "\(header.prog) \(header.vers) \(header.proc) \(header.type.rawValue) \(header.serial) \(header.status.rawValue)"
        if header.status == .error, let error = answer.error {
            text += " \(error.code) \(error.domain) \(error.message ?? "nil") \(error.level)"
        } else {
            text += " \(answer.payload)"
        }
        return text
    }
}

import Foundation
import Libvirt
import TestProcesses
import Testing

@testable import LibvirtRemote

/// What we say to ssh, beside what virsh says to it for the same URI.
@Suite(.timeLimit(.minutes(1))) struct SSHArgumentTests {
    static let uris = [
        "qemu+ssh://host/system", "qemu+ssh:///system", "qemu+ssh://user@host:2222/system", "test+ssh://host/default",
        "qemu+ssh://[::1]:22/system", "qemu+ssh://HOST.example/system", "qemu+ssh://u%20v@host/system",
        "qemu+ssh://host/session", "qemu+ssh://host/session?proxy=native", "vbox+ssh://host/session",
        "qemu+ssh://host/system?proxy=auto", "qemu+ssh://host/system?proxy=netcat", "qemu+ssh://host/system?proxy=native",
        "qemu+ssh://host/system?mode=legacy", "qemu+ssh://host/system?mode=auto&proxy=native",
        "qemu+ssh://host/system?netcat=/opt/nc", "qemu+ssh://host/system?proxy=auto&netcat=nc",
        "qemu+ssh://host/system?socket=/opt/run/sock", "qemu+ssh://host/system?proxy=netcat&socket=/a/b",
        "qemu+ssh://host/system?netcat=/opt/my%20nc", "qemu+ssh://host/system?netcat=n'%20%22%24(id)%60id%60%5C!%3B*",
        "qemu+ssh://host/system?name=test:///default", "remote+ssh://host/", "remote+ssh://host/?proxy=netcat",
        "qemu+ssh://host/sys'tem", "qemu+ssh://host/sys%20tem?a=b%26c;d", "qemu+ssh://host/system?driver_option=x%20y",
        "qemu+ssh://host/system?name=a'%20b%22%24(id)%60id%60%5C!%3B*%5C'",
        "qemu+ssh://host/system?no_tty=1", "qemu+ssh://host/system?no_tty=0&no_verify=0",
        "qemu+ssh://host/system?no_verify=1&no_tty=1&keyfile=/k/my%20file&command=SSH",
        "qemu+ssh://me@host:1/system?keyfile=a&keyfile=b",
    ]

    /// Where virsh would silently do something else than it was told, or reach another daemon than meant.
    static let refused = [
        ("qemu+ssh://-oProxyCommand=x/system", "begin with '-'"), ("qemu+ssh://-x@host/system", "begin with '-'"),
        ("qemu+ssh://host/system?proxy=bogus", "proxy 'bogus'"), ("qemu+ssh://host/system?mode=bad", "mode 'bad'"),
        ("qemu+ssh://host/system?mode=direct", "direct socket mode"),
        ("qemu+ssh://host/system?proxy=native&netcat=nc", "netcat path not valid"),
        ("qemu+ssh://host/system?proxy=native&socket=/x", "socket"),
        ("qemu+ssh://host/system?no_tty=x", "no_tty"), ("qemu+ssh://host/system?no_verify=", "no_verify"),
        ("qemu+ssh://host/system?known_hosts_verify=x", "verification 'x'"),
        ("qemu+ssh://host/system?sshauth=agent,x", "method 'x'"), ("qemu+ssh://host/system?sshauth=", "method ''"),
        ("qemu+ssh://host/system?sshauth=agent&keyfile=/k", "keyfile needs"),
        ("qemu+ssh://host/system?known_hosts_verify=normal&no_verify=1", "contradict"),
        ("qemu+ssh://host/system?socket=", "empty"), ("qemu+ssh://host/system?netcat=", "empty"),
        ("qemu+ssh://host/system?netcat=-x", "begins with '-'"), ("qemu+ssh://host/system?name=-x", "begins with '-'"),
        ("qemu+ssh://host/system?socket=/a%0Ab", "control character"), ("qemu+ssh://host/system?pkipath=/x", "pkipath"),
        ("qemu+ssh://host/system?argv=x", "argv"), ("qemu+ssh://host/system?known_hosts=/a%22b", "known_hosts"),
        ("qemu+tcp://host/system?keyfile=x", "keyfile"), ("qemu+tls://host/system?socket=x", "socket"),
        ("qemu:///system?no_tty=1", "no_tty"), ("qemu+tcp://host/system?no_verify=1", "no_verify"),
        ("qemu+ext:///system", "command is required"), ("qemu+ext:///system?command=x&keyfile=y", "keyfile"),
    ]

    @Test(arguments: refused) func refuses(_ uri: String, _ reason: String) async {
        let error = await #expect(throws: VirtError.self) { try await Connection.open(uri) }
        #expect(error?.code == .invalidArg || error?.code == .operationUnsupported)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [false, true]) func saysTheSameAsVirsh(readOnly: Bool) async throws {
        let fake = try await FakeSSH()
        let rich = try await FarSide(hasHelper: true, knowsQ: true)
        let poor = [try await FarSide(hasHelper: false, knowsQ: true), try await FarSide(hasHelper: false, knowsQ: false)]
        for (index, text) in Self.uris.enumerated() {
            let text = text.replacing("command=SSH", with: "command=\(fake.path)")
            let theirs = try await fake.virsh(text, readOnly: readOnly)
            var ours = try Array(SSHCommand(uri: ConnectURI(text), readOnly: readOnly).arguments().dropFirst())
            let ourCommand = try #require(ours.last)
            ours.removeLast()
            #expect(ours == theirs.dropLast(), "\(text)")
            // The scripts are different texts; what they do has to be the same.
            for (side, hasHelper) in [(rich, true), (poor[index % 2], false)] {
                // There virsh reaches the wrong daemon, see `netcatFindsTheSession`.
                if text.contains("/session"), !hasHelper { continue }
                let expected = try await side.run(try #require(theirs.last), in: "sh")
                #expect(try await side.run(ourCommand, in: "sh") == expected, "\(text), helper: \(hasHelper)")
                #expect(hasHelper || text.contains("proxy=native") || !expected.isEmpty)
            }
        }
    }

    /// Hostile parameters arrive as they are, whatever the login shell of the other side.
    @Test(arguments: ["sh", "bash", "zsh", "fish"]) func nothingIsInterpreted(shell: String) async throws {
        let side = try await FarSide(hasHelper: true, knowsQ: true)
        let evil = #"a'b"c\'d\"e$(touch PWN)`touch PWN`;touch PWN;|&<>(){}[]*?!~#%h\\' ;touch PWN;' ü"#
            .replacing("PWN", with: side.file("pwned"))
        let encoded = try #require(evil.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        let ways = [
            ("proxy=native&name=\(encoded)", [["virt-ssh-helper", evil]]),
            ("socket=/\(encoded)", [["nc", "-q"], ["nc", "-q0", "-U", "/" + evil]]),
            ("netcat=\(encoded)", []), ("netcat=./\(encoded)&socket=/s", []),
        ]
        for (parameters, expected) in ways {
            let command = try SSHCommand(uri: ConnectURI("qemu+ssh://h/system?\(parameters)"), readOnly: false)
                .arguments().last
            #expect(try await side.run(try #require(command), in: shell) == expected, "\(parameters)")
            #expect(!FileManager.default.fileExists(atPath: side.file("pwned")))
        }
    }

    /// A user's own daemon: virsh asks netcat for the system's socket, and reaches the wrong one.
    @Test func netcatFindsTheSession() async throws {
        let side = try await FarSide(hasHelper: false, knowsQ: true)
        let uri = try ConnectURI("qemu+ssh://h/session")
        let command = try SSHCommand(uri: uri, readOnly: true).arguments().last
        let records = try await side.run(try #require(command), in: "sh", environment: ["XDG_RUNTIME_DIR=/r t", "HOME=/h"])
        #expect(records.last == ["nc", "-q0", "-U", "/r t/libvirt/libvirt-sock"])
        let poor = try await side.run(try #require(command), in: "sh", environment: ["HOME=/h"])
        #expect(poor.last == ["nc", "-q0", "-U", "/h/.cache/libvirt/libvirt-sock"])
    }

    @Test(arguments: [
        ("known_hosts=/a", ["UserKnownHostsFile=/a", "GlobalKnownHostsFile=/dev/null"]),
        ("known_hosts=/a%20b%25h", ["UserKnownHostsFile=\"/a b%%h\"", "GlobalKnownHostsFile=/dev/null"]),
        ("known_hosts_verify=normal", ["StrictHostKeyChecking=ask"]),
        ("known_hosts_verify=auto&no_tty=1", ["BatchMode=yes", "StrictHostKeyChecking=accept-new"]),
        (
            "known_hosts_verify=ignore&known_hosts=/a",
            ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "GlobalKnownHostsFile=/dev/null"]
        ),
        ("sshauth=privkey", ["PreferredAuthentications=publickey", "IdentityAgent=none"]),
        ("sshauth=agent", ["PreferredAuthentications=publickey", "IdentityFile=none"]),
        ("sshauth=password,agent,privkey", ["PreferredAuthentications=password,publickey"]),
        ("sshauth=keyboard-interactive", ["PreferredAuthentications=keyboard-interactive"]),
    ]) func options(_ parameters: String, _ expected: [String]) throws {
        for transport in ["ssh", "libssh", "libssh2"] {
            let uri = try ConnectURI("qemu+\(transport)://h/system?\(parameters)")
            let arguments = try SSHCommand(uri: uri, readOnly: false).arguments()
            #expect(zip(arguments, arguments.dropFirst()).filter { $0.0 == "-o" }.map(\.1) == expected)
        }
    }
}

/// A folder with a `ssh` that notes what it was told and fails.
private final class FakeSSH: Sendable {
    private let folder: Folder
    var path: String { folder.file("ssh") }

    init() async throws {
        folder = try Folder()
        try await folder.program("ssh", "printf '%s\\0' \"$@\" >\(folder.file("record")); echo no >&2; exit 1")
    }

    /// What virsh tells ssh for a URI.
    func virsh(_ uri: String, readOnly: Bool) async throws -> [String] {
        try? FileManager.default.removeItem(atPath: folder.file("record"))
        let outcome = try await Command(
            ["PATH=\(folder.path):/usr/bin:/bin", "virsh"] + (readOnly ? ["-r"] : []) + ["-c", uri, "uri"]
        ).run()
        let record = try #require(
            try? Data(contentsOf: URL(filePath: folder.file("record"))), "\(uri): \(outcome.errors)")
        return record.split(separator: 0, omittingEmptySubsequences: false).dropLast().map {
            String(decoding: $0, as: UTF8.self)
        }
    }
}

/// What a script of ours or virsh's finds where it runs: programs that note what they are told.
private final class FarSide: Sendable {
    private let folder: Folder

    init(hasHelper: Bool, knowsQ: Bool) async throws {
        folder = try Folder()
        let record = "{ printf '%s\\0' \"${0##*/}\" \"$@\"; echo; } >>\(folder.file("record"))"
        for name in ["nc", "my nc", #"n' "$(id)`id`\!;*"#] {
            try await folder.program(
                name, record + "\n[ \"$1\" != -q ] || echo 'option \(knowsQ ? "requires an argument" : "invalid")' >&2")
        }
        if hasHelper { try await folder.program("virt-ssh-helper", record) }
        // Nothing of the machine's own but these.
        for name in ["sh", "bash", "zsh", "fish", "grep", "which", "printf", "touch"] {
            try FileManager.default.createSymbolicLink(
                atPath: folder.file(name), withDestinationPath: "/usr/bin/\(name)")
        }
    }

    func file(_ name: String) -> String { folder.file(name) }

    /// Has a login shell read a command, as sshd does; what the programs were told.
    func run(_ command: String, in shell: String, environment: [String] = []) async throws -> [[String]] {
        let record = folder.file("record")
        try? FileManager.default.removeItem(atPath: record)
        // A program with a path is in this folder too.
        let command = command.replacing("/opt/", with: folder.path + "/")
        _ = try await Command(["-i", "PATH=\(folder.path)"] + environment + ["/usr/bin/\(shell)", "-c", command]).run()
        guard let data = try? Data(contentsOf: URL(filePath: record)) else { return [] }
        return data.split(separator: UInt8(ascii: "\n")).map { line in
            line.split(separator: 0, omittingEmptySubsequences: false).dropLast().map {
                String(decoding: $0, as: UTF8.self)
            }
        }
    }
}

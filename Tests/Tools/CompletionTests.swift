import Foundation
import LibvirtRemote
import TestProcesses
import Testing

@testable import virtsh

/// Completion as people meet it: the real shells, the program's own script, and a daemon with live objects.
@Suite struct CompletionTests {
    private static let virtsh = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(
        path: "virtsh")

    /// What a shell offers for lines, with a daemon behind.
    private func offers(_ shell: [String], script: String, uri: String) async throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "completion-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "script")
        try script.write(to: file, atomically: true, encoding: .utf8)
        let path = Self.virtsh.deletingLastPathComponent().path + ":/usr/bin:/bin"
        return try await TestProcesses.Command(
            ["env", "PATH=\(path)", "HOME=\(folder.path)", "LC_ALL=C", "LIBVIRT_DEFAULT_URI=\(uri)"] + shell + [
                file.path
            ]
        ).runChecked()
    }

    private func withDaemon(_ body: (String) async throws -> Void) async throws {
        let daemon = try await TestDaemon(.virtd)
        try await body("test+unix:///default?socket=\(daemon.socket)")
        withExtendedLifetime(daemon) {}
    }

    @Test(.timeLimit(.minutes(1))) func bash() async throws {
        try await withDaemon { uri in
            let output = try await offers(
                ["bash", "--norc", "--noprofile"],
                script: """
                    source <(virtsh --generate-completion-script=bash)
                    ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _virtsh; echo "${COMPREPLY[*]}"; }
                    compopt() { :; }
                    ask virtsh net-inf
                    ask virtsh net-info d
                    ask virtsh dominfo --dom
                    ask virtsh dominfo --domain = te
                    ask virtsh -c "$LIBVIRT_DEFAULT_URI" vol-list ""
                    """, uri: uri)
            #expect(
                output.split(separator: "\n") == [
                    "net-info", "default", "--domain", "test", "default-pool --pool --details",
                ])
        }
    }

    @Test(.timeLimit(.minutes(1))) func fish() async throws {
        try await withDaemon { uri in
            let output = try await offers(
                ["fish", "--no-config"],
                script: """
                    virtsh --generate-completion-script=fish | source
                    complete -C 'virtsh net-inf'
                    complete -C 'virtsh net-info d'
                    complete -C 'virtsh dominfo --domain te'
                    complete -C 'virtsh dominfo --domain=te'
                    """, uri: uri)
            #expect(output.split(separator: "\n") == ["net-info", "default", "test", "--domain=test"])
        }
    }

    @Test(.timeLimit(.minutes(1))) func zsh() async throws {
        try await withDaemon { uri in
            // A terminal of its own, since zsh completes at its prompt only.
            let output = try await offers(
                ["zsh", "-f"],
                script: #"""
                    zmodload zsh/zpty
                    zpty inner zsh -f -i
                    say() { zpty -w -n inner "$1"; }
                    hear() { local text; zpty -r -m inner text "*$1*" && print -r -- "heard $1"; }
                    say $'PS1=; autoload -U compinit; compinit -u -D; source <(virtsh --generate-completion-script=zsh); print rea""dy\n'
                    hear ready
                    say $'virtsh net-inf\t'
                    hear net-info
                    say $'def\t'
                    hear default
                    say $'\nprint don""e\n'
                    hear done
                    zpty -d inner
                    """#, uri: uri)
            #expect(output.split(separator: "\n") == ["heard ready", "heard net-info", "heard default", "heard done"])
        }
    }

    /// Prompt, history and completion with the host's line editor, on a terminal.
    @Test(.timeLimit(.minutes(1))) func prompt() async throws {
        try await withDaemon { uri in
            let output = try await offers(
                ["expect"],
                script: #"""
                    set timeout 20
                    log_user 0
                    spawn virtsh
                    expect_before timeout { puts "nothing came"; exit 1 }
                    expect "virtsh # "
                    send "domst\te te\t\r"
                    expect "running"
                    expect "virtsh # "
                    send "connect --readonly\r"
                    expect "virtsh > "
                    send "pwd; nonsense\r"
                    expect "unknown command: 'nonsense'"
                    expect "virtsh > "
                    send "echo 'a b' \"c\" # rest\r"
                    expect "a b c"
                    expect "virtsh > "
                    send "quit\r"
                    expect eof
                    puts "ended [lindex [wait] 3]"
                    """#, uri: uri)
            #expect(output.contains("ended 0"))
        }
    }

    @Test(arguments: [
        ("net-i", ["net-info"]), ("shutdown x --mode ac", ["acpi"]), ("shutdown x --mode acpi,ag", ["acpi,agent"]),
        ("nosuch ", []), ("echo a; dumpxml --inac", ["--inactive"]), ("help net-st", ["net-start"]),
    ])
    func lines(line: String, candidates: [String]) async {
        let session = Session(uri: nil, isReadOnly: true, options: ConnectOptions(keepaliveInterval: nil, count: nil))
        let shell = Shell(session: session, output: Output())
        #expect(await LineCompletion.candidates(of: line, in: shell) == candidates)
    }
}

import Foundation
import TestProcesses

/// A secure shell server of a test's own on the loopback, with its own keys, behind which a daemon's sockets lie where
/// libvirt has them.
///
/// It lives in namespaces of its own: `/run/libvirt` there leads to the daemon of the test.
final class SSHServer: @unchecked Sendable {
    // SAFETY: everything is set in `init`; the process is asked to end in `stop`.

    struct Failure: Error { var text: String }

    let folder: Folder
    let port: Int
    private let process = Process()
    private let input = Pipe()

    /// A key that may do everything.
    var key: String { file("key") }
    /// A key that runs a command which says that forwarding is forbidden.
    var forbiddenKey: String { file("forbidden") }
    /// A key that the server does not know.
    var unknownKey: String { file("unknown") }
    var knownHosts: String { file("known_hosts") }
    /// The server with another host key.
    var wrongKnownHosts: String { file("wrong_hosts") }
    /// ssh without the configuration and the keys of whoever runs the test.
    var ssh: String { file("ssh") }

    /// - Parameter socket: what `libvirt-sock` leads to.
    /// - Parameter hasHelper: whether there is a `virt-ssh-helper` on the server.
    init(daemon socket: String, hasHelper: Bool = true) async throws {
        folder = try Folder()
        port = try TestDaemon.freePort()
        for name in ["host", "other", "key", "forbidden", "unknown"] {
            try await Command(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file(name)]).runChecked()
        }
        try write("known_hosts", "[127.0.0.1]:\(port) \(try text("host.pub"))")
        try write("wrong_hosts", "[127.0.0.1]:\(port) \(try text("other.pub"))")
        try write(
            "authorized_keys",
            try text("key.pub") + "restrict,command=\"echo forwarding is forbidden here >&2; exit 1\" "
                + text("forbidden.pub"))
        try await folder.program("ssh", "exec ssh -F none -o IdentitiesOnly=yes \"$@\"")
        try write(
            "config",
            """
            Port \(port)
            ListenAddress 127.0.0.1
            HostKey \(file("host"))
            AuthorizedKeysFile \(file("authorized_keys"))
            PermitRootLogin yes
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            StrictModes no
            UsePAM no
            PidFile none
            LogLevel DEBUG1
            MaxStartups 100

            """)
        try write("log", "")
        let script = """
            mount --make-rprivate / && mount -t tmpfs -o mode=755 tmpfs /run && mkdir /run/sshd /run/libvirt || exit 1
            ln -s "$1" /run/libvirt/libvirt-sock
            ln -s "$1-ro" /run/libvirt/libvirt-sock-ro
            [ "$2" = helper ] || mount --bind /dev/null /usr/bin/virt-ssh-helper || exit 1
            PATH=$PATH:/usr/sbin:/sbin
            $(command -v sshd) -D -f "$3/config" -E "$3/log" &
            read nothing
            """
        process.executableURL = URL(filePath: "/usr/bin/env")
        let elevate = geteuid() == 0 ? [] : ["sudo", "--"]
        process.arguments =
            elevate + ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", script]
            + ["sh", socket, hasHelper ? "helper" : "none", folder.path]
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: URL(filePath: file("log")))
        try process.run()
        let deadline = ContinuousClock.now + .seconds(30)
        while !(try text("log").contains("Server listening on 127.0.0.1")) {
            guard process.isRunning, ContinuousClock.now < deadline else { throw Failure(text: try text("log")) }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    deinit { stop() }

    /// Ends the server and every session at once.
    func stop() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    func file(_ name: String) -> String { folder.file(name) }

    func text(_ name: String) throws -> String { try String(contentsOfFile: file(name), encoding: .utf8) }

    private func write(_ name: String, _ text: String) throws {
        try text.write(toFile: file(name), atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file(name))
    }

    /// A URI of the test driver behind it.
    func uri(
        _ transport: String = "ssh", key: String? = nil, knownHosts: String? = nil, _ more: String...
    ) -> String {
        let parameters =
            [
                "command=\(ssh)", "keyfile=\(key ?? self.key)", "known_hosts=\(knownHosts ?? self.knownHosts)",
                "no_tty=1",
            ] + more
        return "test+\(transport)://127.0.0.1:\(port)/default?" + parameters.joined(separator: "&")
    }

    /// Programs that this process has started to talk with it.
    func children() -> [String] {
        childCommands().filter { $0.contains(folder.path) && !$0.hasPrefix("unshare") && !$0.hasPrefix("sudo") }
    }
}

/// The command lines of the programs that this process has started and not reaped.
func childCommands() -> [String] {
    let own = getpid()
    let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int32($0) } ?? []
    return numbers.compactMap { number in
        guard let stat = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8),
            let end = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 1, Int32(fields[1]) == own else { return nil }
        if fields[0] == "Z" { return "zombie \(stat)" }
        guard let line = try? Data(contentsOf: URL(filePath: "/proc/\(number)/cmdline")) else { return nil }
        return line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    }
}

/// Whether `condition` comes true while this task is let run for some seconds.
func eventually(_ seconds: Int = 10, _ condition: () throws -> Bool) async rethrows -> Bool {
    for _ in 0..<seconds * 100 {
        if try condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return try condition()
}

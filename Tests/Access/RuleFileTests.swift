import Foundation
import TestProcesses
import Testing

/// virsh as several users, on a daemon with a file of rules.
@Suite struct RuleFileTests {
    private struct Failure: Error { var text: String }

    private func withDaemon<Value>(
        rules: String, _ body: (_ folder: URL, _ daemon: Process) async throws -> Value
    ) async throws -> Value {
        // Short: a UNIX socket's path may have 107 bytes.
        let folder = URL(filePath: "/tmp/virt-rules-\(UInt32.random(in: 0..<UInt32.max))")
        let configuration = folder.appending(path: "etc/libvirt")
        try FileManager.default.createDirectory(at: configuration, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let lines = """
            access_drivers = ["nop", "rules"]
            auth_unix_rw = "none"
            auth_unix_ro = "none"
            unix_sock_rw_perms = "0777"
            """
        try lines.write(to: configuration.appending(path: "libvirtd.conf"), atomically: true, encoding: .utf8)
        try rules.write(to: configuration.appending(path: "access.rules"), atomically: true, encoding: .utf8)
        let log = folder.appending(path: "log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let daemon = Process()
        daemon.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "virtd")
        daemon.arguments = ["--root", folder.path]
        daemon.standardError = try FileHandle(forWritingTo: log)
        try daemon.run()
        defer {
            kill(daemon.processIdentifier, SIGKILL)
            daemon.waitUntilExit()
        }
        let end = ContinuousClock.now + .seconds(30)
        while !FileManager.default.fileExists(atPath: folder.appending(path: "run/libvirt/libvirt-sock-ro").path) {
            guard daemon.isRunning, ContinuousClock.now < end else {
                throw Failure(text: (try? String(contentsOf: log, encoding: .utf8)) ?? "")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return try await body(folder, daemon)
    }

    /// What virsh says, without blank lines.
    private func virsh(_ folder: URL, user: Int, _ commands: String..., isReadOnly: Bool = false) async throws
        -> [String]
    {
        let socket = folder.appending(path: "run/libvirt/libvirt-sock\(isReadOnly ? "-ro" : "")").path
        let outcome = try await Command(
            ["setpriv", "--reuid=\(user)", "--regid=\(user)", "--clear-groups", "virsh"] + (isReadOnly ? ["-r"] : [])
                + ["-c", "test+unix:///default?socket=\(socket)", commands.joined(separator: "; ")]
        ).run()
        return (outcome.output + outcome.errors).split(separator: "\n").map(String.init)
    }

    private static let denied = "error: access denied: 'Test' denied access"

    @Test func usersOfThisHost() async throws {
        let rules = """
            allow user=root to *
            deny user=bin access=readonly to domain:*
            allow user=bin to connect:* domain:getattr,read
            allow group=daemon to connect:getattr,search_domains domain:* on name=other
            allow group=daemon to connect:getattr,search_domains
            """
        try await withDaemon(rules: rules) { folder, daemon in
            #expect(try await virsh(folder, user: 0, "domstate test", "net-info default").contains("running"))
            // bin may read.
            #expect(try await virsh(folder, user: 2, "list --name", "domstate test") == ["test", "running"])
            #expect(try await virsh(folder, user: 2, "suspend test").contains(Self.denied))
            #expect(try await virsh(folder, user: 2, "dumpxml --security-info test").contains(Self.denied))
            #expect(try await virsh(folder, user: 2, "net-list --name").isEmpty)
            // On the read-only socket it may not, and nobody may write there.
            #expect(try await virsh(folder, user: 2, "list --name", isReadOnly: true).isEmpty)
            #expect(
                try await virsh(folder, user: 0, "suspend test", isReadOnly: true).last
                    == "error: operation forbidden: read only access prevents virDomainSuspend")
            // Its group may use a guest that is not there yet, and make that one.
            #expect(try await virsh(folder, user: 1, "list --name").isEmpty)
            #expect(try await virsh(folder, user: 1, "domstate test") == ["error: failed to get domain 'test'"])
            func define(_ name: String) async throws -> [String] {
                let file = folder.appending(path: "\(name).xml")
                let xml =
                    "<domain type='test'><name>\(name)</name><memory>1024</memory><os><type>hvm</type></os></domain>"
                try xml.write(to: file, atomically: true, encoding: .utf8)
                return try await virsh(folder, user: 1, "define \(file.path)", "undefine \(name)")
            }
            #expect(try await define("other").first == "Domain 'other' defined from \(folder.path)/other.xml")
            #expect(try await define("third").contains(Self.denied))
            // Nobody has a rule: the connection is not opened.
            #expect(
                try await virsh(folder, user: 65534, "list").prefix(2)
                    == ["error: failed to connect to the hypervisor", Self.denied])

            // New rules on SIGHUP; those with a mistake do not count.
            let file = folder.appending(path: "etc/libvirt/access.rules")
            try (rules + "\nallow user=nobody to everything").write(to: file, atomically: true, encoding: .utf8)
            try await reload(daemon, folder, until: "access.rules:6: 'everything' is no permission")
            #expect(try await virsh(folder, user: 65534, "list").contains(Self.denied))
            try (rules + "\nallow user=nobody to *").write(to: file, atomically: true, encoding: .utf8)
            kill(daemon.processIdentifier, SIGHUP)
            let end = ContinuousClock.now + .seconds(10)
            while try await virsh(folder, user: 65534, "domstate test") != ["running"] {
                guard ContinuousClock.now < end else { throw Failure(text: "the rules are not read again") }
            }
        }
    }

    private func reload(_ daemon: Process, _ folder: URL, until text: String) async throws {
        kill(daemon.processIdentifier, SIGHUP)
        let end = ContinuousClock.now + .seconds(10)
        while true {
            let log = try String(contentsOf: folder.appending(path: "log"), encoding: .utf8)
            if log.contains(text) { return }
            guard ContinuousClock.now < end else { throw Failure(text: log) }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// A daemon that cannot do what its configuration says does not start without.
    @Test func mistakesKeepItFromStarting() async throws {
        let error = await #expect(throws: Failure.self) {
            try await withDaemon(rules: "allow anyone\n") { _, _ in }
        }
        #expect(error?.text.contains("access.rules:1: 'to' is missing, and the permissions behind it") == true)
    }
}

import Foundation
import LibvirtRemote
import Testing
import TestProcesses

/// How the daemon starts, is told to change, and ends.
@Suite(.timeLimit(.minutes(2))) struct LifeTests {
    static let virtd = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "virtd").path

    private func isRunning(_ process: Int32) -> Bool { kill(process, 0) == 0 }

    // MARK: Without clients

    @Test func anIdleDaemonEnds() async throws {
        let folder = try TemporaryRoot()
        let begun = ContinuousClock.now
        let outcome = try await Command([Self.virtd, "--root", folder.path, "--timeout", "1"]).run()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(begun.duration(to: .now) >= .seconds(1))
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/run/libvirt/libvirt-sock"))
    }

    @Test func aClientKeepsTheDaemon() async throws {
        let daemon = try await TestDaemon(.virtd)
        let process = try daemon.processID
        let connection = try await Connection.open(daemon.uri(.unix, "test", "/default"))
        _ = try await Admin.run(daemon, "daemon-timeout --timeout 1")
        try await Task.sleep(for: .milliseconds(1500))
        #expect(isRunning(process))
        await connection.close()
        let deadline = ContinuousClock.now + .seconds(20)
        while FileManager.default.fileExists(atPath: daemon.socket), ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(!FileManager.default.fileExists(atPath: daemon.socket))
    }

    // MARK: Service managers

    /// systemd's own tool makes the sockets and passes them, with and without names.
    @Test(arguments: [[], ["libvirtd.socket:libvirtd-admin.socket"]]) func socketsArePassed(_ names: [String]) async throws {
        let folder = try TemporaryRoot()
        let script = TestDaemon.root.appending(path: "Tests/Service/activation.py").path
        let said = try await Command(["python3", script, Self.virtd, folder.path] + names).runChecked()
        #expect(
            said == """
                domain test
                servers Id Name ---------------- 0 admin 1 libvirtd
                made libvirt-sock-ro
                ended with 0
                left True True

                """)
    }

    @Test func theManagerIsToldOfEachStep() async throws {
        let folder = try TemporaryRoot()
        let script = TestDaemon.root.appending(path: "Tests/Service/notify.py").path
        let said = try await Command(["python3", script, Self.virtd, folder.path]).runChecked()
        #expect(said == "READY=1\nRELOADING=1 MONOTONIC_USEC\nREADY=1\nSTOPPING=1\nended with 0\n")
    }

    // MARK: Reloading

    private func reload(_ daemon: TestDaemon, _ lines: [String], until text: String) async throws {
        try lines.joined(separator: "\n").write(to: daemon.configurationFile, atomically: true, encoding: .utf8)
        kill(try daemon.processID, SIGHUP)
        let deadline = ContinuousClock.now + .seconds(20)
        while !daemon.output.contains(text), ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(daemon.output.contains(text))
    }

    @Test func limitsAndLogsAreReadAgain() async throws {
        let daemon = try await TestDaemon(.virtd, configuration: ["log_level = 2"])
        try await reload(
            daemon, ["log_level = 1", "max_clients = 77", "max_anonymous_clients = 7", "unix_sock_group = \"daemon\""],
            until: "a new 'unix_sock_group' counts from the next start only")
        let limits = try await Admin.run(daemon, "server-clients-info libvirtd")
        #expect(limits.contains("nclients_max        : 77") && limits.contains("nclients_unauth_max : 7"))
        // What makes no sense changes nothing.
        try await reload(daemon, ["max_clients = 0"], until: "must be greater than 0")
        #expect(try await Admin.run(daemon, "server-clients-info libvirtd").contains("nclients_max        : 77"))
    }

    /// New certificates count for new clients; who is connected stays.
    @Test(arguments: [true, false]) func certificatesAreReadAgain(_ bySignal: Bool) async throws {
        let daemon = try await TestDaemon(.virtd, transports: [.unix, .tcp, .tls], configuration: ["log_level = 2"])
        let uri = daemon.uri(.tls, "test", "/default")
        let before = try await Connection.open(uri)
        // An authority that the daemon does not know yet, for both sides.
        let pki = daemon.folder.appending(path: "pki").path
        try await Command(TestDaemon.root.appending(path: "scripts/make-pki"), ["--ecdsa", pki]).runChecked()
        await #expect(throws: VirtError.self) { try await Connection.open(uri) }
        if bySignal { kill(try daemon.processID, SIGHUP) } else { _ = try await Admin.run(daemon, "server-update-tls libvirtd") }
        let deadline = ContinuousClock.now + .seconds(20)
        while !daemon.output.contains("TLS files are loaded again"), ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(20))
        }
        let after = try await Connection.open(uri)
        #expect(try await after.hostname() == before.hostname())
        // Files that cannot be used leave those in use that can.
        try "nonsense".write(toFile: "\(pki)/servercert.pem", atomically: true, encoding: .utf8)
        await #expect(throws: (any Error).self) { try await Admin.run(daemon, "server-update-tls libvirtd") }
        #expect(try await Connection.open(uri).hostname() == before.hostname())
        await before.close()
        await after.close()
    }

    // MARK: Certificates

    @Test func certificatesAreExamined() async throws {
        let folder = try TemporaryRoot()
        let pki = "\(folder.path)/pki"
        try await Command(TestDaemon.root.appending(path: "scripts/make-pki"), ["--ecdsa", pki]).runChecked()
        let file = "\(folder.path)/libvirtd.conf"
        try ["ca_file": "cacert", "cert_file": "servercert", "key_file": "serverkey"]
            .map { "\($0) = \"\(pki)/\($1).pem\"" }.joined(separator: "\n")
            .write(toFile: file, atomically: true, encoding: .utf8)
        let examine = Command([Self.virtd, "--check-pki", "--config", file])
        let good = try await examine.run()
        #expect(good.status == 0, "\(good.errors)")
        #expect(good.output.contains("CN=localhost,O=swift-libvirt, valid until 20"))

        try await Command(["chmod", "644", "\(pki)/serverkey.pem"]).runChecked()
        let open = try await examine.run()
        #expect(open.status == 1 && open.errors.contains("serverkey.pem is open to others: its mode is 644"))

        try await Command(["cp", "\(pki)/clientcert.pem", "\(pki)/servercert.pem"]).runChecked()
        let wrong = try await examine.run()
        #expect(wrong.status == 1 && wrong.errors.contains("do not include that of a TLS server"))

        try await Command(["rm", "\(pki)/cacert.pem"]).runChecked()
        let missing = try await examine.run()
        #expect(missing.status == 1 && missing.errors.contains("cannot read the certificate \(pki)/cacert.pem"))
    }
}

/// A folder for one daemon, removed with the object.
final class TemporaryRoot: Sendable {
    let path = "/tmp/virt-test-\(UInt32.random(in: 0..<UInt32.max))"

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

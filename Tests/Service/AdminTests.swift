import Foundation
import LibvirtRemote
import Testing
import TestProcesses

/// The administration program, asked by libvirt's own tools.
@Suite(.timeLimit(.minutes(2))) struct AdminTests {
    private static func ask(_ daemon: TestDaemon) async throws -> String {
        let script = TestDaemon.root.appending(path: "Tests/Service/admin.py").path
        return try await Command([
            "python3", script, "libvirtd+unix:///system?socket=\(daemon.adminSocket)",
            daemon.uri(.unix, "test", "/default"),
        ]).runChecked()
    }

    /// Answers and errors are libvirtd's, to the number and the word.
    @Test func answersAreThoseOfLibvirtd() async throws {
        let ours = try await TestDaemon(.virtd)
        let real = try await TestDaemon(.libvirtd)
        let answers = try await Self.ask(ours).split(separator: "\n")
        let wanted = try await Self.ask(real).split(separator: "\n")
        #expect(wanted.count > 60)
        #expect(answers.count == wanted.count)
        for (answer, wanted) in zip(answers, wanted) { #expect(answer == wanted) }
    }

    @Test func aClientIsSeenAndClosed() async throws {
        let daemon = try await TestDaemon(.virtd, transports: [.unix, .tcp, .tls])
        let plain = try await Connection.open(daemon.uri(.tcp, "test", "/default"))
        let encrypted = try await Connection.open(daemon.uri(.tls, "test", "/default"))
        let list = try await Admin.run(daemon, "client-list libvirtd")
        #expect(list.contains("tcp") && list.contains("tls"))
        // Those that tried whether the daemon listens came before.
        let numbers = list.split(separator: "\n").dropFirst(2).compactMap { $0.split(separator: " ").first.map(String.init) }
        let (first, second) = (try #require(numbers.first), try #require(numbers.dropFirst().first))
        #expect(try await Admin.run(daemon, "client-info libvirtd \(first)").contains("127.0.0.1;"))
        #expect(try await Admin.run(daemon, "client-info libvirtd \(second)").contains("CN=client"))
        _ = try await Admin.run(daemon, "client-disconnect libvirtd \(first)")
        let closure = try await plain.closed
        #expect([.eof, .error].contains(closure.reason))
        #expect(try await encrypted.hostname().isEmpty == false)
        await encrypted.close()
    }

    /// The socket's mode is not all that keeps others out.
    @Test func anotherUserIsNoAdministrator() async throws {
        let daemon = try await TestDaemon(.virtd, configuration: ["unix_sock_admin_perms = \"0777\""])
        try await Command(["chmod", "-R", "a+rX", daemon.folder.path]).runChecked()
        let uri = "libvirtd+unix:///system?socket=\(daemon.adminSocket)"
        let outcome = try await Command([
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "virt-admin", "-c", uri, "server-list",
        ]).run()
        #expect(outcome.status != 0)
        #expect(daemon.output.contains("may not administrate the daemon"))
        #expect(try await Admin.run(daemon, "server-list").contains("libvirtd"))
    }
}

enum Admin {
    /// Runs one command of virt-admin, which must succeed.
    static func run(_ daemon: TestDaemon, _ command: String) async throws -> String {
        try await Command([
            "virt-admin", "-c", "libvirtd+unix:///system?socket=\(daemon.adminSocket)", command,
        ]).runChecked()
    }
}

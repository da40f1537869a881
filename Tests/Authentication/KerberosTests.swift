import Foundation
import TestProcesses
import Testing

/// GSSAPI with a realm of the test's own: tickets instead of passwords.
@Suite(.serialized, .timeLimit(.minutes(2))) struct KerberosTests {
    @Test(arguments: [TestDaemon.Kind.libvirtd, .virtd]) func ticketsLetIn(_ kind: TestDaemon.Kind) async throws {
        let realm = try await KerberosRealm()
        let daemon = try await TestDaemon(
            kind, transports: TestDaemon.Transport.allCases,
            configuration: [
                "auth_unix_rw = \"sasl\"", "auth_tcp = \"sasl\"", "auth_tls = \"sasl\"",
                "sasl_allowed_username_list = [\"fred\"]",
            ], accounts: accounts, environment: realm.environment)
        let virtsh = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "virtsh").path
        // On TCP the mechanism encrypts by itself. Nobody has to name it: it is the best.
        for transport in TestDaemon.Transport.allCases {
            let uri = daemon.test(transport).replacing("127.0.0.1", with: "localhost")
            for client in [virtsh] + (kind == .virtd ? ["virsh"] : []) {
                let outcome = try await realm.run([client, "-c", uri, "list", "--name"])
                #expect(outcome.output.contains("test"), "\(client) over \(transport): \(outcome.errors)")
            }
        }
        let uri = daemon.test(.tcp, "auth=sasl.GSSAPI").replacing("127.0.0.1", with: "localhost")
        var outcome = try await realm.run([virtsh, "-c", uri, "list"], ticket: "none")
        #expect(outcome.status == 1 && outcome.errors.contains("No Kerberos credentials available"))
        // A ticket of somebody who may not.
        try await realm.getTicket("bob", into: "other")
        outcome = try await realm.run([virtsh, "-c", uri, "list"], ticket: "other")
        #expect(outcome.status == 1 && outcome.errors.contains("authentication failed: authentication failed"))
    }
}

/// A realm: its users, its services, the server that knows them. It ends with this object.
final class KerberosRealm: @unchecked Sendable {
    // SAFETY: everything is set in `init`; the process is asked to end once, in `deinit`.
    let environment: [String: String]
    private let folder: URL
    private let server = Process()
    private let input = Pipe()

    init() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "realm-\(UUID())")
        self.folder = folder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let port = try TestDaemon.freePort()
        func path(_ name: String) -> String { folder.appending(path: name).path }
        // Daemons are called by the host's name here and by localhost there.
        try """
        [libdefaults]
        default_realm = TEST.LOCAL
        dns_lookup_kdc = false
        dns_lookup_realm = false
        dns_canonicalize_hostname = false
        rdns = false
        ignore_acceptor_hostname = true
        [realms]
        TEST.LOCAL = {
            kdc = 127.0.0.1:\(port)
        }
        [domain_realm]
        localhost = TEST.LOCAL

        """.write(toFile: path("krb5.conf"), atomically: true, encoding: .utf8)
        try """
        [kdcdefaults]
        kdc_listen = 127.0.0.1:\(port)
        kdc_tcp_listen = 127.0.0.1:\(port)
        [realms]
        TEST.LOCAL = {
            database_name = \(path("principals"))
            key_stash_file = \(path("stash"))
        }

        """.write(toFile: path("kdc.conf"), atomically: true, encoding: .utf8)
        environment = [
            "KRB5_CONFIG": path("krb5.conf"), "KRB5_KDC_PROFILE": path("kdc.conf"), "KRB5_KTNAME": path("keytab"),
            "PATH": (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin") + ":/usr/sbin",
        ]
        try await checked(["kdb5_util", "create", "-s", "-r", "TEST.LOCAL", "-P", "master"])
        for query in [
            "addprinc -pw secret fred", "addprinc -pw other bob", "addprinc -randkey libvirt/localhost",
            "ktadd -k \(path("keytab")) libvirt/localhost",
        ] {
            try await checked(["kadmin.local", "-q", query])
        }
        // When this process ends, so do our end of the pipe and the server.
        server.executableURL = URL(filePath: "/bin/sh")
        server.arguments = ["-c", "krb5kdc -n & server=$!; read nothing; kill -9 $server"]
        server.standardInput = input
        server.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        server.standardOutput = FileHandle.nullDevice
        server.standardError = FileHandle.nullDevice
        try server.run()
        for attempt in 1... {
            do {
                try await getTicket("fred", into: "tickets")
                break
            } catch  where attempt < 100 {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    deinit {
        try? input.fileHandleForWriting.close()
        server.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    func getTicket(_ name: String, into file: String) async throws {
        let script = "printf '%s\\n' \"$1\" | kinit \"$0\""
        try await checked(["sh", "-c", script, name, name == "fred" ? "secret" : "other"], ticket: file)
    }

    /// Runs a program that has a ticket.
    func run(_ words: [String], ticket: String = "tickets") async throws -> Command.Outcome {
        let variables = environment.merging(["KRB5CCNAME": "FILE:\(folder.path)/\(ticket)"]) { $1 }
        return try await Command(["env"] + variables.map { "\($0.key)=\($0.value)" } + words).run()
    }

    private func checked(_ words: [String], ticket: String = "tickets") async throws {
        let outcome = try await run(words, ticket: ticket)
        guard outcome.status == 0 else { throw RawClient.Failure(text: "\(words): \(outcome.output)\(outcome.errors)") }
    }
}

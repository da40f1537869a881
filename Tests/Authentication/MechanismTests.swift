import Foundation
import LibvirtRemote
import TestProcesses
import Testing

/// Who gets in, with which mechanism, over which transport: our client and the real ones, our daemon and the real one.
@Suite(.serialized, .timeLimit(.minutes(2))) struct MechanismTests {
    /// What has to work on each transport. In clear only what encrypts by itself.
    static let working: [TestDaemon.Transport: [String]] = [
        .unix: ["SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", "PLAIN"], .tcp: ["DIGEST-MD5"],
        .tls: ["SCRAM-SHA-256", "DIGEST-MD5", "PLAIN"],
    ]

    @Test(arguments: [TestDaemon.Kind.libvirtd, .virtd]) func everyMechanism(_ kind: TestDaemon.Kind) async throws {
        let daemon = try await TestDaemon.asking(kind, transports: TestDaemon.Transport.allCases)
        let file = try daemon.credentialsFile()
        for (transport, mechanisms) in Self.working {
            for mechanism in mechanisms {
                let connection = try await daemon.open(transport, mechanism: mechanism)
                #expect(try await connection.domains().map(\.name) == ["test"])
                #expect(try await connection.isSecure(), "\(mechanism) over \(transport)")
                await connection.close()
            }
            // Without a wish, the best that works: Kerberos, for which there is no ticket, is passed over.
            await (try await daemon.open(transport)).close()
        }
        for mechanism in ["PLAIN", "SCRAM-SHA-256", "NOPE"] {
            let error = await failure { _ = try await daemon.open(.tcp, mechanism: mechanism) }
            #expect(error?.code == .authFailed)
            #expect(
                error?.message.contains("SASL mechanism \(mechanism) not supported by server, which offers") == true)
        }
        guard kind == .virtd else { return }
        for (transport, mechanisms) in Self.working {
            for mechanism in mechanisms {
                let uri = daemon.test(transport, "auth=sasl.\(mechanism)")
                let outcome = try await daemon.virsh(uri, file: file, ["list", "--name"])
                #expect(outcome.output.contains("test"), "\(mechanism) over \(transport): \(outcome.errors)")
            }
        }
        let outcome = try await daemon.virsh(daemon.test(.tcp, "auth=sasl.PLAIN"), file: file, ["list"])
        #expect(outcome.status == 1 && outcome.errors.contains("SASL mechanism PLAIN not supported by server"))
        try await python(daemon)
        try await seenByAdministrators(daemon)
    }

    /// libvirt's own binding, with a callback.
    private func python(_ daemon: TestDaemon) async throws {
        let script = """
            import libvirt, sys
            def answer(credentials, data):
                for c in credentials:
                    c[4] = {libvirt.VIR_CRED_AUTHNAME: 'fred', libvirt.VIR_CRED_PASSPHRASE: data}[c[0]]
                return 0
            kinds = [libvirt.VIR_CRED_AUTHNAME, libvirt.VIR_CRED_PASSPHRASE]
            libvirt.registerErrorHandler(lambda *a: None, None)
            c = libvirt.openAuth(sys.argv[1], [kinds, answer, 'secret'], 0)
            print(c.lookupByName('test').name(), c.isSecure(), c.isEncrypted())
            try:
                libvirt.openAuth(sys.argv[1], [kinds, answer, 'wrong'], 0)
            except libvirt.libvirtError as error:
                print(error.get_error_code(), error.get_error_message())
            """
        let uri = daemon.test(.tcp, "auth=sasl.DIGEST-MD5")
        let output = try await Command(["/usr/bin/python3", "-c", script, uri]).runChecked()
        #expect(output == "test 1 1\n45 authentication failed: authentication failed\n")
    }

    /// The name that was proved is the client's identity.
    private func seenByAdministrators(_ daemon: TestDaemon) async throws {
        let connection = try await daemon.open(.tcp, mechanism: "DIGEST-MD5", name: "bob", password: "other")
        let socket = daemon.folder.appending(path: "run/libvirt/libvirt-admin-sock").path
        let admin = ["virt-admin", "-c", "libvirtd+unix:///system?socket=\(socket)"]
        let list = try await Command(admin + ["client-list", "libvirtd"]).runChecked()
        let id = try #require(list.split(separator: "\n").last { $0.contains("tcp") }?.split(separator: " ").first)
        let information = try await Command(admin + ["client-info", "libvirtd", String(id)]).runChecked()
        #expect(information.split(separator: "\n").contains { $0.contains("sasl_user_name") && $0.contains(": bob") })
        await connection.close()
    }

    // MARK: who is refused

    @Test(arguments: [TestDaemon.Kind.libvirtd, .virtd]) func whoIsRefused(_ kind: TestDaemon.Kind) async throws {
        let daemon = try await TestDaemon.asking(
            kind, transports: TestDaemon.Transport.allCases,
            configuration: ["sasl_allowed_username_list = [\"fr?d\", \"al*\"]"])
        for (transport, mechanism) in [
            (TestDaemon.Transport.tcp, "DIGEST-MD5"), (.tls, "SCRAM-SHA-256"), (.unix, "PLAIN"),
        ] {
            for (name, password) in [("fred", "wrong"), ("nobody", "secret"), ("bob", "other"), ("", ""), ("fred", "")]
            {
                let error = await failure {
                    _ = try await daemon.open(transport, mechanism: mechanism, name: name, password: password)
                }
                #expect(error?.code == .authFailed, "\(name) over \(transport)")
                // The daemon does not say why, and neither the right nor the wrong password is in the text.
                #expect(error?.message.contains("list") == false && error?.message.contains("secret") == false)
            }
            await (try await daemon.open(transport, mechanism: mechanism)).close()
        }
        guard kind == .virtd else { return }
        #expect(try await daemon.logs("the user 'bob' is not in sasl_allowed_username_list"))
        #expect(try await daemon.logs("user not found"))
        #expect(!daemon.output.contains("secret") && !daemon.output.contains("wrong"))
    }

    @Test func nobodyIsAllowedUntilTheListChanges() async throws {
        let daemon = try await TestDaemon.asking(.virtd, configuration: ["sasl_allowed_username_list = []"])
        #expect(await failure { _ = try await daemon.open(.unix) }?.code == .authFailed)
        let text = try String(contentsOf: daemon.configurationFile, encoding: .utf8)
        try text.replacing("_list = []", with: "_list = [\"*\"]")
            .write(to: daemon.configurationFile, atomically: true, encoding: .utf8)
        kill(try daemon.processID, SIGHUP)
        for _ in 0..<100 {
            guard await failure({ _ = try await daemon.open(.unix) }) != nil else { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("the new list does not count")
    }

    /// The library has no locks of its own, on neither side.
    @Test func manyComeAtOnce() async throws {
        let daemon = try await TestDaemon.asking(.virtd, transports: TestDaemon.Transport.allCases)
        try await withThrowingTaskGroup { group in
            for number in 0..<90 {
                group.addTask {
                    let isRight = number % 3 != 0
                    let (transport, mechanism) =
                        [(TestDaemon.Transport.tcp, "DIGEST-MD5"), (.unix, "SCRAM-SHA-256"), (.tls, "PLAIN")][
                            number % 9 / 3]
                    let error = await failure {
                        let connection = try await daemon.open(
                            transport, mechanism: mechanism, password: isRight ? "secret" : "wrong")
                        #expect(try await connection.domains().count == 1)
                        await connection.close()
                    }
                    #expect(error?.code == (isRight ? nil : .authFailed), "\(String(describing: error))")
                }
            }
            try await group.waitForAll()
        }
    }

    /// The strongest layer of DIGEST-MD5 has 128 bits.
    @Test func aLayerThatIsTooWeakIsNotOffered() async throws {
        let daemon = try await TestDaemon.asking(
            .virtd, transports: TestDaemon.Transport.allCases, configuration: ["tcp_min_ssf = 200"])
        let error = await failure { _ = try await daemon.open(.tcp) }
        #expect(error?.code == .authFailed)
        // Where TLS encrypts, SASL need not.
        await (try await daemon.open(.tls)).close()
        let file = try daemon.credentialsFile()
        let outcome = try await daemon.virsh(daemon.test(.tcp, "auth=sasl.DIGEST-MD5"), file: file, ["list"])
        #expect(outcome.status == 1 && outcome.errors.contains("authentication failed"))
    }
}

import Foundation
import LibvirtRemote
import TestProcesses
import Testing

/// Certificates that must not be taken, on either side.
@Suite struct CertificateTests {
    /// Of clients, with what the daemon's log says of them.
    private static let clients = [
        "expired": "expired", "future": "not yet valid", "stranger": "issuer is unknown", "revoked": "revoked",
        "wrong-use": "purpose", "path-length": "constraint",
        // A client of GnuTLS does not show what the server's authority has not signed.
        "self-signed": "Certificate is required", "long-chain": "Certificate is required",
    ]
    /// What libvirtd takes all the same: it does not ask what a client's certificate is for.
    private static let taken: Set = ["wrong-use"]

    @Test func ofClients() async throws {
        let pki = try await Self.pki()
        defer { try? FileManager.default.removeItem(at: pki) }
        let ours = try await TestDaemon(
            .virtd, transports: [.unix, .tls], pki: pki, configuration: ["crl_file = \"\(pki.path)/cacrl.pem\""])
        let real = try await TestDaemon(.libvirtd, transports: [.unix, .tls], pki: pki)
        let (bystander, holdings) = try await blocking { (try Bystander(ours), try Holdings(ours)) }
        for (name, reason) in Self.clients.sorted(by: { $0.key < $1.key }) {
            let before = ours.output
            #expect(await Self.refusal(ours, pki, name) != nil, "\(name)")
            #expect((await Self.refusal(real, pki, name) == nil) == Self.taken.contains(name), "libvirtd and \(name)")
            // The log is written by a thread of its own.
            _ = await eventually { ours.output.count > before.count && ours.output.hasSuffix("\n") }
            let lines = ours.output.dropFirst(before.count).split(separator: "\n")
            #expect(lines.count == 1 && lines[0].contains("127.0.0.1;") && lines[0].contains(reason), "\(name): \(lines)")
        }
        // Without a certificate; and one that is fine.
        #expect(await Self.refusal(ours, pki, nil) == nil)
        #expect(await Self.refusal(real, pki, nil) == nil)
        let problems = try await blocking { [bystander.stop(), try holdings.whatIsLeft(ours)] }
        #expect(problems.compactMap { $0 } == [])
    }

    /// A daemon does not start with a certificate of its own that is no good; told to start all the same, it has no
    /// clients.
    @Test func ofServers() async throws {
        let pki = try await Self.pki()
        defer { try? FileManager.default.removeItem(at: pki) }
        for name in ["expired", "future", "self-signed", "stranger", "wrong-use", "path-length"] {
            let failure = await #expect(throws: TestDaemon.Failure.self) {
                _ = try await TestDaemon(.virtd, transports: [.unix, .tls], pki: pki.appending(path: "faulty/\(name)"))
            }
            #expect(failure?.text.contains("servercert.pem cannot be used") == true, "\(failure?.text ?? "")")
        }
        let reasons = [
            "expired": "expired", "future": "not yet valid", "self-signed": "issuer is unknown",
            "stranger": "issuer is unknown", "revoked": "revoked", "wrong-use": "purpose",
            "wrong-name": "not for localhost", "path-length": "constraint", "long-chain": "issuer is unknown",
        ]
        for (name, reason) in reasons.sorted(by: { $0.key < $1.key }) {
            let daemon = try await TestDaemon(
                .virtd, transports: [.unix, .tls], pki: pki.appending(path: "faulty/\(name)"),
                configuration: ["tls_no_sanity_certificate = 1"])
            let clientFiles = name == "revoked" ? pki.appending(path: "faulty/revoked") : pki
            // The client's own certificate is the good one.
            try Self.copy(["clientcert.pem", "clientkey.pem"], from: pki, to: clientFiles)
            let refusal = await Self.refusal(daemon, clientFiles, nil)
            #expect(refusal?.contains(reason) == true, "\(name): \(refusal ?? "taken")")
        }
    }

    /// Why a connection was refused, nil if it was not.
    private static func refusal(_ daemon: TestDaemon, _ pki: URL, _ name: String?) async -> String? {
        let folder = name.map { pki.appending(path: "faulty/\($0)") } ?? pki
        do {
            let connection = try await Connection.open(
                "test+tls://localhost:\(daemon.tlsPort)/default?pkipath=\(folder.path)&no_sanity=1")
            _ = try await connection.hostname()
            await connection.close()
            return nil
        } catch {
            return "\(error)"
        }
    }

    private static func copy(_ names: [String], from: URL, to: URL) throws {
        guard from != to else { return }
        for name in names {
            try? FileManager.default.removeItem(at: to.appending(path: name))
            try FileManager.default.copyItem(at: from.appending(path: name), to: to.appending(path: name))
        }
    }

    private static func pki() async throws -> URL {
        let folder = URL(filePath: "/tmp/virt-pki-\(UInt32.random(in: 0..<UInt32.max))")
        try await Command(TestDaemon.root.appending(path: "scripts/make-pki"), ["--faulty", folder.path]).runChecked()
        return folder
    }
}

import Foundation
import LibvirtRemote
import TestProcesses

/// The accounts of all daemons here.
let accounts = ["fred": "secret", "bob": "other"]

extension TestDaemon {
    /// A daemon that asks everybody for SASL.
    static func asking(
        _ kind: Kind, transports: [Transport] = [.unix], configuration: [String] = []
    ) async throws -> TestDaemon {
        try await TestDaemon(
            kind, transports: transports,
            configuration: configuration + ["auth_unix_rw = \"sasl\"", "auth_tcp = \"sasl\"", "auth_tls = \"sasl\""],
            accounts: accounts)
    }

    /// The URI of the test host, with further parameters.
    func test(_ transport: Transport, _ parameters: String = "") -> String {
        let uri = uri(transport, "test", "/default")
        if parameters.isEmpty { return uri }
        return uri + (uri.contains("?") ? "&" : "?") + parameters
    }

    func open(
        _ transport: Transport, mechanism: String? = nil, name: String = "fred", password: String = "secret"
    ) async throws -> Connection {
        try await Connection.open(
            test(transport, mechanism.map { "auth=sasl.\($0)" } ?? ""), options: .answering(name, password))
    }

    /// Whether the log comes to say something.
    func logs(_ text: String) async throws -> Bool {
        for _ in 0..<200 {
            if output.contains(text) { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    /// An `auth.conf` for it.
    func credentialsFile(name: String = "fred", password: String = "secret") throws -> String {
        let file = folder.appending(path: "auth-\(UInt32.random(in: 0..<UInt32.max)).conf")
        try """
        [credentials-test]
        authname=\(name)
        password=\(password)
        [auth-libvirt-localhost]
        credentials=test
        [auth-libvirt-127.0.0.1]
        credentials=test

        """.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    func virsh(_ uri: String, file: String, _ words: [String]) async throws -> Command.Outcome {
        try await Command(["env", "LIBVIRT_AUTH_FILE=\(file)", "virsh", "-c", uri] + words).run()
    }
}

extension ConnectOptions {
    static func answering(_ name: String, _ password: String) -> ConnectOptions {
        var options = ConnectOptions()
        options.usesConfiguration = false
        options.credentials = { request in
            switch request.kind {
            case .authenticationName: name
            case .passphrase: password
            default: nil
            }
        }
        return options
    }
}

/// The error that something ends with; nil if with none.
func failure(_ body: () async throws -> Void) async -> VirtError? {
    do {
        try await body()
        return nil
    } catch let error as VirtError {
        return error
    } catch {
        return VirtError(.internalError, domain: .none, "\(error)")
    }
}

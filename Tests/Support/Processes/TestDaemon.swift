package import Foundation

/// A daemon of a test's own: a real libvirtd in namespaces, or ours. It ends with this object.
package final class TestDaemon: @unchecked Sendable {
    // SAFETY: everything is set in `init`; `Process` is asked to end once, in `stop`.

    package enum Kind: Sendable { case libvirtd, virtd }
    package enum Transport: String, CaseIterable, Sendable { case unix, tcp, tls }

    package struct Failure: Error { package var text: String }

    package static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    package let folder: URL
    /// Its UNIX socket, which can be reached from outside of its namespaces.
    package let socket: String
    /// Of administrators.
    package var adminSocket: String { socket.replacing("libvirt-sock", with: "libvirt-admin-sock") }
    /// What it has written to standard error; ours logs there.
    package var output: String {
        (try? String(contentsOf: folder.appending(path: "output"), encoding: .utf8)) ?? ""
    }
    /// Of ours.
    package var configurationFile: URL { folder.appending(path: "etc/libvirt/libvirtd.conf") }
    package let transports: [Transport]
    private let kind: Kind
    package let tcpPort: Int
    package let tlsPort: Int
    /// A folder with the certificates of both sides, and the authority's.
    package let pki: String
    private let process = Process()
    private let input = Pipe()

    /// Starts the daemon and waits until it listens.
    ///
    /// - Parameters:
    ///   - transports: without TCP and TLS, a libvirtd has a network of its own.
    ///   - pki: a folder of `scripts/make-pki` that is used instead of a new one.
    ///   - configuration: further lines of the file; they come first, so they count.
    ///   - accounts: SASL's users and passwords; with some, `libvirt.conf` of SASL allows each mechanism.
    ///   - environment: further variables.
    ///   - options: of our daemon's command line.
    package init(
        _ kind: Kind, transports: [Transport] = [.unix], pki existing: URL? = nil, configuration: [String] = [],
        accounts: [String: String] = [:], environment: [String: String] = [:], options: [String] = []
    ) async throws {
        self.kind = kind
        self.transports = transports
        // Short: a UNIX socket's path may have 107 bytes. Not in /run, which is replaced for the real daemon.
        folder = URL(filePath: "/tmp/virt-test-\(UInt32.random(in: 0..<UInt32.max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        tcpPort = try Self.freePort()
        tlsPort = try Self.freePort()
        pki = (existing ?? folder.appending(path: "pki")).path
        let hasNetwork = transports != [.unix]
        if hasNetwork, existing == nil {
            try await Command(Self.root.appending(path: "scripts/make-pki"), [pki]).runChecked()
        }
        var environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if !accounts.isEmpty {
            environment["SASL_CONF_PATH"] = try await Self.makeAccounts(accounts, in: folder.appending(path: "sasl"))
        }
        let log = folder.appending(path: "output")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: log)
        switch kind {
        case .libvirtd:
            let sockets = folder.appending(path: "sock")
            try FileManager.default.createDirectory(at: sockets, withIntermediateDirectories: true)
            socket = sockets.appending(path: "libvirt-sock").path
            var arguments = ["--socket-dir", sockets.path] + configuration.flatMap { ["--conf", $0] }
            if hasNetwork {
                arguments += ["--share-net", "--tcp-port", "\(tcpPort)", "--tls-port", "\(tlsPort)"]
                environment["PRIVATE_PKI"] = pki
            }
            process.executableURL = Self.root.appending(path: "scripts/private-libvirtd")
            // When this process ends without `stop`, so do our end of the pipe, the command and the daemon.
            process.arguments = arguments + [folder.path, "sh", "-c", "read nothing"]
        case .virtd:
            socket = folder.appending(path: "run/libvirt/libvirt-sock").path
            let directory = folder.appending(path: "etc/libvirt")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            var lines = configuration + ["auth_unix_rw = \"none\""]
            if hasNetwork {
                lines += [
                    "listen_addr = \"127.0.0.1\"", "listen_tcp = 1", "listen_tls = 1", "auth_tcp = \"none\"",
                    "tcp_port = \"\(tcpPort)\"", "tls_port = \"\(tlsPort)\"", "ca_file = \"\(pki)/cacert.pem\"",
                    "cert_file = \"\(pki)/servercert.pem\"", "key_file = \"\(pki)/serverkey.pem\"",
                ]
            }
            try lines.joined(separator: "\n").write(
                to: directory.appending(path: "libvirtd.conf"), atomically: true, encoding: .utf8)
            let virtd = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "virtd")
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments = [
                "-c", "\"$0\" --root \"$1\" $2 & daemon=$!; read nothing; kill -9 $daemon", virtd.path, folder.path,
                (options + (hasNetwork ? ["--listen"] : [])).joined(separator: " "),
            ]
        }
        process.environment = environment
        try process.run()
        let deadline = ContinuousClock.now + .seconds(30)
        while !isListening() {
            guard process.isRunning, ContinuousClock.now < deadline else {
                throw Failure(text: "no \(kind): \((try? String(contentsOf: log, encoding: .utf8)) ?? "")")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(at: folder)
    }

    /// The daemon's own process; of ours only.
    package var processID: Int32 {
        get throws {
            let text = try String(contentsOf: folder.appending(path: "run/libvirtd.pid"), encoding: .utf8)
            guard let number = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
                throw Failure(text: "no process number in '\(text)'")
            }
            return number
        }
    }

    /// Ends the daemon at once, with everything that it has started.
    package func stop() {
        // With the first process of the namespaces ends what is in them; our shell ends what it has started.
        if kind == .libvirtd { kill(process.processIdentifier, SIGKILL) }
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    package func uri(_ transport: Transport, _ scheme: String, _ path: String) -> String {
        switch transport {
        case .unix: "\(scheme)+unix://\(path)?socket=\(socket)"
        case .tcp: "\(scheme)+tcp://127.0.0.1:\(tcpPort)\(path)"
        case .tls: "\(scheme)+tls://localhost:\(tlsPort)\(path)?pkipath=\(pki)"
        }
    }

    /// The port that one reaches it by.
    package func port(_ transport: Transport) -> Int { transport == .tls ? tlsPort : tcpPort }

    // MARK: details

    private static func makeAccounts(_ accounts: [String: String], in folder: URL) async throws -> String {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let database = folder.appending(path: "passwords").path
        try """
            mech_list: scram-sha-256 scram-sha-1 digest-md5 plain anonymous gssapi
            sasldb_path: \(database)

            """.write(to: folder.appending(path: "libvirt.conf"), atomically: true, encoding: .utf8)
        for (name, password) in accounts {
            let script = "PATH=$PATH:/usr/sbin; printf %s \"$2\" | saslpasswd2 -p -c -f \"$0\" -a libvirt \"$1\""
            try await Command(["sh", "-c", script, database, name, password]).runChecked()
        }
        return folder.path
    }

    private func isListening() -> Bool {
        Self.connects(unixAddress(socket), AF_UNIX)
            && (transports == [.unix] || [tcpPort, tlsPort].allSatisfy { Self.connects(Self.loopback($0), AF_INET) })
    }

    private func unixAddress(_ path: String) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return address
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        return address
    }

    private static func connects(_ address: some Any, _ family: Int32) -> Bool {
        let descriptor = Glibc.socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        return withUnsafeBytes(of: address) {
            connect(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count)) == 0
        }
    }

    /// A port that nobody has now.
    package static func freePort() throws -> Int {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let failed = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) != 0 || getsockname(descriptor, $0, &length) != 0
            }
        }
        guard !failed else { throw Failure(text: "no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

package import Libvirt
package import Logging
internal import Synchronization
internal import VirtNet
internal import VirtRPC

/// The running daemon: listeners, and the server behind them.
///
/// Made from a configuration, it listens until ``stop(grace:)``: then no new clients are taken, what is under way may
/// finish for a while, and the links are closed.
package final class Daemon: Sendable {
    private let configuration: DaemonConfiguration
    private let paths: DaemonPaths
    private let sockets: SocketLayout
    private let logger: Logger
    private let loops: LinkLoops
    private let listeners = Mutex<[any LinkListener]>([])
    package let server: Server

    package init(
        _ configuration: DaemonConfiguration, paths: DaemonPaths, drivers: [any Driver], logger: Logger
    ) throws {
        self.configuration = configuration
        self.paths = paths
        self.logger = logger
        sockets = try SocketLayout(configuration, paths: paths)
        loops = LinkLoops(unixThreads: 1, tcpThreads: 1)
        server = Server(
            drivers: drivers, workers: Int(configuration.limits.maxWorkers),
            priorityWorkers: Int(configuration.priorityWorkers), logger: logger)
    }

    private func settings(isReadOnly: Bool) -> ClientSession.Settings {
        var settings = ClientSession.Settings()
        settings.isReadOnly = isReadOnly
        settings.maximumCalls = max(1, Int(configuration.limits.maxClientRequests))
        settings.keepaliveInterval = .seconds(Int64(configuration.limits.keepaliveInterval))
        settings.keepaliveCount = Int(configuration.limits.keepaliveCount)
        return settings
    }

    // MARK: Listening

    /// Opens every socket that the configuration asks for.
    ///
    /// - Parameter network: whether TCP and TLS are meant at all (`--listen`).
    /// - Throws: ``VirtError`` that names the socket; what was opened is closed again.
    package func start(network: Bool) async throws {
        do {
            try requireNoAuthentication(network: network)
            try await listenUNIX()
            if network {
                if configuration.listensTCP { try await listenTCP() }
                if configuration.listensTLS { try await listenTLS() }
            }
        } catch let error as NetError {
            closeListeners()
            throw VirtError(.systemError, domain: .rpc, "\(error)", cause: error)
        } catch {
            closeListeners()
            throw error
        }
    }

    /// SASL and polkit are not built in: a configuration that asks for them must not be served without.
    private func requireNoAuthentication(network: Bool) throws {
        var asked: [(String, DaemonConfiguration.Authentication)] = [
            ("auth_unix_rw", configuration.authentication(isReadOnly: false, isPrivileged: paths.isSystem)),
            ("auth_unix_ro", configuration.authentication(isReadOnly: true, isPrivileged: paths.isSystem)),
        ]
        if network, configuration.listensTCP { asked.append(("auth_tcp", configuration.tcpAuthentication)) }
        if network, configuration.listensTLS { asked.append(("auth_tls", configuration.tlsAuthentication)) }
        for (key, authentication) in asked where authentication != .none {
            throw VirtError(
                .configUnsupported, domain: .conf,
                "\(key) = \"\(authentication.rawValue)\": this authentication is not built in; only \"none\" is")
        }
    }

    private func listenUNIX() async throws {
        try DaemonFiles.makeFolder(sockets.directory, mode: 0o755)
        let group = try sockets.group.map(DaemonFiles.groupID)
        try await listen(
            .unix(path: sockets.readWrite.path, mode: sockets.readWrite.mode, groupID: group), isReadOnly: false)
        if let readOnly = sockets.readOnly {
            try await listen(.unix(path: readOnly.path, mode: readOnly.mode, groupID: group), isReadOnly: true)
        }
    }

    private func listenTCP() async throws {
        try await listen(
            .tcp(hosts: hosts, port: try DaemonFiles.port(configuration.tcpPort, key: "tcp_port")), isReadOnly: false)
    }

    private func listenTLS() async throws {
        let defaults = PKIPaths.server(root: paths.root)
        var tls = TLSConfiguration(role: .server, paths: defaults)
        if let file = configuration.caFile { tls.caFile = file }
        if let file = configuration.certificateFile { tls.certificateFile = file }
        if let file = configuration.keyFile { tls.keyFile = file }
        if let file = configuration.crlFile { tls.crlFile = file }
        if let priority = configuration.tlsPriority { tls.priority = priority }
        tls.allowedNames = configuration.allowedNames
        tls.verifiesPeer = !configuration.skipsClientVerification
        tls.checksSanity = !configuration.skipsSanityCheck
        let credentials = try TLSCredentials(tls)
        try await listen(
            .tls(hosts: hosts, port: try DaemonFiles.port(configuration.tlsPort, key: "tls_port"), credentials),
            isReadOnly: false)
    }

    private var hosts: [String] { configuration.listenAddress.map { [$0] } ?? [] }

    private func listen(_ address: ListenAddress, isReadOnly: Bool) async throws {
        let settings = settings(isReadOnly: isReadOnly)
        let maximumClients = Int(configuration.limits.maxClients)
        let listener = try await loops.listen(
            on: address,
            failed: { [logger] error in logger.warning("\(error)") },
            accept: { [server, logger] link in
                guard server.clientCount < maximumClients else {
                    logger.error(
                        "Too many active clients (\(maximumClients)), dropping connection from \(link.peer.description)")
                    return nil
                }
                return server.accept(link, settings: settings)
            })
        logger.info("listening on \(listener.address)")
        listeners.withLock { $0.append(listener) }
    }

    private func closeListeners() {
        for listener in listeners.withLock({ Array($0) }) { listener.close() }
        listeners.withLock { $0 = [] }
    }

    // MARK: The end

    /// Stops: no new clients; calls under way may finish for `grace`; then the links are closed.
    package func stop(grace: Duration = .seconds(5)) async {
        closeListeners()
        let end = ContinuousClock.now.advanced(by: grace)
        while server.callsInFlight > 0, ContinuousClock.now < end {
            try? await Task.sleep(for: .milliseconds(10))
        }
        server.closeAll()
        while server.clientCount > 0, ContinuousClock.now < end {
            try? await Task.sleep(for: .milliseconds(5))
        }
    }
}

package import Libvirt
internal import Logging
internal import Synchronization
internal import VirtNet
internal import VirtRPC

extension Daemon {
    /// What distinguishes one way in from another.
    private struct Entrance {
        var isReadOnly = false
        var authentication = DaemonConfiguration.Authentication.none
        /// Only for the user whom the daemon runs as, whatever the file's mode.
        var isForOwner = false
    }

    /// Opens every socket that the configuration asks for.
    ///
    /// - Parameters:
    ///   - network: whether TCP and TLS are meant at all (`--listen`).
    ///   - activation: sockets of a service manager, which take the place of ours; TCP and TLS are served then if, and
    ///     only if, they are among them.
    /// - Throws: ``VirtError`` that names the socket; what was opened is closed again.
    package func start(network: Bool, activation: SocketActivation? = nil) async throws {
        do {
            let configuration = configuration
            try await listenUNIX(configuration, activation)
            if let activation {
                try await adopt(activation, configuration)
            } else if network {
                if configuration.listensTCP { try await listenTCP(configuration) }
                if configuration.listensTLS { try await listenTLS(configuration) }
            }
            try await listenForMonitors(configuration)
            idleTimer.start()
        } catch {
            closeListeners()
            if let error = error as? NetError {
                throw VirtError(.systemError, domain: .rpc, "\(error)", cause: error)
            }
            throw error
        }
    }

    func closeListeners() {
        server.closeListeners()
        admin.closeListeners()
        state.withLock { $0.metricsListener }?.close()
    }

    private func listenForMonitors(_ configuration: DaemonConfiguration) async throws {
        guard let address = configuration.metricsAddress, let metrics else { return }
        let listener = try await HTTPListener.listen(on: address, loops: loops) { path in
            path == "/metrics" ? await metrics.text() : nil
        }
        logger.info("metrics on \(listener.address)")
        state.withLock { $0.metricsListener = listener }
    }

    /// What is not built in must not be served without.
    private func entrance(_ key: String, _ authentication: DaemonConfiguration.Authentication) throws -> Entrance {
        guard DaemonConfiguration.authentications.contains(authentication) else {
            throw VirtError(
                .configUnsupported, domain: .conf,
                "\(key) = \"\(authentication.rawValue)\": this authentication is not built in")
        }
        if authentication == .sasl { try startSASL(key) }
        return Entrance(authentication: authentication)
    }

    /// Loads mechanisms and configuration now: what is wrong with them keeps the daemon from starting.
    private func startSASL(_ key: String) throws {
        do throws(SASLError) {
            try SASLLibrary.startServer()
        } catch {
            throw VirtError(.authUnavailable, domain: .auth, "\(key) = \"sasl\": \(error)", cause: error)
        }
    }

    private func unixEntrance(
        _ configuration: DaemonConfiguration, isReadOnly: Bool
    ) throws -> Entrance {
        var entrance = try entrance(
            isReadOnly ? "auth_unix_ro" : "auth_unix_rw",
            configuration.authentication(isReadOnly: isReadOnly, isPrivileged: paths.isSystem))
        entrance.isReadOnly = isReadOnly
        return entrance
    }

    private func listenUNIX(_ configuration: DaemonConfiguration, _ activation: SocketActivation?) async throws {
        let group = try sockets.group.map(DaemonFiles.groupID)
        let layout: [(SocketActivation.Role, SocketLayout.Socket?, Server, Entrance)] = [
            (.readWrite, sockets.readWrite, server, try unixEntrance(configuration, isReadOnly: false)),
            (.readOnly, sockets.readOnly, server, try unixEntrance(configuration, isReadOnly: true)),
            (.admin, sockets.admin, admin, Entrance(isForOwner: true)),
        ]
        for (role, socket, server, entrance) in layout {
            if let passed = activation?.sockets(role), !passed.isEmpty {
                for socket in passed { try await listen(.descriptor(socket.descriptor), server, entrance) }
            } else if let socket {
                try DaemonFiles.makeFolder(sockets.directory, mode: 0o755)
                try await listen(
                    .unix(path: socket.path, mode: socket.mode, groupID: group), server, entrance)
            }
        }
    }

    private func adopt(_ activation: SocketActivation, _ configuration: DaemonConfiguration) async throws {
        for socket in activation.sockets(.tcp) {
            try await listen(
                .descriptor(socket.descriptor, isTCP: true), server,
                try entrance("auth_tcp", configuration.tcpAuthentication))
        }
        let encrypted = activation.sockets(.tls)
        if encrypted.isEmpty { return }
        let credentials = try loadCredentials(configuration)
        for socket in encrypted {
            try await listen(
                .tlsDescriptor(socket.descriptor, credentials), server,
                try entrance("auth_tls", configuration.tlsAuthentication))
        }
    }

    private func listenTCP(_ configuration: DaemonConfiguration) async throws {
        let port = try DaemonFiles.port(configuration.tcpPort, key: "tcp_port")
        try await listen(
            .tcp(hosts: configuration.hosts, port: port), server,
            try entrance("auth_tcp", configuration.tcpAuthentication))
    }

    private func listenTLS(_ configuration: DaemonConfiguration) async throws {
        let entrance = try entrance("auth_tls", configuration.tlsAuthentication)
        let port = try DaemonFiles.port(configuration.tlsPort, key: "tls_port")
        try await listen(
            .tls(hosts: configuration.hosts, port: port, try loadCredentials(configuration)), server, entrance)
    }

    private func loadCredentials(_ configuration: DaemonConfiguration) throws -> ReplaceableCredentials {
        let credentials = ReplaceableCredentials(try TLSCredentials(configuration.tls(paths)))
        state.withLock { $0.credentials = credentials }
        return credentials
    }

    private func listen(_ address: ListenAddress, _ server: Server, _ entrance: Entrance) async throws {
        let owner = DaemonFiles.userID
        let listener = try await loops.listen(
            on: address, backlog: server.limits.maxQueuedClients,
            failed: { [logger] error in logger.warning("\(error)") },
            accept: { [server, logger, sasl] link in
                if entrance.isForOwner, link.peer.credentials?.userID != owner {
                    logger.warning("\(link.peer.description) may not administrate the daemon: connection closed")
                    return nil
                }
                var settings = ClientSession.Settings(server.limits)
                settings.isReadOnly = entrance.isReadOnly
                settings.authentication = entrance.authentication
                settings.sasl = sasl
                guard entrance.authentication == .sasl, link.transport == .tcp else {
                    return server.accept(link, settings: settings)
                }
                // Nothing else encrypts here: SASL has to.
                let protected = SASLLink(over: link)
                guard let session = server.accept(protected, settings: settings) else { return nil }
                protected.attach(session)
                return protected
            })
        logger.info("listening on \(listener.address)")
        server.add(listener, isForAnonymous: entrance.authentication != .none)
    }
}

extension DaemonConfiguration {
    /// Ways of authentication that are built in.
    static var authentications: Set<Authentication> {
        PolkitAuthority.isAvailable ? [.none, .sasl, .polkit] : [.none, .sasl]
    }

    var hosts: [String] { listenAddress.map { [$0] } ?? [] }

    /// Files and rules of TLS; what is not said has libvirt's default.
    func tls(_ paths: DaemonPaths) -> TLSConfiguration {
        var tls = TLSConfiguration(role: .server, paths: .server(root: paths.root))
        if let caFile { tls.caFile = caFile }
        if let certificateFile { tls.certificateFile = certificateFile }
        if let keyFile { tls.keyFile = keyFile }
        if let crlFile { tls.crlFile = crlFile }
        if let tlsPriority { tls.priority = tlsPriority }
        tls.allowedNames = allowedNames
        tls.verifiesPeer = !skipsClientVerification
        tls.checksSanity = !skipsSanityCheck
        return tls
    }
}

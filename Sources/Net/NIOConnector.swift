internal import NIOCore
internal import NIOPosix
internal import VirtRPC

/// Opens TCP connections: names through getaddrinfo, both address families side by side (RFC 8305), as NIO does it.
struct NIOConnector {
    let group: MultiThreadedEventLoopGroup

    func connect(
        host: String, port: Int, credentials: TLSCredentials? = nil, serverName: String? = nil, timeout: Duration
    ) async throws(NetError) -> UnattachedLink {
        guard (1...65535).contains(port) else {
            throw NetError(.invalidAddress, "cannot connect to \(host): there is no port \(port)")
        }
        let name = "\(host):\(port)"
        return try await connect(
            name: name, credentials: credentials, serverName: serverName, ticketName: "\(serverName ?? "")@\(name)",
            transport: .tcp, timeout: timeout
        ) { bootstrap in
            bootstrap.connect(host: host, port: port)
        }
    }

    /// A UNIX socket, where there is no epoll.
    func connect(path: String, timeout: Duration) async throws(NetError) -> UnattachedLink {
        try await connect(
            name: path, credentials: nil, serverName: nil, ticketName: nil, transport: .unix, timeout: timeout
        ) { bootstrap in
            bootstrap.connect(unixDomainSocketPath: path)
        }
    }

    private func connect(
        name: String, credentials: TLSCredentials?, serverName: String?, ticketName: String?,
        transport: TransportKind, timeout: Duration,
        start: @Sendable (ClientBootstrap) -> EventLoopFuture<any Channel>
    ) async throws(NetError) -> UnattachedLink {
        let attempt = OneShot<UnattachedLink>()
        let loop = group.next()
        return try await attempt.run(
            orElse: { $0.close() },
            start: {
                let bootstrap = ClientBootstrap(group: loop)
                    .connectTimeout(TimeAmount(timeout))
                    .channelOption(.autoRead, value: false)
                    .channelOption(.allowRemoteHalfClosure, value: true)
                    .keepingAlive(transport != .unix)
                // For the look-up of the name, which NIO does not limit.
                let deadline = loop.scheduleTask(in: TimeAmount(timeout)) {
                    attempt.finish(.failure(NetError(.timedOut, "cannot connect to \(name): no answer in time")))
                }
                start(bootstrap).whenComplete { result in
                    deadline.cancel()
                    switch result {
                    case .failure(let error): attempt.finish(.failure(Self.error(error, name)))
                    case .success(let channel):
                        guard !attempt.isFinished else { return channel.close(promise: nil) }
                        Self.connected(
                            channel, credentials: credentials, serverName: serverName, ticketName: ticketName,
                            name: name, transport: transport, attempt)
                    }
                }
            })
    }

    private static func connected(
        _ channel: any Channel, credentials: TLSCredentials?, serverName: String?, ticketName: String?, name: String,
        transport: TransportKind, _ attempt: OneShot<UnattachedLink>
    ) {
        let link = NIOLink(channel: channel, peer: .init(channel), transport: transport)
        do {
            try channel.pipeline.syncOperations.addHandler(link)
        } catch {
            return attempt.finish(.failure(NetError(.system, "cannot connect to \(name): it closed at once")))
        }
        guard let credentials else {
            return attempt.finish(.success(UnattachedLink(link) { link.attach($0) }))
        }
        do throws(NetError) {
            TLSLink.start(
                over: link, attach: { link.attach($0) },
                session: try GnuTLSSession(credentials, serverName: serverName, ticketName: ticketName),
                timeout: credentials.configuration.handshakeTimeout, peerName: name
            ) { result in
                attempt.finish(result.map { link in UnattachedLink(link) { link.attach($0) } })
            }
        } catch {
            link.close(flushing: false)
            attempt.finish(.failure(error))
        }
    }

    private static func error(_ error: any Error, _ name: String) -> NetError {
        switch error {
        case let failure as NIOConnectionError:
            if let io = failure.connectionErrors.first?.error as? IOError {
                return .system(io.errnoCode, "connect to \(name)")
            }
            if failure.connectionErrors.isEmpty, failure.dnsAError != nil || failure.dnsAAAAError != nil {
                return NetError(.notFound, "cannot connect to \(name): the host is not known")
            }
            if let other = failure.connectionErrors.first?.error { return Self.error(other, name) }
            return NetError(.system, "cannot connect to \(name)")
        case let io as IOError:
            return .system(io.errnoCode, "connect to \(name)")
        case ChannelError.connectTimeout:
            return NetError(.timedOut, "cannot connect to \(name): no answer in time")
        default:
            return NetError(.system, "cannot connect to \(name): \(error)")
        }
    }
}

extension ClientBootstrap {
    fileprivate func keepingAlive(_ enabled: Bool) -> ClientBootstrap {
        guard enabled else { return self }
        return channelOption(.tcpOption(.tcp_nodelay), value: 1).channelOption(.socketOption(.so_keepalive), value: 1)
    }
}

extension PeerIdentity {
    /// Libvirt's form: `127.0.0.1;51234`.
    init(_ channel: any Channel) {
        var description = "UNIX socket"
        if let address = channel.remoteAddress, let host = address.ipAddress, let port = address.port {
            description = "\(Self.unmapped(host));\(port)"
        }
        self.init(description: description)
    }

    /// An IPv4 client of a socket for both families has an IPv6 address that stands for its own.
    static func unmapped(_ host: String) -> String {
        let mapped = "::ffff:"
        return host.hasPrefix(mapped) && host.contains(".") ? String(host.dropFirst(mapped.count)) : host
    }
}

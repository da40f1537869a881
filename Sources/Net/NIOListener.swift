internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import VirtRPC

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// One or more listening TCP sockets, with or without TLS, where there is no epoll.
final class NIOListener: LinkListener, Sendable {
    let address: String
    let port: Int?
    private let channels: [any Channel]

    private init(address: String, port: Int?, channels: [any Channel]) {
        self.address = address
        self.port = port
        self.channels = channels
    }

    func setAccepting(_ enabled: Bool) {
        for channel in channels { channel.setOption(.autoRead, value: enabled).whenFailure { _ in } }
    }

    func close() {
        for channel in channels { channel.close(promise: nil) }
    }

    // MARK: making one

    static func listen(
        hosts: [String], port: Int, credentials: (any TLSCredentialsProvider)?, group: MultiThreadedEventLoopGroup,
        failed: @escaping @Sendable (NetError) -> Void, accept: @escaping @Sendable (any Link) -> (any LinkHandler)?
    ) async throws(NetError) -> NIOListener {
        guard (0...65535).contains(port) else {
            throw NetError(.invalidAddress, "cannot listen: there is no port \(port)")
        }
        let bootstrap = bootstrap(group, credentials: credentials, failed: failed, accept: accept)
        guard !hosts.isEmpty else {
            return try await listenEverywhere(bootstrap, port: port)
        }
        var channels: [any Channel] = []
        var chosen = port
        do throws(NetError) {
            for host in hosts {
                var lastError: NetError?
                var bound = false
                for address in try resolve(host) {
                    do throws(NetError) {
                        let family = address.contains(":") ? bootstrap.onlyIPv6() : bootstrap
                        let channel = try await bind("\(host):\(chosen)") {
                            try await family.bind(host: address, port: chosen).get()
                        }
                        channels.append(channel)
                        bound = true
                        if chosen == 0 { chosen = channel.localAddress?.port ?? 0 }
                    } catch {
                        // A machine without IPv6 still has a localhost with both addresses.
                        if error.systemError == EAFNOSUPPORT || error.systemError == EADDRNOTAVAIL {
                            lastError = error
                        } else {
                            throw error
                        }
                    }
                }
                if !bound, let lastError { throw lastError }
            }
        } catch {
            for channel in channels { channel.close(promise: nil) }
            throw error
        }
        return NIOListener(address: "\(hosts.joined(separator: ",")):\(chosen)", port: chosen, channels: channels)
    }

    /// One socket for both families, or for IPv4 on a machine without IPv6.
    private static func listenEverywhere(
        _ bootstrap: ServerBootstrap, port: Int
    ) async throws(NetError) -> NIOListener {
        let channel: any Channel
        do throws(NetError) {
            channel = try await bind("port \(port)") {
                try await bootstrap.bothFamilies().bind(host: "::", port: port).get()
            }
        } catch {
            guard error.systemError == EAFNOSUPPORT || error.systemError == EADDRNOTAVAIL else { throw error }
            channel = try await bind("port \(port)") { try await bootstrap.bind(host: "0.0.0.0", port: port).get() }
        }
        let chosen = channel.localAddress?.port
        return NIOListener(address: "*:\(chosen ?? port)", port: chosen, channels: [channel])
    }

    /// A UNIX socket, where there is no epoll.
    static func listen(
        path: String, group: MultiThreadedEventLoopGroup, accept: @escaping @Sendable (any Link) -> (any LinkHandler)?
    ) async throws(NetError) -> NIOListener {
        let bootstrap = bootstrap(group, credentials: nil, isUNIX: true, accept: accept)
        let channel = try await bind(path) {
            try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
        }
        return NIOListener(address: path, port: nil, channels: [channel])
    }

    private static func bind(
        _ name: String, _ body: () async throws -> any Channel
    ) async throws(NetError) -> any Channel {
        do {
            return try await body()
        } catch let error as IOError {
            throw .system(error.errnoCode, "listen on \(name)")
        } catch {
            throw NetError(.system, "cannot listen on \(name): \(error)")
        }
    }

    private static func bootstrap(
        _ group: MultiThreadedEventLoopGroup, credentials: (any TLSCredentialsProvider)?, isUNIX: Bool = false,
        failed: @escaping @Sendable (NetError) -> Void = { _ in },
        accept: @escaping @Sendable (any Link) -> (any LinkHandler)?
    ) -> ServerBootstrap {
        let gate = credentials.map { TLSGate($0, failed: failed) }
        var bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let gate {
                        try addTLS(channel, gate, accept)
                    } else {
                        try addLink(channel, isUNIX ? .unix : .tcp, accept)
                    }
                }
            }
        if !isUNIX {
            bootstrap =
                bootstrap
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.socketOption(.so_keepalive), value: 1)
        }
        return bootstrap
    }

    private static func addLink(
        _ channel: any Channel, _ transport: TransportKind, _ accept: @Sendable (any Link) -> (any LinkHandler)?
    ) throws {
        let link = NIOLink(channel: channel, peer: .init(channel), transport: transport)
        try channel.pipeline.syncOperations.addHandler(link)
        if let handler = accept(link) { link.attach(handler) } else { link.close(flushing: false) }
    }

    private static func addTLS(
        _ channel: any Channel, _ gate: TLSGate, _ accept: @escaping @Sendable (any Link) -> (any LinkHandler)?
    ) throws {
        let link = NIOLink(channel: channel, peer: .init(channel), transport: .tcp)
        try channel.pipeline.syncOperations.addHandler(link)
        gate.admit(link, attach: { link.attach($0) }, accept)
    }

    /// The addresses of a host name, as text.
    private static func resolve(_ host: String) throws(NetError) -> [String] {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        let failure = getaddrinfo(host, nil, &hints, &list)
        guard failure == 0, let list else {
            throw NetError(.notFound, "cannot listen on \(host): \(String(cString: gai_strerror(failure)))")
        }
        defer { freeaddrinfo(list) }
        var addresses: [String] = []
        var entry: UnsafeMutablePointer<addrinfo>? = list
        while let current = entry {
            entry = current.pointee.ai_next
            let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { buffer in
                getnameinfo(
                    current.pointee.ai_addr, current.pointee.ai_addrlen, buffer.baseAddress, socklen_t(NI_MAXHOST), nil,
                    0, NI_NUMERICHOST) == 0 ? String(cString: buffer.baseAddress!) : nil
            }
            if let text, !addresses.contains(text) { addresses.append(text) }
        }
        return addresses
    }
}

extension ServerBootstrap {
    fileprivate func onlyIPv6() -> ServerBootstrap {
        serverChannelOption(ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 1)
    }

    fileprivate func bothFamilies() -> ServerBootstrap {
        serverChannelOption(ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 0)
    }
}

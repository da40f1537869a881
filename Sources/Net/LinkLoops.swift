#if os(Linux)
    internal import CVirtLinux
#endif
internal import NIOCore
internal import NIOPosix
internal import Synchronization
package import VirtRPC

/// Where to listen.
package enum ListenAddress: Sendable {
    /// A UNIX socket with a file mode, and a group if it is not the process's own.
    case unix(path: String, mode: UInt32 = 0o600, groupID: UInt32? = nil)
    /// A socket that listens already, such as one of a service manager: UNIX, or TCP. Linux only.
    case descriptor(Int32, isTCP: Bool = false)
    /// A TCP socket that listens already, whose clients speak TLS. Linux only.
    case tlsDescriptor(Int32, any TLSCredentialsProvider)
    /// Every address of these hosts; an empty list means all addresses of this machine. Port 0 lets the kernel choose.
    case tcp(hosts: [String] = [], port: Int)
    case tls(hosts: [String] = [], port: Int, any TLSCredentialsProvider)
}

/// What to connect to.
package enum ConnectAddress: Sendable {
    case unix(path: String)
    case tcp(host: String, port: Int)
    /// The certificate has to be for `serverName`, or for `host` if that is nil.
    case tls(host: String, port: Int, TLSCredentials, serverName: String? = nil)
    /// What a program reads and writes: its name or path, and its arguments.
    case command([String])
}

package struct ConnectOptions: Sendable {
    /// For all that is tried, names and addresses; a TLS handshake has its own time.
    package var timeout: Duration

    package init(timeout: Duration = .seconds(10)) { self.timeout = timeout }
}

/// The threads on which links live, started when first needed.
package final class LinkLoops: Sendable {
    /// For clients: one thread for UNIX sockets and one for TCP, as long as the process lives.
    package static let shared = LinkLoops()

    private struct State {
        #if os(Linux)
            var unix: [EpollLoop] = []
            /// Apart from the others: a TLS handshake takes a thread for milliseconds.
            var tcp: [EpollLoop] = []
            var nextUNIX = 0
        #endif
        var group: MultiThreadedEventLoopGroup?
        var listeners: [any LinkListener] = []
        var isShutDown = false
    }

    private let unixThreads: Int
    private let tcpThreads: Int
    private let state = Mutex(State())

    package init(unixThreads: Int = 1, tcpThreads: Int = 1) {
        self.unixThreads = max(unixThreads, 1)
        self.tcpThreads = max(tcpThreads, 1)
    }

    private static var shutDown: NetError { NetError(.cancelled, "the network threads are shut down") }

    #if os(Linux)
        private func unixLoops() throws(NetError) -> [EpollLoop] {
            try loops { Self.fill(&$0.unix, unixThreads, "virt-unix") }
        }

        private func tcpLoops() throws(NetError) -> [EpollLoop] {
            try loops { Self.fill(&$0.tcp, tcpThreads, "virt-tcp") }
        }

        private func loops(_ body: (inout State) -> Result<[EpollLoop], NetError>) throws(NetError) -> [EpollLoop] {
            try state.withLock { $0.isShutDown ? .failure(Self.shutDown) : body(&$0) }.get()
        }

        /// Starts those that are missing.
        private static func fill(_ loops: inout [EpollLoop], _ count: Int, _ name: String) -> Result<[EpollLoop], NetError> {
            while loops.count < count {
                do throws(NetError) {
                    loops.append(try EpollLoop(name: "\(name)-\(loops.count)"))
                } catch {
                    return .failure(error)
                }
            }
            return .success(loops)
        }

        private func nextUNIXLoop() throws(NetError) -> EpollLoop {
            let loops = try unixLoops()
            return state.withLock { state in
                state.nextUNIX = (state.nextUNIX + 1) % loops.count
                return loops[state.nextUNIX]
            }
        }
    #endif

    func eventLoopGroup() throws(NetError) -> MultiThreadedEventLoopGroup {
        let group: MultiThreadedEventLoopGroup? = state.withLock { state in
            if state.isShutDown { return nil }
            if let group = state.group { return group }
            let group = MultiThreadedEventLoopGroup(numberOfThreads: tcpThreads)
            state.group = group
            return group
        }
        guard let group else { throw Self.shutDown }
        return group
    }

    /// Listens; blocks for the binding only.
    ///
    /// - Parameter backlog: connections that may wait in the kernel.
    /// - Parameter accept: called on the loop of each new link, for TLS after its handshake; says who handles it, or
    ///   nil to refuse it. It may send at once.
    /// - Parameter failed: called on a loop for each client that does not get as far as `accept`; for the log.
    package func listen(
        on address: ListenAddress, backlog: Int = 1024, failed: @escaping @Sendable (NetError) -> Void = { _ in },
        accept: @escaping @Sendable (any Link) -> (any LinkHandler)?
    ) async throws(NetError) -> any LinkListener {
        #if os(Linux)
            let backlog = Int32(clamping: max(1, backlog))
            switch address {
            case .unix(let path, let mode, let groupID):
                let (descriptor, file) = try UNIXSocketFile.create(
                    path, mode: mode, groupID: groupID, backlog: backlog)
                return SocketListener(
                    descriptor: descriptor, address: path, loops: try unixLoops(), closed: { file.remove() }
                ) { Self.accepted($0, $1, .unix, accept) }
            case .descriptor(let descriptor, let isTCP):
                let transport: TransportKind = isTCP ? .tcp : .unix
                return SocketListener(adopting: descriptor, loops: isTCP ? try tcpLoops() : try unixLoops()) {
                    Self.accepted($0, $1, transport, accept)
                }
            case .tlsDescriptor(let descriptor, let credentials):
                return SocketListener(
                    adopting: descriptor, loops: try tcpLoops(), accepted: Self.tlsAccepted(credentials, failed, accept))
            case .tcp(let hosts, let port):
                return try SocketListener.listen(hosts: hosts, port: port, backlog: backlog, loops: tcpLoops()) {
                    Self.accepted($0, $1, .tcp, accept)
                }
            case .tls(let hosts, let port, let credentials):
                return try SocketListener.listen(
                    hosts: hosts, port: port, backlog: backlog, loops: tcpLoops(),
                    accepted: Self.tlsAccepted(credentials, failed, accept))
            }
        #else
            return try await listenWithNIO(on: address, failed: failed, accept: accept)
        #endif
    }

    #if os(Linux)
        private static func accepted(
            _ descriptor: Int32, _ loop: EpollLoop, _ transport: TransportKind,
            _ accept: @Sendable (any Link) -> (any LinkHandler)?
        ) {
            guard let link = link(descriptor, loop, transport) else { return }
            if let handler = accept(link) { link.attach(handler) } else { link.close(flushing: false) }
        }

        private static func tlsAccepted(
            _ credentials: any TLSCredentialsProvider, _ failed: @escaping @Sendable (NetError) -> Void,
            _ accept: @escaping @Sendable (any Link) -> (any LinkHandler)?
        ) -> @Sendable (Int32, EpollLoop) -> Void {
            let gate = TLSGate(credentials, failed: failed)
            return { descriptor, loop in
                guard let link = link(descriptor, loop, .tcp) else { return }
                gate.admit(link, attach: { link.attach($0) }, accept)
            }
        }

        /// Nil if the loop cannot take it; it is closed then.
        private static func link(_ descriptor: Int32, _ loop: EpollLoop, _ transport: TransportKind) -> SocketLink? {
            let peer: PeerIdentity
            if transport == .tcp {
                virt_net_tcp_options(descriptor)
                peer = PeerIdentity(tcpSocket: descriptor)
            } else {
                peer = PeerIdentity(unixSocket: descriptor)
            }
            return try? SocketLink(descriptor: descriptor, loop: loop, transport: transport, peer: peer)
        }
    #endif

    /// What ``listen(on:failed:accept:)`` does where there is no epoll.
    func listenWithNIO(
        on address: ListenAddress, failed: @escaping @Sendable (NetError) -> Void = { _ in },
        accept: @escaping @Sendable (any Link) -> (any LinkHandler)?
    ) async throws(NetError) -> any LinkListener {
        switch address {
        case .unix(let path, _, _):
            return try await NIOListener.listen(path: path, group: eventLoopGroup(), accept: accept)
        case .descriptor(let descriptor, _), .tlsDescriptor(let descriptor, _):
            throw NetError(.invalidAddress, "descriptor \(descriptor) cannot be listened on here")
        case .tcp(let hosts, let port):
            return try await NIOListener.listen(
                hosts: hosts, port: port, credentials: nil, group: eventLoopGroup(), failed: failed, accept: accept)
        case .tls(let hosts, let port, let credentials):
            return try await NIOListener.listen(
                hosts: hosts, port: port, credentials: credentials, group: eventLoopGroup(), failed: failed,
                accept: accept)
        }
    }

    /// Connects, and for TLS waits until the server has accepted us.
    ///
    /// - Throws: ``NetError``, also `.cancelled` when the task is.
    package func connect(
        to address: ConnectAddress, options: ConnectOptions = ConnectOptions()
    ) async throws(NetError) -> UnattachedLink {
        switch address {
        case .unix(let path):
            #if os(Linux)
                return try await UNIXConnector(loop: nextUNIXLoop()).connect(path: path, timeout: options.timeout)
            #else
                return try await NIOConnector(group: eventLoopGroup()).connect(path: path, timeout: options.timeout)
            #endif
        case .tcp(let host, let port):
            return try await NIOConnector(group: eventLoopGroup()).connect(
                host: host, port: port, timeout: options.timeout)
        case .tls(let host, let port, let credentials, let serverName):
            return try await NIOConnector(group: eventLoopGroup()).connect(
                host: host, port: port, credentials: credentials, serverName: serverName ?? host,
                timeout: options.timeout)
        case .command(let arguments):
            #if os(Linux)
                return try await CommandConnector(arguments).connect(on: nextUNIXLoop())
            #else
                return try await runWithNIO(arguments)
            #endif
        }
    }

    /// What ``connect(to:options:)`` does with a command where there is no epoll.
    func runWithNIO(_ arguments: [String]) async throws(NetError) -> UnattachedLink {
        let loop = try eventLoopGroup().next()
        return try await CommandConnector(arguments).connect(on: loop)
    }

    /// Closes every link and ends the threads.
    package func shutdown() async {
        let (loops, group) = state.withLock { state in
            state.isShutDown = true
            defer { state.group = nil }
            #if os(Linux)
                defer { (state.unix, state.tcp) = ([], []) }
                return ((state.unix + state.tcp).map { loop in { @Sendable in loop.stop() } }, state.group)
            #else
                return ([@Sendable () -> Void](), state.group)
            #endif
        }
        for stop in loops { stop() }
        if let group { try? await group.shutdownGracefully() }
    }
}

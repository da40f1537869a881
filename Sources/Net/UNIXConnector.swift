#if os(Linux)
    internal import CVirtLinux
    internal import VirtRPC
    #if canImport(Musl)
        internal import Musl
    #else
        internal import Glibc
    #endif

    /// Opens connections to UNIX sockets.
    package struct UNIXConnector: Sendable {
        package let loop: EpollLoop

        package init(loop: EpollLoop) { self.loop = loop }

        /// Connects; the link reads nothing until a handler is attached.
        package func connect(path: String, timeout: Duration = .seconds(10)) async throws(NetError) -> UnattachedLink {
            let attempt = OneShot<UnattachedLink>()
            let loop = self.loop
            return try await attempt.run(
                orElse: { $0.close() },
                start: {
                    loop.execute {
                        Self.attempt(attempt, path: path, loop: loop, deadline: .now + timeout)
                    }
                })
        }

        /// A full backlog is the only thing to wait for: the kernel answers anything else at once.
        private static func attempt(
            _ attempt: OneShot<UnattachedLink>, path: String, loop: EpollLoop, deadline: ContinuousClock.Instant
        ) {
            guard !attempt.isFinished else { return }
            let descriptor = virt_net_unix_socket()
            guard descriptor >= 0 else { return attempt.finish(.failure(.system(-descriptor, "create a socket"))) }
            let result = virt_net_unix_connect(descriptor, path)
            guard result >= 0 else {
                closeDescriptor(descriptor)
                guard result == -EAGAIN else {
                    return attempt.finish(.failure(.system(-result, "connect to \(path)")))
                }
                guard ContinuousClock.now < deadline else {
                    return attempt.finish(
                        .failure(NetError(.timedOut, "cannot connect to \(path): nobody accepts connections")))
                }
                _ = loop.schedule(after: .milliseconds(20)) {
                    Self.attempt(attempt, path: path, loop: loop, deadline: deadline)
                }
                return
            }
            do throws(NetError) {
                let link = try SocketLink(
                    descriptor: descriptor, loop: loop, transport: .unix, peer: PeerIdentity(unixSocket: descriptor))
                attempt.finish(.success(UnattachedLink(link) { link.attach($0) }))
            } catch {
                attempt.finish(.failure(error))
            }
        }
    }
#endif

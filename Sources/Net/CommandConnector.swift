internal import CVirtLinux
internal import NIOCore
internal import NIOPosix
internal import VirtRPC
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Starts programs that links go through.
struct CommandConnector {
    private let child: ChildProcess
    private let name: String
    /// Our ends of its input and output, and of its standard error.
    private let standard: Int32
    private let errors: Int32

    /// Starts the program; blocks until it runs, or cannot.
    init(_ arguments: [String]) throws(NetError) {
        let (standard, itsStandard) = try Self.pair()
        defer { closeDescriptor(itsStandard) }
        do throws(NetError) {
            let (errors, itsErrors) = try Self.pair()
            defer { closeDescriptor(itsErrors) }
            do throws(NetError) {
                child = try ChildProcess.start(arguments, standard: itsStandard, errors: itsErrors)
            } catch {
                closeDescriptor(errors)
                throw error
            }
            name = arguments.first ?? ""
            self.standard = standard
            self.errors = errors
        } catch {
            closeDescriptor(standard)
            throw error
        }
    }

    private static func pair() throws(NetError) -> (Int32, Int32) {
        var ends: (Int32, Int32) = (-1, -1)
        let failure = withUnsafeMutableBytes(of: &ends) { virt_socket_pair($0.assumingMemoryBound(to: Int32.self).baseAddress) }
        guard failure == 0 else { throw .system(-failure, "create a pair of sockets") }
        return ends
    }

    private func link(
        _ base: any Link, _ errorsLink: any Link, attachBase: @escaping @Sendable (any LinkHandler) -> Void,
        attachErrors: (any LinkHandler) -> Void
    ) -> UnattachedLink {
        let collector = ErrorCollector()
        attachErrors(collector)
        let link = CommandLink(base, child: child, name: name, errors: collector, errorsLink: errorsLink)
        return UnattachedLink(link) { link.attach($0, attachBase: attachBase) }
    }

    #if os(Linux)
        /// The link through it.
        func connect(on loop: EpollLoop) async throws(NetError) -> UnattachedLink {
            let attempt = OneShot<UnattachedLink>()
            // The program runs already, so that also an attempt that is given up gets its link, which ends it.
            loop.execute { attempt.finish(Result { () throws(NetError) in try link(on: loop) }) }
            return try await attempt.run(orElse: { $0.close() }, start: {})
        }

        private func link(on loop: EpollLoop) throws(NetError) -> UnattachedLink {
            let peer = PeerIdentity(description: name)
            do throws(NetError) {
                let base: SocketLink
                do throws(NetError) {
                    base = try SocketLink(descriptor: standard, loop: loop, transport: .command, peer: peer)
                } catch {
                    closeDescriptor(errors)
                    throw error
                }
                let errorsLink: SocketLink
                do throws(NetError) {
                    errorsLink = try SocketLink(descriptor: errors, loop: loop, transport: .command, peer: peer)
                } catch {
                    base.close(flushing: false)
                    throw error
                }
                return link(
                    base, errorsLink, attachBase: { base.attach($0) }, attachErrors: { errorsLink.attach($0) })
            } catch {
                child.signal(SIGKILL)
                throw error
            }
        }
    #endif

    /// The link through it, where there is no epoll.
    func connect(on loop: any EventLoop) async throws(NetError) -> UnattachedLink {
        let attempt = OneShot<UnattachedLink>()
        adopt(standard, on: loop).and(adopt(errors, on: loop)).whenComplete { result in
            switch result {
            case .success(let (base, errorsLink)):
                attempt.finish(
                    .success(
                        link(
                            base, errorsLink, attachBase: { base.attach($0) },
                            attachErrors: { errorsLink.attach($0) })))
            case .failure(let error):
                child.signal(SIGKILL)
                attempt.finish(.failure(NetError(.system, "cannot talk with \(name): \(error)")))
            }
        }
        return try await attempt.run(orElse: { $0.close() }, start: {})
    }

    /// A link over a socket; there from the first moment of its channel, since the program may have ended by now.
    private func adopt(_ descriptor: Int32, on loop: any EventLoop) -> EventLoopFuture<NIOLink> {
        let peer = PeerIdentity(description: name)
        let promise = loop.makePromise(of: NIOLink.self)
        ClientBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let link = NIOLink(channel: channel, peer: peer, transport: .command)
                    try channel.pipeline.syncOperations.addHandler(link)
                    promise.succeed(link)
                }
            }
            .withConnectedSocket(descriptor)
            // Only the first outcome counts.
            .whenFailure { promise.fail($0) }
        return promise.futureResult
    }
}

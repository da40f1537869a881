#if os(Linux)
    internal import CVirtLinux
    internal import Synchronization
    internal import VirtRPC
    #if canImport(Musl)
        internal import Musl
    #else
        internal import Glibc
    #endif

    /// A listening socket: accepts connections and hands them to the loops in turn.
    final class SocketListener: EpollSource, LinkListener, @unchecked Sendable {
        // SAFETY: `state` is locked; what else changes belongs to the loop's thread.
        private struct State {
            var isClosed = false
            var isAccepting = true
        }

        let address: String
        let port: Int?

        private let descriptor: Int32
        private let loop: EpollLoop
        private let loops: [EpollLoop]
        private let accepted: @Sendable (Int32, EpollLoop) -> Void
        private let closed: @Sendable () -> Void
        private let state = Mutex(State())
        private var next = 0
        private var backoff: (any LinkTimer)?

        private static let acceptsPerPass = 32

        /// Takes over a listening, non-blocking socket.
        ///
        /// - Parameters:
        ///   - accepted: called on the chosen loop with each connection's descriptor, which is the callee's.
        ///   - closed: called once, before the socket is closed.
        init(
            descriptor: Int32, address: String, port: Int? = nil, loops: [EpollLoop],
            closed: @escaping @Sendable () -> Void = {}, accepted: @escaping @Sendable (Int32, EpollLoop) -> Void
        ) {
            self.descriptor = descriptor
            self.address = address
            self.port = port
            self.loops = loops
            self.loop = loops[0]
            self.closed = closed
            self.accepted = accepted
            super.init()
            start()
        }

        /// Accepts on a socket that another made, such as a service manager.
        convenience init(
            adopting descriptor: Int32, loops: [EpollLoop], accepted: @escaping @Sendable (Int32, EpollLoop) -> Void
        ) {
            let flags = fcntl(descriptor, F_GETFL)
            _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            self.init(
                descriptor: descriptor, address: "descriptor \(descriptor)", loops: loops, accepted: accepted)
        }

        private func start() {
            loop.execute {
                if self.state.withLock({ $0.isClosed }) { return }
                _ = self.loop.add(self, descriptor: self.descriptor, events: VIRT_NET_IN)
                self.updateInterest()
            }
        }

        // MARK: accepting

        override func ready(_ events: UInt32) {
            for _ in 0..<Self.acceptsPerPass {
                guard state.withLock({ $0.isAccepting && !$0.isClosed }) else { return }
                let accepted = virt_net_accept(descriptor)
                if accepted >= 0 {
                    hand(over: accepted)
                    continue
                }
                switch -accepted {
                case EAGAIN: return
                case EINTR, ECONNABORTED: continue
                default:
                    // No descriptor or no memory left: others may give some back.
                    backoff = loop.schedule(after: .milliseconds(200)) { [self] in
                        backoff = nil
                        updateInterest()
                    }
                    updateInterest()
                    return
                }
            }
        }

        private func hand(over descriptor: Int32) {
            let target = loops[next % loops.count]
            next = (next + 1) % loops.count
            let accepted = self.accepted
            target.execute { accepted(descriptor, target) }
        }

        private func updateInterest() {
            let accepting = state.withLock { $0.isAccepting && !$0.isClosed } && backoff == nil
            guard token != 0 else { return }
            loop.modify(descriptor: descriptor, events: accepting ? VIRT_NET_IN : 0, token: token)
        }

        func setAccepting(_ enabled: Bool) {
            state.withLock { $0.isAccepting = enabled }
            loop.execute { self.updateInterest() }
        }

        func close() {
            let first = state.withLock { state in
                defer { state.isClosed = true }
                return !state.isClosed
            }
            guard first else { return }
            closed()
            loop.execute { [self] in
                backoff?.cancel()
                loop.remove(self)
                closeDescriptor(descriptor)
            }
        }

        override func loopStops() { close() }
    }
#endif

#if os(Linux)
    internal import CVirtLinux
    internal import Synchronization
    internal import VirtRPC
    #if canImport(Musl)
        internal import Musl
    #else
        internal import Glibc
    #endif

    /// A UNIX socket that accepts connections and hands them to the loops in turn.
    final class UNIXListener: EpollSource, LinkListener, @unchecked Sendable {
        // SAFETY: `state` is locked; what else changes belongs to the loop's thread.
        private struct State {
            var isClosed = false
            var isAccepting = true
        }

        let address: String
        var port: Int? { nil }

        private let path: String?
        private var identity: (device: UInt64, inode: UInt64)?
        private let descriptor: Int32
        private let loop: EpollLoop
        private let loops: [EpollLoop]
        private let accept: @Sendable (any Link) -> (any LinkHandler)?
        private let state = Mutex(State())
        private var next = 0
        private var backoff: (any LinkTimer)?

        private static let acceptsPerPass = 32

        /// Binds `path`, in place of a socket file that nobody listens on any more.
        ///
        /// Nobody can connect before mode and group are set. Blocks for as long as the file system does.
        init(
            path: String, mode: UInt32, groupID: UInt32?, loops: [EpollLoop],
            accept: @escaping @Sendable (any Link) -> (any LinkHandler)?
        ) throws(NetError) {
            let (descriptor, identity) = try Self.bind(path, mode: mode, groupID: groupID)
            self.address = path
            self.path = path
            self.identity = identity
            self.descriptor = descriptor
            self.loops = loops
            self.loop = loops[0]
            self.accept = accept
            super.init()
            start()
        }

        /// Accepts on a socket that another made, such as a service manager; it owns the file.
        init(
            adopting descriptor: Int32, loops: [EpollLoop],
            accept: @escaping @Sendable (any Link) -> (any LinkHandler)?
        ) {
            self.address = "descriptor \(descriptor)"
            self.path = nil
            self.descriptor = descriptor
            self.loops = loops
            self.loop = loops[0]
            self.accept = accept
            super.init()
            let flags = fcntl(descriptor, F_GETFL)
            _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            start()
        }

        private func start() {
            loop.execute {
                if self.state.withLock({ $0.isClosed }) { return }
                _ = self.loop.add(self, descriptor: self.descriptor, events: VIRT_NET_IN)
                self.updateInterest()
            }
        }

        // MARK: binding

        private static func bind(
            _ path: String, mode: UInt32, groupID: UInt32?
        ) throws(NetError) -> (Int32, (UInt64, UInt64)) {
            let descriptor = virt_net_unix_socket()
            guard descriptor >= 0 else { throw .system(-descriptor, "create a socket") }
            do throws(NetError) {
                return (descriptor, try bind(descriptor, to: path, mode: mode, groupID: groupID))
            } catch {
                closeDescriptor(descriptor)
                throw error
            }
        }

        private static func bind(
            _ descriptor: Int32, to path: String, mode: UInt32, groupID: UInt32?
        ) throws(NetError) -> (UInt64, UInt64) {
            // Two daemons that start together must not take each other's fresh socket for a stale one: whoever looks,
            // unlinks and binds holds the directory's lock until it listens.
            let directory = open(parent(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard directory >= 0 else { throw .system(errno, "open the directory of \(path)") }
            defer { closeDescriptor(directory) }
            while flock(directory, LOCK_EX) < 0 {
                guard errno == EINTR else { break }
            }
            var failure = virt_net_unix_bind(descriptor, path)
            if failure == -EADDRINUSE {
                try removeStale(path)
                failure = virt_net_unix_bind(descriptor, path)
            }
            guard failure >= 0 else { throw .system(-failure, "listen on \(path)") }
            var information = stat()
            guard lstat(path, &information) == 0 else { throw .system(errno, "listen on \(path)") }
            do throws(NetError) {
                if let groupID, lchown(path, uid_t.max, gid_t(groupID)) != 0 {
                    throw .system(errno, "give \(path) to group \(groupID)")
                }
                if chmod(path, mode_t(mode)) != 0 { throw .system(errno, "set the mode of \(path)") }
                if listen(descriptor, 1024) != 0 { throw .system(errno, "listen on \(path)") }
            } catch {
                unlink(path)
                throw error
            }
            return (UInt64(information.st_dev), UInt64(information.st_ino))
        }

        private static func removeStale(_ path: String) throws(NetError) {
            var information = stat()
            guard lstat(path, &information) == 0 else {
                if errno == ENOENT { return }
                throw .system(errno, "examine \(path)")
            }
            guard information.st_mode & S_IFMT == S_IFSOCK else {
                throw NetError(.invalidAddress, "cannot listen on \(path): it exists and is not a socket")
            }
            let probe = virt_net_unix_socket()
            guard probe >= 0 else { throw .system(-probe, "create a socket") }
            defer { closeDescriptor(probe) }
            switch virt_net_unix_connect(probe, path) {
            case -ECONNREFUSED:
                guard unlink(path) == 0 || errno == ENOENT else { throw .system(errno, "remove stale \(path)") }
            case -ENOENT:
                return
            case let other where other >= 0 || other == -EAGAIN || other == -EINPROGRESS:
                throw NetError(
                    .addressInUse, "cannot listen on \(path): another process is listening there",
                    systemError: EADDRINUSE)
            case let other:
                throw .system(-other, "find out who listens on \(path)")
            }
        }

        private static func parent(of path: String) -> String {
            guard let slash = path.lastIndex(of: "/") else { return "." }
            return slash == path.startIndex ? "/" : String(path[..<slash])
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

        private func hand(over accepted: Int32) {
            let target = loops[next % loops.count]
            next = (next + 1) % loops.count
            let accept = self.accept
            target.execute {
                guard let link = try? UNIXLink(descriptor: accepted, loop: target) else { return }
                if let handler = accept(link) {
                    link.attach(handler)
                } else {
                    link.close(flushing: false)
                }
            }
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
            removeFile()
            loop.execute { [self] in
                backoff?.cancel()
                loop.remove(self)
                closeDescriptor(descriptor)
            }
        }

        override func loopStops() { close() }

        /// Removes the socket file unless another has taken its place meanwhile.
        private func removeFile() {
            guard let path, let identity else { return }
            var information = stat()
            guard lstat(path, &information) == 0,
                identity == (UInt64(information.st_dev), UInt64(information.st_ino))
            else { return }
            unlink(path)
        }
    }
#endif

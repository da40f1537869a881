#if os(Linux)
    internal import CVirtLinux
    #if canImport(Musl)
        internal import Musl
    #else
        internal import Glibc
    #endif

    /// The file of a UNIX socket that we have bound.
    struct UNIXSocketFile: Sendable {
        private let path: String
        private let device: UInt64
        private let inode: UInt64

        /// Binds `path` and listens, in place of a socket file that nobody listens on any more.
        ///
        /// Nobody can connect before mode and group are set. Blocks for as long as the file system does.
        static func create(
            _ path: String, mode: UInt32, groupID: UInt32?, backlog: Int32
        ) throws(NetError) -> (descriptor: Int32, file: UNIXSocketFile) {
            let (descriptor, identity) = try bind(path, mode: mode, groupID: groupID, backlog: backlog)
            return (descriptor, UNIXSocketFile(path: path, device: identity.0, inode: identity.1))
        }

        private static func bind(
            _ path: String, mode: UInt32, groupID: UInt32?, backlog: Int32
        ) throws(NetError) -> (Int32, (UInt64, UInt64)) {
            let descriptor = virt_net_unix_socket()
            guard descriptor >= 0 else { throw .system(-descriptor, "create a socket") }
            do throws(NetError) {
                return (descriptor, try bind(descriptor, to: path, mode: mode, groupID: groupID, backlog: backlog))
            } catch {
                closeDescriptor(descriptor)
                throw error
            }
        }

        private static func bind(
            _ descriptor: Int32, to path: String, mode: UInt32, groupID: UInt32?, backlog: Int32
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
                if listen(descriptor, backlog) != 0 { throw .system(errno, "listen on \(path)") }
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

        /// Removes the file unless another has taken its place meanwhile.
        func remove() {
            var information = stat()
            guard lstat(path, &information) == 0, device == UInt64(information.st_dev),
                inode == UInt64(information.st_ino)
            else { return }
            unlink(path)
        }
    }
#endif

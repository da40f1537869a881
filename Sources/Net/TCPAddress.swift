#if os(Linux)
    internal import CVirtLinux
    #if canImport(Musl)
        internal import Musl
    #else
        internal import Glibc
    #endif

    /// An IPv4 or IPv6 address with a port, as the kernel takes it.
    struct TCPAddress {
        private var storage: sockaddr_storage
        private let size: socklen_t

        init(_ storage: sockaddr_storage, size: socklen_t) {
            self.storage = storage
            self.size = size
        }

        /// All addresses of a host, with port 0; blocks for as long as looking them up takes.
        static func resolve(_ host: String) throws(NetError) -> [TCPAddress] {
            var hints = addrinfo()
            hints.ai_flags = AI_PASSIVE
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            var list: UnsafeMutablePointer<addrinfo>?
            let failure = getaddrinfo(host, nil, &hints, &list)
            guard failure == 0 else {
                throw NetError(.notFound, "cannot listen on \(host): \(String(cString: gai_strerror(failure)))")
            }
            defer { freeaddrinfo(list) }
            var addresses: [TCPAddress] = []
            var entry = list
            while let current = entry?.pointee {
                entry = current.ai_next
                guard let address = current.ai_addr, Int(current.ai_addrlen) <= MemoryLayout<sockaddr_storage>.size else {
                    continue
                }
                var storage = sockaddr_storage()
                withUnsafeMutableBytes(of: &storage) {
                    $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(current.ai_addrlen)))
                }
                addresses.append(TCPAddress(storage, size: current.ai_addrlen))
            }
            return addresses
        }

        func at(port: Int) -> TCPAddress {
            var address = self
            // In both families the port stands behind the two bytes of the family.
            withUnsafeMutableBytes(of: &address.storage) {
                $0.storeBytes(of: UInt16(port).bigEndian, toByteOffset: 2, as: UInt16.self)
            }
            return address
        }

        var isIPv6: Bool { Int32(storage.ss_family) == AF_INET6 }

        /// The address in figures, and the port.
        var text: (host: String, port: Int)? {
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { host in
                withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXSERV)) { service in
                    let failure = withSocketAddress {
                        getnameinfo(
                            $0, $1, host.baseAddress, socklen_t(NI_MAXHOST), service.baseAddress,
                            socklen_t(NI_MAXSERV), NI_NUMERICHOST | NI_NUMERICSERV)
                    }
                    guard failure == 0, let port = Int(String(cString: service.baseAddress!)) else { return nil }
                    return (String(cString: host.baseAddress!), port)
                }
            }
        }

        /// A listening, non-blocking socket, and the port it has got.
        ///
        /// - Parameter bothFamilies: whether an IPv6 socket takes IPv4 connections, too.
        func listen(bothFamilies: Bool, backlog: Int32) throws(NetError) -> (descriptor: Int32, port: Int) {
            let name = text.map { "\($0.host):\($0.port)" } ?? "a TCP port"
            let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            let descriptor = socket(Int32(storage.ss_family), type, 0)
            guard descriptor >= 0 else { throw .system(errno, "listen on \(name)") }
            var isReused: Int32 = 1
            var isOnlyIPv6: Int32 = bothFamilies ? 0 : 1
            let length = socklen_t(MemoryLayout<Int32>.size)
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isReused, length)
            if isIPv6 { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &isOnlyIPv6, length) }
            let isBound = withSocketAddress { bind(descriptor, $0, $1) == 0 }
            guard isBound, beginListening(descriptor, backlog) else {
                let number = errno
                closeDescriptor(descriptor)
                throw .system(number, "listen on \(name)")
            }
            var bound = sockaddr_storage()
            var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
            _ = withUnsafeMutablePointer(to: &bound) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
            }
            return (descriptor, TCPAddress(bound, size: size).text?.port ?? 0)
        }

        private func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
            withUnsafePointer(to: storage) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, size) }
            }
        }
    }

    /// `listen`, by a name that the method called so does not hide.
    private func beginListening(_ descriptor: Int32, _ backlog: Int32) -> Bool { listen(descriptor, backlog) == 0 }
#endif

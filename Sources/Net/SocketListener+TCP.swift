#if os(Linux)
    internal import VirtRPC
    #if canImport(Musl)
        internal import Musl
    #else
        internal import Glibc
    #endif

    extension SocketListener {
        /// Listens on every address of `hosts`, or on all of this machine; with port 0 all get the one that the first
        /// has got.
        static func listen(
            hosts: [String], port: Int, backlog: Int32, loops: [EpollLoop],
            accepted: @escaping @Sendable (Int32, EpollLoop) -> Void
        ) throws(NetError) -> any LinkListener {
            guard (0...65535).contains(port) else {
                throw NetError(.invalidAddress, "cannot listen: there is no port \(port)")
            }
            var sockets: [Int32] = []
            var chosen = port
            do throws(NetError) {
                if hosts.isEmpty {
                    try bind(nil, &chosen, backlog, &sockets)
                } else {
                    for host in hosts { try bind(host, &chosen, backlog, &sockets) }
                }
            } catch {
                for socket in sockets { closeDescriptor(socket) }
                throw error
            }
            let name = hosts.isEmpty ? "*" : hosts.joined(separator: ",")
            return ListenerGroup(
                address: "\(name):\(chosen)", port: chosen,
                members: sockets.map {
                    SocketListener(
                        descriptor: $0, address: "\(name):\(chosen)", port: chosen, loops: loops, accepted: accepted)
                })
        }

        private static func bind(
            _ host: String?, _ port: inout Int, _ backlog: Int32, _ sockets: inout [Int32]
        ) throws(NetError) {
            // One socket for both families where there are both.
            let addresses =
                if let host { try TCPAddress.resolve(host) } else {
                    try TCPAddress.resolve("::") + TCPAddress.resolve("0.0.0.0")
                }
            var lastError: NetError?
            var isBound = false
            for address in addresses where host != nil || !isBound {
                do throws(NetError) {
                    let socket = try address.at(port: port).listen(bothFamilies: host == nil, backlog: backlog)
                    sockets.append(socket.descriptor)
                    isBound = true
                    port = socket.port
                } catch {
                    // A machine without IPv6 still has a localhost with both addresses.
                    guard error.systemError == EAFNOSUPPORT || error.systemError == EADDRNOTAVAIL else { throw error }
                    lastError = error
                }
            }
            if !isBound, let lastError { throw lastError }
        }
    }

    /// Several sockets that are one to the user.
    private final class ListenerGroup: LinkListener, Sendable {
        let address: String
        let port: Int?
        private let members: [SocketListener]

        init(address: String, port: Int?, members: [SocketListener]) {
            self.address = address
            self.port = port
            self.members = members
        }

        func setAccepting(_ enabled: Bool) {
            for member in members { member.setAccepting(enabled) }
        }

        func close() {
            for member in members { member.close() }
        }
    }
#endif

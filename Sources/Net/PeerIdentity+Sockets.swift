#if os(Linux)
    internal import CVirtLinux
    internal import VirtRPC
    #if canImport(Musl)
        internal import Musl
    #else
        internal import Glibc
    #endif

    extension PeerIdentity {
        /// By SO_PEERCRED and SO_PEERSEC: who connected.
        init(unixSocket descriptor: Int32) {
            var process: Int32 = 0
            var user: UInt32 = 0
            var group: UInt32 = 0
            guard virt_net_peer_credentials(descriptor, &process, &user, &group) == 0 else {
                self.init(description: "UNIX socket")
                return
            }
            self.init(
                description: "process \(process) of user \(user)",
                credentials: .init(processID: process, userID: user, groupID: group))
            var context = [CChar](repeating: 0, count: 256)
            let length = virt_net_peer_security(descriptor, &context, context.count)
            if length > 0 {
                let text = context[..<min(length, context.count)].prefix { $0 != 0 }
                securityContext = String(decoding: text.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            }
        }

        /// By its address, in libvirt's form: `127.0.0.1;51234`.
        init(tcpSocket descriptor: Int32) {
            var storage = sockaddr_storage()
            var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let found = withUnsafeMutablePointer(to: &storage) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &size) == 0 }
            }
            guard found, let (host, port) = TCPAddress(storage, size: size).text else {
                self.init(description: "TCP socket")
                return
            }
            self.init(description: "\(Self.unmapped(host));\(port)")
        }
    }
#endif

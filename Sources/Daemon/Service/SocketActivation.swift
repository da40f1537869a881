package import Libvirt
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Sockets that a service manager has opened for us: sd_listen_fds(3).
///
/// A socket's role follows from its name, which is that of its unit (`libvirtd-ro.socket`), or, if it has none of that
/// kind, from its address.
package struct SocketActivation: Sendable, Equatable {
    package enum Role: String, Sendable, CaseIterable {
        case readWrite = ""
        case readOnly = "-ro"
        case admin = "-admin"
        case tcp = "-tcp"
        case tls = "-tls"
    }

    package struct Socket: Sendable, Equatable {
        package let descriptor: Int32
        package let role: Role
    }

    package let sockets: [Socket]

    package func sockets(_ role: Role) -> [Socket] { sockets.filter { $0.role == role } }

    private static let first: Int32 = 3
    /// More than any unit has; whoever says so does not mean us well.
    private static let most: Int32 = 64

    /// Takes over what `LISTEN_FDS` says was passed to this process; nil if nothing was.
    ///
    /// - Parameters:
    ///   - variable: an environment variable's value.
    ///   - tlsPort: tells TLS from TCP where the name does not.
    /// - Throws: ``VirtError`` for a variable that makes no sense, and for a socket that nobody knows what to do with: it
    ///   would be left unanswered.
    package init?(variable: (String) -> String?, tlsPort: UInt16?) throws {
        guard let owner = variable("LISTEN_PID").flatMap({ Int32($0) }), owner == getpid(),
            let text = variable("LISTEN_FDS")
        else { return nil }
        guard let count = Int32(text), count > 0, count <= Self.most else {
            throw VirtError(.internalError, domain: .none, "LISTEN_FDS='\(text)' is not a number of sockets")
        }
        let names = (variable("LISTEN_FDNAMES") ?? "").split(separator: ":", omittingEmptySubsequences: false)
        sockets = try (0..<count).map { index in
            let descriptor = Self.first + index
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            let name = Int(index) < names.count ? String(names[Int(index)]) : ""
            guard let role = try Self.role(named: name) ?? Self.role(descriptor, tlsPort: tlsPort) else {
                throw VirtError(
                    .internalError, domain: .none,
                    "socket \(descriptor) ('\(name)') of the service manager is none that this daemon serves")
            }
            return Socket(descriptor: descriptor, role: role)
        }
    }

    /// `libvirtd.socket`, `virtd-ro.socket`, `virtqemud-admin.socket`.
    private static func role(named name: String) -> Role? {
        guard name.hasSuffix(".socket") else { return nil }
        let unit = name.dropLast(".socket".count)
        return Role.allCases.first { $0 != .readWrite && unit.hasSuffix($0.rawValue) } ?? .readWrite
    }

    private static func role(_ descriptor: Int32, tlsPort: UInt16?) throws -> Role? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isKnown = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) == 0 }
        }
        guard isKnown else {
            throw VirtError.system(errno, "descriptor \(descriptor) of the service manager is not a socket")
        }
        switch Int32(storage.ss_family) {
        case AF_UNIX:
            let path = withUnsafeBytes(of: storage) { bytes in
                String(decoding: bytes.dropFirst(MemoryLayout<sa_family_t>.size).prefix { $0 != 0 }, as: UTF8.self)
            }
            if path.hasSuffix("-admin-sock") { return .admin }
            if path.hasSuffix("-sock-ro") { return .readOnly }
            return path.hasSuffix("-sock") ? .readWrite : nil
        case AF_INET, AF_INET6:
            // The port stands at the same place in both.
            let port = withUnsafeBytes(of: storage) { UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) }
            return port == tlsPort ? .tls : .tcp
        default: return nil
        }
    }
}

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif
internal import Libvirt

/// Folders, groups and ports that the configuration names.
enum DaemonFiles {
    /// Whom the daemon runs as.
    static var userID: UInt32 { geteuid() }

    /// Makes a folder and those above it.
    static func makeFolder(_ path: String, mode: UInt32) throws {
        var current = ""
        for part in path.split(separator: "/") {
            current += "/" + part
            if mkdir(current, mode_t(mode)) != 0, errno != EEXIST {
                throw VirtError(
                    .systemError, domain: .none, "cannot create directory '\(current)': \(String(cString: strerror(errno)))")
            }
        }
    }

    /// A group by name or number.
    static func groupID(_ name: String) throws -> UInt32 {
        if let number = UInt32(name) { return number }
        guard let entry = getgrnam(name) else {
            throw VirtError(.internalError, domain: .conf, "Failed to find group '\(name)' of unix_sock_group")
        }
        return entry.pointee.gr_gid
    }

    /// A port by number or service name.
    static func port(_ text: String, key: String) throws -> Int {
        if let number = UInt16(text) { return Int(number) }
        guard let entry = getservbyname(text, "tcp") else {
            throw VirtError(.internalError, domain: .conf, "\(key): '\(text)' is neither a port nor a service's name")
        }
        return Int(UInt16(bigEndian: UInt16(truncatingIfNeeded: entry.pointee.s_port)))
    }
}

internal import Libvirt

/// The UNIX sockets that the daemon makes: where they are and who may connect.
///
/// The names are libvirt's: clients look for them.
package struct SocketLayout: Sendable, Equatable {
    package struct Socket: Sendable, Equatable {
        package let path: String
        package let mode: UInt32
    }

    package let directory: String
    package let readWrite: Socket
    /// A user's own daemon has none.
    package let readOnly: Socket?
    package let admin: Socket
    /// Name or number of the group that owns all of them; nil leaves it as it comes.
    package let group: String?

    package var all: [Socket] { [readWrite, readOnly, admin].compactMap { $0 } }

    /// - Throws: ``VirtError`` if a path is longer than the kernel takes.
    package init(_ configuration: DaemonConfiguration, paths: DaemonPaths) throws {
        let directory = configuration.socketDirectory ?? paths.run
        func socket(_ name: String, _ mode: UInt32) throws -> Socket {
            let path = "\(directory)/\(name)"
            guard path.utf8.count <= Self.longestPath else {
                throw VirtError(.internalError, domain: .rpc, "Path \(path) too long for unix socket")
            }
            return Socket(path: path, mode: mode)
        }
        self.directory = directory
        readWrite = try socket("libvirt-sock", configuration.readWriteMode(isPrivileged: paths.isSystem))
        readOnly = paths.isSystem ? try socket("libvirt-sock-ro", configuration.readOnlySocketMode) : nil
        admin = try socket("libvirt-admin-sock", configuration.adminSocketMode)
        group = paths.isSystem ? configuration.socketGroup : nil
    }

    /// `sun_path` without its final zero.
    private static let longestPath = 107
}

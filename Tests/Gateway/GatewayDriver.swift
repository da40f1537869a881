package import Libvirt
internal import LibvirtRemote

/// A driver whose connections are those of another daemon: our daemon's dispatch in front of our remote driver.
///
/// What a client asks passes through everything that is generated, on both sides: server stub → role → client stub →
/// wire. Whoever asks must not notice the way.
package struct GatewayDriver: Driver {
    package let name = "Gateway"
    package let schemes: Set<String>
    private let socket: String

    /// - Parameters:
    ///   - socket: the other daemon's UNIX socket.
    ///   - schemes: of the URIs that are passed on.
    package init(socket: String, schemes: Set<String> = ["test", "qemu"]) {
        self.socket = socket
        self.schemes = schemes
    }

    package var connectionType: any DriverConnection.Type { RemoteDriver.self }

    package func open(_ uri: String, flags: UInt32) async throws -> any DriverConnection {
        guard let colon = uri.firstIndex(of: ":") else {
            throw VirtError(.invalidArg, domain: .remote, "'\(uri)' has no scheme")
        }
        let separator = uri.contains("?") ? "&" : "?"
        let way = "\(uri[..<colon])+unix\(uri[colon...])\(separator)socket=\(socket)"
        var options = ConnectOptions()
        options.usesConfiguration = false
        return try await RemoteDriver.open(way, readOnly: flags & 1 != 0, options: options)
    }
}

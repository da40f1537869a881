package import Libvirt

/// Opens a connection to another host; whoever migrates a guest there asks for it.
///
/// Handed to drivers by the daemon, since a driver knows no transport.
package protocol HostConnector: Sendable {
    /// - Throws: What keeps the host from being reached, as a client would see it.
    func connect(to uri: String) async throws -> any DriverConnection
}

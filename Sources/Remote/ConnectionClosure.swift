public import Libvirt
internal import VirtRPC

/// How a connection came to its end.
public struct ConnectionClosure: Sendable {
    /// Error, end of file, keepalive, or the client itself.
    public let reason: ConnectCloseReason
    /// What calls have failed with since.
    public let error: VirtError

    static var byClient: ConnectionClosure {
        ConnectionClosure(reason: .client, error: LinkEnd.client.error)
    }
}

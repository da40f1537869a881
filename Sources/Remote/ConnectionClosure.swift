public import Libvirt

/// How a connection came to its end.
public struct ConnectionClosure: Sendable {
    /// Error, end of file, keepalive, or the client itself.
    public let reason: ConnectCloseReason
    /// What calls have failed with since.
    public let error: VirtError
}

package import Libvirt

/// Is told of every call that a server has answered: for metrics, traces and the like.
///
/// Without observers a server does not even look at the clock.
package protocol CallObserver: Sendable {
    /// On whatever thread the call has ended; it does not block.
    func callDidEnd(_ call: CallRecord)
}

/// One call, when it is over.
package struct CallRecord: Sendable {
    package let program: UInt32
    package let procedure: ProcedureInfo
    /// Its number at the server.
    package let client: UInt64
    package let serial: UInt32
    /// From the moment at which the arguments were decoded: waiting for a worker is part of it.
    package let duration: Duration
    /// What was answered in place of a result.
    package let error: ErrorCode?
}

extension CallRecord {
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = duration.components
        return UInt64(clamping: seconds) &* 1_000_000_000 &+ UInt64(clamping: attoseconds / 1_000_000_000)
    }
}

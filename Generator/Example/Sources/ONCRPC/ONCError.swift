/// Why an ONC RPC call failed that the service itself did not refuse.
public enum ONCError: Error, Sendable, Equatable {
    /// `errno` of a call to the system.
    case system(Int32)
    case connectionLost
    case recordTooLarge
    /// The server does not have the program.
    case programUnavailable
    /// The server has other versions of the program.
    case programMismatch(lowest: UInt32, highest: UInt32)
    case procedureUnavailable
    /// The server could not decode the arguments.
    case garbageArguments
    /// The service failed; ONC RPC says no more than that.
    case systemError
    /// The server did not take the call: wrong version of RPC, or nobody may call without credentials.
    case denied
    /// The peer sent something that is no reply.
    case malformedReply
}

/// When the calls of a task have to be done.
enum Deadline {
    @TaskLocal static var current: ContinuousClock.Instant?
}

/// The deadline of the current task, if one was set with ``withDeadline(_:_:)``.
package var currentDeadline: ContinuousClock.Instant? { Deadline.current }

/// Limits the time that calls to a daemon may take.
///
/// Every call, and every wait on a stream, that `operation` and its child tasks make ends with
/// ``VirtError`` `.operationTimeout` when the time is over. The connection stays usable: an answer that comes later is
/// ignored. The daemon is not told, so that what it was asked for may still happen. Of nested deadlines the sooner one
/// holds.
public func withDeadline<Result>(
    _ timeout: Duration, isolation: isolated (any Actor)? = #isolation, _ operation: () async throws -> Result
) async rethrows -> Result {
    let instant = ContinuousClock.now.advanced(by: timeout)
    let deadline = Deadline.current.map { min($0, instant) } ?? instant
    return try await Deadline.$current.withValue(deadline, operation: operation, isolation: isolation)
}

extension VirtError {
    /// The deadline of ``withDeadline(_:isolation:_:)`` has passed.
    package static var deadlineExceeded: VirtError {
        VirtError(.operationTimeout, domain: .rpc, "the deadline for the call has passed")
    }
}

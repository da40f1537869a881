internal import Libvirt
internal import Synchronization

/// What one task waits for: the first of outcome, cancellation and deadline wins.
final class OneReply<Value: Sendable>: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Value, any Error>)
        case finished(Result<Value, any Error>)
        case delivered
    }

    private let state = Mutex(State.idle)

    /// Sets the outcome.
    ///
    /// - Returns: whether it was the first, so that the waiting task gets it.
    @discardableResult
    func finish(_ result: Result<Value, any Error>) -> Bool {
        let (isFirst, continuation) = state.withLock { state -> (Bool, CheckedContinuation<Value, any Error>?) in
            switch state {
            case .idle:
                state = .finished(result)
                return (true, nil)
            case .waiting(let continuation):
                state = .delivered
                return (true, continuation)
            case .finished, .delivered:
                return (false, nil)
            }
        }
        continuation?.resume(with: result)
        return isFirst
    }

    /// Waits; once.
    ///
    /// - Parameter givenUp: called once if cancellation or deadline was first.
    func value(
        until deadline: ContinuousClock.Instant?, on link: any Link, givenUp: @escaping @Sendable () -> Void
    ) async throws -> Value {
        let timer = deadline.map { deadline in
            link.schedule(after: max(ContinuousClock.now.duration(to: deadline), .zero)) {
                if self.finish(.failure(VirtError.deadlineExceeded)) { givenUp() }
            }
        }
        defer { timer?.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome: Result<Value, any Error>? = state.withLock { state in
                    if case .finished(let result) = state {
                        state = .delivered
                        return result
                    }
                    state = .waiting(continuation)
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            if finish(.failure(CancellationError())) { givenUp() }
        }
    }
}

internal import Synchronization

/// An outcome that several tasks wait for; each may give up, by cancellation or at its deadline, and none ends it.
final class SharedOutcome<Value: Sendable>: Sendable {
    private enum State {
        case waiting([UInt64: CheckedContinuation<Value, any Error>])
        case finished(Result<Value, any Error>)
    }

    private let state = Mutex(State.waiting([:]))
    private let nextWaiter = Atomic<UInt64>(0)

    /// Whether it is there, and good.
    var isSuccess: Bool {
        state.withLock { if case .finished(.success) = $0 { true } else { false } }
    }

    func finish(_ result: Result<Value, any Error>) {
        let waiters = state.withLock { state -> [CheckedContinuation<Value, any Error>] in
            guard case .waiting(let waiters) = state else { return [] }
            state = .finished(result)
            return Array(waiters.values)
        }
        for waiter in waiters { waiter.resume(with: result) }
    }

    var value: Value {
        get async throws {
            let id = nextWaiter.add(1, ordering: .relaxed).newValue
            let deadline = Deadline.current
            let timer = deadline.map { deadline in
                Task {
                    try await Task.sleep(until: deadline, clock: .continuous)
                    self.giveUp(id, VirtError.deadlineExceeded)
                }
            }
            defer { timer?.cancel() }
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    // Whoever gives this waiter up before it is on the list does not find it there.
                    let early = state.withLock { state -> Result<Value, any Error>? in
                        guard case .waiting(var waiters) = state else {
                            if case .finished(let result) = state { return result }
                            return nil
                        }
                        if Task.isCancelled { return .failure(CancellationError()) }
                        if let deadline, deadline <= .now { return .failure(VirtError.deadlineExceeded) }
                        waiters[id] = continuation
                        state = .waiting(waiters)
                        return nil
                    }
                    if let early { continuation.resume(with: early) }
                }
            } onCancel: {
                giveUp(id, CancellationError())
            }
        }
    }

    private func giveUp(_ id: UInt64, _ error: any Error) {
        let waiter = state.withLock { state -> CheckedContinuation<Value, any Error>? in
            guard case .waiting(var waiters) = state else { return nil }
            let waiter = waiters.removeValue(forKey: id)
            state = .waiting(waiters)
            return waiter
        }
        waiter?.resume(throwing: error)
    }
}

internal import Synchronization

/// A value that is set once, and that any number of tasks may wait for.
package final class AsyncOnce<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiters: [UInt64: CheckedContinuation<Value, any Error>] = [:]
        var next: UInt64 = 0
        /// Waiters that were cancelled before they began to wait.
        var cancelled: Set<UInt64> = []
    }

    private let state = Mutex(State())

    package init() {}

    package var current: Value? { state.withLock { $0.value } }

    /// Sets the value unless one is set.
    ///
    /// - Returns: whether it was the first.
    @discardableResult
    package func set(_ value: Value) -> Bool {
        let waiters = state.withLock { state -> [CheckedContinuation<Value, any Error>]? in
            guard state.value == nil else { return nil }
            state.value = value
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        guard let waiters else { return false }
        for waiter in waiters { waiter.resume(returning: value) }
        return true
    }

    /// Waits for the value.
    ///
    /// - Throws: `CancellationError` if the task is cancelled before it is set.
    package var value: Value {
        get async throws {
            let id = state.withLock { state in
                state.next += 1
                return state.next
            }
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    let outcome: Result<Value, any Error>? = state.withLock { state in
                        if let value = state.value { return .success(value) }
                        if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                        state.waiters[id] = continuation
                        return nil
                    }
                    if let outcome { continuation.resume(with: outcome) }
                }
            } onCancel: {
                let waiter = state.withLock { state -> CheckedContinuation<Value, any Error>? in
                    if let waiter = state.waiters.removeValue(forKey: id) { return waiter }
                    if state.value == nil { state.cancelled.insert(id) }
                    return nil
                }
                waiter?.resume(throwing: CancellationError())
            }
        }
    }
}

internal import Synchronization

/// The outcome of something that is started once, finishes elsewhere, and may be given up before it does.
///
/// The first of outcome, deadline and cancellation wins; a value that comes too late is disposed of.
final class OneShot<Value: Sendable>: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Result<Value, NetError>, Never>)
        case finished(Result<Value, NetError>)
        case delivered
    }

    private struct Box {
        var state = State.idle
        var dispose: (@Sendable (Value) -> Void)?
    }

    private let box = Mutex(Box())

    var isFinished: Bool {
        box.withLock { box in
            switch box.state {
            case .idle, .waiting: false
            case .finished, .delivered: true
            }
        }
    }

    func finish(_ result: Result<Value, NetError>) {
        let (continuation, late) = box.withLock { box in
            switch box.state {
            case .idle:
                box.state = .finished(result)
                return (
                    nil as CheckedContinuation<Result<Value, NetError>, Never>?, nil as (@Sendable (Value) -> Void)?
                )
            case .waiting(let continuation):
                box.state = .delivered
                return (continuation, nil)
            case .finished, .delivered:
                return (nil, box.dispose)
            }
        }
        continuation?.resume(returning: result)
        if let late, case .success(let value) = result { late(value) }
    }

    /// Starts, and waits for the outcome.
    ///
    /// - Parameter dispose: gets a value that nobody waits for any more.
    func run(
        orElse dispose: @escaping @Sendable (Value) -> Void, start: @Sendable () -> Void
    ) async throws(NetError) -> Value {
        box.withLock { $0.dispose = dispose }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let finished: Result<Value, NetError>? = box.withLock { box in
                    if case .finished(let result) = box.state {
                        box.state = .delivered
                        return result
                    }
                    box.state = .waiting(continuation)
                    return nil
                }
                if let finished { continuation.resume(returning: finished) } else { start() }
            }
        } onCancel: {
            finish(.failure(NetError(.cancelled, "the connection attempt was cancelled")))
        }
        return try result.get()
    }
}

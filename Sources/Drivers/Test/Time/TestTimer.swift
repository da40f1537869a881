internal import Synchronization

/// Waits for the next thing that happens by itself on a host with the system's clock.
///
/// The task is nobody's child: it belongs to the host, which no call outlives, and ends with it.
final class TestTimer: Sendable {
    private struct Armed {
        let due: UInt64
        let task: Task<Void, Never>
    }

    private let armed = Mutex<Armed?>(nil)

    deinit { armed.withLock { $0?.task.cancel() } }

    /// Fires at a time, in microseconds since 1970, and at no other.
    func set(_ due: UInt64?, fire: @escaping @Sendable () -> Void) {
        armed.withLock { armed in
            guard armed?.due != due else { return }
            armed?.task.cancel()
            armed = due.map { due in
                Armed(
                    due: due,
                    task: Task { [weak self] in
                        let now = TestSystem.microseconds
                        let delay = due > now ? Int64(clamping: due - now) : 0
                        guard (try? await Task.sleep(for: .microseconds(delay))) != nil else { return }
                        self?.forget(due)
                        fire()
                    })
            }
        }
    }

    private func forget(_ due: UInt64) {
        armed.withLock { armed in if armed?.due == due { armed = nil } }
    }
}

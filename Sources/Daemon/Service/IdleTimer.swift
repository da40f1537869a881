internal import Synchronization

/// Ends the daemon some time after the last client has gone, unless something keeps it.
package final class IdleTimer: Sendable {
    private struct State {
        var timeout: Duration?
        /// Servers that have clients.
        var occupied = 0
        /// Counts changes; a wait that was begun before the last one means nothing.
        var generation = 0
    }

    private let state: Mutex<State>
    private let isInUse: @Sendable () -> Bool
    private let expire: @Sendable () -> Void

    /// - Parameters:
    ///   - timeout: nil for never.
    ///   - isInUse: whether something else than clients keeps the daemon; asked when the time is over, and again after
    ///     each further one.
    ///   - expire: called once the time is over.
    package init(
        timeout: Duration?, isInUse: @escaping @Sendable () -> Bool, expire: @escaping @Sendable () -> Void
    ) {
        state = Mutex(State(timeout: timeout))
        self.isInUse = isInUse
        self.expire = expire
    }

    /// Begins to count; before, the daemon is starting.
    package func start() { restart() }

    package var timeout: Duration? {
        get { state.withLock { $0.timeout } }
        set {
            state.withLock { $0.timeout = newValue }
            restart()
        }
    }

    /// A server has its first client, or its last one has gone.
    package func serverDidChange(isOccupied: Bool) {
        state.withLock { $0.occupied += isOccupied ? 1 : -1 }
        restart()
    }

    private func restart() {
        let wait = state.withLock { state -> (Duration, Int)? in
            state.generation += 1
            guard state.occupied == 0, let timeout = state.timeout else { return nil }
            return (timeout, state.generation)
        }
        guard let (timeout, generation) = wait else { return }
        Task {
            try await Task.sleep(for: timeout)
            guard state.withLock({ $0.generation == generation }) else { return }
            if isInUse() { restart() } else { expire() }
        }
    }
}

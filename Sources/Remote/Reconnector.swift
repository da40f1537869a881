internal import Libvirt
internal import Synchronization
internal import VirtRPC

/// Opens a lost connection again, and puts the new link in the place of the old one.
///
/// Each link is a ``RemoteDriver`` of its own. The driver that the connection has is the first of them; once its link is
/// lost it passes calls on to its successor. Links are counted: what was registered over one holds for it alone.
///
/// One task at a time is at work, from the loss of a link until the next one is there with all registrations.
final class Reconnector: Sendable {
    /// What the connection above does about it.
    struct Hooks: Sendable {
        /// The link is lost, the one of this number is waited for. Called on the loop of the old link.
        var suspend: @Sendable (_ generation: Int) -> Void = { _ in }
        /// There is another one: registers over it what was registered over the old one.
        var resume: @Sendable (_ after: VirtError, _ isLost: () -> Bool) async throws -> Void = { _, _ in }
    }

    private struct State {
        /// The present link, unless it is the first.
        var successor: RemoteDriver?
        var generation = 0
        var state = ConnectionState.connected
        var task: Task<Void, Never>?
        var isStopped = false
        /// Losses that the hooks are just being told of.
        var suspending = 0
        var handler: (@Sendable (HostEvent, Int32) -> Void)?
        var watchers: [UInt64: AsyncStream<ConnectionState>.Continuation] = [:]
        var nextWatcher: UInt64 = 0
    }

    private let policy: ReconnectPolicy
    private let hooks: Hooks
    private let open: @Sendable () async throws -> RemoteDriver
    /// Told once, if it is given up.
    private let givenUp: @Sendable (ConnectionClosure) -> Void
    private let shared = Mutex(State())

    init(
        _ policy: ReconnectPolicy, hooks: Hooks, open: @escaping @Sendable () async throws -> RemoteDriver,
        givenUp: @escaping @Sendable (ConnectionClosure) -> Void
    ) {
        self.policy = policy
        self.hooks = hooks
        self.open = open
        self.givenUp = givenUp
    }

    /// The present link, nil for the first, and its number.
    var current: (driver: RemoteDriver?, generation: Int) { shared.withLock { ($0.successor, $0.generation) } }

    /// Where events of all links go. The handler of the first link is set by its driver.
    func setHandler(_ handler: (@Sendable (HostEvent, Int32) -> Void)?) -> @Sendable (HostEvent, Int32) -> Void {
        let (successor, generation) = shared.withLock { state in
            state.handler = handler
            return (state.successor, state.generation)
        }
        if let successor { successor.setRoutedEventHandler(forwarding(generation)) }
        return forwarding(0)
    }

    /// Passes on the events of one link, as long as it is the present one.
    private func forwarding(_ generation: Int) -> @Sendable (HostEvent, Int32) -> Void {
        { [weak self] event, registration in
            let handler = self?.shared.withLock { $0.generation == generation ? $0.handler : nil }
            handler?(event, registration)
        }
    }

    // MARK: state

    var state: ConnectionState { shared.withLock { $0.state } }

    /// The states from now on, the present one first. Of those that nobody has looked at the last sixteen are kept.
    var states: AsyncStream<ConnectionState> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ConnectionState.self, bufferingPolicy: .bufferingNewest(16))
        let id = shared.withLock { state -> UInt64? in
            continuation.yield(state.state)
            if case .closed = state.state { return nil }
            state.nextWatcher += 1
            state.watchers[state.nextWatcher] = continuation
            return state.nextWatcher
        }
        guard let id else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.shared.withLock { _ = $0.watchers.removeValue(forKey: id) }
        }
        return stream
    }

    /// - Parameter body: the new state, or nil if it stays.
    private func change(_ body: (inout State) -> ConnectionState?) {
        let (new, watchers) = shared.withLock { state -> (ConnectionState?, [AsyncStream<ConnectionState>.Continuation]) in
            if case .closed = state.state { return (nil, []) }
            guard let new = body(&state) else { return (nil, []) }
            state.state = new
            // In order, and before anybody sees the next one: yielding wakes at most a task.
            let watchers = Array(state.watchers.values)
            for watcher in watchers { watcher.yield(new) }
            guard case .closed = new else { return (new, []) }
            state.watchers = [:]
            return (new, watchers)
        }
        if case .closed = new { for watcher in watchers { watcher.finish() } }
    }

    // MARK: life

    /// A link is lost.
    ///
    /// - Returns: whether there will be another one.
    @discardableResult
    func lost(_ generation: Int, _ closure: ConnectionClosure) -> Bool {
        var next: Int?
        var isStopped = false
        change { state in
            isStopped = state.isStopped
            guard !state.isStopped, state.generation == generation else { return nil }
            state.generation += 1
            state.suspending += 1
            next = state.generation
            return .reconnecting(closure, attempts: 0)
        }
        if let next {
            hooks.suspend(next)
            shared.withLock { state in
                state.suspending -= 1
                guard !state.isStopped, state.task == nil else { return }
                // Nobody's task: neither the deadline nor the cancellation of whoever was the first to notice.
                state.task = Task.detached { await self.run(closure) }
            }
        }
        return !isStopped
    }

    private func run(_ closure: ConnectionClosure) async {
        var attempt = 0
        // What has failed last.
        var latest = closure
        while true {
            attempt += 1
            do {
                try await Task.sleep(for: policy.delay(before: attempt, jitter: .random(in: 0...1)))
                change { $0.isStopped ? nil : .reconnecting(latest, attempts: attempt) }
                let isThere = try await withDeadline(policy.attemptTimeout) { try await connect(closure) }
                if isThere || shared.withLock({ $0.isStopped }) { return }
            } catch {
                if shared.withLock({ $0.isStopped }) { return }
                let failure = error as? VirtError
                let isFinal =
                    attempt == policy.maximumAttempts || failure?.code == .authFailed || failure?.code == .authCancelled
                if let failure { latest = ConnectionClosure(reason: closure.reason, error: failure) }
                if isFinal { return giveUp(latest) }
            }
        }
    }

    /// One attempt; whether the link has stayed until all was done.
    private func connect(_ closure: ConnectionClosure) async throws -> Bool {
        let driver = try await open()
        let generation = shared.withLock { state -> Int? in
            if state.isStopped || state.suspending > 0 { return nil }
            state.successor = driver
            return state.generation
        }
        guard let generation else {
            driver.client.close()
            return false
        }
        driver.setRoutedEventHandler(forwarding(generation))
        driver.whenLost { [weak self] closure in self?.lost(generation, closure) ?? false }
        do {
            try await hooks.resume(closure.error) { driver.client.end != nil }
        } catch {
            // Without its registrations it is of no use.
            driver.client.close()
            throw error
        }
        var isThere = false
        change { state in
            guard !state.isStopped, state.generation == generation else { return nil }
            isThere = true
            state.task = nil
            return .connected
        }
        return isThere
    }

    private func giveUp(_ closure: ConnectionClosure) {
        var isFirst = false
        change { state in
            guard !state.isStopped else { return nil }
            state.isStopped = true
            state.task = nil
            isFirst = true
            return .closed(closure)
        }
        if isFirst { givenUp(closure) }
    }

    /// The client closes the connection; what is under way ends at once, also while it waits.
    ///
    /// - Returns: the present link, unless it is the first.
    func stop(_ closure: ConnectionClosure) -> RemoteDriver? {
        var taken: (Task<Void, Never>?, RemoteDriver?) = (nil, nil)
        change { state in
            state.isStopped = true
            taken = (state.task, state.successor)
            state.task = nil
            return .closed(closure)
        }
        taken.0?.cancel()
        return taken.1
    }
}

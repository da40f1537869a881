internal import Libvirt
internal import Synchronization
internal import VirtConf

/// A host: its state, and who listens to its events.
///
/// Lock order: the state, then the outbox; handlers are called with neither held. The outbox keeps events in the
/// order in which the state changed, whichever task delivers them.
final class TestHost: Sendable {
    typealias Handler = @Sendable (HostEvent) -> Void

    private struct Outbox {
        var listeners: [UInt64: Handler] = [:]
        var nextListener: UInt64 = 0
        var events: [HostEvent] = []
        /// A task is delivering, and will take what is added meanwhile.
        var isDelivering = false
    }

    private let state: Mutex<TestHostState>
    private let outbox = Mutex(Outbox())
    private let timer = TestTimer()

    init(_ initial: sending TestHostState) { state = Mutex(initial) }

    // MARK: State

    /// Reads the state as it is now.
    func read<Result>(_ body: (borrowing TestHostState) throws -> sending Result) rethrows -> sending Result {
        try update { state in try body(state) }
    }

    /// Lets happen what is due and changes the state, then delivers the events of both and tells who waits.
    ///
    /// A change that throws may have made events too.
    func update<Result>(_ body: (inout TestHostState) throws -> sending Result) rethrows -> sending Result {
        var ended: [TestOutcome] = []
        var (hungUp, replaced): ([TestTerminal], [TestTerminal]) = ([], [])
        var hasEvents = false
        defer {
            if hasEvents { deliver() }
            for outcome in ended { outcome.tell() }
            for terminal in hungUp { terminal.hangUp() }
            for terminal in replaced { terminal.replace() }
        }
        return try state.withLock { state in
            state.catchUp()
            defer {
                // What the change began may be over at once.
                state.catchUp()
                if !state.events.isEmpty {
                    let events = state.events
                    state.events.removeAll(keepingCapacity: true)
                    // Nobody listens: nothing is kept.
                    outbox.withLock { if !$0.listeners.isEmpty { $0.events += events } }
                    hasEvents = true
                }
                if !state.ended.isEmpty { swap(&ended, &state.ended) }
                if !state.hungUp.isEmpty { swap(&hungUp, &state.hungUp) }
                if !state.replaced.isEmpty { swap(&replaced, &state.replaced) }
                if !state.clock.isManual {
                    // In the order of the changes, so within the lock.
                    timer.set(state.nextDue) { [weak self] in self?.update { _ in } }
                }
            }
            return try body(&state)
        }
    }

    /// Begins a job and waits for its end. It goes on if the task is cancelled.
    func perform(_ begin: (inout TestHostState) throws -> UInt64) async throws {
        let job = Mutex<UInt64?>(nil)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                do {
                    try update { state in
                        let number = try begin(&state)
                        state.waiters[number] = continuation
                        job.withLock { $0 = number }
                    }
                } catch {
                    continuation.resume(throwing: error)
                    return
                }
                if Task.isCancelled { leave(job.withLock(\.self)) }
            }
        } onCancel: {
            leave(job.withLock(\.self))
        }
    }

    /// Stops waiting for a job.
    private func leave(_ job: UInt64?) {
        guard let job else { return }
        update { state in
            state.alarms[job] = nil
            guard let waiter = state.waiters.removeValue(forKey: job) else { return }
            state.ended.append(TestOutcome(waiter: waiter, result: .failure(CancellationError())))
        }
    }

    // MARK: Events

    func newListener() -> UInt64 {
        outbox.withLock { outbox in
            outbox.nextListener += 1
            return outbox.nextListener
        }
    }

    func setListener(_ id: UInt64, _ handler: Handler?) {
        outbox.withLock { $0.listeners[id] = handler }
    }

    private func deliver() {
        while true {
            let (events, handlers) = outbox.withLock { outbox -> ([HostEvent], [Handler]) in
                guard !outbox.isDelivering, !outbox.events.isEmpty else { return ([], []) }
                outbox.isDelivering = true
                let events = outbox.events
                outbox.events.removeAll()
                return (events, outbox.listeners.sorted { $0.key < $1.key }.map(\.value))
            }
            if events.isEmpty { return }
            for event in events { for handler in handlers { handler(event) } }
            outbox.withLock { $0.isDelivering = false }
        }
    }

    // MARK: Shared hosts

    private struct Shared {
        let host: TestHost
        var connections = 0
    }

    private static let shared = Mutex<[String: Shared]>([:])

    var domainStates: [DomainState] { read { $0.domains.values.map { DomainState(rawValue: $0.state.kind.rawValue) } } }

    static var allShared: [TestHost] { shared.withLock { $0.values.map(\.host) } }

    /// The host of a name, made if nobody has it open.
    static func open(_ name: String, make: () throws -> TestHost) throws -> TestHost {
        if let host = shared.withLock({ share($0[name]?.host, name, &$0) }) { return host }
        // Made outside of the lock: it may read a file. Of two that are made at once, one is used.
        let made = try make()
        return shared.withLock { shared in share(shared[name]?.host ?? made, name, &shared) ?? made }
    }

    private static func share(_ host: TestHost?, _ name: String, _ shared: inout [String: Shared]) -> TestHost? {
        guard let host else { return nil }
        shared[name, default: Shared(host: host)].connections += 1
        return host
    }

    static func close(_ name: String, _ host: TestHost) {
        shared.withLock { shared in
            guard shared[name]?.host === host else { return }
            shared[name]?.connections -= 1
            if shared[name]?.connections == 0 { shared[name] = nil }
        }
    }
}

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

    init(_ initial: sending TestHostState) { state = Mutex(initial) }

    // MARK: State

    /// Reads the state.
    func read<Result>(_ body: (borrowing TestHostState) throws -> sending Result) rethrows -> sending Result {
        try state.withLock { state in try body(state) }
    }

    /// Changes the state, then delivers the events of the change. A change that throws may have made events too.
    func update<Result>(_ body: (inout TestHostState) throws -> sending Result) rethrows -> sending Result {
        defer { deliver() }
        return try state.withLock { state in
            defer {
                if !state.events.isEmpty {
                    let events = state.events
                    state.events.removeAll(keepingCapacity: true)
                    // Nobody listens: nothing is kept.
                    outbox.withLock { if !$0.listeners.isEmpty { $0.events += events } }
                }
            }
            return try body(&state)
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

    // MARK: The default host

    private struct Shared {
        var host: TestHost?
        var connections = 0
    }

    private static let shared = Mutex(Shared())

    static func openDefault() -> TestHost {
        shared.withLock { shared in
            let host = shared.host ?? TestHost(TestHostState.standard())
            shared.host = host
            shared.connections += 1
            return host
        }
    }

    static func closeDefault(_ host: TestHost) {
        shared.withLock { shared in
            guard shared.host === host else { return }
            shared.connections -= 1
            if shared.connections == 0 { shared.host = nil }
        }
    }
}

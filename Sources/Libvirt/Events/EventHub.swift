internal import Synchronization

/// A driver whose events say for which registration they come: a daemon sends an event once for each.
package protocol RoutedEventDriver: DriverConnection {
    /// Where events go from now on, with what ``registerEvent(_:eventID:object:)`` has returned for them.
    ///
    /// An event may come before that call has returned.
    func setRoutedEventHandler(_ handler: @escaping @Sendable (HostEvent, _ registration: Int32) -> Void)
}

/// Hands a connection's events to the sequences that wait for them.
///
/// The driver's handler never waits: each sequence has a bounded buffer, and drops the oldest when it is full.
package final class EventHub: Sendable {
    private struct Subscriber {
        let kind: EventKind
        let eventIDs: Set<Int32>
        let object: (any ObjectReference)?
        let continuation: AsyncStream<HostEvent>.Continuation
        let dropped: DropCounter
        /// Only of a driver that routes events.
        var registrations: Set<Int32> = []
    }

    private struct State {
        var subscribers: [UInt64: Subscriber] = [:]
        var next: UInt64 = 0
        var isListening = false
        var isFinished = false
        /// Registrations under way; while there are some, `orphans` keeps events whose registration is not known yet.
        var underWay = 0
        var orphans: [(event: HostEvent, registration: Int32)] = []
    }

    private static var orphanLimit: Int { 1024 }

    private let driver: any DriverConnection
    private let registrations: EventRegistrations
    private let isRouted: Bool
    private let state = Mutex(State())

    init(_ driver: any DriverConnection) {
        self.driver = driver
        registrations = EventRegistrations(driver)
        isRouted = driver is any RoutedEventDriver
    }

    /// Nobody can listen any more; what is under way with the driver must not keep the connection open.
    deinit { registrations.abandon() }

    /// A sequence of events, registered with the driver until the sequence is dropped.
    func subscribe(
        _ kind: EventKind, eventIDs: [Int32], object: (any ObjectReference)?, bufferSize: Int
    ) async throws -> (AsyncStream<HostEvent>, DropCounter) {
        let (stream, continuation) = AsyncStream.makeStream(
            of: HostEvent.self, bufferingPolicy: .bufferingNewest(bufferSize))
        let dropped = DropCounter()
        let (id, mustListen) = state.withLock { state -> (UInt64?, Bool) in
            if state.isFinished { return (nil, false) }
            state.next += 1
            state.subscribers[state.next] = Subscriber(
                kind: kind, eventIDs: Set(eventIDs), object: object, continuation: continuation, dropped: dropped)
            state.underWay += 1
            defer { state.isListening = true }
            return (state.next, !state.isListening)
        }
        guard let id else {
            continuation.finish()
            return (stream, dropped)
        }
        if mustListen { listen() }
        defer {
            state.withLock { state in
                state.underWay -= 1
                if state.underWay == 0 { state.orphans = [] }
            }
        }
        var topics: [EventTopic] = []
        do {
            for eventID in Set(eventIDs).sorted() {
                let topic = EventTopic(kind, eventID: eventID, object: object)
                let registration = try await registrations.acquire(topic)
                topics.append(topic)
                registered(registration, kind, by: id)
            }
        } catch {
            state.withLock { _ = $0.subscribers.removeValue(forKey: id) }
            for topic in topics { registrations.release(topic) }
            throw error
        }
        let complete = topics
        continuation.onTermination = { [weak self] _ in
            guard let self else { return }
            let wasThere = state.withLock { $0.subscribers.removeValue(forKey: id) != nil }
            if wasThere { for topic in complete { registrations.release(topic) } }
        }
        return (stream, dropped)
    }

    private func listen() {
        if let routed = driver as? any RoutedEventDriver {
            routed.setRoutedEventHandler { [weak self] event, registration in
                self?.deliver(event, registration: registration)
            }
        } else {
            driver.setEventHandler { [weak self] event in self?.deliver(event, registration: nil) }
        }
    }

    private func registered(_ registration: Int32, _ kind: EventKind, by id: UInt64) {
        guard isRouted else { return }
        let early = state.withLock { state -> [HostEvent] in
            state.subscribers[id]?.registrations.insert(registration)
            let early = state.orphans.filter { $0.registration == registration && $0.event.kind == kind }
            if !early.isEmpty {
                state.orphans.removeAll { $0.registration == registration && $0.event.kind == kind }
            }
            return early.map(\.event)
        }
        for event in early { deliver(event, registration: registration) }
    }

    private func deliver(_ event: HostEvent, registration: Int32?) {
        let takers = state.withLock { state in
            let takers = state.subscribers.values.filter { subscriber in
                subscriber.kind == event.kind && subscriber.eventIDs.contains(event.eventID)
                    && registration.map(subscriber.registrations.contains) ?? true && event.concerns(subscriber.object)
            }
            if takers.isEmpty, let registration, state.underWay > 0, state.orphans.count < Self.orphanLimit {
                state.orphans.append((event, registration))
            }
            return takers
        }
        for taker in takers {
            if case .dropped = taker.continuation.yield(event) { taker.dropped.increment() }
        }
    }

    /// Whether nobody listens, and the driver has no registration of ours.
    package var isIdle: Bool { state.withLock { $0.subscribers.isEmpty } && registrations.isEmpty }

    /// Ends all sequences, and those that are asked for later.
    package func finish() {
        let continuations = state.withLock { state in
            state.isFinished = true
            // Nobody is there to be told that they end.
            defer { state.subscribers = [:] }
            return state.subscribers.values.map(\.continuation)
        }
        for continuation in continuations { continuation.finish() }
    }
}

/// Counts events that a full buffer has lost.
final class DropCounter: Sendable {
    private let count = Atomic(0)
    func increment() { count.add(1, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
}

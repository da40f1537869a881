internal import Synchronization

/// A driver whose events say for which registration they come: a daemon sends an event once for each.
package protocol RoutedEventDriver: DriverConnection {
    /// Where events go from now on, with what ``registerEvent(_:eventID:object:)`` has returned for them.
    ///
    /// An event may come before that call has returned.
    func setRoutedEventHandler(_ handler: @escaping @Sendable (HostEvent, _ registration: Int32) -> Void)

    /// ``DriverConnection/registerEvent(_:eventID:object:)``, and which link it was made over.
    func registerRouted(_ topic: EventTopic) async throws -> EventRegistration

    /// Takes a registration back, unless it was lost with its link.
    func deregisterRouted(_ kind: EventKind, _ registration: EventRegistration) async throws
}

/// A driver's name for a registration.
package struct EventRegistration: Sendable, Equatable {
    package var id: Int32
    /// Counts the links that a driver has lost; a name holds for one of them.
    package var generation: Int

    package init(id: Int32, generation: Int) {
        self.id = id
        self.generation = generation
    }
}

extension DriverConnection {
    func register(_ topic: EventTopic) async throws -> EventRegistration {
        if let routed = self as? any RoutedEventDriver { return try await routed.registerRouted(topic) }
        let id = try await registerEvent(topic.kind, eventID: topic.eventID, object: topic.object)
        return EventRegistration(id: id, generation: 0)
    }

    func deregister(_ kind: EventKind, _ registration: EventRegistration) async throws {
        if let routed = self as? any RoutedEventDriver { return try await routed.deregisterRouted(kind, registration) }
        try await deregisterEvent(kind, registration: registration.id)
    }
}

/// What waits for the consumer of a sequence.
enum EventItem: Sendable {
    case event(HostEvent)
    case gap(EventGap)
}

/// Hands a connection's events to the sequences that wait for them.
///
/// The driver's handler never waits: each sequence has a bounded buffer, and drops the oldest when it is full.
package final class EventHub: Sendable {
    private struct Subscriber {
        let kind: EventKind
        let eventIDs: Set<Int32>
        let object: (any ObjectReference)?
        let continuation: AsyncStream<EventItem>.Continuation
        let dropped: DropCounter
        /// Whether the link was lost since it has had its last event.
        var isBehindGap = false
        /// Only of a driver that routes events.
        var registrations: Set<Int32> = []

        func wants(_ topic: EventTopic) -> Bool {
            kind == topic.kind && eventIDs.contains(topic.eventID)
                && EventTopic(kind, eventID: topic.eventID, object: object).isSame(as: topic)
        }
    }

    private struct State {
        var subscribers: [UInt64: Subscriber] = [:]
        var next: UInt64 = 0
        var isListening = false
        var isFinished = false
        /// Registrations under way; while there are some, `orphans` keeps events whose registration is not known yet.
        var underWay = 0
        var orphans: [(event: HostEvent, registration: Int32)] = []
        /// Of the link that is used, or waited for.
        var generation = 0
        var isSuspended = false

        mutating func endUnderWay() {
            underWay -= 1
            if underWay == 0 { orphans = [] }
        }
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
    ) async throws -> (AsyncStream<EventItem>, DropCounter) {
        let (stream, continuation) = AsyncStream.makeStream(
            of: EventItem.self, bufferingPolicy: .bufferingNewest(bufferSize))
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
        defer { state.withLock { $0.endUnderWay() } }
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

    private func registered(_ registration: EventRegistration, _ kind: EventKind, by id: UInt64) {
        guard isRouted else { return }
        let early = state.withLock { state -> [HostEvent] in
            guard registration.generation == state.generation else { return [] }
            state.subscribers[id]?.registrations.insert(registration.id)
            return Self.takeOrphans(registration.id, kind, from: &state)
        }
        for event in early { deliver(event, registration: registration.id) }
    }

    private static func takeOrphans(_ registration: Int32, _ kind: EventKind, from state: inout State) -> [HostEvent] {
        let early = state.orphans.filter { $0.registration == registration && $0.event.kind == kind }
        if !early.isEmpty {
            state.orphans.removeAll { $0.registration == registration && $0.event.kind == kind }
        }
        return early.map(\.event)
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
            if case .dropped = taker.continuation.yield(.event(event)) { taker.dropped.increment() }
        }
    }

    // MARK: another link

    /// The driver's link is lost: what was registered over it is void, and nothing comes before ``resume(after:isLost:)``.
    ///
    /// - Parameter generation: that of the next link.
    package func suspend(_ generation: Int) {
        registrations.suspend(generation)
        state.withLock { state in
            state.generation = generation
            state.orphans = []
            for id in state.subscribers.keys {
                state.subscribers[id]?.registrations = []
                state.subscribers[id]?.isBehindGap = true
            }
            if !state.isSuspended {
                state.isSuspended = true
                state.underWay += 1
            }
        }
    }

    /// Registers over a new link what was lost with the old one, and marks the gap in every sequence.
    ///
    /// The mark comes before all events of the new link but after the registrations: who asks the daemon anew when it
    /// sees the mark misses nothing. A sequence whose events the daemon now refuses ends.
    ///
    /// - Parameter isLost: whether the new link is lost, too; then this throws, and is to be called again.
    package func resume(after error: VirtError, isLost: () -> Bool) async throws {
        let renewed = try await registrations.renew(isLost: isLost)
        for (topic, registration) in renewed {
            let takers = state.withLock { state in
                state.subscribers.filter { $0.value.wants(topic) }.map { ($0.key, $0.value.continuation) }
            }
            for (id, continuation) in takers {
                if let registration {
                    mark(id, after: error)
                    registered(registration, topic.kind, by: id)
                } else {
                    continuation.finish()
                }
            }
        }
        let ids = state.withLock { Array($0.subscribers.keys) }
        for id in ids { mark(id, after: error) }
        state.withLock { state in
            guard state.isSuspended else { return }
            state.isSuspended = false
            state.endUnderWay()
        }
    }

    private func mark(_ id: UInt64, after error: VirtError) {
        let marked = state.withLock { state -> Subscriber? in
            guard let subscriber = state.subscribers[id], subscriber.isBehindGap else { return nil }
            state.subscribers[id]?.isBehindGap = false
            return subscriber
        }
        guard let marked else { return }
        if case .dropped = marked.continuation.yield(.gap(EventGap(error: error))) { marked.dropped.increment() }
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
        registrations.end()
    }
}

/// Counts events that a full buffer has lost.
final class DropCounter: Sendable {
    private let count = Atomic(0)
    func increment() { count.add(1, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
}

internal import Synchronization

/// Hands a connection's events to the sequences that wait for them.
///
/// The driver's handler never waits: each sequence has a bounded buffer, and drops the oldest when it is full.
package final class EventHub: Sendable {
    private struct Subscriber {
        let kind: EventKind
        let eventIDs: Set<Int32>?
        let object: (any ObjectReference)?
        let continuation: AsyncStream<HostEvent>.Continuation
    }

    private struct State {
        var subscribers: [UInt64: Subscriber] = [:]
        var next: UInt64 = 0
        var isListening = false
        var isFinished = false
    }

    private let driver: any DriverConnection
    private let state = Mutex(State())

    init(_ driver: any DriverConnection) { self.driver = driver }

    /// A sequence of events, registered with the driver until the sequence is dropped.
    func subscribe(
        _ kind: EventKind, eventIDs: [Int32], object: (any ObjectReference)?, bufferSize: Int
    ) async throws -> AsyncStream<HostEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: HostEvent.self, bufferingPolicy: .bufferingNewest(bufferSize))
        let (id, mustListen) = state.withLock { state -> (UInt64?, Bool) in
            if state.isFinished { return (nil, false) }
            state.next += 1
            state.subscribers[state.next] = Subscriber(
                kind: kind, eventIDs: Set(eventIDs), object: object, continuation: continuation)
            defer { state.isListening = true }
            return (state.next, !state.isListening)
        }
        guard let id else {
            continuation.finish()
            return stream
        }
        if mustListen {
            driver.setEventHandler { [weak self] event in self?.deliver(event) }
        }
        var registrations: [Int32] = []
        do {
            for eventID in eventIDs {
                registrations.append(try await driver.registerEvent(kind, eventID: eventID, object: object))
            }
        } catch {
            state.withLock { _ = $0.subscribers.removeValue(forKey: id) }
            for registration in registrations { try? await driver.deregisterEvent(kind, registration: registration) }
            throw error
        }
        let registered = registrations
        continuation.onTermination = { [weak self] _ in
            guard let self else { return }
            state.withLock { _ = $0.subscribers.removeValue(forKey: id) }
            // The consumer may be gone in any context, so that a task of its own tells the peer.
            Task { [driver] in
                for registration in registered {
                    try? await driver.deregisterEvent(kind, registration: registration)
                }
            }
        }
        return stream
    }

    private func deliver(_ event: HostEvent) {
        let continuations = state.withLock { state in
            state.subscribers.values.filter { subscriber in
                subscriber.kind == event.kind && subscriber.eventIDs?.contains(event.eventID) ?? true
                    && event.concerns(subscriber.object)
            }.map(\.continuation)
        }
        for continuation in continuations { continuation.yield(event) }
    }

    func finish() {
        let continuations = state.withLock { state in
            state.isFinished = true
            return state.subscribers.values.map(\.continuation)
        }
        for continuation in continuations { continuation.finish() }
    }
}

internal import Synchronization

/// A connection's registrations with its driver: one for all sequences that want the same, since a daemon refuses a
/// second one.
///
/// A registration is always heard out: if nobody waits for it any more when it is there, it is taken back. One that was
/// lost with a link is made anew over the next, see ``renew(isLost:)``.
final class EventRegistrations: Sendable {
    private enum Renewal {
        case none
        /// The registration was lost with the link.
        case due
        case underWay
    }

    private struct Entry: Sendable {
        let topic: EventTopic
        var outcome = SharedOutcome<EventRegistration>()
        var users = 1
        var renewal = Renewal.none
        var task: Task<Void, Never>?
    }

    private struct Ending {
        let topic: EventTopic
        let id: UInt64
        let task: Task<Void, Never>
        /// That of the registration, which may be under way.
        let registering: Task<Void, Never>?
    }

    private struct State {
        var entries: [Entry] = []
        /// Those being taken back; the same topic is registered anew only after that.
        var ending: [Ending] = []
        var nextID: UInt64 = 0
        /// Of the link; registrations of earlier ones are void.
        var generation = 0
        /// There will be no other link.
        var isEnded = false
    }

    private let driver: any DriverConnection
    private let state = Mutex(State())

    init(_ driver: any DriverConnection) { self.driver = driver }

    var isEmpty: Bool { state.withLock { $0.entries.isEmpty && $0.ending.isEmpty } }

    /// The driver's name for the registration; one more uses it until ``release(_:)``.
    func acquire(_ topic: EventTopic) async throws -> EventRegistration {
        let outcome = state.withLock { state in
            if let index = state.entries.firstIndex(where: { $0.topic.isSame(as: topic) }) {
                state.entries[index].users += 1
                return state.entries[index].outcome
            }
            var entry = Entry(topic: topic)
            let outcome = entry.outcome
            let earlier = state.ending.filter { $0.topic.isSame(as: topic) }.map(\.task)
            // Nobody's task: neither the cancellation nor the deadline of the first user is the others'.
            entry.task = Task.detached { await self.register(topic, outcome, after: earlier) }
            state.entries.append(entry)
            return outcome
        }
        do {
            return try await outcome.value
        } catch {
            release(topic, of: outcome)
            throw error
        }
    }

    private func register(
        _ topic: EventTopic, _ outcome: SharedOutcome<EventRegistration>, after earlier: [Task<Void, Never>]
    ) async {
        for task in earlier { await task.value }
        do {
            while true {
                let registration = try await driver.register(topic)
                // One that was lost before anybody knew of it is made again.
                guard state.withLock({ $0.generation == registration.generation }) else { continue }
                return outcome.finish(.success(registration))
            }
        } catch {
            // Whoever comes now tries again.
            state.withLock { state in state.entries.removeAll { $0.outcome === outcome } }
            outcome.finish(.failure(error))
        }
    }

    /// Gives up what is under way.
    func abandon() {
        let tasks = state.withLock { state in
            state.entries.compactMap(\.task) + state.ending.compactMap(\.registering) + state.ending.map(\.task)
        }
        for task in tasks { task.cancel() }
    }

    /// One user less.
    func release(_ topic: EventTopic) { release(topic, of: nil) }

    private func release(_ topic: EventTopic, of outcome: SharedOutcome<EventRegistration>?) {
        let unwanted: SharedOutcome<EventRegistration>? = state.withLock { state in
            let index = state.entries.firstIndex {
                if let outcome { $0.outcome === outcome } else { $0.topic.isSame(as: topic) }
            }
            guard let index else { return nil }
            state.entries[index].users -= 1
            guard state.entries[index].users == 0 else { return nil }
            let entry = state.entries.remove(at: index)
            // Lost, and not asked for again: there is nothing to take back.
            if entry.renewal == .due { return entry.outcome }
            state.nextID += 1
            let id = state.nextID
            // The user may be gone in any context, and may be a task that is cancelled.
            let task = Task.detached { [driver] in
                if let registration = try? await entry.outcome.value {
                    try? await driver.deregister(topic.kind, registration)
                }
                self.state.withLock { state in state.ending.removeAll { $0.id == id } }
            }
            state.ending.append(Ending(topic: entry.topic, id: id, task: task, registering: entry.task))
            return nil
        }
        unwanted?.finish(.failure(CancellationError()))
    }

    // MARK: another link

    /// The link is lost, and with it every registration; whoever asks for one of these now waits for the next link.
    func suspend(_ generation: Int) {
        state.withLock { state in
            state.generation = generation
            for index in state.entries.indices where state.entries[index].outcome.isSuccess {
                state.entries[index].outcome = SharedOutcome()
                state.entries[index].renewal = .due
            }
        }
    }

    /// Makes the lost registrations anew.
    ///
    /// - Parameter isLost: whether the driver's link is lost again: then all of it is tried again later.
    /// - Returns: what has become of each; a topic that the daemon refuses now is forgotten.
    func renew(isLost: () -> Bool) async throws -> [(topic: EventTopic, registration: EventRegistration?)] {
        var results: [(topic: EventTopic, registration: EventRegistration?)] = []
        while true {
            let next = state.withLock { state -> (EventTopic, SharedOutcome<EventRegistration>)? in
                guard let index = state.entries.firstIndex(where: { $0.renewal == .due }) else { return nil }
                state.entries[index].renewal = .underWay
                return (state.entries[index].topic, state.entries[index].outcome)
            }
            guard let (topic, outcome) = next else { return results }
            do {
                let registration = try await driver.register(topic)
                let isValid = finishRenewal(of: outcome, at: registration.generation)
                guard isValid else { throw VirtError(.operationAborted, domain: .remote, "the link is lost again") }
                outcome.finish(.success(registration))
                results.append((topic, registration))
            } catch {
                guard isLost() || error is CancellationError else {
                    state.withLock { state in state.entries.removeAll { $0.outcome === outcome } }
                    outcome.finish(.failure(error))
                    results.append((topic, nil))
                    continue
                }
                let isWanted = state.withLock { state in
                    guard !state.isEnded, let index = state.entries.firstIndex(where: { $0.outcome === outcome }) else { return false }
                    state.entries[index].renewal = .due
                    return true
                }
                if !isWanted { outcome.finish(.failure(error)) }
                throw error
            }
        }
    }

    /// There will be no other link; who waits for it is told so.
    func end() {
        let waiting = state.withLock { state in
            state.isEnded = true
            return state.entries.filter { $0.renewal == .due }.map(\.outcome)
        }
        for outcome in waiting {
            outcome.finish(.failure(VirtError(.operationAborted, domain: .remote, "the connection is closed")))
        }
    }

    /// Whether the registration is one of the present link.
    private func finishRenewal(of outcome: SharedOutcome<EventRegistration>, at generation: Int) -> Bool {
        state.withLock { state in
            guard state.generation == generation else { return false }
            if let index = state.entries.firstIndex(where: { $0.outcome === outcome }) {
                state.entries[index].renewal = .none
            }
            return true
        }
    }
}

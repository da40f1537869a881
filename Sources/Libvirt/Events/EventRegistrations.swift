internal import Synchronization

/// A connection's registrations with its driver: one for all sequences that want the same, since a daemon refuses a
/// second one.
///
/// A registration is always heard out: if nobody waits for it any more when it is there, it is taken back.
final class EventRegistrations: Sendable {
    private struct Entry: Sendable {
        let topic: EventTopic
        let outcome: SharedOutcome<Int32>
        var users = 1
        var task: Task<Void, Never>?
    }

    private struct State {
        var entries: [Entry] = []
        /// Those being taken back; the same topic is registered anew only after that.
        var ending: [(topic: EventTopic, id: UInt64, task: Task<Void, Never>, registering: Task<Void, Never>?)] = []
        var nextID: UInt64 = 0
    }

    private let driver: any DriverConnection
    private let state = Mutex(State())

    init(_ driver: any DriverConnection) { self.driver = driver }

    var isEmpty: Bool { state.withLock { $0.entries.isEmpty && $0.ending.isEmpty } }

    /// The driver's name for the registration; one more uses it until ``release(_:)``.
    func acquire(_ topic: EventTopic) async throws -> Int32 {
        let outcome = state.withLock { state in
            if let index = state.entries.firstIndex(where: { $0.topic.isSame(as: topic) }) {
                state.entries[index].users += 1
                return state.entries[index].outcome
            }
            let outcome = SharedOutcome<Int32>()
            let earlier = state.ending.filter { $0.topic.isSame(as: topic) }.map(\.task)
            // Nobody's task: neither the cancellation nor the deadline of the first user is the others'.
            let task = Task.detached { await self.register(topic, outcome, after: earlier) }
            state.entries.append(Entry(topic: topic, outcome: outcome, task: task))
            return outcome
        }
        do {
            return try await outcome.value
        } catch {
            release(topic, of: outcome)
            throw error
        }
    }

    private func register(_ topic: EventTopic, _ outcome: SharedOutcome<Int32>, after earlier: [Task<Void, Never>]) async {
        for task in earlier { await task.value }
        do {
            outcome.finish(
                .success(
                    try await driver.registerEvent(topic.kind, eventID: topic.eventID, object: topic.object)))
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

    private func release(_ topic: EventTopic, of outcome: SharedOutcome<Int32>?) {
        state.withLock { state in
            let index = state.entries.firstIndex {
                if let outcome { $0.outcome === outcome } else { $0.topic.isSame(as: topic) }
            }
            guard let index else { return }
            state.entries[index].users -= 1
            guard state.entries[index].users == 0 else { return }
            let entry = state.entries.remove(at: index)
            state.nextID += 1
            let id = state.nextID
            // The user may be gone in any context, and may be a task that is cancelled.
            let task = Task.detached { [driver] in
                if let registration = try? await entry.outcome.value {
                    try? await driver.deregisterEvent(topic.kind, registration: registration)
                }
                self.state.withLock { state in state.ending.removeAll { $0.id == id } }
            }
            state.ending.append((entry.topic, id, task, entry.task))
        }
    }
}

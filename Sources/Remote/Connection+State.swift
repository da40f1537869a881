public import Libvirt
internal import VirtRPC

extension Connection {
    private var remoteDriver: RemoteDriver? { driver as? RemoteDriver }

    /// Whether the connection can be used now.
    ///
    /// One that does not reconnect is connected until it is closed.
    public var state: ConnectionState { remoteDriver?.connectionState ?? .connected }

    /// The state as it is, and each change from now on; it ends when the connection is closed.
    ///
    /// Of changes that nobody takes the last sixteen are kept.
    public var states: AsyncStream<ConnectionState> {
        remoteDriver?.connectionStates ?? AsyncStream { $0.yield(.connected) }
    }

    /// Waits until the connection can be used, which it can at once unless it is being opened again.
    ///
    /// - Throws: ``VirtError``: why it was closed, or `.operationTimeout` at the deadline; `CancellationError`.
    public func waitUntilConnected() async throws {
        let states = states
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await state in states {
                    switch state {
                    case .connected: return
                    case .reconnecting: continue
                    case .closed(let closure): throw closure.error
                    }
                }
                throw CancellationError()
            }
            if let deadline = currentDeadline {
                group.addTask {
                    try await Task.sleep(until: deadline, clock: .continuous)
                    throw VirtError.deadlineExceeded
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Runs an operation, and its child tasks, on the thread that reads the connection's link.
    ///
    /// The answer to a call is otherwise handed to another thread, which for a small call takes as long as all the
    /// rest. Worth it for many small calls, one after the other or side by side. The operation must not block, nor
    /// compute for long: meanwhile nothing of any connection over UNIX sockets is read. What is isolated to an actor
    /// runs where it does anyway, and so does all of it over TCP and TLS, where the thread cannot run tasks.
    public func onLinkThread<Result>(
        isolation: isolated (any Actor)? = #isolation, _ operation: () async throws -> Result
    ) async rethrows -> Result {
        let executor = remoteDriver?.active.client.link.taskExecutor
        return try await withTaskExecutorPreference(executor, isolation: isolation, operation: operation)
    }

    func reconnect(
        _ driver: RemoteDriver, _ policy: ReconnectPolicy, open: @escaping @Sendable () async throws -> RemoteDriver
    ) throws {
        let hooks = Reconnector.Hooks(
            suspend: { [weak events] in events?.suspend($0) },
            resume: { [weak events] error, isLost in try await events?.resume(after: error, isLost: isLost) })
        try driver.reconnect(policy, hooks: hooks, open: open)
    }
}

extension RemoteDriver {
    var connectionState: ConnectionState {
        if let reconnector { return reconnector.state }
        return ended.map { .closed($0) } ?? .connected
    }

    var connectionStates: AsyncStream<ConnectionState> {
        if let reconnector { return reconnector.states }
        let (stream, continuation) = AsyncStream.makeStream(of: ConnectionState.self)
        if ended == nil { continuation.yield(.connected) }
        whenClosed { [weak self] in
            if let end = self?.ended { continuation.yield(.closed(end)) }
            continuation.finish()
        }
        return stream
    }

    // MARK: registrations of one link or another

    public func registerEvent(
        _ kind: EventKind, eventID: Int32, object: (any ObjectReference)?
    ) async throws -> Int32 {
        try await active.registerHere(kind, eventID: eventID, object: object)
    }

    public func deregisterEvent(_ kind: EventKind, registration: Int32) async throws {
        try await active.deregisterHere(kind, registration: registration)
    }

    package func registerRouted(_ topic: EventTopic) async throws -> EventRegistration {
        let (successor, generation) = reconnector?.current ?? (nil, 0)
        let id = try await (successor ?? self).registerHere(topic.kind, eventID: topic.eventID, object: topic.object)
        return EventRegistration(id: id, generation: generation)
    }

    package func deregisterRouted(_ kind: EventKind, _ registration: EventRegistration) async throws {
        let (successor, generation) = reconnector?.current ?? (nil, 0)
        guard generation == registration.generation else { return }
        try await (successor ?? self).deregisterHere(kind, registration: registration.id)
    }
}

internal import Libvirt
internal import Synchronization
internal import VirtRPC

/// The events that one client has asked for.
///
/// Registrations by callback id and the two older generations live side by side; each gets its own messages. The same
/// event for the same object is registered once.
final class EventRegistry: Sendable {
    enum Form { case callback, plain }

    private struct Registration {
        let topic: EventTopic
        let form: Form
        let callbackID: Int32
        /// The driver's own, to be given back to it.
        let driverRegistration: Int32
    }

    private struct State {
        var registrations: [Registration] = []
        /// What the driver is being asked for.
        var underWay: [EventTopic] = []
        var nextCallback: Int32 = 0
    }

    private let state = Mutex(State())

    /// Event numbers that messages exist for.
    private static func maximumID(_ kind: EventKind) -> Int32 {
        switch kind {
        case .domain: 29
        case .network, .storagePool, .nodeDevice, .secret: 1
        }
    }

    /// As libvirtd's messages call the kind.
    private static func label(_ kind: EventKind) -> String {
        switch kind {
        case .domain: "domain"
        case .network: "network"
        case .storagePool: "storage pool"
        case .nodeDevice: "node device"
        case .secret: "secret"
        }
    }

    func register(
        _ kind: EventKind, eventID: Int32, object: (any ObjectReference)?, form: Form, in session: ClientSession
    ) async throws -> Int32 {
        let connection = try session.opened(for: nil)
        guard eventID >= 0, eventID <= Self.maximumID(kind) else { throw Self.unsupported(kind, eventID) }
        guard connection.driver.eventKinds.contains(kind) else { throw VirtError.noSupport(kind.registrationAPI) }
        let topic = EventTopic(kind, eventID: eventID, object: object)
        try state.withLock { state in
            let known = state.registrations.map(\.topic) + state.underWay
            guard !known.contains(where: topic.isSame) else {
                throw VirtError(.invalidArg, domain: .none, "event callback already tracked")
            }
            state.underWay.append(topic)
        }
        defer {
            state.withLock { state in
                state.underWay.firstIndex(where: topic.isSame).map { _ = state.underWay.remove(at: $0) }
            }
        }
        let driverRegistration = try await connection.driver.registerEvent(kind, eventID: eventID, object: object)
        return state.withLock { state in
            let id = state.nextCallback
            state.nextCallback += 1
            state.registrations.append(
                Registration(topic: topic, form: form, callbackID: id, driverRegistration: driverRegistration))
            return id
        }
    }

    func deregister(_ kind: EventKind, callbackID: Int32, in session: ClientSession) async throws {
        let removed = state.withLock { state -> Registration? in
            guard
                let index = state.registrations.firstIndex(where: {
                    $0.topic.kind == kind && $0.form == .callback && $0.callbackID == callbackID
                })
            else { return nil }
            return state.registrations.remove(at: index)
        }
        guard let removed else {
            throw VirtError(
                .internalError, domain: .rpc, "\(Self.label(kind)) event callback \(callbackID) not registered")
        }
        try await session.opened(for: nil).driver.deregisterEvent(kind, registration: removed.driverRegistration)
    }

    func deregister(_ kind: EventKind, eventID: Int32, in session: ClientSession) async throws {
        guard eventID >= 0, eventID <= Self.maximumID(kind) else { throw Self.unsupported(kind, eventID) }
        let removed = state.withLock { state -> Registration? in
            guard
                let index = state.registrations.firstIndex(where: {
                    $0.topic.kind == kind && $0.form == .plain && $0.topic.eventID == eventID
                })
            else { return nil }
            return state.registrations.remove(at: index)
        }
        guard let removed else {
            throw VirtError(.internalError, domain: .rpc, "\(Self.label(kind)) event \(eventID) not registered")
        }
        try await session.opened(for: nil).driver.deregisterEvent(kind, registration: removed.driverRegistration)
    }

    /// The messages that an event makes for this client.
    func messages(for event: HostEvent) -> [EventMessage] {
        state.withLock { state in
            state.registrations.compactMap { registration in
                guard registration.topic.kind == event.kind, registration.topic.eventID == event.eventID,
                    event.concerns(registration.topic.object)
                else { return nil }
                return registration.form == .callback
                    ? event.message(callbackID: registration.callbackID) : event.plainMessage()
            }
        }
    }

    func removeAll() { state.withLock { $0.registrations = [] } }

    private static func unsupported(_ kind: EventKind, _ eventID: Int32) -> VirtError {
        let label = kind == .domain ? "" : Self.label(kind) + " "
        return VirtError(.internalError, domain: .rpc, "unsupported \(label)event ID \(eventID)")
    }
}

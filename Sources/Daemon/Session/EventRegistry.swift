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
        let kind: EventKind
        let eventID: Int32
        let object: (any ObjectReference)?
        let form: Form
        let callbackID: Int32
        /// The driver's own, to be given back to it.
        let driverRegistration: Int32
    }

    private struct State {
        var registrations: [Registration] = []
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
        let isKnown = state.withLock { state in
            state.registrations.contains { Self.isSame($0, kind, eventID, object) }
        }
        if isKnown { throw VirtError(.invalidArg, domain: .none, "event callback already tracked") }
        let driverRegistration = try await connection.driver.registerEvent(kind, eventID: eventID, object: object)
        return state.withLock { state in
            let id = state.nextCallback
            state.nextCallback += 1
            state.registrations.append(
                Registration(
                    kind: kind, eventID: eventID, object: object, form: form, callbackID: id,
                    driverRegistration: driverRegistration))
            return id
        }
    }

    func deregister(_ kind: EventKind, callbackID: Int32, in session: ClientSession) async throws {
        let removed = state.withLock { state -> Registration? in
            guard
                let index = state.registrations.firstIndex(where: {
                    $0.kind == kind && $0.form == .callback && $0.callbackID == callbackID
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
                    $0.kind == kind && $0.form == .plain && $0.eventID == eventID
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
                guard registration.kind == event.kind, registration.eventID == event.eventID,
                    event.concerns(registration.object)
                else { return nil }
                return registration.form == .callback
                    ? event.message(callbackID: registration.callbackID) : event.plainMessage()
            }
        }
    }

    func removeAll() { state.withLock { $0.registrations = [] } }

    private static func isSame(
        _ registration: Registration, _ kind: EventKind, _ eventID: Int32, _ object: (any ObjectReference)?
    ) -> Bool {
        guard registration.kind == kind, registration.eventID == eventID else { return false }
        switch (registration.object, object) {
        case (nil, nil): return true
        case (let first?, let second?): return same(first, second)
        default: return false
        }
    }

    private static func same<Object: ObjectReference>(_ first: Object, _ second: any ObjectReference) -> Bool {
        (second as? Object).map(first.isSame) ?? false
    }

    private static func unsupported(_ kind: EventKind, _ eventID: Int32) -> VirtError {
        let label = kind == .domain ? "" : Self.label(kind) + " "
        return VirtError(.internalError, domain: .rpc, "unsupported \(label)event ID \(eventID)")
    }
}

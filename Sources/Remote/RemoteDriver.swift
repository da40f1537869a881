public import Libvirt
internal import Synchronization
package import VirtRPC
public import XDR

/// A driver that is somewhere else: every call goes to a daemon.
///
/// The generated extensions give it all roles, since what the driver behind the daemon can do is found out by asking;
/// what it cannot ends with the daemon's own `noSupport`. `Connection.open(_:)` makes one.
public final class RemoteDriver: DriverConnection, RoutedEventDriver {
    private struct State {
        var handler: (@Sendable (HostEvent, Int32) -> Void)?
        /// Whether domain events come with callback ids; else by event id.
        var hasCallbackIDs = false
        /// Registrations by event id at servers without callback ids, and how many listen.
        var plainRegistrations: [Int32: PlainRegistration] = [:]
        var hasCloseCallback = false
        var isClosing = false
        /// By SASL itself.
        var isEncrypted = false
        var whenClosed: [@Sendable () -> Void] = []
        /// Told of the end of the link in the place of `closure`; says whether there will be another one.
        var whenLost: (@Sendable (ConnectionClosure) -> Bool)?
        var opened = ""
    }

    struct PlainRegistration {
        var count: Int
        /// Made with the first generation's call, which knows the lifecycle only.
        var isLegacy: Bool
    }

    private let state: SharedState
    package let client: RPCClient
    private let closure: AsyncOnce<ConnectionClosure>
    /// Set at most once.
    private let renewal = Mutex<Reconnector?>(nil)

    /// What the client's event handler and the driver share; the handler does not keep the driver alive.
    private final class SharedState: Sendable {
        let value = Mutex(State())
        let closure = AsyncOnce<ConnectionClosure>()

        func ended(_ reason: ConnectCloseReason, _ error: VirtError) {
            // A daemon that we have told to close may do so before us.
            let (isClosing, whenLost) = value.withLock { state in
                defer { state.whenLost = nil }
                return (state.isClosing, state.whenLost)
            }
            let end = ConnectionClosure(reason: isClosing ? .client : reason, error: error)
            if !isClosing, let whenLost, whenLost(end) { return }
            finish(end)
        }

        func finish(_ end: ConnectionClosure) {
            guard closure.set(end) else { return }
            let actions = value.withLock { state in
                defer { state.whenClosed = [] }
                return state.whenClosed
            }
            for action in actions { action() }
        }

        /// Runs on the link's loop.
        func receive(_ program: UInt32, _ number: Int32, _ frame: Frame) {
            guard program == RemoteProgram.number else { return }
            let number = UInt32(bitPattern: number)
            if number == RemoteProgram.connectEventConnectionClosed.number {
                let reason = (try? frame.decode(ConnectionClosedEvent.self))?.reason ?? .error
                return ended(
                    reason,
                    VirtError(.operationFailed, domain: .remote, "the daemon has lost its connection to the hypervisor"))
            }
            guard let handler = value.withLock({ $0.handler }) else { return }
            // An event that we do not know, or cannot read, is a newer server's.
            var reader = XDRReader(frame.payload, owner: frame.owner)
            if let (id, event) = try? HostEvent.decode(number, from: &reader) { return handler(event, id) }
            var plain = XDRReader(frame.payload, owner: frame.owner)
            if let event = try? PlainDomainEvent.decode(number, from: &plain) { handler(.domain(event), event.eventID) }
        }
    }

    /// A driver over a link that has no handler yet.
    ///
    /// - Parameter attach: makes the client the link's handler.
    package init(_ link: any Link, attach: (any LinkHandler) -> Void) {
        let state = SharedState()
        self.state = state
        closure = state.closure
        client = RPCClient(
            link: link, onEvent: { state.receive($0, $1, $2) }, onEnd: { state.ended($0.reason, $0.error) })
        attach(client)
    }

    deinit {
        reconnector?.stop(.byClient)?.client.close()
        client.close()
    }

    // MARK: other links

    var reconnector: Reconnector? { renewal.withLock { $0 } }

    /// The driver of the present link.
    var active: RemoteDriver { reconnector?.current.driver ?? self }

    /// Opens the connection again whenever its link is lost; to be asked for before events are.
    ///
    /// - Parameter open: makes another driver, as this one was made.
    /// - Throws: Why the link is lost already.
    func reconnect(
        _ policy: ReconnectPolicy, hooks: Reconnector.Hooks, open: @escaping @Sendable () async throws -> RemoteDriver
    ) throws {
        let reconnector = Reconnector(policy, hooks: hooks, open: open) { [weak state] in state?.finish($0) }
        renewal.withLock { $0 = reconnector }
        state.value.withLock { $0.whenLost = { reconnector.lost(0, $0) } }
        if let end = closure.current { throw end.error }
    }

    /// Runs an action instead of closing when the link is lost; at once if it is.
    func whenLost(_ action: @escaping @Sendable (ConnectionClosure) -> Bool) {
        state.value.withLock { $0.whenLost = action }
        if let end = closure.current { _ = action(end) }
    }

    // MARK: what the generated methods use

    func call<Arguments: XDRCodable, Result: XDRCodable>(
        _ procedure: Procedure<Arguments, Result>, _ arguments: Arguments
    ) async throws -> Result {
        try await active.client.call(procedure, arguments)
    }

    func call<Arguments: XDRCodable, Result: XDRCodable>(
        _ procedure: Procedure<Arguments, Result>, _ arguments: Arguments, descriptors: [OwnedDescriptor]
    ) async throws -> (Result, [OwnedDescriptor]) {
        try await active.client.call(procedure, arguments, descriptors: descriptors)
    }

    func openStream<Arguments: XDRCodable, Result: XDRCodable>(
        _ procedure: Procedure<Arguments, Result>, _ arguments: Arguments
    ) async throws -> (Result, any DataStream) {
        // Only these two calls can ask for holes.
        let isSparse =
            switch arguments {
            case let upload as StorageVolUploadArgs: upload.flags & StorageVolUploadFlags.sparseStream.rawValue != 0
            case let download as StorageVolDownloadArgs:
                download.flags & StorageVolDownloadFlags.sparseStream.rawValue != 0
            default: false
            }
        return try await active.client.openStream(procedure, arguments, isSparse: isSparse, owner: self)
    }

    // MARK: session

    /// What was asked of the daemon at opening.
    var openedURI: String {
        get { state.value.withLock { $0.opened } }
    }

    /// Authenticates and opens, in virsh's order.
    func open(
        _ name: String, readOnly: Bool, keepalive: (interval: Duration, count: Int)?,
        authentication: ClientAuthentication
    ) async throws {
        try await authenticate(authentication)
        if let keepalive, keepalive.interval > .zero, try await supportsFeature(.programKeepalive) {
            client.enableKeepalive(interval: keepalive.interval, count: keepalive.count)
        }
        let flags: ConnectFlags = readOnly ? .ro : []
        _ = try await call(RemoteProgram.connectOpen, ConnectOpenArgs(name: name, flags: flags.rawValue))
        // The daemon's own choice; one that does not know the call has none.
        let opened = name.isEmpty ? ((try? await uri()) ?? name) : name
        let hasCallbackIDs = try await supportsFeature(.remoteEventCallback)
        let hasCloseCallback = try await supportsFeature(.remoteCloseCallback)
        state.value.withLock { state in
            state.opened = opened
            state.hasCallbackIDs = hasCallbackIDs
            state.hasCloseCallback = hasCloseCallback
        }
        guard hasCloseCallback else { return }
        do {
            _ = try await call(RemoteProgram.connectRegisterCloseCallback, XDRVoid())
        } catch let error as VirtError where error.domain != .rpc || error.code == .noSupport {
            // The daemon knows the call, and its driver does not.
            state.value.withLock { $0.hasCloseCallback = false }
        }
    }

    private func authenticate(_ authentication: ClientAuthentication) async throws {
        let types = try await call(RemoteProgram.authList, XDRVoid()).types
        switch try authentication.choose(among: types) {
        case .sasl:
            let mechanism: String? = if case .sasl(let mechanism) = authentication.choice { mechanism } else { nil }
            var exchange = SASLExchange(
                client: client, mechanism: mechanism, credentials: authentication.credentials)
            let isEncrypted = try await exchange.run()
            state.value.withLock { $0.isEncrypted = isEncrypted }
        case .polkit: _ = try await call(RemoteProgram.authPolkit, XDRVoid())
        default: break
        }
    }

    public func supportsFeature(_ feature: DriverFeature) async throws -> Bool {
        try await call(RemoteProgram.connectSupportsFeature, ConnectSupportsFeatureArgs(feature: feature)).supported != 0
    }

    func uri() async throws -> String { try await call(RemoteProgram.connectGetURI, XDRVoid()).uri }

    func libraryVersion() async throws -> UInt64 {
        try await call(RemoteProgram.connectGetLibVersion, XDRVoid()).libVer
    }

    /// Both ways have to be secure: to the daemon, and from it to the hypervisor.
    func isSecure() async throws -> Bool {
        let isSecureBehind = try await call(RemoteProgram.connectIsSecure, XDRVoid()).secure != 0
        return isSecureBehind && (client.link.transport != .tcp || state.value.withLock { $0.isEncrypted })
    }

    package var unansweredCalls: Int { active.client.unansweredCalls }

    var isAlive: Bool {
        guard let reconnector else { return closure.current == nil }
        return if case .connected = reconnector.state { true } else { false }
    }
    var ended: ConnectionClosure? { closure.current }
    var closed: ConnectionClosure {
        get async throws { try await closure.value }
    }

    /// Runs an action when the connection has ended; at once if it has.
    func whenClosed(_ action: @escaping @Sendable () -> Void) {
        state.value.withLock { $0.whenClosed.append(action) }
        guard closure.current != nil else { return }
        let actions = state.value.withLock { state in
            defer { state.whenClosed = [] }
            return state.whenClosed
        }
        for action in actions { action() }
    }

    /// Says goodbye to the daemon, for at most five seconds, and closes the link.
    public func close() async {
        let (isFirst, hasCloseCallback) = state.value.withLock { state in
            defer { state.isClosing = true }
            return (!state.isClosing, state.hasCloseCallback)
        }
        let renewal = reconnector
        if isFirst { await renewal?.stop(.byClient)?.close() }
        if isFirst, client.end == nil {
            // Also when the caller's task is cancelled, and without its deadline.
            let goodbye = Task.detached { [client] in
                await withDeadline(.seconds(5)) {
                    if hasCloseCallback {
                        _ = try? await client.call(RemoteProgram.connectUnregisterCloseCallback, XDRVoid())
                    }
                    _ = try? await client.call(RemoteProgram.connectClose, XDRVoid())
                }
            }
            await goodbye.value
        }
        client.close()
        if renewal != nil { state.finish(.byClient) }
    }

    // MARK: events

    public var eventKinds: Set<EventKind> { Set(EventKind.allCases) }

    public func setEventHandler(_ handler: (@Sendable (HostEvent) -> Void)?) {
        setHandler(handler.map { handler in { @Sendable event, _ in handler(event) } })
    }

    package func setRoutedEventHandler(_ handler: @escaping @Sendable (HostEvent, Int32) -> Void) {
        setHandler(handler)
    }

    private func setHandler(_ handler: (@Sendable (HostEvent, Int32) -> Void)?) {
        let handler = reconnector.map { $0.setHandler(handler) } ?? handler
        state.value.withLock { $0.handler = handler }
    }

    /// Over this link, not that of a successor.
    func registerHere(_ kind: EventKind, eventID: Int32, object: (any ObjectReference)?) async throws -> Int32 {
        switch kind {
        case .domain:
            guard state.value.withLock({ $0.hasCallbackIDs }) else { return try await registerPlain(eventID) }
            return try await client.call(
                RemoteProgram.connectDomainEventCallbackRegisterAny,
                .init(eventID: DomainEventID(rawValue: eventID), dom: object as? DomainRef)
            ).callbackID
        case .network:
            return try await client.call(
                RemoteProgram.connectNetworkEventRegisterAny,
                .init(eventID: NetworkEventID(rawValue: eventID), net: object as? NetworkRef)
            ).callbackID
        case .storagePool:
            return try await client.call(
                RemoteProgram.connectStoragePoolEventRegisterAny,
                .init(eventID: StoragePoolEventID(rawValue: eventID), pool: object as? StoragePoolRef)
            ).callbackID
        case .nodeDevice:
            return try await client.call(
                RemoteProgram.connectNodeDeviceEventRegisterAny,
                .init(eventID: NodeDeviceEventID(rawValue: eventID), dev: object as? NodeDeviceRef)
            ).callbackID
        case .secret:
            return try await client.call(
                RemoteProgram.connectSecretEventRegisterAny,
                .init(eventID: SecretEventID(rawValue: eventID), secret: object as? SecretRef)
            ).callbackID
        }
    }

    func deregisterHere(_ kind: EventKind, registration: Int32) async throws {
        switch kind {
        case .domain:
            guard state.value.withLock({ $0.hasCallbackIDs }) else { return try await deregisterPlain(registration) }
            _ = try await client.call(
                RemoteProgram.connectDomainEventCallbackDeregisterAny, .init(callbackID: registration))
        case .network:
            _ = try await client.call(RemoteProgram.connectNetworkEventDeregisterAny, .init(callbackID: registration))
        case .storagePool:
            _ = try await client.call(RemoteProgram.connectStoragePoolEventDeregisterAny, .init(callbackID: registration))
        case .nodeDevice:
            _ = try await client.call(RemoteProgram.connectNodeDeviceEventDeregisterAny, .init(callbackID: registration))
        case .secret:
            _ = try await client.call(RemoteProgram.connectSecretEventDeregisterAny, .init(callbackID: registration))
        }
    }

    /// Servers before callback ids have one registration for each event; its id is the event's.
    private func registerPlain(_ eventID: Int32) async throws -> Int32 {
        let isFirst = state.value.withLock { state in
            state.plainRegistrations[eventID, default: PlainRegistration(count: 0, isLegacy: false)].count += 1
            return state.plainRegistrations[eventID]?.count == 1
        }
        guard isFirst else { return eventID }
        do {
            do {
                _ = try await client.call(
                    RemoteProgram.connectDomainEventRegisterAny, .init(eventID: DomainEventID(rawValue: eventID)))
            } catch let error as VirtError where error.code == .rpc && eventID == DomainEventID.lifecycle.rawValue {
                _ = try await client.call(RemoteProgram.connectDomainEventRegister, XDRVoid())
                state.value.withLock { $0.plainRegistrations[eventID]?.isLegacy = true }
            }
        } catch {
            state.value.withLock { _ = $0.plainRegistrations.removeValue(forKey: eventID) }
            throw error
        }
        return eventID
    }

    private func deregisterPlain(_ eventID: Int32) async throws {
        let last = state.value.withLock { state -> PlainRegistration? in
            guard var registration = state.plainRegistrations[eventID] else { return nil }
            registration.count -= 1
            state.plainRegistrations[eventID] = registration.count > 0 ? registration : nil
            return registration.count > 0 ? nil : registration
        }
        guard let last else { return }
        if last.isLegacy {
            _ = try await client.call(RemoteProgram.connectDomainEventDeregister, XDRVoid())
        } else {
            _ = try await client.call(
                RemoteProgram.connectDomainEventDeregisterAny, .init(eventID: DomainEventID(rawValue: eventID)))
        }
    }
}

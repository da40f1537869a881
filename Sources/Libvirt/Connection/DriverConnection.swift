/// A driver's side of one open connection: what ``Connection`` and the daemon call.
///
/// A driver conforms, besides this, to the roles it can fulfil (`DomainLifecycle`, `Networks` …). A role that is absent,
/// or a requirement that it leaves to the default, is `noSupport`.
public protocol DriverConnection: AnyObject, Sendable {
    /// Procedures of the roles it conforms to which it does nevertheless not implement, by their source names.
    static var unimplemented: Set<String> { get }

    /// Whether calls finish without waiting for anything: then they run where they were read, without a hop.
    static var isNonBlocking: Bool { get }

    /// Whether a feature that peers ask for by number is there.
    func supportsFeature(_ feature: DriverFeature) async throws -> Bool

    /// Objects that it reports events of.
    var eventKinds: Set<EventKind> { get }

    /// Where events go from now on; nil: nowhere. The handler does not block.
    func setEventHandler(_ handler: (@Sendable (HostEvent) -> Void)?)

    /// Asks for an event by number. A driver that reports all events anyway has nothing to do.
    ///
    /// - Returns: what ``deregisterEvent(_:registration:)`` takes.
    func registerEvent(_ kind: EventKind, eventID: Int32, object: (any ObjectReference)?) async throws -> Int32
    func deregisterEvent(_ kind: EventKind, registration: Int32) async throws

    /// Ends the connection; nothing is called on it afterwards.
    func close() async
}

extension DriverConnection {
    public static var unimplemented: Set<String> { [] }
    public static var isNonBlocking: Bool { false }
    public func supportsFeature(_ feature: DriverFeature) async throws -> Bool { false }
    public var eventKinds: Set<EventKind> { [] }
    public func setEventHandler(_ handler: (@Sendable (HostEvent) -> Void)?) {}
    public func registerEvent(_ kind: EventKind, eventID: Int32, object: (any ObjectReference)?) async throws -> Int32 { 0 }
    public func deregisterEvent(_ kind: EventKind, registration: Int32) async throws {}
    public func close() async {}
}

/// A connection that wants to know of every call before it is made, to make some of them fail.
///
/// For drivers that people test their clients with; a server asks it once, when the connection opens.
public protocol CallInterceptor: DriverConnection {
    /// Whether it wants to know of any call at all.
    var interceptsCalls: Bool { get }

    /// Returns when the call may be made.
    ///
    /// - Throws: What the call fails with instead; ``ConnectionDropped`` if the client is to lose its connection.
    func willCall(_ procedure: ProcedureInfo) async throws
}

/// The client's connection ends, and the call has no answer.
public struct ConnectionDropped: Error {
    public init() {}
}

/// Opens connections for the URIs of one hypervisor or service. A driver module has one of these.
public protocol Driver: Sendable {
    /// `Test`, `QEMU`: for `--drivers`, logs and the support matrix.
    var name: String { get }
    /// URI schemes it takes, such as `test`.
    var schemes: Set<String> { get }
    /// The type of its connections; its conformances are the support matrix.
    var connectionType: any DriverConnection.Type { get }

    /// Whether there is something that a server must not end under, such as guests that run, though no client is there.
    var isInUse: Bool { get }

    /// How many domains there are in each state, for monitors.
    func domainCounts() async -> [DomainState: Int]

    /// Opens a connection.
    ///
    /// - Parameter flags: `VIR_CONNECT_*`; the daemon itself enforces read-only.
    /// - Throws: ``VirtError`` if the URI is one of this driver's but cannot be opened.
    func open(_ uri: String, flags: UInt32) async throws -> any DriverConnection
}

extension Driver {
    public var isInUse: Bool { false }
    public func domainCounts() async -> [DomainState: Int] { [:] }
}

package import Libvirt
package import Logging
internal import Synchronization
internal import VirtNet
package import VirtRPC
internal import VirtUtil
internal import XDR

/// One service of the daemon, in libvirt's words a server: its programs, its clients, their limits, its workers.
///
/// The daemon has two: `libvirtd` for the drivers and `admin` for itself.
package final class Server: Sendable {
    private struct State {
        var limits: ServerLimits
        var clients: [UInt64: ClientSession] = [:]
        var nextClient: UInt64 = 1
        /// Clients that have not shown yet who they are.
        var anonymous = 0
        var listeners: [Entrance] = []
        var isStopping = false
    }

    private struct Entrance {
        let listener: any LinkListener
        /// Whether those who come have yet to show who they are.
        let isForAnonymous: Bool
        var isAccepting = true
    }

    package let name: String
    package let logger: Logger
    /// Asked before each call; nil where access is not controlled.
    package let access: AccessControl?
    /// Versions of served programs by their numbers.
    let programs: [UInt32: UInt32]
    let workers: WorkerPool
    let priorityWorkers: WorkerPool
    private let tables: [UInt32: DispatchTable]
    private let drivers: [any Driver]
    private let state: Mutex<State>
    let counters = ServerCounters()
    /// Told of each call that is over.
    let observers: [any CallObserver]
    /// Called when the first client has come or the last one has gone.
    private let occupied: @Sendable (Bool) -> Void

    /// - Parameters:
    ///   - tables: what answers the calls of each program.
    ///   - drivers: in the order in which they are asked about a URI.
    ///   - access: asked before each call; nil: everybody may do all that his socket allows.
    ///   - observers: are told of each call that is over.
    ///   - occupied: called when the first client has come or the last one has gone.
    package init(
        name: String, tables: [DispatchTable], drivers: [any Driver], limits: ServerLimits,
        access: AccessControl? = nil, logger: Logger, observers: [any CallObserver] = [],
        occupied: @escaping @Sendable (Bool) -> Void = { _ in }
    ) {
        self.name = name
        self.tables = Dictionary(uniqueKeysWithValues: tables.map { ($0.program, $0) })
        programs = self.tables.mapValues(\.version)
        self.drivers = drivers
        self.logger = logger
        self.access = access
        self.occupied = occupied
        self.observers = observers
        workers = WorkerPool(minimum: limits.minWorkers, maximum: limits.maxWorkers)
        priorityWorkers = WorkerPool(minimum: limits.priorityWorkers, maximum: limits.priorityWorkers)
        state = Mutex(State(limits: limits))
    }

    /// A server of the drivers.
    package convenience init(
        drivers: [any Driver], limits: ServerLimits = ServerLimits(), access: AccessControl? = nil, logger: Logger,
        observers: [any CallObserver] = [], occupied: @escaping @Sendable (Bool) -> Void = { _ in }
    ) {
        self.init(
            name: "libvirtd", tables: Self.driverTables(), drivers: drivers, limits: limits, access: access,
            logger: logger, observers: observers, occupied: occupied)
    }

    private static func driverTables() -> [DispatchTable] {
        var remote = DispatchTable(
            program: RemoteProgram.number, version: RemoteProgram.version, procedures: RemoteProgram.procedures)
        RemoteProgram.register(in: &remote)
        SessionProcedures.register(in: &remote)
        var qemu = DispatchTable(
            program: QEMUProgram.number, version: QEMUProgram.version, procedures: QEMUProgram.procedures)
        QEMUProgram.register(in: &qemu)
        var lxc = DispatchTable(
            program: LXCProgram.number, version: LXCProgram.version, procedures: LXCProgram.procedures)
        LXCProgram.register(in: &lxc)
        return [remote, qemu, lxc]
    }

    func table(_ program: UInt32) -> DispatchTable? { tables[program] }

    /// Where a call runs that may block.
    func workers(for info: ProcedureInfo) -> WorkerPool { info.isHighPriority ? priorityWorkers : workers }

    // MARK: Clients

    /// Takes a client on; the link's handler is the result. Nil if there are too many.
    package func accept(_ link: any Link, settings: ClientSession.Settings) -> ClientSession? {
        let isAnonymous = settings.authentication != .none
        let (session, isFirst) = state.withLock { state -> (ClientSession?, Bool) in
            guard !state.isStopping, state.clients.count < state.limits.maxClients else { return (nil, false) }
            let session = ClientSession(link, id: state.nextClient, server: self, settings: settings)
            state.nextClient += 1
            state.clients[session.id] = session
            if isAnonymous { state.anonymous += 1 }
            return (session, state.clients.count == 1)
        }
        guard let session else {
            let maximum = limits.maxClients
            ServerCounters.add(1, to: counters.refused)
            logger.error("Too many active clients (\(maximum)), dropping connection from \(link.peer.description)")
            return nil
        }
        ServerCounters.add(1, to: counters.accepted)
        if isFirst { occupied(true) }
        updateAccepting()
        return session
    }

    func clientDidAuthenticate() {
        state.withLock { $0.anonymous -= 1 }
        updateAccepting()
    }

    /// - Parameter isAnonymous: it never showed who it is.
    func sessionDidEnd(_ session: ClientSession, isAnonymous: Bool) {
        let isEmpty = state.withLock { state in
            guard state.clients.removeValue(forKey: session.id) != nil else { return false }
            if isAnonymous { state.anonymous -= 1 }
            return state.clients.isEmpty
        }
        updateAccepting()
        if isEmpty { occupied(false) }
    }

    package var clientCount: Int { state.withLock { $0.clients.count } }
    package var anonymousCount: Int { state.withLock { $0.anonymous } }

    /// In the order in which they came.
    package var clients: [ClientSession] { state.withLock { $0.clients.values.sorted { $0.id < $1.id } } }

    package func client(_ id: UInt64) -> ClientSession? { state.withLock { $0.clients[id] } }

    /// Calls of all clients that are not answered yet.
    package var callsInFlight: Int { clients.reduce(0) { $0 + $1.callsInFlight } }

    // MARK: Limits

    package var limits: ServerLimits { state.withLock { $0.limits } }

    /// Changes limits; those of a client hold for clients that come from now on, all others at once.
    package func setLimits(_ change: (inout ServerLimits) -> Void) {
        let limits = state.withLock { state in
            change(&state.limits)
            return state.limits
        }
        workers.setThreads(minimum: limits.minWorkers, maximum: limits.maxWorkers)
        priorityWorkers.setThreads(minimum: limits.priorityWorkers, maximum: limits.priorityWorkers)
        updateAccepting()
    }

    /// Listens where there is room for a client, and else leaves new ones in the kernel's queue.
    ///
    /// - Parameter isForAnonymous: its clients have to authenticate. Where they need not, strangers who fill their own
    ///   entrance keep nobody out.
    func add(_ listener: any LinkListener, isForAnonymous: Bool) {
        state.withLock { $0.listeners.append(Entrance(listener: listener, isForAnonymous: isForAnonymous)) }
        updateAccepting()
    }

    private func updateAccepting() {
        state.withLock { state in
            for index in state.listeners.indices {
                let anonymous = state.listeners[index].isForAnonymous ? state.anonymous : 0
                let hasRoom = state.limits.hasRoom(clients: state.clients.count, anonymous: anonymous)
                guard hasRoom != state.listeners[index].isAccepting else { continue }
                state.listeners[index].isAccepting = hasRoom
                // Under the lock, so that two of us do not overtake each other; it only tells the listener's loop.
                state.listeners[index].listener.setAccepting(hasRoom)
            }
        }
    }

    // MARK: The end

    /// Takes no more clients.
    package func closeListeners() {
        let listeners = state.withLock { state in
            defer { state.listeners = [] }
            return state.listeners
        }
        for entrance in listeners { entrance.listener.close() }
    }

    /// Closes all clients' links after what is queued for them has been sent; none is taken any more.
    package func closeAll() {
        state.withLock { $0.isStopping = true }
        for session in clients { session.link.close(flushing: true) }
    }

    // MARK: Drivers

    /// Finds the driver of a URI and opens a connection.
    ///
    /// - Parameter mayOpen: Called with the driver's name before it is asked; throws if the client may not.
    func openDriver(
        _ uri: String?, flags: UInt32, mayOpen: (String) async throws -> Void
    ) async throws -> (connection: any DriverConnection, uri: String, name: String) {
        guard let name = uri, !name.isEmpty else {
            throw VirtError(.internalError, domain: .rpc, "connection not open")
        }
        // Bytes that stand in no URI, encoded or not.
        guard name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw VirtError(.internalError, domain: .uri, "Unable to parse URI \(name)")
        }
        guard let colon = name.firstIndex(of: ":") else {
            throw VirtError(.noConnect, domain: .none, "URI '\(name)' does not include a driver name")
        }
        let scheme = name[..<colon].split(separator: "+").first.map(String.init) ?? ""
        for driver in drivers where driver.schemes.contains(scheme) {
            try await mayOpen(driver.name)
            return (try await driver.open(name, flags: flags), name, driver.name)
        }
        throw VirtError(.noConnect, domain: .none, name)
    }
}

package import Libvirt
package import Logging
internal import Synchronization
internal import VirtNet
internal import VirtRPC

/// The running daemon: its servers, and the sockets through which clients reach them.
///
/// Made from a configuration, it listens until ``stop(grace:)``: then no new clients are taken, what is under way may
/// finish for a while, and the links are closed.
package final class Daemon: Sendable {
    struct State {
        var configuration: DaemonConfiguration
        /// There if the daemon listens for TLS.
        var credentials: ReplaceableCredentials?
        var metricsListener: HTTPListener?
    }

    let paths: DaemonPaths
    let sockets: SocketLayout
    let logger: Logger
    let loops: LinkLoops
    let state: Mutex<State>
    let sasl: SASLPolicy
    /// The drivers' clients.
    package let server: Server
    /// The administrators.
    package let admin: Server
    package let idleTimer: IdleTimer
    /// There if the configuration names where to ask for them.
    let metrics: DaemonMetrics?

    /// - Parameters:
    ///   - idleTimeout: after how long without clients and guests ``expired`` comes; nil for never.
    ///   - log: what administrators may change of it.
    ///   - expired: called when the time is over.
    package init(
        _ configuration: DaemonConfiguration, paths: DaemonPaths, drivers: [any Driver], logger: Logger,
        log: LogControl, idleTimeout: Duration? = nil, expired: @escaping @Sendable () -> Void = {}
    ) throws {
        state = Mutex(State(configuration: configuration))
        sasl = SASLPolicy(configuration)
        self.paths = paths
        self.logger = logger
        sockets = try SocketLayout(configuration, paths: paths)
        loops = LinkLoops(unixThreads: 1, tcpThreads: 1)
        let idleTimer = IdleTimer(
            timeout: idleTimeout, isInUse: { drivers.contains { $0.isInUse } }, expire: expired)
        self.idleTimer = idleTimer
        let calls = configuration.metricsAddress.map { _ in
            CallMetrics([
                RemoteProgram.number: RemoteProgram.procedures, QEMUProgram.number: QEMUProgram.procedures,
                LXCProgram.number: LXCProgram.procedures,
            ])
        }
        var observers: [any CallObserver] = calls.map { [$0] } ?? []
        if configuration.tracesCalls { observers.append(CallTracer(logger: log.logger("trace"))) }
        server = Server(
            drivers: drivers, limits: configuration.serverLimits,
            access: try AccessControl(configuration, paths: paths, logger: logger), logger: logger,
            observers: observers,
            occupied: { idleTimer.serverDidChange(isOccupied: $0) })
        let administration = Administration(log: log, idleTimer: idleTimer)
        admin = Server(
            name: "admin", tables: [AdminProcedures.table()], drivers: [administration],
            limits: configuration.adminServerLimits, logger: logger,
            occupied: { idleTimer.serverDidChange(isOccupied: $0) })
        metrics = calls.map { [server, admin] calls in
            DaemonMetrics(servers: [server, admin], calls: calls, drivers: drivers)
        }
        administration.manage(self)
    }

    var configuration: DaemonConfiguration { state.withLock { $0.configuration } }

    // MARK: The end

    /// Stops: no new clients; calls under way may finish for `grace`; then the links are closed.
    package func stop(grace: Duration = .seconds(5)) async {
        let servers = [server, admin]
        closeListeners()
        let end = ContinuousClock.now.advanced(by: grace)
        while servers.contains(where: { $0.callsInFlight > 0 }), ContinuousClock.now < end {
            try? await Task.sleep(for: .milliseconds(10))
        }
        for server in servers { server.closeAll() }
        while servers.contains(where: { $0.clientCount > 0 }), ContinuousClock.now < end {
            try? await Task.sleep(for: .milliseconds(5))
        }
    }
}

extension DaemonConfiguration {
    var serverLimits: ServerLimits {
        ServerLimits(limits, priorityWorkers: priorityWorkers, maxAnonymousClients: maxAnonymousClients)
    }

    var adminServerLimits: ServerLimits {
        ServerLimits(adminLimits, priorityWorkers: 0, maxAnonymousClients: 0)
    }
}

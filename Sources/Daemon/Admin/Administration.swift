internal import Libvirt
internal import Synchronization

/// The daemon, as administrators see it: what answers the administration program in the place of a driver.
///
/// Its calls wait for files (logs, certificates, names of users), so they run on the workers.
final class Administration: Driver, Sendable {
    static let uri = "admin:///daemon"

    let name = "Admin"
    let schemes: Set<String> = ["admin"]
    let log: LogControl
    let idleTimer: IdleTimer
    private let daemon = Mutex(WeakDaemon())

    private struct WeakDaemon: Sendable { weak var value: Daemon? }

    init(log: LogControl, idleTimer: IdleTimer) {
        self.log = log
        self.idleTimer = idleTimer
    }

    /// The daemon holds the server, which holds this.
    func manage(_ daemon: Daemon) { self.daemon.withLock { $0.value = daemon } }

    var connectionType: any DriverConnection.Type { AdminConnection.self }

    func open(_ uri: String, flags: UInt32) async throws -> any DriverConnection {
        guard let daemon = daemon.withLock({ $0.value }) else {
            throw VirtError(.internalError, domain: .admin, "the daemon is ending")
        }
        return AdminConnection(daemon, log: log)
    }
}

/// One administrator's connection.
final class AdminConnection: DriverConnection {
    let daemon: Daemon
    let log: LogControl

    init(_ daemon: Daemon, log: LogControl) {
        self.daemon = daemon
        self.log = log
    }

    /// In libvirt's order.
    var servers: [Server] { [daemon.admin, daemon.server] }

    func server(_ name: String) throws -> Server {
        guard let server = servers.first(where: { $0.name == name }) else {
            throw VirtError(.noServer, domain: .rpc, "No server named '\(name)'")
        }
        return server
    }

    /// None of the calls has flags yet.
    func refuse(_ flags: UInt32, in function: String) throws {
        if flags != 0 { throw VirtError.unsupportedFlags(UInt64(flags), in: function, domain: .admin) }
    }
}

extension AdminConnection: AdminDaemon {
    func connectSetDaemonTimeout(timeout: UInt32, flags: UInt32) async throws {
        try refuse(flags, in: "adminConnectSetDaemonTimeout")
        daemon.idleTimer.timeout = timeout == 0 ? nil : .seconds(Int64(timeout))
    }

    func connectGetLoggingOutputs(flags: UInt32) async throws -> AdminLoggingOutputs {
        try refuse(flags, in: "adminConnectGetLoggingOutputs")
        let outputs = log.outputs
        return AdminLoggingOutputs(outputs: outputs, noutputs: Self.words(outputs))
    }

    func connectGetLoggingFilters(flags: UInt32) async throws -> AdminLoggingFilters {
        try refuse(flags, in: "adminConnectGetLoggingFilters")
        let filters = log.filters
        return AdminLoggingFilters(filters: filters.isEmpty ? nil : filters, nfilters: Self.words(filters))
    }

    func connectSetLoggingOutputs(outputs: String?, flags: UInt32) async throws {
        try refuse(flags, in: "adminConnectSetLoggingOutputs")
        try log.setOutputs(outputs ?? "")
    }

    func connectSetLoggingFilters(filters: String?, flags: UInt32) async throws {
        try refuse(flags, in: "adminConnectSetLoggingFilters")
        try log.setFilters(filters ?? "")
    }

    private static func words(_ text: String) -> UInt32 {
        UInt32(clamping: text.split(separator: " ").count)
    }
}

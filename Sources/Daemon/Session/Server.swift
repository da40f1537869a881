package import Libvirt
package import Logging
internal import Synchronization
package import VirtRPC
internal import VirtUtil
internal import XDR

/// What all clients share: drivers, dispatch tables, workers.
package final class Server: Sendable {
    package let logger: Logger
    /// Versions of served programs by their numbers.
    let programs: [UInt32: UInt32]
    private let tables: [UInt32: DispatchTable]
    private let drivers: [any Driver]
    private let ordinaryWorkers: WorkerPool
    private let priorityWorkers: WorkerPool
    private let sessions = Mutex<[ObjectIdentifier: ClientSession]>([:])

    /// - Parameters:
    ///   - drivers: in the order in which they are asked about a URI.
    ///   - workers: threads for calls that may block, and those kept for calls of high priority.
    package init(drivers: [any Driver], workers: Int, priorityWorkers: Int, logger: Logger) {
        self.logger = logger
        self.drivers = drivers
        ordinaryWorkers = WorkerPool(threads: workers)
        self.priorityWorkers = WorkerPool(threads: priorityWorkers)
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
        tables = Dictionary(uniqueKeysWithValues: [remote, qemu, lxc].map { ($0.program, $0) })
        programs = tables.mapValues(\.version)
    }

    func table(_ program: UInt32) -> DispatchTable? { tables[program] }

    /// Where a call runs that may block.
    func workers(for info: ProcedureInfo) -> WorkerPool { info.isHighPriority ? priorityWorkers : ordinaryWorkers }

    /// Takes a client on; the link's handler is the result.
    package func accept(_ link: any Link, settings: ClientSession.Settings) -> ClientSession {
        let session = ClientSession(link, server: self, settings: settings)
        sessions.withLock { $0[ObjectIdentifier(session)] = session }
        return session
    }

    func sessionDidEnd(_ session: ClientSession) {
        sessions.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(session)) }
    }

    package var clientCount: Int { sessions.withLock { $0.count } }

    /// Calls of all clients that are not answered yet.
    package var callsInFlight: Int {
        sessions.withLock { Array($0.values) }.reduce(0) { $0 + $1.state.withLock { $0.running.count } }
    }

    /// Closes all clients' links after what is queued for them has been sent.
    package func closeAll() {
        for session in sessions.withLock({ Array($0.values) }) { session.link.close(flushing: true) }
    }

    /// Finds the driver of a URI and opens a connection.
    func openDriver(_ uri: String?, flags: UInt32) async throws -> (connection: any DriverConnection, uri: String) {
        guard let name = uri, !name.isEmpty else {
            throw VirtError(.internalError, domain: .rpc, "connection not open")
        }
        guard let colon = name.firstIndex(of: ":") else {
            throw VirtError(.noConnect, domain: .none, "URI '\(name)' does not include a driver name")
        }
        let scheme = name[..<colon].split(separator: "+").first.map(String.init) ?? ""
        for driver in drivers where driver.schemes.contains(scheme) {
            return (try await driver.open(name, flags: flags), name)
        }
        throw VirtError(.noConnect, domain: .none, name)
    }
}

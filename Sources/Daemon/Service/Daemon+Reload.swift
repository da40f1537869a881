package import Libvirt
internal import Logging
internal import Synchronization
internal import VirtNet

extension Daemon {
    /// Takes over a configuration that was read again, as far as a running daemon can: limits, whom SASL lets in, access
    /// rules, and everything of TLS.
    ///
    /// What stays as it was until the next start is logged. Clients that are connected stay.
    ///
    /// - Throws: ``VirtError`` if the TLS files cannot be used; the old ones are used on, the rest is taken over.
    package func reload(_ new: DaemonConfiguration) throws {
        let old = configuration
        for key in old.fixedKeys(changedIn: new) { logger.warning("a new '\(key)' counts from the next start only") }
        state.withLock { $0.configuration = new }
        sasl.update(new)
        if new.serverLimits != old.serverLimits { server.setLimits { $0 = new.serverLimits } }
        if new.adminServerLimits != old.adminServerLimits { admin.setLimits { $0 = new.adminServerLimits } }
        do { try server.access?.reload() } catch { logger.error("access rules stay as they were: \(error)") }
        try updateTLSFiles()
    }

    /// Loads certificates, keys and lists again; for new clients.
    ///
    /// - Throws: ``VirtError``; the old ones are used on.
    package func updateTLSFiles() throws {
        let (credentials, configuration) = state.withLock { ($0.credentials, $0.configuration) }
        guard let credentials else { return }
        do throws(NetError) {
            credentials.current = try TLSCredentials(configuration.tls(paths))
        } catch {
            throw VirtError(.systemError, domain: .rpc, "\(error)", cause: error)
        }
        logger.info("TLS files are loaded again")
    }

    /// What an operator should know of the TLS files that a configuration names: facts, and problems.
    package static func examinePKI(
        _ configuration: DaemonConfiguration, paths: DaemonPaths
    ) -> (facts: [String], problems: [String]) {
        let report = PKIReport(configuration.tls(paths))
        return (report.facts, report.problems)
    }

    /// Whether clients can come by TLS.
    var listensTLS: Bool { state.withLock { $0.credentials != nil } }
}

extension DaemonConfiguration {
    /// The keys that a running daemon cannot change and that `other` has changed.
    func fixedKeys(changedIn other: DaemonConfiguration) -> [String] {
        let fixed: [(String, Bool)] = [
            ("listen_tls", listensTLS == other.listensTLS), ("listen_tcp", listensTCP == other.listensTCP),
            ("tls_port", tlsPort == other.tlsPort), ("tcp_port", tcpPort == other.tcpPort),
            ("listen_addr", listenAddress == other.listenAddress),
            ("unix_sock_group", socketGroup == other.socketGroup),
            ("unix_sock_ro_perms", readOnlySocketMode == other.readOnlySocketMode),
            ("unix_sock_rw_perms", readWriteSocketMode == other.readWriteSocketMode),
            ("unix_sock_admin_perms", adminSocketMode == other.adminSocketMode),
            ("unix_sock_dir", socketDirectory == other.socketDirectory),
            ("auth_unix_ro", readOnlyAuthentication == other.readOnlyAuthentication),
            ("auth_unix_rw", readWriteAuthentication == other.readWriteAuthentication),
            ("auth_tcp", tcpAuthentication == other.tcpAuthentication),
            ("auth_tls", tlsAuthentication == other.tlsAuthentication),
            ("access_drivers", accessDrivers == other.accessDrivers), ("access_rules", accessRules == other.accessRules),
            ("max_queued_clients", limits.maxQueuedClients == other.limits.maxQueuedClients),
            ("admin_max_queued_clients", adminLimits.maxQueuedClients == other.adminLimits.maxQueuedClients),
            ("metrics_listen", metricsAddress == other.metricsAddress), ("trace_calls", tracesCalls == other.tracesCalls),
            ("host_uuid", hostUUID == other.hostUUID), ("host_uuid_source", hostUUIDSource == other.hostUUIDSource),
        ]
        return fixed.filter { !$0.1 }.map(\.0)
    }
}

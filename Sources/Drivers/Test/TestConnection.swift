public import Libvirt
internal import Synchronization
internal import VirtConf

/// One open connection to a ``TestHost``; the roles are in Roles/.
///
/// Legal from any task at any time. After ``close()`` calls still work on the host that was open.
public final class TestConnection: DriverConnection {
    public static let isNonBlocking = true
    public static let unimplemented: Set<String> = [
        "domain_set_block_threshold", "domain_migrate_prepare_tunnel3", "domain_migrate_prepare_tunnel3_params",
        "node_alloc_pages",
    ]

    let host: TestHost
    /// The name of a host that others may have open, too.
    private let sharedName: String?
    private let listener: UInt64
    private let isOpen = Mutex(true)
    /// Guests that this client has announced and that have not arrived: they end with it.
    let expected = Mutex<Set<UUID>>([])
    let connector: (any HostConnector)?
    private let faults: TestFaults?

    init(
        sharing host: TestHost, name: String, faults: TestFaults? = nil, connector: (any HostConnector)? = nil
    ) {
        self.host = host
        self.connector = connector
        self.faults = faults
        sharedName = name
        listener = host.newListener()
    }

    init(owning host: TestHost, faults: TestFaults? = nil, connector: (any HostConnector)? = nil) {
        self.host = host
        self.connector = connector
        self.faults = faults
        sharedName = nil
        listener = host.newListener()
    }

    deinit { release() }

    public func close() async { release() }

    private func release() {
        let wasOpen = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        guard wasOpen else { return }
        host.setListener(listener, nil)
        let expected = self.expected.withLock { $0 }
        if !expected.isEmpty { host.update { state in for uuid in expected { state.giveUpMigration(of: uuid) } } }
        if let sharedName { TestHost.close(sharedName, host) }
    }

    public var eventKinds: Set<EventKind> { [.domain, .network, .storagePool, .nodeDevice, .secret] }

    public func setEventHandler(_ handler: (@Sendable (HostEvent) -> Void)?) {
        // A handler that outlives its connection would never be removed.
        isOpen.withLock { isOpen in
            if isOpen { host.setListener(listener, handler) }
        }
    }

    /// String parameters, the right order of network updates, migration; the daemon answers the others.
    public func supportsFeature(_ feature: DriverFeature) async throws -> Bool {
        switch feature {
        case .typedParamString, .networkUpdateHasCorrectOrder, .migrationP2p, .migrationDirect, .migrationV3,
            .xmlMigratable, .migrationOffline, .migrationParams:
            true
        default: false
        }
    }
}

extension TestConnection: CallInterceptor {
    public var interceptsCalls: Bool { faults != nil }

    public func willCall(_ procedure: ProcedureInfo) async throws {
        switch faults?.action(for: procedure.name) {
        case nil: return
        case .fail(let code, let text): throw VirtError(code, domain: .ofAPI(procedure.api), text)
        case .late(let microseconds): try await host.perform { $0.setAlarm(after: microseconds) }
        case .hang: try await host.perform { $0.setAlarm(after: nil) }
        case .drop: throw ConnectionDropped()
        }
    }
}

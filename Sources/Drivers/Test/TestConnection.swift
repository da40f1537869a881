public import Libvirt
internal import Synchronization
internal import VirtConf

/// One open connection to a ``TestHost``; the roles are in Roles/.
///
/// Legal from any task at any time. After ``close()`` calls still work on the host that was open.
public final class TestConnection: DriverConnection {
    public static let isNonBlocking = true
    public static let unimplemented: Set<String> = [
        "domain_set_block_threshold", "connect_compare_cpu", "connect_baseline_cpu", "node_alloc_pages", "domain_block_stats_flags",
        "domain_authorized_ssh_keys_get", "domain_authorized_ssh_keys_set", "domain_set_launch_security_state",
        "connect_get_storage_pool_capabilities", "storage_pool_lookup_by_target_path", "storage_vol_get_info_flags",
    ]

    let host: TestHost
    /// The name of a host that others may have open, too.
    private let sharedName: String?
    private let listener: UInt64
    private let isOpen = Mutex(true)
    private let faults: TestFaults?

    init(sharing host: TestHost, name: String, faults: TestFaults? = nil) {
        self.host = host
        self.faults = faults
        sharedName = name
        listener = host.newListener()
    }

    init(owning host: TestHost, faults: TestFaults? = nil) {
        self.host = host
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
        if let sharedName { TestHost.close(sharedName, host) }
    }

    public var eventKinds: Set<EventKind> { [.domain, .network, .storagePool, .nodeDevice, .secret] }

    public func setEventHandler(_ handler: (@Sendable (HostEvent) -> Void)?) {
        // A handler that outlives its connection would never be removed.
        isOpen.withLock { isOpen in
            if isOpen { host.setListener(listener, handler) }
        }
    }

    /// String parameters, and (16) the right order of network updates; the daemon answers the others.
    public func supportsFeature(_ feature: DriverFeature) async throws -> Bool {
        feature == .typedParamString || feature.rawValue == 16
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

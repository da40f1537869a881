public import Libvirt
package import VirtConf

/// libvirt's `test` hypervisor: a host that exists only in memory.
///
/// `test:///default` is a host with one running domain, shared by every connection of the process that has it open
/// and made anew after the last has closed. `test:///FILE` reads a host from a file, for that connection alone.
///
/// Nothing here blocks: every call works on a value behind a lock. Saving and dumping write small files; where they
/// are told to take time, the call waits for it without holding a thread.
public struct TestDriver: Driver {
    public let name = "Test"
    public let schemes: Set<String> = ["test"]
    public var connectionType: any DriverConnection.Type { TestConnection.self }

    private let connector: (any HostConnector)?
    private let audit: (any AuditLog)?

    /// A driver whose guests migrate only where clients take them themselves.
    public init() { (connector, audit) = (nil, nil) }

    /// - Parameters:
    ///   - connector: reaches the hosts that guests are to be migrated to by the daemon itself.
    ///   - audit: is told of guests that begin and end.
    package init(connector: any HostConnector, audit: any AuditLog) {
        self.connector = connector
        self.audit = audit
    }

    /// Of the hosts that are shared; those of one connection are its own.
    public func domainCounts() async -> [DomainState: Int] {
        var counts: [DomainState: Int] = [:]
        for host in TestHost.allShared { for state in host.domainStates { counts[state, default: 0] += 1 } }
        return counts
    }

    /// Opens `test:///default` or `test:///FILE`, with the parameters that README.md tells of.
    ///
    /// - Throws: `.invalidArg` without a path or for a parameter that means nothing; `.xmlError` or `.xmlDetail` if
    ///   the file is none or says what cannot be.
    public func open(_ uri: String, flags: UInt32) async throws -> any DriverConnection {
        let uri = try TestURI(uri)
        let faults = try uri.faults.map { try TestFaults(file: $0) }
        guard let name = uri.sharedName else {
            return TestConnection(owning: makeHost(try uri.makeHost()), faults: faults, connector: connector)
        }
        return TestConnection(
            sharing: try TestHost.open(name) { makeHost(try uri.makeHost()) }, name: name, faults: faults, connector: connector)
    }
}

extension TestDriver {
    private func makeHost(_ state: sending TestHostState) -> TestHost {
        let host = TestHost(state)
        if let audit, audit.isRecording { TestAudit.follow(host, audit) }
        return host
    }
}

extension TestURI {
    fileprivate func makeHost() throws -> TestHostState {
        var state = path == "/default" ? TestHostState.standard() : try TestHostState(file: path)
        state.clock = TestClock(isManual: isManual)
        state.memoryRate = (rate ?? 0) << 20
        return state
    }
}

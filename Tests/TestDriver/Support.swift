import Libvirt
import Synchronization

@testable import TestDriver

/// A host of its own, like that of `test:///default`, and one connection to it.
///
/// - Parameters:
///   - isManual: Its clock is moved by `nodeSuspendForDuration`.
///   - rate: Of jobs that copy memory, in bytes per second.
func newConnection(isManual: Bool = false, rate: UInt64 = 0, faults: TestFaults? = nil) -> TestConnection {
    var state = TestHostState.standard()
    state.clock = TestClock(isManual: isManual)
    state.memoryRate = rate
    return TestConnection(owning: TestHost(state), faults: faults)
}

/// A further connection to the host of another.
func sibling(of connection: TestConnection) -> TestConnection { TestConnection(owning: connection.host) }

func xml(_ name: String, _ inside: String = "", devices: String = "") -> String {
    """
    <domain type='test'><name>\(name)</name>\(inside)<memory>8192</memory><os><type>hvm</type></os>\
    <devices>\(devices)</devices></domain>
    """
}

/// What a call threw, as `code/domain message`; `-` if nothing.
func failure(_ body: () async throws -> Void) async -> String {
    do {
        try await body()
        return "-"
    } catch let error as VirtError {
        return "\(error.code.rawValue)/\(error.domain.rawValue) \(error.message)"
    } catch {
        return "other: \(error)"
    }
}

/// A value of a parameter as text; `-` if there is none.
func word(_ value: TypedParameterValue?) -> String {
    switch value {
    case .int(let value): "\(value)"
    case .uint(let value): "u\(value)"
    case .llong(let value): "\(value)"
    case .ullong(let value): "l\(value)"
    case .double(let value): "\(value)"
    case .boolean(let value): "b\(value)"
    case .string(let value): value
    case nil: "-"
    }
}

/// Keeps events in their order, as text.
final class Recorder: Sendable {
    private let lines = Mutex<[String]>([])

    init(_ connection: TestConnection) {
        connection.setEventHandler { [self] event in
            let line: String
            switch event {
            case .domain(.lifecycle(let domain, let event, let detail)):
                line = "\(domain.name) \(domain.id) \(event.rawValue).\(detail)"
            case .domain(.metadataChange(let domain, let type, let uri)):
                line = "\(domain.name) \(domain.id) metadata \(type.rawValue) \(uri ?? "-")"
            case .storagePool(.lifecycle(let pool, let event, let detail)):
                line = "\(pool.name) \(event.rawValue).\(detail)"
            case .network(.lifecycle(let network, let event, let detail)):
                line = "\(network.name) \(event.rawValue).\(detail)"
            case .storagePool(.refresh(let pool)): line = "\(pool.name) refresh"
            case .secret(.lifecycle(let secret, let event, _)): line = "\(secret.uuid) \(event)"
            case .domain(.blockJob(let domain, let path, let type, let status)):
                line = "\(domain.name) block job \(path) \(type) \(status)"
            case .domain(.blockJob2(let domain, let path, let type, let status)):
                line = "\(domain.name) block job \(path) \(type) \(status)"
            case .domain(.pmsuspend(let domain, _)): line = "\(domain.name) \(domain.id) pmsuspend"
            case .domain(.pmsuspendDisk(let domain, _)): line = "\(domain.name) \(domain.id) pmsuspendDisk"
            case .domain(.pmwakeup(let domain, _)): line = "\(domain.name) \(domain.id) pmwakeup"
            case .secret(.valueChanged(let secret)): line = "\(secret.uuid) value"
            default: line = "\(event)"
            }
            lines.withLock { $0.append(line) }
        }
    }

    /// What came since the last time.
    func take() -> [String] {
        lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }

    var count: Int { lines.withLock(\.count) }
}

extension TestConnection {
    var test: DomainRef {
        get async throws { try await domainLookupByName(name: "test") }
    }

    func state(_ domain: DomainRef) async throws -> String {
        let state = try await domainGetState(domain, flags: 0)
        return "\(state.state.rawValue).\(state.reason)"
    }

    func names(_ flags: UInt32) async throws -> [String] {
        try await connectListAllDomains(flags: ConnectListAllDomainsFlags(rawValue: flags)).map(\.name).sorted()
    }
}

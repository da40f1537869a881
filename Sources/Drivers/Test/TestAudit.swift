internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// Turns a host's events into records for those who audit.
enum TestAudit {
    /// Begins to tell of a host's guests.
    static func follow(_ host: TestHost, _ log: any AuditLog) {
        host.setListener(host.newListener()) { [weak host] event in
            guard case .domain(.lifecycle(let domain, let kind, let detail)) = event, let host else { return }
            let isStart = kind == .started
            guard isStart || kind == .stopped else { return }
            let reason = isStart ? started(detail) : stopped(detail)
            // One that was not kept is gone by now.
            let definition = host.read { $0.domains[domain.uuid]?.definition } ?? transient(domain)
            let audit = DomainAudit(definition)
            for record in isStart ? audit.start(reason: reason) : audit.stop(reason: reason) { log.record(record) }
        }
    }

    private static func transient(_ domain: DomainRef) -> Definition {
        var definition = Definition()
        definition.hypervisor = .test
        definition.name = domain.name
        definition.uuid = DomainUUID("\(domain.uuid)") ?? definition.uuid
        return definition
    }

    private static func started(_ detail: Int32) -> String {
        switch DomainEventStartedDetailType(rawValue: detail) {
        case .migrated: "migrated"
        case .restored: "restored"
        case .fromSnapshot: "from-snapshot"
        default: "booted"
        }
    }

    private static func stopped(_ detail: Int32) -> String {
        switch DomainEventStoppedDetailType(rawValue: detail) {
        case .destroyed: "destroyed"
        case .crashed: "crashed"
        case .migrated: "migrated"
        case .saved: "saved"
        case .failed: "failed"
        case .fromSnapshot: "from-snapshot"
        default: "shutdown"
        }
    }
}

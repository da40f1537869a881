internal import LibvirtRemote

extension Command {
    static let domstats = Command(
        "domstats", "Print statistics of domains.",
        [
            .flag("state", "States."), .flag("cpu-total", "Processor time."), .flag("balloon", "Memory balloons."),
            .flag("vcpu", "Virtual processors."), .flag("interface", "Network interfaces."),
            .flag("block", "Block devices."), .flag("perf", "Performance events."), .flag("iothread", "I/O threads."),
            .flag("memory", "Memory bandwidth."), .flag("dirtyrate", "Rates of dirtied memory."),
            .flag("vm", "What only this hypervisor knows."), .flag("list-active", "Active domains."),
            .flag("list-inactive", "Inactive domains."), .flag("list-persistent", "Persistent domains."),
            .flag("list-transient", "Transient domains."), .flag("list-running", "Running domains."),
            .flag("list-paused", "Paused domains."), .flag("list-shutoff", "Domains that are shut off."),
            .flag("list-other", "Domains in other states."),
            .flag("raw", "Accepted for virsh's sake; values are always as they come."),
            .flag("enforce", "Fail if the daemon lacks a group that is asked for."),
            .flag("backing", "Block devices with their backing chains."),
            .flag("nowait", "Only what is there at once."),
            .rest("domain", "Names, ids or UUIDs; all domains if there is none.", .domains),
        ]
    ) { call in
        let connection = try await call.connection()
        let handles = try await call.rest.asyncMap { try await call.shell.domain($0) }
        let records = try await connection.domainStatistics(
            of: handles, types: DomainStatistics.groups(call), flags: DomainStatistics.flags(call))
        if call.output.isJSON {
            call.output.print(.array(records.map(DomainStatistics.json)))
            return
        }
        let texts = records.map { record in
            record.params.reduce("Domain: '\(record.dom.name)'\n") { $0 + "  \($1.field)=\($1.value.text)\n" }
        }
        call.output.printRaw(texts.joined(separator: "\n"))
    }
}

enum DomainStatistics {
    /// The groups, as `VIR_DOMAIN_STATS_*`; 0 for all.
    static func groups(_ call: Invocation) -> UInt32 {
        let options = [
            "state", "cpu-total", "balloon", "vcpu", "interface", "block", "perf", "iothread", "memory", "dirtyrate",
            "vm",
        ]
        return options.enumerated().reduce(0) { $0 | (call.has($1.element) ? 1 << UInt32($1.offset) : 0) }
    }

    static func flags(_ call: Invocation) -> ConnectGetAllDomainStatsFlags {
        call.flags([
            "list-active": .active, "list-inactive": .inactive, "list-persistent": .persistent,
            "list-transient": .transient, "list-running": .running, "list-paused": .paused, "list-shutoff": .shutoff,
            "list-other": .other, "enforce": .enforceStats, "backing": .backing, "nowait": .nowait,
        ])
    }

    static func json(_ record: DomainStatsRecord) -> JSON {
        .object([
            "domain": .string(record.dom.name), "uuid": .string(record.dom.uuid.description),
            "statistics": .object(record.params.map { JSON.Member(name: $0.field, value: $0.value.json) }),
        ])
    }
}

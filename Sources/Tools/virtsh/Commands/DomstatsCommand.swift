internal import ArgumentParser
internal import LibvirtRemote

struct DomstatsCommand: ShellCommand {
    static let abstract = "Print statistics of domains."
    static let syntax = Syntax(
        command: "domstats", operands: [.rest("domain")],
        flags: [
            "state", "cpu-total", "balloon", "vcpu", "interface", "block", "perf", "iothread", "memory", "dirtyrate",
            "vm", "list-active", "list-inactive", "list-persistent", "list-transient", "list-running", "list-paused",
            "list-shutoff", "list-other", "raw", "enforce", "backing", "nowait",
        ])

    @Flag(help: "States.") var state = false
    @Flag(help: "Processor time.") var cpuTotal = false
    @Flag(help: "Memory balloons.") var balloon = false
    @Flag(help: "Virtual processors.") var vcpu = false
    @Flag(help: "Network interfaces.") var interface = false
    @Flag(help: "Block devices.") var block = false
    @Flag(help: "Performance events.") var perf = false
    @Flag(help: "I/O threads.") var iothread = false
    @Flag(help: "Memory bandwidth.") var memory = false
    @Flag(help: "Rates of dirtied memory.") var dirtyrate = false
    @Flag(help: "What only this hypervisor knows.") var vm = false
    @Flag(help: "Active domains.") var listActive = false
    @Flag(help: "Inactive domains.") var listInactive = false
    @Flag(help: "Persistent domains.") var listPersistent = false
    @Flag(help: "Transient domains.") var listTransient = false
    @Flag(help: "Running domains.") var listRunning = false
    @Flag(help: "Paused domains.") var listPaused = false
    @Flag(help: "Domains that are shut off.") var listShutoff = false
    @Flag(help: "Domains in other states.") var listOther = false
    @Flag(help: "Accepted for virsh's sake; values are always as they come.") var raw = false
    @Flag(help: "Fail if the daemon lacks a group that is asked for.") var enforce = false
    @Flag(help: "Block devices with their backing chains.") var backing = false
    @Flag(help: "Only what is there at once.") var nowait = false
    @Argument(help: "Names, ids or UUIDs; all domains if there is none.") var domains: [String] = []

    /// The groups, as `VIR_DOMAIN_STATS_*`; 0 for all.
    var groups: UInt32 {
        let options = [state, cpuTotal, balloon, vcpu, interface, block, perf, iothread, memory, dirtyrate, vm]
        return options.enumerated().reduce(0) { $0 | ($1.element ? 1 << UInt32($1.offset) : 0) }
    }

    var flags: ConnectGetAllDomainStatsFlags {
        let options: [(Bool, ConnectGetAllDomainStatsFlags)] = [
            (listActive, .active), (listInactive, .inactive), (listPersistent, .persistent),
            (listTransient, .transient), (listRunning, .running), (listPaused, .paused), (listShutoff, .shutoff),
            (listOther, .other), (enforce, .enforceStats), (backing, .backing), (nowait, .nowait),
        ]
        return options.reduce(into: []) { flags, option in if option.0 { flags.formUnion(option.1) } }
    }

    func run(in shell: Shell) async throws {
        let connection = try await shell.connection()
        let handles = try await domains.asyncMap { try await shell.domain($0) }
        let records = try await connection.domainStatistics(of: handles, types: groups, flags: flags)
        if shell.output.isJSON {
            shell.output.print(.array(records.map(Self.json)))
            return
        }
        let texts = records.map { record in
            record.params.reduce("Domain: '\(record.dom.name)'\n") { $0 + "  \($1.field)=\($1.value.text)\n" }
        }
        shell.output.printRaw(texts.joined(separator: "\n"))
    }

    private static func json(_ record: DomainStatsRecord) -> JSON {
        .object([
            "domain": .string(record.dom.name), "uuid": .string(record.dom.uuid.description),
            "statistics": .object(record.params.map { JSON.Member(name: $0.field, value: $0.value.json) }),
        ])
    }
}

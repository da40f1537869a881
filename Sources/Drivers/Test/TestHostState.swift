internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// What a host knows: its domains, networks, storage, interfaces, secrets and filters, and its own numbers.
struct TestHostState {
    private(set) var domains: [UUID: TestDomain] = [:]
    private var names: [String: UUID] = [:]
    private var lastID: Int32 = 0
    private var lastSequence: UInt64 = 0
    var clock = TestClock()
    /// How much of a guest's memory jobs move, in bytes per second; 0: all of it in no time.
    var memoryRate: UInt64 = 0
    /// Domains that have jobs.
    private(set) var busyDomains: Set<UUID> = []
    var lastJob: UInt64 = 0
    /// Who waits for the end of a job or for an alarm, by its number.
    var waiters: [UInt64: CheckedContinuation<Void, any Error>] = [:]
    /// When somebody wants to be woken, by the number of the alarm.
    var alarms: [UInt64: UInt64] = [:]
    /// Made by ends of jobs and of runs, taken by ``TestHost``.
    var ended: [TestOutcome] = []
    var hungUp: [TestTerminal] = []
    var replaced: [TestTerminal] = []
    var node = TestNode()
    var networks = TestNetworks()
    var storage = TestStorage()
    var interfaces = TestInterfaces()
    var devices = TestNodeDevices()
    var secrets = TestSecrets()
    var nwfilters = TestNWFilters()
    /// Made by changes, taken by ``TestHost``.
    var events: [HostEvent] = []

    /// Domains, names, events: none of them grows with what came and went.
    var tableSizes: [Int] { [domains.count, names.count, events.count] }

    // MARK: Looking up

    /// The domains in their order of appearance.
    var sortedDomains: [TestDomain] { domains.values.sorted { $0.sequence < $1.sequence } }

    func domain(named name: String) -> TestDomain? { names[name].flatMap { domains[$0] } }

    func domain(_ reference: DomainRef) throws -> TestDomain {
        guard let domain = domains[reference.uuid] else { throw Self.missing(reference) }
        return domain
    }

    static func missing(_ reference: DomainRef) -> VirtError {
        .test(.noDomain, "no domain with matching uuid '\(reference.uuid)' (\(reference.name))")
    }

    /// Changes a domain in place.
    mutating func modify<Result>(
        _ reference: DomainRef, _ body: (inout TestDomain) throws -> Result
    ) throws -> Result {
        guard let index = domains.index(forKey: reference.uuid) else { throw Self.missing(reference) }
        defer {
            if domains.values[index].activity.isBusy {
                busyDomains.insert(reference.uuid)
            } else if !busyDomains.isEmpty {
                busyDomains.remove(reference.uuid)
            }
        }
        return try body(&domains.values[index])
    }

    // MARK: Adding and removing

    /// A number that no domain of this host has had.
    mutating func nextID() -> Int32 {
        lastID += 1
        return lastID
    }

    /// Takes a definition: into the domain of its UUID, or as a new one.
    ///
    /// - Parameter forRun: It is for a run that begins now, which the domain must not already have.
    /// - Returns: Whether it replaces an older definition.
    /// - Throws: `.operationFailed` if the name belongs to another UUID or the UUID to another name.
    mutating func take(_ definition: Definition, forRun: Bool) throws -> (domain: DomainRef, isUpdate: Bool) {
        let uuid = UUID(definition.uuid)
        if let existing = domains[uuid] {
            guard existing.name == definition.name else {
                throw VirtError.domain(
                    .operationFailed, "domain '\(existing.name)' is already defined with uuid \(uuid)")
            }
            if forRun { try existing.check(.createXML) }
            let isUpdate = try modify(existing.reference) { domain in
                if forRun {
                    domain.replaceForRun(definition)
                    return true
                }
                return domain.redefine(definition)
            }
            return (existing.reference, isUpdate)
        }
        if let existing = domain(named: definition.name) {
            throw VirtError.domain(
                .operationFailed, "domain '\(existing.name)' already exists with uuid \(existing.uuid)")
        }
        lastSequence += 1
        let domain = TestDomain(definition, sequence: lastSequence, isPersistent: false)
        domains[uuid] = domain
        names[definition.name] = uuid
        return (domain.reference, false)
    }

    mutating func remove(_ reference: DomainRef) {
        guard let domain = domains.removeValue(forKey: reference.uuid) else { return }
        busyDomains.remove(reference.uuid)
        names[domain.name] = nil
    }

    mutating func rename(_ reference: DomainRef, to name: String) throws {
        let old = try domain(reference)
        if old.name == name {
            throw VirtError.domain(.operationInvalid, "Can't rename domain to itself")
        }
        if names[name] != nil {
            throw VirtError.domain(.operationInvalid, "domain with name '\(name)' already exists")
        }
        names[old.name] = nil
        names[name] = old.uuid
        try modify(reference) { $0.rename(name) }
    }

    // MARK: Moving between states

    /// Starts a domain and says so. One that is not persistent is gone if it cannot start.
    mutating func start(
        _ reference: DomainRef, _ operation: TestDomainState.Operation, detail: DomainEventStartedDetailType
    ) throws {
        try domain(reference).check(operation)
        try plugForRun(reference)
        let id = nextID()
        try modify(reference) { try $0.start(operation, id: id) }
        report(try domain(reference).reference, .started, detail.rawValue)
    }

    /// Stops a domain and says so; one that is not persistent is gone then.
    mutating func stop(
        _ reference: DomainRef, _ operation: TestDomainState.Operation, detail: DomainEventStoppedDetailType
    ) throws {
        let (after, isPersistent, activity) = try modify(reference) { domain in
            let activity = domain.activity.content
            try domain.apply(operation)
            return (domain.reference, domain.isPersistent, activity)
        }
        if let job = activity.job { dropJob(job) }
        hungUp += activity.terminals.values
        unplug(reference.uuid)
        report(after, .stopped, detail.rawValue)
        if !isPersistent { remove(reference) }
    }

    /// Shuts down or reboots, as the definition has it.
    mutating func perform(_ operation: TestDomainState.Operation, on reference: DomainRef) throws {
        let domain = try domain(reference)
        try domain.check(operation)
        // The button is not heard by a guest that sleeps.
        if domain.state.isAsleep { return }
        let action = operation == .shutdown ? domain.definition.onPowerOff : domain.definition.onReboot
        if TestDomainState.outcome(action) == .shutdown {
            try stop(reference, .shutdown, detail: .shutdown)
        } else {
            try modify(reference) { try $0.apply(.reboot) }
        }
    }

    // MARK: Events

    mutating func report(_ domain: DomainRef, _ event: DomainEventType, _ detail: Int32) {
        events.append(.domain(.lifecycle(domain, event: event, detail: detail)))
    }

    // MARK: Initial state

    /// Adds a domain in a state, without events; for hosts that are made.
    mutating func load(_ definition: Definition, _ kind: TestDomainState.Kind, isPersistent: Bool) throws -> DomainRef {
        let (reference, _) = try take(definition, forRun: false)
        let id = kind == .shutoff ? -1 : nextID()
        return try modify(reference) { domain in
            domain.isPersistent = isPersistent
            domain.load(kind, id: id)
            return domain.reference
        }
    }
}

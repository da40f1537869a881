internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// A domain's definition; the role of that name belongs to module Libvirt.
typealias Definition = VirtConf.DomainDefinition

/// A domain of the host: a value, changed under the host's lock.
struct TestDomain {
    /// Order of appearance, for lists.
    let sequence: UInt64
    private var current: Boxed<Definition>
    /// What a running domain will be once it has stopped, if it then still is anything.
    private var next: Boxed<Definition>?
    var isPersistent: Bool
    private(set) var state: TestDomainState
    var autostarts = false
    var hasManagedSave = false {
        didSet { if !hasManagedSave { activity.content.saved = nil } }
    }
    var startsAtNextBoot = false

    /// What the guest's agent would say.
    var guestSeconds: Int64 = 627_319_920
    var guestNanoseconds: UInt32 = 0
    var frozenMounts: Set<String> = []
    /// An entry for each I/O thread that was added to a definition, live or not, and not taken away since; those that
    /// came with a definition have none.
    var ioThreadPolling: [TestIOThreadPolling] = []
    var snapshots = TestSnapshots()
    var checkpoints = TestCheckpoints()
    var activity = TestActivity()

    init(_ definition: Definition, sequence: UInt64, isPersistent: Bool) {
        current = Boxed(definition)
        self.sequence = sequence
        self.isPersistent = isPersistent
        state = .defined
    }

    /// What it is now: of a running domain with its id.
    private(set) var definition: Definition {
        _read { yield current.value }
        _modify { yield &current.value }
    }

    var name: String { definition.name }
    var uuid: UUID { UUID(definition.uuid) }
    var isActive: Bool { state.isActive }
    var reference: DomainRef { DomainRef(name: name, uuid: uuid, id: definition.id ?? -1) }

    // MARK: State

    func check(_ operation: TestDomainState.Operation) throws { try state.check(operation, of: name) }

    mutating func apply(_ operation: TestDomainState.Operation) throws {
        let wasActive = isActive
        try state.apply(operation, of: name)
        if wasActive, !isActive { endRun() }
    }

    /// Starts a run under a number. A managed save image is used up, or of no use any more.
    mutating func start(_ operation: TestDomainState.Operation, id: Int32) throws {
        try state.apply(operation, of: name)
        let saved = activity.content.saved
        hasManagedSave = false
        activity.content.alarm = nil
        keepDefinition()
        // What a client wrote into the image is what runs now; untouched it is not looked at, as in libvirt.
        if let saved, saved.isChanged { replaceForRun(saved.definition) }
        definition.id = id
    }

    /// Puts a domain of a host's file into the state that the file names.
    mutating func load(_ kind: TestDomainState.Kind, id: Int32) {
        state = TestDomainState(kind: kind, reason: 0)
        if isActive {
            keepDefinition()
            definition.id = id
        }
    }

    private mutating func keepDefinition() {
        if isPersistent, next == nil { next = current }
    }

    /// Goes back to what it is between runs.
    mutating func endRun() {
        activity.content.alarm = nil
        activity.content.job = nil
        activity.content.blockJobs = [:]
        activity.content.backup = nil
        activity.content.terminals = [:]
        activity.content.agent.endRun()
        activity.content.dirtyRate = nil
        // A transient domain keeps its number: it is in the last event of it.
        guard let next else { return }
        current = next
        self.next = nil
    }

    // MARK: Definitions

    /// Takes a new definition: at once if it does not run, else for the next time.
    ///
    /// - Returns: Whether it replaces an older one.
    mutating func redefine(_ new: Definition) -> Bool {
        guard isActive else {
            current = Boxed(new)
            return true
        }
        defer { next = Boxed(new) }
        return next != nil
    }

    /// Takes the definition of a snapshot, between two runs.
    ///
    /// A transient domain that ran until now goes on with the one it has, and gets the other after it; so in libvirt.
    mutating func takeSnapshot(_ new: Definition) {
        if definition.id == nil { current = Boxed(new) } else { next = Boxed(new) }
    }

    /// Takes a definition for one run; the present one comes back after it.
    mutating func replaceForRun(_ new: Definition) {
        if next == nil { next = current }
        current = Boxed(new)
    }

    mutating func rename(_ newName: String) { definition.name = newName }

    /// The definition as it will be at the next start.
    var persistentDefinition: Definition { next?.value ?? current.value }

    /// Which of its two definitions flags name.
    enum Target { case live, config }

    /// Which definitions a call is about.
    ///
    /// - Throws: `.operationInvalid` for a run of a domain that does not run, or for the future of one that has none.
    func targets(_ flags: UInt32) throws -> [Target] {
        var flags = flags & 3
        if flags == 0 { flags = isActive ? 1 : 2 }
        if flags & 1 != 0, !isActive { throw VirtError.notRunning }
        if flags & 2 != 0, !isPersistent {
            throw VirtError.domain(
                .operationInvalid, "transient domains do not have any persistent config")
        }
        return (flags & 1 != 0 ? [.live] : []) + (flags & 2 != 0 ? [.config] : [])
    }

    /// The one definition a call is about; live and config together are refused.
    func target(_ flags: UInt32) throws -> Target {
        if flags & 3 == 3 { throw VirtError.exclusiveFlags(in: "virDomainObjGetOneDefState") }
        return try targets(flags)[0]
    }

    subscript(target: Target) -> Definition {
        _read {
            if target == .config, isActive, let next { yield next.value } else { yield current.value }
        }
        _modify {
            if target == .live || !isActive {
                yield &current.value
            } else {
                // A transient domain that is changed for the next time has one.
                var changed = next ?? current
                next = nil
                defer { next = changed }
                yield &changed.value
            }
        }
    }
}

/// How an I/O thread waits.
struct TestIOThreadPolling {
    let number: UInt32
    var maximumNanoseconds: UInt64 = 32768
    var grow: UInt32 = 0
    var shrink: UInt32 = 0

    init(number: UInt32) { self.number = number }
}

extension UUID {
    init(_ uuid: DomainUUID) { self.init(word0: uuid.high, word1: uuid.low) }
}

extension Definition {
    var memoryKiB: UInt64 { memory?.kibibytes ?? 0 }
    var currentMemoryKiB: UInt64 { currentMemory?.kibibytes ?? memoryKiB }
    var maximumVCPUs: UInt32 { vcpus?.maximum ?? 1 }
    var currentVCPUs: UInt32 { vcpus?.current ?? maximumVCPUs }
}

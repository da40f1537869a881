internal import Libvirt
internal import VirtConf

/// What a domain does, and what may be asked of it then: the one place that says so.
struct TestDomainState: Equatable {
    /// The cases of `virDomainState` that this driver reaches, each with its reasons' numbers.
    enum Kind: Int32 {
        case running = 1
        case paused = 3
        case shutoff = 5
        case crashed = 6
        /// Its memory is kept, its processors are off, until something wakes it.
        case asleep = 7
    }

    private(set) var kind: Kind
    /// A number of `virDomain…Reason`, for the kind.
    private(set) var reason: Int32

    static let initiallyRunning = TestDomainState(kind: .running, reason: 0)
    static let defined = TestDomainState(kind: .shutoff, reason: 0)
    static let paused = TestDomainState(kind: .paused, reason: 0)

    init(kind: Kind, reason: Int32) {
        self.kind = kind
        self.reason = reason
    }

    var isActive: Bool { kind != .shutoff }

    /// What moves a domain from one state to another, or needs a certain state.
    enum Operation: CaseIterable {
        case create, createXML, restore, revert
        case suspend, resume, reboot, reset
        case shutdown, destroy, save, crash
        /// Pauses a domain that was put back to a snapshot.
        case revertToPaused
        /// Stops a domain for a snapshot that was taken of it stopped, or whose memory it is to get.
        case stopForSnapshot
        /// Anything that needs a guest, and changes no state.
        case query
        /// What the guest does itself, unless it sleeps.
        case useGuest
        /// What the guest's agent answers only while it runs.
        case askAgent
        /// The guest goes to sleep, on its memory or on its disk, and wakes; is switched on again by its own clock.
        case sleep, sleepOnDisk, wake, startAtAlarm
        case rename
        /// Leaves for another host; stands still there until the other side is sure; is gone, or goes on.
        case migrate, migrateOut, confirmMigration, cancelMigration
        /// Arrives from another host; runs there, or does not come after all.
        case migrateIn, finishMigration, failMigration
    }

    /// Whether it stands still for a migration: it has left, or has not arrived.
    private var isMigrating: Bool { kind == .paused && reason == 2 }
    var isAsleep: Bool { kind == .asleep }
    var isLeaving: Bool { isMigrating }
    var isArriving: Bool { isMigrating }

    /// Checks an operation against the state.
    ///
    /// - Throws: What libvirt says of it; `name` is the domain's.
    func check(_ operation: Operation, of name: String) throws {
        switch operation {
        case .create:
            if isActive { throw VirtError.test(.internalError, "Domain '\(name)' is already running") }
        case .createXML, .restore, .migrateIn, .startAtAlarm:
            if isActive { throw VirtError.domain(.operationInvalid, "domain '\(name)' is already active") }
        case .suspend, .resume:
            if isAsleep { throw VirtError.test(.operationInvalid, "domain is pmsuspended") }
            if operation == .resume, kind != .paused {
                throw VirtError.test(.internalError, "domain '\(name)' not paused")
            }
            if operation == .suspend, kind == .shutoff || kind == .paused {
                throw VirtError.test(.internalError, "domain '\(name)' not running")
            }
        case .shutdown:
            if isAsleep { throw VirtError.test(.operationInvalid, "domain is not running") }
            if !isActive { throw VirtError.test(.internalError, "domain '\(name)' not running") }
        case .reboot, .reset, .destroy, .save, .crash, .query, .migrate, .migrateOut, .confirmMigration,
            .cancelMigration, .finishMigration, .failMigration:
            if !isActive { throw VirtError.notRunning }
        case .useGuest:
            if !isActive { throw VirtError.notRunning }
            if isAsleep { throw VirtError.test(.operationInvalid, "domain is not running") }
        case .wake:
            if !isActive { throw VirtError.notRunning }
            if !isAsleep {
                throw VirtError.test(
                    .internalError,
                    "unable to execute QEMU command 'system_wakeup': Unable to wake up: guest is not in suspended state"
                )
            }
        case .askAgent, .sleep, .sleepOnDisk:
            if kind != .running { throw VirtError.test(.operationInvalid, "domain is not running") }
        case .rename:
            if isActive { throw VirtError.test(.operationInvalid, "cannot rename active domain") }
        case .revert, .revertToPaused, .stopForSnapshot: break
        }
    }

    /// Checks an operation, and takes the state that it leads to.
    mutating func apply(_ operation: Operation, of name: String) throws {
        try check(operation, of: name)
        switch operation {
        case .create, .createXML, .reboot: self = TestDomainState(kind: .running, reason: 1)
        case .restore: self = TestDomainState(kind: .running, reason: 3)
        case .revert: self = TestDomainState(kind: .running, reason: 4)
        case .wake, .startAtAlarm: self = TestDomainState(kind: .running, reason: 8)
        case .sleep: self = TestDomainState(kind: .asleep, reason: 0)
        case .resume: self = TestDomainState(kind: .running, reason: 5)
        case .suspend: self = TestDomainState(kind: .paused, reason: 1)
        case .revertToPaused: self = TestDomainState(kind: .paused, reason: 7)
        case .shutdown, .sleepOnDisk: self = TestDomainState(kind: .shutoff, reason: 1)
        case .destroy: self = TestDomainState(kind: .shutoff, reason: 2)
        case .crash: self = TestDomainState(kind: .shutoff, reason: 3)
        case .save: self = TestDomainState(kind: .shutoff, reason: 5)
        case .stopForSnapshot: self = TestDomainState(kind: .shutoff, reason: 7)
        case .migrateIn, .migrateOut: self = TestDomainState(kind: .paused, reason: 2)
        case .finishMigration: self = TestDomainState(kind: .running, reason: 2)
        case .cancelMigration: self = TestDomainState(kind: .running, reason: 6)
        case .confirmMigration: self = TestDomainState(kind: .shutoff, reason: 4)
        case .failMigration: self = TestDomainState(kind: .shutoff, reason: 6)
        case .reset, .query, .useGuest, .askAgent, .rename, .migrate: break
        }
    }

    /// What shutting down or rebooting comes to, by the definition's action for it.
    static func outcome(_ action: Definition.LifecycleAction?) -> Operation {
        switch action {
        case .restart, .renameRestart: .reboot
        case .destroy, .preserve, .coredumpDestroy, .coredumpRestart, nil: .shutdown
        }
    }
}

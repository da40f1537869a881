public import Libvirt
internal import VirtConf

/// Guests that sleep. libvirt's test driver has none; these are QEMU's, and have an alarm clock besides.
extension TestConnection: DomainPower {
    /// The guest's agent puts it to sleep; after `duration` seconds, unless 0, its own clock wakes it.
    public func domainPMSuspendForDuration(
        _ dom: DomainRef, target: UInt32, duration: UInt64, flags: UInt32
    ) async throws {
        try check(flags, 0, "testDomainPMSuspendForDuration")
        guard let target = TestSleep(rawValue: target) else {
            throw VirtError.test(.invalidArg, "Unknown suspend target: \(target)")
        }
        try host.update { state in
            let domain = try state.domain(dom)
            try domain.check(target == .disk ? .sleepOnDisk : .sleep)
            try domain.checkAgent()
            try domain.checkPower(target)
            try domain.checkThawed(target.command)
            try state.sleep(dom, target, seconds: duration)
        }
    }

    public func domainPMWakeup(_ dom: DomainRef, flags: UInt32) async throws {
        try check(flags, 0, "testDomainPMWakeup")
        try host.update { try $0.wake(dom) }
    }
}

/// Where a guest keeps its memory while it sleeps; numbers of `virNodeSuspendTarget`.
enum TestSleep: UInt32 {
    case memory, disk
    /// In both.
    case hybrid

    /// What the agent is told.
    var command: String {
        switch self {
        case .memory: "guest-suspend-ram"
        case .disk: "guest-suspend-disk"
        case .hybrid: "guest-suspend-hybrid"
        }
    }
}

extension TestDomain {
    /// Whether the machine has the sleep that is asked for.
    fileprivate func checkPower(_ target: TestSleep) throws {
        let power = definition.powerManagement
        if target != .disk, power?.suspendToMemory == .no {
            throw VirtError.test(.internalError, "S3 state is disabled for this domain")
        }
        if target != .memory, power?.suspendToDisk == .no {
            throw VirtError.test(.internalError, "S4 state is disabled for this domain")
        }
    }
}

extension TestHostState {
    /// Puts a guest to sleep. One that keeps its memory on a disk is switched off then.
    fileprivate mutating func sleep(_ reference: DomainRef, _ target: TestSleep, seconds: UInt64) throws {
        let (delay, isLong) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (due, isLonger) = clock.now.addingReportingOverflow(delay)
        let alarm = seconds == 0 || isLong || isLonger ? nil : due
        let now = try domain(reference).reference
        if target == .disk {
            events.append(.domain(.pmsuspendDisk(now, reason: 0)))
            let detail: DomainEventPMSuspendedDetailType = .disk
            report(now, .pmsuspended, detail.rawValue)
            try stop(reference, .sleepOnDisk, detail: .shutdown)
            // A transient domain is gone.
            if domains[reference.uuid] == nil { return }
        } else {
            try modify(reference) { try $0.apply(.sleep) }
            events.append(.domain(.pmsuspend(now, reason: 0)))
            let detail: DomainEventPMSuspendedDetailType = .memory
            report(now, .pmsuspended, detail.rawValue)
        }
        try modify(reference) { $0.activity.content.alarm = alarm }
    }

    mutating func wake(_ reference: DomainRef) throws {
        let now = try modify(reference) { domain in
            try domain.apply(.wake)
            domain.activity.content.alarm = nil
            return domain.reference
        }
        events.append(.domain(.pmwakeup(now, reason: 0)))
        let detail: DomainEventStartedDetailType = .wakeup
        report(now, .started, detail.rawValue)
    }

    /// A guest's own clock says that it is time: to wake, or, if it keeps its memory on a disk, to switch on.
    mutating func ringAlarm(of reference: DomainRef) {
        // It sleeps, or is off: whatever else happens to it takes the alarm away.
        guard let domain = domains[reference.uuid] else { return }
        if domain.isActive { try? wake(reference) } else { try? start(reference, .startAtAlarm, detail: .wakeup) }
        try? modify(reference) { $0.activity.content.alarm = nil }
    }
}

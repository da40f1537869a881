public import Libvirt
internal import VirtConf

extension TestConnection: DomainLifecycle {
    public func domainCreate(_ dom: DomainRef) async throws {
        _ = try await domainCreateWithFlags(dom, flags: [])
    }

    public func domainCreateWithFlags(_ dom: DomainRef, flags: DomainCreateFlags) async throws -> DomainRef {
        try check(flags, 0, "testDomainCreateWithFlags")
        return try host.update { state in
            try state.start(dom, .create, detail: .booted)
            return try state.modify(dom) { domain in
                domain.hasManagedSave = false
                return domain.reference
            }
        }
    }

    public func domainDestroy(_ dom: DomainRef) async throws {
        try await domainDestroyFlags(dom, flags: [])
    }

    public func domainDestroyFlags(_ dom: DomainRef, flags: DomainDestroyFlags) async throws {
        try check(flags, 1, "testDomainDestroyFlags")
        try host.update { try $0.stop(dom, .destroy, detail: .destroyed) }
    }

    public func domainShutdown(_ dom: DomainRef) async throws {
        try await domainShutdownFlags(dom, flags: [])
    }

    public func domainShutdownFlags(_ dom: DomainRef, flags: DomainShutdownFlags) async throws {
        try check(flags, 0, "testDomainShutdownFlags")
        try host.update { try $0.perform(.shutdown, on: dom) }
    }

    public func domainReboot(_ dom: DomainRef, flags: DomainRebootFlags) async throws {
        try check(flags, 31, "testDomainReboot")
        try host.update { try $0.perform(.reboot, on: dom) }
    }
}

extension TestConnection: DomainPausing {
    public func domainSuspend(_ dom: DomainRef) async throws {
        try host.update { state in
            try state.modify(dom) { try $0.apply(.suspend) }
            let detail: DomainEventSuspendedDetailType = .paused
            state.report(try state.domain(dom).reference, .suspended, detail.rawValue)
        }
    }

    public func domainResume(_ dom: DomainRef) async throws {
        try host.update { state in
            try state.modify(dom) { try $0.apply(.resume) }
            let detail: DomainEventResumedDetailType = .unpaused
            state.report(try state.domain(dom).reference, .resumed, detail.rawValue)
        }
    }
}

extension TestConnection: DomainReset {
    /// Changes nothing, not even a paused domain's state; nor does libvirt.
    public func domainReset(_ dom: DomainRef, flags: UInt32) async throws {
        try check(flags, 0, "testDomainReset")
        try host.update { state in try state.modify(dom) { try $0.apply(.reset) } }
    }
}

extension TestConnection: DomainLifecycleActions {
    public func domainSetLifecycleAction(
        _ dom: DomainRef, type: UInt32, action: UInt32, flags: DomainModificationImpact
    ) async throws {
        try check(flags, 3, "testDomainSetLifecycleAction")
        guard type < 3 else { throw VirtError.domain(.invalidArg, "invalid lifecycle type '\(type)'") }
        let actions: [(Definition.LifecycleAction, StaticString)] = [
            (.destroy, "destroy"), (.restart, "restart"), (.renameRestart, "rename-restart"),
            (.preserve, "preserve"), (.coredumpDestroy, "coredump-destroy"), (.coredumpRestart, "coredump-restart"),
        ]
        guard action < 6 else { throw VirtError.domain(.invalidArg, "invalid lifecycle action '\(action)'") }
        let (value, word) = actions[Int(action)]
        if action >= 4, type != 2 {
            let event = type == 0 ? "poweroff" : "reboot"
            throw VirtError.domain(
                .configUnsupported, "Lifecycle event '\(event)' doesn't support '\(word)' action")
        }
        try host.update { state in
            try state.modify(dom) { domain in
                for target in try domain.targets(flags.rawValue) {
                    switch type {
                    case 0: domain[target].onPowerOff = value
                    case 1: domain[target].onReboot = value
                    default: domain[target].onCrash = value
                    }
                }
            }
        }
    }
}

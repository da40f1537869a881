public import Libvirt
internal import VirtConf

extension TestConnection: DomainInput {
    public func domainSendKey(
        _ dom: DomainRef, codeset: UInt32, holdtime: UInt32, keycodes: [UInt32], flags: UInt32
    ) async throws {
        try check(flags, 0, "testDomainSendKey")
        guard Int(codeset) < TestKeyCodes.sets.count else {
            throw VirtError.argument("codeset", in: "virDomainSendKey", "Unsupported codeset '\(codeset)'")
        }
        let set = TestKeyCodes.sets[Int(codeset)]
        try host.update { state in
            try state.domain(dom).check(.query)
            for code in keycodes where !set.contains(code) {
                throw VirtError.test(.internalError, "invalid keycode \(code) of \(set.name) codeset")
            }
            // A key that is pressed wakes who sleeps.
            if try state.domain(dom).state.isAsleep { try state.wake(dom) }
        }
    }

    public func domainInjectNMI(_ dom: DomainRef, flags: UInt32) async throws {
        try check(flags, 0, "testDomainInjectNMI")
        try host.read { try $0.domain(dom).check(.query) }
    }
}

extension TestConnection: DomainSignals {
    /// Only the guest's first process can be signalled, and no signal does anything to it.
    public func domainSendProcessSignal(
        _ dom: DomainRef, pidValue: Int64, signum: UInt32, flags: UInt32
    ) async throws {
        try check(flags, 0, "testDomainSendProcessSignal")
        try host.read { state in
            _ = try state.domain(dom)
            guard pidValue == 1 else {
                throw VirtError.test(.invalidArg, "only sending a signal to pid 1 is supported")
            }
            guard signum < 65 else {
                throw VirtError.test(.invalidArg, "signum value \(signum) is out of range")
            }
        }
    }
}

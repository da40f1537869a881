public import Libvirt
internal import VirtConf

extension TestConnection: Libvirt.DomainStatus {
    public func domainGetInfo(_ dom: DomainRef) async throws -> DomainInfo {
        try host.read { state in
            let domain = try state.domain(dom)
            return DomainInfo(
                state: UInt8(domain.state.kind.rawValue), maxMem: domain.definition.memoryKiB,
                memory: domain.definition.currentMemoryKiB,
                nrVirtCpu: UInt16(clamping: domain.definition.currentVCPUs),
                cpuTime: state.clock.now &* 1000)
        }
    }

    public func domainGetState(_ dom: DomainRef, flags: UInt32) async throws -> DomainStateAndReason {
        try check(flags, 0, "testDomainGetState")
        return try host.read { state in
            let state = try state.domain(dom).state
            return DomainStateAndReason(state: DomainState(rawValue: state.kind.rawValue), reason: state.reason)
        }
    }

    public func domainIsActive(_ dom: DomainRef) async throws -> Bool {
        try host.read { try $0.domain(dom).isActive }
    }

    public func domainIsPersistent(_ dom: DomainRef) async throws -> Bool {
        try host.read { try $0.domain(dom).isPersistent }
    }

    /// Never: a definition that changed while the domain runs does not count here.
    public func domainIsUpdated(_ dom: DomainRef) async throws -> Bool {
        try host.read { _ = try $0.domain(dom) }
        return false
    }

    /// `linux` for every domain, whatever its definition has.
    public func domainGetOSType(_ dom: DomainRef) async throws -> String { "linux" }

    public func domainHasManagedSaveImage(_ dom: DomainRef, flags: UInt32) async throws -> Bool {
        try check(flags, 0, "testDomainHasManagedSaveImage")
        return try host.read { try $0.domain(dom).hasManagedSave }
    }
}

extension TestConnection: DomainDiagnostics {
    public func domainGetControlInfo(_ dom: DomainRef, flags: UInt32) async throws -> DomainControlInfo {
        try check(flags, 0, "testDomainGetControlInfo")
        try host.read { try $0.domain(dom).check(.query) }
        return DomainControlInfo(state: 0, details: 0, stateTime: 0)
    }

    public func domainGetMessages(_ dom: DomainRef, flags: DomainMessageType) async throws -> [String] {
        try check(flags, 3, "testDomainGetMessages")
        try host.read { _ = try $0.domain(dom) }
        return []
    }
}

public import Libvirt
internal import VirtConf

extension TestConnection: DomainListing {
    public func connectListAllDomains(flags: ConnectListAllDomainsFlags) async throws -> [DomainRef] {
        try check(flags, 0xffff, "testConnectListAllDomains")
        return host.read { state in state.sortedDomains.filter { $0.matches(flags) }.map(\.reference) }
    }

    public func domainLookupByID(id: Int32) async throws -> DomainRef {
        let found = host.read { state in
            state.domains.values.first { $0.isActive && $0.definition.id == id }?.reference
        }
        return try Self.found(found)
    }

    public func domainLookupByName(name: String) async throws -> DomainRef {
        try Self.found(host.read { state in state.domain(named: name)?.reference })
    }

    public func domainLookupByUUID(uuid: UUID) async throws -> DomainRef {
        try Self.found(host.read { state in state.domains[uuid]?.reference })
    }

    private static func found(_ domain: DomainRef?) throws -> DomainRef {
        guard let domain else { throw VirtError.test(.noDomain) }
        return domain
    }
}

extension TestDomain {
    /// Whether it is one of those that flags ask for: of each group of flags it must match one, if any is given.
    func matches(_ flags: ConnectListAllDomainsFlags) -> Bool {
        func group(_ alternatives: (ConnectListAllDomainsFlags, Bool)...) -> Bool {
            var isAsked = false
            for (flag, holds) in alternatives where flags.contains(flag) {
                if holds { return true }
                isAsked = true
            }
            return !isAsked
        }
        let isOther = state.kind != .running && state.kind != .paused && state.kind != .shutoff
        return group((.active, isActive), (.inactive, !isActive))
            && group((.persistent, isPersistent), (.transient, !isPersistent))
            && group(
                (.running, state.kind == .running), (.paused, state.kind == .paused),
                (.shutoff, state.kind == .shutoff), (.other, isOther))
            && group((.managedsave, hasManagedSave), (.noManagedsave, !hasManagedSave))
            && group((.autostart, autostarts), (.noAutostart, !autostarts))
            && group((.hasSnapshot, !snapshots.isEmpty), (.noSnapshot, snapshots.isEmpty))
            && group((.hasCheckpoint, !checkpoints.isEmpty), (.noCheckpoint, checkpoints.isEmpty))
    }
}

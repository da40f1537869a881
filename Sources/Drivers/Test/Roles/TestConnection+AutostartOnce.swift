public import Libvirt

/// A mark of its own beside the one for every boot. No host of this driver ever boots.
extension TestConnection: DomainAutostartOnce {
    public func domainGetAutostartOnce(_ dom: DomainRef) async throws -> Bool {
        try host.read { try $0.domain(dom).startsAtNextBoot }
    }

    public func domainSetAutostartOnce(_ dom: DomainRef, autostart: Bool) async throws {
        try host.update { state in
            try state.modify(dom) { domain in
                if !domain.isPersistent {
                    throw VirtError.test(.operationInvalid, "cannot set autostart for transient domain")
                }
                domain.startsAtNextBoot = autostart
            }
        }
    }
}

public import Libvirt
internal import VirtConf
internal import VirtUtil

/// Devices come and go at once: a guest that is told to let one go does.
///
/// A device that is attached to a guest that runs gets an alias there; the others have none until an event needs it.
extension TestConnection: Libvirt.DomainDevices {
    public func domainAttachDevice(_ dom: DomainRef, xml: String) async throws {
        try await domainAttachDeviceFlags(dom, xml: xml, flags: .live)
    }

    public func domainAttachDeviceFlags(
        _ dom: DomainRef, xml: String, flags: DomainDeviceModifyFlags
    ) async throws {
        try check(flags, 3, "testDomainAttachDeviceFlags")
        try change(dom, flags, event: { .deviceAdded($0, devAlias: $1) }) { definition, change in
            try conf { () throws(ConfError) in
                let document = try DeviceDocument(xml: xml, keepsAlias: false)
                return try definition.attach(document, change)
            }
        }
    }

    public func domainDetachDevice(_ dom: DomainRef, xml: String) async throws {
        try await domainDetachDeviceFlags(dom, xml: xml, flags: .live)
    }

    public func domainDetachDeviceFlags(
        _ dom: DomainRef, xml: String, flags: DomainDeviceModifyFlags
    ) async throws {
        try check(flags, 3, "testDomainDetachDeviceFlags")
        try change(dom, flags, event: { .deviceRemoved($0, devAlias: $1) }) { definition, change in
            try conf { () throws(ConfError) in
                let document = try DeviceDocument(xml: xml, keepsAlias: change.scope == .live)
                return try definition.detach(document, change)
            }
        }
    }

    public func domainUpdateDeviceFlags(
        _ dom: DomainRef, xml: String, flags: DomainDeviceModifyFlags
    ) async throws {
        try check(flags, 7, "testDomainUpdateDeviceFlags")
        try change(dom, flags, event: nil) { definition, change in
            try conf { () throws(ConfError) in
                let document = try DeviceDocument(xml: xml, keepsAlias: change.scope == .live)
                return try definition.update(document, change)
            }
        }
    }

    /// Changes the definitions that flags name: all of them or none.
    ///
    /// - Parameter event: What is reported of a guest that runs, with the device's alias.
    fileprivate func change(
        _ dom: DomainRef, _ flags: DomainDeviceModifyFlags, event: ((DomainRef, String) -> DomainEvent)?,
        _ body: (inout Definition, DeviceChange) throws -> String?
    ) throws {
        try host.update { state in
            let domain = try state.domain(dom)
            // The definition that is kept comes first: what it refuses must not have happened to the guest.
            let targets: [TestDomain.Target] = try domain.targets(flags.rawValue).reversed()
            var (changed, alias) = (domain, String?.none)
            for target in targets {
                let scope: DeviceChange.Scope = target == .live ? .live : .config
                let change = DeviceChange(scope, origin: ConfError.fromTest, defaults: .test)
                let name = try body(&changed[target], change)
                if target == .live { alias = name }
            }
            for target in domain.activity.content.blockJobs.keys where changed.definition.disk(target) == nil {
                try domain.checkNoBlockJob(target)
            }
            if targets.contains(.live) { try state.plug(changed, before: domain) }
            try state.modify(dom) { $0 = changed }
            if let alias, let event { state.events.append(.domain(event(domain.reference, alias))) }
        }
    }
}

extension TestConnection: DomainDeviceAliases {
    public func domainDetachDeviceAlias(_ dom: DomainRef, alias: String, flags: DomainDeviceModifyFlags) async throws {
        try check(flags, 3, "testDomainDetachDeviceAlias")
        try change(dom, flags, event: { .deviceRemoved($0, devAlias: $1) }) { definition, change in
            try conf { () throws(ConfError) in try definition.detach(alias: alias, change) }
        }
    }
}

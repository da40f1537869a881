public import Libvirt
internal import VirtConf
internal import VirtUtil

extension TestConnection: Libvirt.DomainDefinition {
    public func domainGetXMLDesc(_ dom: DomainRef, flags: DomainXMLFlags) async throws -> String {
        try check(flags, 0b1011, "testDomainGetXMLDesc")
        let isInactive = flags.rawValue & 2 != 0
        let definition = try host.read { state in
            let domain = try state.domain(dom)
            return isInactive ? domain.persistentDefinition : domain.definition
        }
        var style = XMLStyle()
        style.isSecure = flags.rawValue & 1 != 0
        style.isInactive = isInactive
        style.isMigratable = flags.rawValue & 8 != 0
        return definition.xml(style: style)
    }

    public func domainDefineXML(xml: String) async throws -> DomainRef {
        try await domainDefineXMLFlags(xml: xml, flags: [])
    }

    public func domainDefineXMLFlags(xml: String, flags: DomainDefineFlags) async throws -> DomainRef {
        try check(flags, 1, "testDomainDefineXMLFlags")
        try validate(xml, "domain.rng", root: "domain", if: flags.contains(.validate))
        let definition = try Self.definition(xml)
        return try host.update { state in
            let (domain, isUpdate) = try state.take(definition, forRun: false)
            let now = try state.modify(domain) { domain in
                domain.isPersistent = true
                return domain.reference
            }
            let detail: DomainEventDefinedDetailType = isUpdate ? .updated : .added
            state.report(now, .defined, detail.rawValue)
            return now
        }
    }

    static func definition(_ xml: String) throws -> Definition {
        try conf { () throws(ConfError) in try Definition(xml: xml, defaults: .test) }
    }

    public func domainUndefine(_ dom: DomainRef) async throws {
        try await domainUndefineFlags(dom, flags: [])
    }

    /// A running domain lives on, transient.
    public func domainUndefineFlags(_ dom: DomainRef, flags: DomainUndefineFlags) async throws {
        try check(flags, 3, "testDomainUndefineFlags")
        try host.update { state in
            let domain = try state.domain(dom)
            if domain.hasManagedSave, flags.rawValue & 1 == 0 {
                throw VirtError.test(
                    .operationInvalid, "Refusing to undefine while domain managed save image exists")
            }
            if !domain.isActive, !domain.snapshots.isEmpty, flags.rawValue & 2 == 0 {
                throw VirtError.test(
                    .operationInvalid, "cannot delete inactive domain with \(domain.snapshots.count) snapshots")
            }
            let detail: DomainEventUndefinedDetailType = .removed
            state.report(domain.reference, .undefined, detail.rawValue)
            if domain.isActive {
                try state.modify(dom) { domain in
                    domain.hasManagedSave = false
                    domain.isPersistent = false
                }
            } else {
                state.remove(dom)
            }
        }
    }
}

extension TestConnection: DomainCreation {
    public func domainCreateXML(xmlDesc: String, flags: DomainCreateFlags) async throws -> DomainRef {
        try check(flags, 16, "testDomainCreateXML")
        try validate(xmlDesc, "domain.rng", root: "domain", if: flags.contains(.validate))
        let definition = try Self.definition(xmlDesc)
        return try host.update { state in
            let (domain, _) = try state.take(definition, forRun: true)
            try state.start(domain, .createXML, detail: .booted)
            return try state.domain(domain).reference
        }
    }
}

extension TestConnection: DomainFileCreation {
    /// The descriptors are for containers; they are not looked at.
    public func domainCreateXMLWithFiles(
        xmlDesc: String, flags: DomainCreateFlags, descriptors: [OwnedDescriptor]
    ) async throws -> DomainRef {
        try await domainCreateXML(xmlDesc: xmlDesc, flags: flags)
    }

    public func domainCreateWithFiles(
        _ dom: DomainRef, flags: DomainCreateFlags, descriptors: [OwnedDescriptor]
    ) async throws -> DomainRef {
        try await domainCreateWithFlags(dom, flags: flags)
    }
}

extension TestConnection: DomainRenaming {
    public func domainRename(_ dom: DomainRef, newName: String?, flags: UInt32) async throws -> Int32 {
        try check(flags, 0, "testDomainRename")
        let name = newName ?? ""
        if name.isEmpty {
            throw VirtError.argument(
                "new_name", in: "virDomainRename", "string new_name in virDomainRename must not be empty")
        }
        try host.update { state in
            let old = try state.domain(dom)
            try old.check(.rename)
            if name.utf8.contains(UInt8(ascii: "/")) {
                throw VirtError.test(.xmlError, "name \(name) cannot contain '/'")
            }
            try state.rename(dom, to: name)
            let undefined: DomainEventUndefinedDetailType = .renamed
            let defined: DomainEventDefinedDetailType = .renamed
            state.report(old.reference, .undefined, undefined.rawValue)
            state.report(try state.domain(dom).reference, .defined, defined.rawValue)
        }
        return 0
    }
}

extension TestConnection: DomainAutostart {
    public func domainGetAutostart(_ dom: DomainRef) async throws -> Bool {
        try host.read { try $0.domain(dom).autostarts }
    }

    public func domainSetAutostart(_ dom: DomainRef, autostart: Bool) async throws {
        try host.update { state in try state.modify(dom) { $0.autostarts = autostart } }
    }
}

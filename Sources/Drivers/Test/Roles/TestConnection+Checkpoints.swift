public import Libvirt
internal import VirtConf
internal import VirtUtil

extension TestConnection: Checkpoints {
    public func domainCheckpointCreateXML(
        _ dom: DomainRef, xmlDesc: String, flags: DomainCheckpointCreateFlags
    ) async throws -> DomainCheckpointRef {
        try check(flags, 3, "testDomainCheckpointCreateXML")
        let isRedefined = flags.contains(.redefine)
        return try host.update { state in
            let now = Int64(clamping: state.clock.now / 1_000_000)
            let domain = try state.domain(dom)
            guard domain.snapshots.isEmpty else {
                throw VirtError.test(.operationUnsupported, "cannot create checkpoint while snapshot exists")
            }
            guard domain.isActive else {
                throw VirtError.test(.operationUnsupported, "cannot create checkpoint for inactive domain")
            }
            // libvirt holds every checkpoint against its schema; without one the checks of the definition have to do.
            let schema = "domaincheckpoint.rng"
            try validate(xmlDesc, schema, root: "domaincheckpoint", if: XMLSchema.exists(schema))
            let document = try conf { () throws(ConfError) in
                try XMLDocument(xmlDesc, name: "(domain_checkpoint)", domain: ConfError.fromCheckpoint)
            }
            var definition = try conf { () throws(ConfError) in
                try CheckpointDefinition(document: document, isRedefined: isRedefined, now: now)
            }
            var frozen = domain.definition
            frozen.id = nil
            if isRedefined {
                try domain.checkpoints.checkParent(of: TestCheckpoint(definition: definition, domain: frozen))
                frozen = try Self.redefinedDomain(document.root, definition, domain) ?? frozen
            } else {
                if domain.checkpoints[definition.name] != nil {
                    throw VirtError.domain(.operationFailed, "domain moment \(definition.name) already exists")
                }
                try conf { () throws(ConfError) in try definition.align(with: frozen) }
                definition.parent = domain.checkpoints.current
            }
            let added = TestCheckpoint(definition: definition, domain: frozen)
            try state.modify(dom) { $0.checkpoints.add(added, makeCurrent: !isRedefined) }
            return DomainCheckpointRef(name: added.name, dom: domain.reference)
        }
    }

    /// The domain that the record of an older checkpoint holds, after a look at both.
    private static func redefinedDomain(
        _ root: XMLNode, _ definition: CheckpointDefinition, _ domain: TestDomain
    ) throws -> Definition? {
        func invalid(_ text: String) -> VirtError { VirtError(.invalidArg, domain: .domainCheckpoint, text) }
        guard let element = root.child("domain") else { return nil }
        let inside = try Self.definition(element.serialized(level: 0))
        if UUID(inside.uuid) != domain.uuid {
            throw invalid("definition for checkpoint \(definition.name) must use uuid \(domain.uuid)")
        }
        return inside
    }

    public func domainCheckpointGetXMLDesc(
        _ checkpoint: DomainCheckpointRef, flags: DomainCheckpointXMLFlags
    ) async throws -> String {
        // How much has changed is not known here, so that nothing is said of it.
        try check(flags, 7, "testDomainCheckpointGetXMLDesc")
        let found = try host.read { try $0.domain(checkpoint.dom).checkpoints.find(checkpoint.name) }
        var style = XMLStyle()
        style.isSecure = flags.contains(.secure)
        style.isInactive = true
        return found.definition.xml(domain: flags.contains(.noDomain) ? nil : found.domain, style: style)
    }

    public func domainListAllCheckpoints(
        _ dom: DomainRef, flags: DomainCheckpointListFlags
    ) async throws -> [DomainCheckpointRef] {
        try check(flags, 0xf, "testDomainListAllCheckpoints")
        return try host.read { state in
            let domain = try state.domain(dom)
            return domain.checkpoints.all.filter { !flags.contains(.roots) || $0.parent == nil }
                .filter { domain.checkpoints.matches($0, flags) }
                .map { DomainCheckpointRef(name: $0.name, dom: domain.reference) }
        }
    }

    public func domainCheckpointListAllChildren(
        _ checkpoint: DomainCheckpointRef, flags: DomainCheckpointListFlags
    ) async throws -> [DomainCheckpointRef] {
        try check(flags, 0xf, "testDomainCheckpointListAllChildren")
        return try host.read { state in
            let domain = try state.domain(checkpoint.dom)
            let from = try domain.checkpoints.find(checkpoint.name)
            return domain.checkpoints.descendants(from.name)
                .filter { flags.contains(.descendants) || $0.parent == from.name }
                .filter { domain.checkpoints.matches($0, flags) }
                .map { DomainCheckpointRef(name: $0.name, dom: domain.reference) }
        }
    }

    public func domainCheckpointLookupByName(
        _ dom: DomainRef, name: String, flags: UInt32
    ) async throws -> DomainCheckpointRef {
        try check(flags, 0, "testDomainCheckpointLookupByName")
        return try host.read { state in
            let domain = try state.domain(dom)
            return DomainCheckpointRef(name: try domain.checkpoints.find(name).name, dom: domain.reference)
        }
    }

    public func domainCheckpointGetParent(
        _ checkpoint: DomainCheckpointRef, flags: UInt32
    ) async throws -> DomainCheckpointRef {
        try check(flags, 0, "testDomainCheckpointGetParent")
        return try host.read { state in
            let domain = try state.domain(checkpoint.dom)
            guard let parent = try domain.checkpoints.find(checkpoint.name).parent else {
                throw VirtError.test(
                    .noDomainCheckpoint, "checkpoint '\(checkpoint.name)' does not have a parent")
            }
            return DomainCheckpointRef(name: parent, dom: domain.reference)
        }
    }

    public func domainCheckpointDelete(
        _ checkpoint: DomainCheckpointRef, flags: DomainCheckpointDeleteFlags
    ) async throws {
        try check(flags, 7, "testDomainCheckpointDelete")
        try host.update { state in
            try state.modify(checkpoint.dom) { domain in
                let found = try domain.checkpoints.find(checkpoint.name)
                if flags.isDisjoint(with: [.children, .childrenOnly]) {
                    domain.checkpoints.remove(found)
                } else {
                    domain.checkpoints.removeTree(found, including: !flags.contains(.childrenOnly))
                }
            }
        }
    }
}

extension TestCheckpoints {
    fileprivate func matches(_ checkpoint: TestCheckpoint, _ flags: DomainCheckpointListFlags) -> Bool {
        let isLeaf = !hasChildren(checkpoint.name)
        let asked = flags.intersection([.leaves, .noLeaves])
        return asked.isEmpty || asked.contains(isLeaf ? .leaves : .noLeaves)
    }
}

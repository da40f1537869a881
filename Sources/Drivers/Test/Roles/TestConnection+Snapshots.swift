public import Libvirt
internal import VirtConf
internal import VirtUtil

extension TestConnection: Snapshots {
    private static let redefine: UInt32 = 1
    private static let makeCurrent: UInt32 = 2
    private static let halt: UInt32 = 8

    public func domainSnapshotCreateXML(
        _ dom: DomainRef, xmlDesc: String, flags: DomainSnapshotCreateFlags
    ) async throws -> DomainSnapshotRef {
        try check(flags, 0x3cb, "testDomainSnapshotCreateXML")
        try validate(xmlDesc, "domainsnapshot.rng", root: "domainsnapshot", if: flags.contains(.validate))
        let isRedefined = flags.rawValue & Self.redefine != 0
        return try host.update { state in
            let now = Int64(clamping: state.clock.now / 1_000_000)
            let domain = try state.domain(dom)
            guard domain.checkpoints.isEmpty else {
                throw VirtError.test(.operationUnsupported, "cannot create snapshot while checkpoint exists")
            }
            if !domain.isPersistent, flags.rawValue & Self.halt != 0 {
                throw VirtError.test(.operationInvalid, "cannot halt after transient domain snapshot")
            }
            for target in domain.activity.content.blockJobs.keys.sorted() { try domain.checkNoBlockJob(target) }
            let document = try conf { () throws(ConfError) in 
                try XMLDocument(xmlDesc, name: "(domain_snapshot)", domain: ConfError.fromSnapshot)
            }
            let definition = try conf { () throws(ConfError) in
                try SnapshotDefinition(document: document, isRedefined: isRedefined, now: now)
            }
            var frozen = domain.definition
            frozen.id = nil
            var snapshot = TestSnapshot(definition: definition, domain: frozen)
            if isRedefined {
                try Self.restore(&snapshot, from: document.root, of: domain)
            } else {
                try Self.prepare(&snapshot, domain)
            }
            let added = snapshot
            try state.modify(dom) { domain in
                domain.snapshots.add(added, makeCurrent: !isRedefined || flags.rawValue & Self.makeCurrent != 0)
            }
            if flags.rawValue & Self.halt != 0, domain.isActive, !isRedefined {
                try state.stop(dom, .stopForSnapshot, detail: .fromSnapshot)
            }
            return DomainSnapshotRef(name: added.name, dom: domain.reference)
        }
    }

    /// What a new snapshot takes from the domain.
    private static func prepare(_ snapshot: inout TestSnapshot, _ domain: TestDomain) throws {
        snapshot.definition.state = domain.state.kind.ofSnapshot
        if snapshot.definition.memory != .external {
            snapshot.definition.memory = domain.isActive ? .internal : .no
        }
        let frozen = snapshot.domain
        try conf { () throws(ConfError) in
            try snapshot.definition.align(with: frozen, isRegularFile: TestSystem.isRegularFile)
        }
        if domain.snapshots[snapshot.name] != nil {
            throw VirtError.domain(.operationFailed, "domain moment \(snapshot.name) already exists")
        }
        snapshot.definition.parent = domain.snapshots.current
    }

    /// Looks at the record of an older snapshot, and takes the domain that it holds.
    private static func restore(_ snapshot: inout TestSnapshot, from root: XMLNode, of domain: TestDomain) throws {
        func invalid(_ text: String) -> VirtError { VirtError(.invalidArg, domain: .domainSnapshot, text) }
        if let element = root.child("domain") {
            snapshot.domain = try Self.definition(element.serialized(level: 0))
            if UUID(snapshot.domain.uuid) != domain.uuid {
                throw invalid("definition for snapshot \(snapshot.name) must use uuid \(domain.uuid)")
            }
        }
        if let other = domain.snapshots[snapshot.name] {
            if other.isActive != snapshot.isActive {
                throw invalid("cannot change between online and offline snapshot state in snapshot \(snapshot.name)")
            }
            let inside = snapshot.domain
            try conf { () throws(ConfError) in try other.domain.checkStability(against: inside) }
        }
        try domain.snapshots.checkParent(of: snapshot)
    }

    public func domainSnapshotGetXMLDesc(
        _ snap: DomainSnapshotRef, flags: DomainSnapshotXMLFlags
    ) async throws -> String {
        try check(flags, 1, "testDomainSnapshotGetXMLDesc")
        let found = try host.read { try $0.domain(snap.dom).snapshots.find(snap.name) }
        var style = XMLStyle()
        style.isSecure = flags.rawValue & 1 != 0
        style.isInactive = true
        return found.definition.xml(domain: found.domain, style: style)
    }

    public func domainListAllSnapshots(
        _ dom: DomainRef, flags: DomainSnapshotListFlags
    ) async throws -> [DomainSnapshotRef] {
        try check(flags, 0x7ff, "testDomainListAllSnapshots")
        return try host.read { state in
            let domain = try state.domain(dom)
            let rootsOnly = flags.rawValue & 1 != 0
            return domain.snapshots.all.filter { !rootsOnly || $0.parent == nil }
                .filter { domain.snapshots.matches($0, flags) }
                .map { DomainSnapshotRef(name: $0.name, dom: domain.reference) }
        }
    }

    public func domainSnapshotListAllChildren(
        _ snapshot: DomainSnapshotRef, flags: DomainSnapshotListFlags
    ) async throws -> [DomainSnapshotRef] {
        try check(flags, 0x7ff, "testDomainSnapshotListAllChildren")
        return try host.read { state in
            let domain = try state.domain(snapshot.dom)
            let from = try domain.snapshots.find(snapshot.name)
            let takesAll = flags.rawValue & 1 != 0
            return domain.snapshots.descendants(from.name).filter { takesAll || $0.parent == from.name }
                .filter { domain.snapshots.matches($0, flags) }
                .map { DomainSnapshotRef(name: $0.name, dom: domain.reference) }
        }
    }

    public func domainSnapshotLookupByName(
        _ dom: DomainRef, name: String, flags: UInt32
    ) async throws -> DomainSnapshotRef {
        try check(flags, 0, "testDomainSnapshotLookupByName")
        return try host.read { state in
            let domain = try state.domain(dom)
            return DomainSnapshotRef(name: try domain.snapshots.find(name).name, dom: domain.reference)
        }
    }

    public func domainHasCurrentSnapshot(_ dom: DomainRef, flags: UInt32) async throws -> Bool {
        try check(flags, 0, "testDomainHasCurrentSnapshot")
        return try host.read { try $0.domain(dom).snapshots.current != nil }
    }

    public func domainSnapshotCurrent(_ dom: DomainRef, flags: UInt32) async throws -> DomainSnapshotRef {
        try check(flags, 0, "testDomainSnapshotCurrent")
        return try host.read { state in
            let domain = try state.domain(dom)
            guard let current = domain.snapshots.current else {
                throw VirtError.test(.noDomainSnapshot, "the domain does not have a current snapshot")
            }
            return DomainSnapshotRef(name: current, dom: domain.reference)
        }
    }

    public func domainSnapshotGetParent(_ snap: DomainSnapshotRef, flags: UInt32) async throws -> DomainSnapshotRef {
        try check(flags, 0, "testDomainSnapshotGetParent")
        return try host.read { state in
            let domain = try state.domain(snap.dom)
            guard let parent = try domain.snapshots.find(snap.name).parent else {
                throw VirtError.test(.noDomainSnapshot, "snapshot '\(snap.name)' does not have a parent")
            }
            return DomainSnapshotRef(name: parent, dom: domain.reference)
        }
    }

    public func domainSnapshotIsCurrent(_ snap: DomainSnapshotRef, flags: UInt32) async throws -> Bool {
        try check(flags, 0, "testDomainSnapshotIsCurrent")
        return try host.read { state in
            let snapshots = try state.domain(snap.dom).snapshots
            return try snapshots.find(snap.name).name == snapshots.current
        }
    }

    public func domainSnapshotHasMetadata(_ snap: DomainSnapshotRef, flags: UInt32) async throws -> Bool {
        try check(flags, 0, "testDomainSnapshotHasMetadata")
        return try host.read { state in
            _ = try state.domain(snap.dom).snapshots.find(snap.name)
            return true
        }
    }

    public func domainRevertToSnapshot(_ snap: DomainSnapshotRef, flags: DomainSnapshotRevertFlags) async throws {
        try check(flags, 7, "testDomainRevertToSnapshot")
        try host.update {
            try $0.revert(snap, wantsRunning: flags.rawValue & 1 != 0, wantsPaused: flags.rawValue & 2 != 0)
        }
    }

    public func domainSnapshotDelete(_ snap: DomainSnapshotRef, flags: DomainSnapshotDeleteFlags) async throws {
        try check(flags, 5, "testDomainSnapshotDelete")
        try host.update { state in
            try state.modify(snap.dom) { domain in
                let snapshot = try domain.snapshots.find(snap.name)
                if flags.rawValue & 5 == 0 {
                    domain.snapshots.remove(snapshot)
                } else {
                    domain.snapshots.removeTree(snapshot, including: flags.rawValue & 4 == 0)
                }
            }
        }
    }
}

extension TestSnapshots {
    /// Whether it is one of those that flags ask for, by their groups.
    fileprivate func matches(_ snapshot: TestSnapshot, _ flags: DomainSnapshotListFlags) -> Bool {
        func group(_ alternatives: (bit: UInt32, holds: Bool)...) -> Bool {
            let asked = alternatives.filter { flags.rawValue & $0.bit != 0 }
            return asked.isEmpty || asked.contains { $0.holds }
        }
        let isLeaf = !hasChildren(snapshot.name)
        return group((2, true), (16, false)) && group((4, isLeaf), (8, !isLeaf))
            && group((32, !snapshot.isActive), (64, snapshot.isActive), (128, false))
            && group((256, true), (512, false))
    }
}

extension TestHostState {
    /// Stops the domain if it runs, then starts it as it was.
    ///
    /// Asked to run one that was off, libvirt reports the start but does not start it; so does this.
    fileprivate mutating func revert(_ snap: DomainSnapshotRef, wantsRunning: Bool, wantsPaused: Bool) throws {
        let domain = try domain(snap.dom)
        let snapshot = try domain.snapshots.find(snap.name)
        if !domain.isPersistent, !snapshot.isActive, !wantsRunning, !wantsPaused {
            throw VirtError.test(
                .operationInvalid, "transient domain needs to request run or pause to revert to inactive snapshot")
        }
        try modify(snap.dom) { $0.snapshots.setCurrent(snap.name) }
        if domain.isActive {
            let stopped = try modify(snap.dom) { domain in
                try domain.apply(.stopForSnapshot)
                return domain.reference
            }
            unplug(stopped.uuid)
            let detail: DomainEventStoppedDetailType = .fromSnapshot
            report(stopped, .stopped, detail.rawValue)
        }
        let isPaused = wantsPaused || snapshot.definition.state == .paused && !wantsRunning
        let suspended: DomainEventSuspendedDetailType = .fromSnapshot
        guard snapshot.isActive else {
            let reference = try modify(snap.dom) { domain in
                domain.takeSnapshot(snapshot.domain)
                return domain.reference
            }
            if wantsRunning || wantsPaused {
                let started: DomainEventStartedDetailType = .fromSnapshot
                report(reference, .started, started.rawValue)
                if wantsPaused { report(reference, .suspended, suspended.rawValue) }
            }
            return
        }
        try modify(snap.dom) { $0.takeSnapshot(snapshot.domain) }
        try start(snap.dom, .revert, detail: .fromSnapshot)
        if isPaused {
            try modify(snap.dom) { try $0.apply(.revertToPaused) }
            report(try self.domain(snap.dom).reference, .suspended, suspended.rawValue)
        }
    }
}

internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// The steps of a migration, each on the host where it happens.
extension TestHostState {
    // MARK: Where the guest leaves

    /// Checks that a domain may leave, and says what will arrive.
    func beginMigration(
        of reference: DomainRef, _ parameters: TestMigrationParameters, _ flags: DomainMigrateFlags
    ) throws -> (definition: Definition, cookie: TestMigrationCookie) {
        let domain = try domain(reference)
        if flags.contains(.tunnelled) {
            throw VirtError.test(.argumentUnsupported, "there is no memory here to send through a tunnel")
        }
        if flags.contains(.offline) {
            guard flags.contains(.persistDest) else {
                throw VirtError.test(.operationInvalid, "offline migration must be specified with the persistent flag set")
            }
            if !domain.isPersistent {
                throw VirtError.domain(.operationInvalid, "transient domains do not have any persistent config")
            }
        } else {
            try domain.check(.migrate)
        }
        if !domain.snapshots.isEmpty {
            throw VirtError.test(
                .operationInvalid, "cannot migrate domain with \(domain.snapshots.count) snapshots")
        }
        if !domain.activity.content.blockJobs.isEmpty {
            throw VirtError.test(.operationInvalid, "domain has active block job")
        }
        let own = flags.contains(.offline) ? domain.persistentDefinition : domain.definition
        var cookie = TestMigrationCookie()
        cookie.isPaused = domain.state.kind == .paused
        if flags.contains(.persistDest) {
            var style = XMLStyle()
            style.isSecure = true
            style.isInactive = true
            cookie.persistentXML = parameters.persistentXML ?? domain.persistentDefinition.xml(style: style)
        }
        guard let xml = parameters.xml else { return (own, cookie) }
        let other = try TestConnection.definition(xml)
        try conf { () throws(ConfError) in try own.checkStability(against: other) }
        return (other, cookie)
    }

    /// The guest has left: it stands still here until the other side is sure.
    mutating func endMigrationOut(of reference: DomainRef) throws {
        try modify(reference) { try $0.apply(.migrateOut) }
        let detail: DomainEventSuspendedDetailType = .migrated
        report(try domain(reference).reference, .suspended, detail.rawValue)
    }

    /// The other side is sure, or has given up.
    mutating func confirmMigration(
        of reference: DomainRef, _ cookie: TestMigrationCookie, _ flags: DomainMigrateFlags, cancelled: Bool
    ) throws {
        let before = try domain(reference)
        if cancelled {
            // Only what stood still for this goes on.
            guard before.state.isLeaving else { return }
            try modify(reference) { try $0.apply(cookie.isPaused ? .revertToPaused : .cancelMigration) }
            if cookie.isPaused { return }
            let detail: DomainEventResumedDetailType = .migrated
            return report(try domain(reference).reference, .resumed, detail.rawValue)
        }
        let completed = before.activity.content.completed
        if before.isActive { try stop(reference, .confirmMigration, detail: .migrated) }
        if let completed { report(completed, of: before.reference) }
        guard flags.contains(.undefineSource), let after = domains[reference.uuid] else { return }
        let detail: DomainEventUndefinedDetailType = .removed
        report(after.reference, .undefined, detail.rawValue)
        remove(reference)
    }

    // MARK: Where the guest arrives

    /// Makes room for a guest: it is there, and stands still.
    mutating func prepareMigration(_ definition: Definition, _ flags: DomainMigrateFlags) throws -> DomainRef {
        let (reference, _) = try take(definition, forRun: true)
        if flags.contains(.offline) { return reference }
        try plugForRun(reference)
        let id = nextID()
        try modify(reference) { try $0.start(.migrateIn, id: id) }
        return try domain(reference).reference
    }

    /// The guest has arrived, or will not.
    ///
    /// - Throws: `.operationFailed` if nobody waits for a guest of that name.
    mutating func finishMigration(
        named name: String, _ cookie: TestMigrationCookie, _ flags: DomainMigrateFlags, cancelled: Bool
    ) throws -> DomainRef {
        guard let arriving = domain(named: name) else {
            throw VirtError.domain(.noDomain, "no domain with matching name '\(name)'")
        }
        let reference = arriving.reference
        if flags.contains(.offline) {
            if cancelled { remove(reference) } else { try keep(reference, cookie) }
            return reference
        }
        guard arriving.state.isArriving else {
            throw VirtError.test(.operationFailed, "domain '\(name)' is not being migrated")
        }
        if cancelled {
            try stop(reference, .failMigration, detail: .failed)
            return reference
        }
        let started: DomainEventStartedDetailType = .migrated
        report(reference, .started, started.rawValue)
        if flags.contains(.persistDest) { try keep(reference, cookie) }
        if cookie.isPaused || flags.contains(.paused) {
            try modify(reference) { try $0.apply(.revertToPaused) }
            let suspended: DomainEventSuspendedDetailType = .paused
            report(reference, .suspended, suspended.rawValue)
        } else {
            try modify(reference) { try $0.apply(.finishMigration) }
            let resumed: DomainEventResumedDetailType = .migrated
            report(reference, .resumed, resumed.rawValue)
        }
        return try domain(reference).reference
    }

    /// Makes a domain that arrived one of this host.
    private mutating func keep(_ reference: DomainRef, _ cookie: TestMigrationCookie) throws {
        let kept = try cookie.persistentXML.map { try TestConnection.definition($0) }
        let isUpdate = try modify(reference) { domain in
            defer { domain.isPersistent = true }
            var kept = kept ?? domain.definition
            kept.name = domain.name
            _ = domain.redefine(kept)
            return domain.isPersistent
        }
        let detail: DomainEventDefinedDetailType = isUpdate ? .updated : .added
        report(reference, .defined, detail.rawValue)
    }

    /// Lets a guest go that was expected from somebody who has gone.
    mutating func giveUpMigration(of uuid: UUID) {
        guard let domain = domains[uuid], domain.state.isArriving else { return }
        try? stop(domain.reference, .failMigration, detail: .failed)
    }
}

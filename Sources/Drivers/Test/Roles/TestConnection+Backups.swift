public import Libvirt
internal import VirtConf
internal import VirtUtil

extension TestConnection: DomainBackups {
    /// Begins a backup, and with it a checkpoint if there is one.
    ///
    /// One that pushes ends when all has been copied; one that is pulled from, when it is aborted. Nothing is written
    /// and nobody listens: there are no disks.
    public func domainBackupBegin(
        _ dom: DomainRef, backupXML: String, checkpointXML: String?, flags: DomainBackupBeginFlags
    ) async throws {
        try check(flags, 1, "testDomainBackupBegin")
        try host.update { state in
            let domain = try state.domain(dom)
            guard domain.isActive else {
                throw VirtError.test(.operationUnsupported, "cannot perform disk backup for inactive domain")
            }
            let now = state.clock.now
            var backup = try Self.backup(backupXML)
            try Self.checkIncrement(backup, of: domain)
            try conf { () throws(ConfError) in
                try backup.align(with: domain.definition, suffix: String(now / 1_000_000))
            }
            let copied = backup.disks.filter { $0.isBackedUp == .yes }
            for disk in copied {
                try domain.checkNoBlockJob(disk.name)
                if let since = disk.incremental, domain.checkpoints[since] == nil {
                    throw Self.missing(since, disk.name)
                }
            }
            let checkpoint = try checkpointXML.map { try Self.checkpoint($0, of: domain, now: now) }
            var total: UInt64 = 0
            for disk in domain.definition.devices.disks where copied.contains(where: { $0.name == disk.target.name }) {
                total = total.addingReportingOverflow(state.capacity(of: disk, in: domain)).partialValue
            }
            _ = try state.begin(
                .backup, of: dom, total: total, rate: TestBlockJob.standardRate, isEndless: backup.mode == .pull
            ) { _ in }
            try state.modify(dom) { domain in
                domain.activity.content.backup = backup
                if let checkpoint { domain.checkpoints.add(checkpoint, makeCurrent: true) }
            }
        }
    }

    private static func backup(_ xml: String) throws -> BackupDefinition {
        try conf { () throws(ConfError) in
            let document = try XMLDocument(xml, name: "(domain_backup)")
            let schema = "domainbackup.rng"
            // libvirt holds every backup against its schema; without one the checks of the definition have to do.
            if document.root.isNamed("domainbackup"), XMLSchema.exists(schema) {
                try XMLSchema.validate(document, against: schema)
            }
            return try BackupDefinition(document: document)
        }
    }

    private static func checkIncrement(_ backup: BackupDefinition, of domain: TestDomain) throws {
        guard let since = backup.incremental, domain.checkpoints[since] == nil else { return }
        throw missing(since, domain.definition.devices.disks.first?.target.name ?? "")
    }

    private static func missing(_ checkpoint: String, _ disk: String) -> VirtError {
        .test(
            .noDomainCheckpoint, "Checkpoint '\(checkpoint)' for incremental backup of disk '\(disk)' not found")
    }

    private static func checkpoint(_ xml: String, of domain: TestDomain, now: UInt64) throws -> TestCheckpoint {
        var definition = try conf { () throws(ConfError) in
            let document = try XMLDocument(xml, name: "(domain_checkpoint)", domain: ConfError.fromCheckpoint)
            return try CheckpointDefinition(
                document: document, isRedefined: false, now: Int64(clamping: now / 1_000_000))
        }
        if domain.checkpoints[definition.name] != nil {
            throw VirtError.domain(.operationFailed, "domain moment \(definition.name) already exists")
        }
        var frozen = domain.definition
        frozen.id = nil
        try conf { () throws(ConfError) in try definition.align(with: frozen) }
        definition.parent = domain.checkpoints.current
        return TestCheckpoint(definition: definition, domain: frozen)
    }

    public func domainBackupGetXMLDesc(_ dom: DomainRef, flags: UInt32) async throws -> String {
        try check(flags, 0, "testDomainBackupGetXMLDesc")
        return try host.read { state in
            guard let backup = try state.domain(dom).activity.content.backup else {
                throw VirtError.test(.noDomainBackup, "no domain backup job present")
            }
            return backup.xml()
        }
    }
}

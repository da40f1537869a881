public import Libvirt

extension TestConnection: DomainMigrationControl {
    public func domainMigrateGetMaxDowntime(_ dom: DomainRef, flags: UInt32) async throws -> UInt64 {
        try check(flags, 0, "testDomainMigrateGetMaxDowntime")
        return try host.read { state in
            let domain = try state.domain(dom)
            try domain.check(.query)
            return domain.activity.content.migration.maximumDowntime
        }
    }

    /// In milliseconds; a guest without memory of its own needs none.
    public func domainMigrateSetMaxDowntime(_ dom: DomainRef, downtime: UInt64, flags: UInt32) async throws {
        try check(flags, 0, "testDomainMigrateSetMaxDowntime")
        try change(dom) { $0.migration.maximumDowntime = downtime }
    }

    /// In MiB per second.
    public func domainMigrateGetMaxSpeed(_ dom: DomainRef, flags: DomainMigrateMaxSpeedFlags) async throws -> UInt64 {
        try check(flags, 1, "testDomainMigrateGetMaxSpeed")
        return try host.read { state in
            let rate = try state.domain(dom).activity.content.migration.rate
            return rate.map { $0 >> 20 } ?? UInt64(Int64.max) >> 20
        }
    }

    /// Also of a migration that is under way.
    public func domainMigrateSetMaxSpeed(
        _ dom: DomainRef, bandwidth: UInt64, flags: DomainMigrateMaxSpeedFlags
    ) async throws {
        try check(flags, 1, "testDomainMigrateSetMaxSpeed")
        let rate = try Self.bytes(ofMiB: bandwidth)
        try host.update { state in
            let now = state.clock.now
            try state.modify(dom) { domain in
                domain.activity.content.migration.rate = rate
                if domain.activity.content.job?.operation == .migrationOut {
                    domain.activity.content.job?.progress.setRate(rate, at: now)
                }
            }
        }
    }

    /// In bytes.
    public func domainMigrateGetCompressionCache(_ dom: DomainRef, flags: UInt32) async throws -> UInt64 {
        try check(flags, 0, "testDomainMigrateGetCompressionCache")
        return try host.read { state in
            let domain = try state.domain(dom)
            try domain.check(.query)
            return domain.activity.content.migration.compressionCache
        }
    }

    public func domainMigrateSetCompressionCache(_ dom: DomainRef, cacheSize: UInt64, flags: UInt32) async throws {
        try check(flags, 0, "testDomainMigrateSetCompressionCache")
        try change(dom) { $0.migration.compressionCache = cacheSize }
    }

    /// The guest runs on the other host from now on, and fetches the rest of its memory from here.
    public func domainMigrateStartPostCopy(_ dom: DomainRef, flags: UInt32) async throws {
        try check(flags, 0, "testDomainMigrateStartPostCopy")
        try host.update { state in
            let domain = try state.domain(dom)
            try domain.check(.query)
            guard domain.activity.content.job?.operation == .migrationOut else {
                throw VirtError.test(
                    .operationInvalid, "post-copy can only be started while outgoing migration is in progress")
            }
            guard domain.activity.content.migration.allowsPostcopy else {
                throw VirtError.test(
                    .operationInvalid,
                    "switching to post-copy requires migration to be started with VIR_MIGRATE_POSTCOPY flag")
            }
            let detail: DomainEventSuspendedDetailType = .postcopy
            state.report(domain.reference, .suspended, detail.rawValue)
        }
    }

    private func change(_ dom: DomainRef, _ body: (inout TestActivity.Content) -> Void) throws {
        try host.update { state in
            try state.modify(dom) { domain in
                try domain.check(.query)
                body(&domain.activity.content)
            }
        }
    }
}

public import Libvirt
internal import VirtConf
internal import VirtUtil

extension TestConnection: Libvirt.StoragePoolDefinition {
    public func storagePoolDefineXML(xml: String, flags: StoragePoolDefineFlags) async throws -> StoragePoolRef {
        try check(flags, 1, "testStoragePoolDefineXML")
        try validate(xml, "storagepool.rng", root: "pool", if: flags.contains(.validate))
        let definition = try Self.poolDefinition(xml)
        return try host.update { state in
            let pool = try state.storage.take(definition, forRun: false)
            try state.storage.modify(pool.name) { $0.isPersistent = true }
            state.report(pool, .defined)
            return pool
        }
    }

    private static func poolDefinition(_ xml: String) throws -> PoolDefinition {
        try conf { () throws(ConfError) in try PoolDefinition(xml: xml) }
    }

    public func storagePoolUndefine(_ pool: StoragePoolRef) async throws {
        try host.update { state in
            let pool = try state.storage.pool(named: pool.name)
            try pool.requireInactive()
            state.report(pool.reference, .undefined)
            state.storage.remove(pool.name)
        }
    }

    public func storagePoolCreate(_ pool: StoragePoolRef, flags: StoragePoolCreateFlags) async throws {
        try check(flags, 0, "testStoragePoolCreate")
        try host.update { state in
            let stopped = try state.storage.pool(named: pool.name)
            try stopped.requireInactive()
            try state.addPort(of: stopped.definition)
            try state.storage.modify(pool.name) { $0.isActive = true }
            state.report(stopped.reference, .started)
        }
    }

    /// A pool that was defined and did not run loses its definition for that of this run.
    public func storagePoolCreateXML(xml: String, flags: StoragePoolCreateFlags) async throws -> StoragePoolRef {
        try check(flags, 0, "testStoragePoolCreateXML")
        let definition = try Self.poolDefinition(xml)
        return try host.update { state in
            let isNew = (try? state.storage.pool(UUID(definition.uuid))) == nil
            let pool = try state.storage.take(definition, forRun: true)
            do {
                try state.addPort(of: definition)
            } catch {
                if isNew { state.storage.remove(pool.name) }
                throw error
            }
            try state.storage.modify(pool.name) { pool in
                pool.isActive = true
                pool.isPersistent = false
            }
            state.report(pool, .started)
            return pool
        }
    }

    /// A pool that is not persistent is gone then, with its volumes; others keep them for the next run.
    public func storagePoolDestroy(_ pool: StoragePoolRef) async throws {
        try host.update { state in
            let stopped = try state.storage.modify(pool.name) { pool in
                try pool.requireActive()
                pool.isActive = false
                return pool
            }
            state.removePort(of: stopped.definition)
            state.report(stopped.reference, .stopped)
            if !stopped.isPersistent { state.storage.remove(stopped.name) }
        }
    }

    public func storagePoolBuild(_ pool: StoragePoolRef, flags: StoragePoolBuildFlags) async throws {
        try check(flags, 0, "testStoragePoolBuild")
        try reportInactive(pool, .created)
    }

    public func storagePoolDelete(_ pool: StoragePoolRef, flags: StoragePoolDeleteFlags) async throws {
        try check(flags, 0, "testStoragePoolDelete")
        try reportInactive(pool, .deleted)
    }

    /// There is no storage to make or to delete; those who listen are told.
    private func reportInactive(_ pool: StoragePoolRef, _ event: StoragePoolEventLifecycleType) throws {
        try host.update { state in
            let pool = try state.storage.pool(named: pool.name)
            try pool.requireInactive()
            state.report(pool.reference, event)
        }
    }
}

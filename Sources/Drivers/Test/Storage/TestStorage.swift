internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// The storage pools of a host, by UUID and name.
struct TestStorage {
    private(set) var pools: [UUID: TestStoragePool] = [:]
    private var names: [String: UUID] = [:]
    private var lastSequence: UInt64 = 0

    /// Pools and names: neither grows with what came and went.
    var tableSizes: [Int] { [pools.count, names.count] }

    // MARK: Looking up

    /// The pools in their order of appearance.
    var sortedPools: [TestStoragePool] { pools.values.sorted { $0.sequence < $1.sequence } }

    /// Most calls are about a name, whatever UUID comes with it.
    func pool(named name: String) throws -> TestStoragePool {
        guard let uuid = names[name], let pool = pools[uuid] else { throw Self.missing(name) }
        return pool
    }

    func pool(_ uuid: UUID) throws -> TestStoragePool {
        guard let pool = pools[uuid] else {
            throw VirtError.test(.noStoragePool, "no storage pool with matching uuid '\(uuid)'")
        }
        return pool
    }

    private static func missing(_ name: String) -> VirtError {
        .test(.noStoragePool, "no storage pool with matching name '\(name)'")
    }

    /// Changes a pool in place.
    mutating func modify<Result>(
        _ name: String, _ body: (inout TestStoragePool) throws -> Result
    ) throws -> Result {
        guard let uuid = names[name], let index = pools.index(forKey: uuid) else { throw Self.missing(name) }
        return try body(&pools.values[index])
    }

    /// The running pool that a volume is in, and the volume.
    func volume(_ reference: StorageVolumeRef) throws -> (pool: TestStoragePool, volume: TestStorageVolume) {
        let pool = try pool(named: reference.pool)
        try pool.requireActive()
        return (pool, try pool.volume(named: reference.name))
    }

    /// A volume in whichever running pool it is.
    func find(where matches: (TestStorageVolume) -> Bool) -> StorageVolumeRef? {
        for pool in sortedPools where pool.isActive {
            if let volume = pool.firstVolume(where: matches) { return pool.reference(volume) }
        }
        return nil
    }

    mutating func modifyVolume<Result>(
        _ reference: StorageVolumeRef, _ body: (inout TestStorageVolume) throws -> Result
    ) throws -> Result {
        try modify(reference.pool) { pool in
            try pool.requireActive()
            return try pool.modifyVolume(named: reference.name, body)
        }
    }

    // MARK: Adding and removing

    /// Takes a definition: into the pool of its UUID, or as a new one.
    ///
    /// - Parameter forRun: It is for a run that begins now, which the pool must not already have.
    /// - Throws: `.operationFailed` if the name belongs to another UUID, the UUID to another name, or the storage
    ///   to another pool; `.operationInvalid` if it runs.
    mutating func take(_ definition: PoolDefinition, forRun: Bool) throws -> StoragePoolRef {
        func refuse(_ code: ErrorCode, _ text: String) -> VirtError { VirtError(code, domain: .storage, text) }
        for pool in sortedPools where pool.name != definition.name {
            if definition.conflicts(with: pool.definition) {
                throw refuse(.operationFailed, "Storage source conflict with pool: '\(pool.name)'")
            }
        }
        let uuid = UUID(definition.uuid)
        if let existing = pools[uuid] {
            guard existing.name == definition.name else {
                throw refuse(.operationFailed, "pool '\(existing.name)' is already defined with uuid \(uuid)")
            }
            if forRun, existing.isActive {
                throw refuse(.operationInvalid, "pool is already active as '\(existing.name)'")
            }
        } else if let other = names[definition.name] {
            throw refuse(.operationFailed, "pool '\(definition.name)' already exists with uuid \(other)")
        }
        if pools[uuid] != nil {
            return try modify(definition.name) { pool in
                pool.redefine(definition)
                return pool.reference
            }
        }
        lastSequence += 1
        let pool = TestStoragePool(definition, sequence: lastSequence)
        pools[uuid] = pool
        names[definition.name] = uuid
        return pool.reference
    }

    mutating func remove(_ name: String) {
        guard let uuid = names.removeValue(forKey: name) else { return }
        pools[uuid] = nil
    }
}

extension TestHostState {
    mutating func report(_ pool: StoragePoolRef, _ event: StoragePoolEventLifecycleType) {
        events.append(.storagePool(.lifecycle(pool, event: event, detail: 0)))
    }

    /// Adds a running pool, without events; for hosts that are made.
    mutating func load(_ definition: PoolDefinition) throws -> StoragePoolRef {
        let reference = try storage.take(definition, forRun: false)
        return try storage.modify(reference.name) { pool in
            pool.isActive = true
            pool.isPersistent = true
            return reference
        }
    }

    /// `<pool>` elements of a host's file, with `<volume>`s inside.
    ///
    /// - Parameter element: Gives the element that counts, which may be the root of a file that `file` names.
    mutating func readPools(_ root: XMLNode, following: (XMLNode) throws -> XMLNode) throws {
        for node in root.children("pool") {
            let node = try following(node)
            let definition = try conf { () throws(ConfError) in try PoolDefinition(element: node) }
            let pool = try load(definition)
            for node in node.children("volume") {
                let node = try following(node)
                let volume = try conf { () throws(ConfError) in
                    try StorageVolumeDefinition(element: node, in: definition.kind)
                }
                try storage.modify(pool.name) { pool in
                    if pool.contains(volumeNamed: volume.name) {
                        throw VirtError.test(.operationFailed, "storage vol already exists")
                    }
                    _ = pool.add(volume)
                }
            }
        }
    }
}

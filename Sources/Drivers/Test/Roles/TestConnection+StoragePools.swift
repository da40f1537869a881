public import Libvirt
internal import VirtConf

extension TestConnection: StoragePools {
    public func connectListAllStoragePools(flags: ConnectListAllStoragePoolsFlags) async throws -> [StoragePoolRef] {
        try check(flags, 0xfffff, "testConnectListAllStoragePools")
        return host.read { state in state.storage.sortedPools.filter { $0.matches(flags) }.map(\.reference) }
    }

    public func storagePoolLookupByName(name: String) async throws -> StoragePoolRef {
        try host.read { try $0.storage.pool(named: name).reference }
    }

    public func storagePoolLookupByUUID(uuid: UUID) async throws -> StoragePoolRef {
        try host.read { try $0.storage.pool(uuid).reference }
    }

    /// The volume itself need not exist any more.
    public func storagePoolLookupByVolume(_ vol: StorageVolumeRef) async throws -> StoragePoolRef {
        try host.read { try $0.storage.pool(named: vol.pool).reference }
    }

    public func storagePoolGetInfo(_ pool: StoragePoolRef) async throws -> StoragePoolInfo {
        try host.read { state in
            let pool = try state.storage.pool(named: pool.name)
            let kind: StoragePoolState = pool.isActive ? .running : .inactive
            return StoragePoolInfo(
                state: UInt8(kind.rawValue), capacity: TestStoragePool.capacity, allocation: pool.allocation,
                available: pool.available)
        }
    }

    public func storagePoolGetXMLDesc(_ pool: StoragePoolRef, flags: StorageXMLFlags) async throws -> String {
        try check(flags, 0, "testStoragePoolGetXMLDesc")
        return try host.read { try $0.storage.pool(named: pool.name) }.xml
    }

    public func storagePoolGetAutostart(_ pool: StoragePoolRef) async throws -> Bool {
        try host.read { state in
            let pool = try state.storage.pool(named: pool.name)
            return pool.isPersistent && pool.autostarts
        }
    }

    public func storagePoolSetAutostart(_ pool: StoragePoolRef, autostart: Bool) async throws {
        try host.update { state in
            try state.storage.modify(pool.name) { pool in
                if !pool.isPersistent { throw VirtError.test(.invalidArg, "pool has no config file") }
                pool.autostarts = autostart
            }
        }
    }

    public func storagePoolIsActive(_ pool: StoragePoolRef) async throws -> Bool {
        try host.read { try $0.storage.pool(pool.uuid).isActive }
    }

    public func storagePoolIsPersistent(_ pool: StoragePoolRef) async throws -> Bool {
        try host.read { try $0.storage.pool(pool.uuid).isPersistent }
    }

    /// There is nothing to look through; those who listen are told.
    public func storagePoolRefresh(_ pool: StoragePoolRef, flags: UInt32) async throws {
        try check(flags, 0, "testStoragePoolRefresh")
        try host.update { state in
            let pool = try state.storage.pool(named: pool.name)
            try pool.requireActive()
            state.events.append(.storagePool(.refresh(pool.reference)))
        }
    }
}

extension TestStoragePool {
    /// Whether it is one of those that flags ask for: of each group of flags it must match one, if any is given.
    func matches(_ flags: ConnectListAllStoragePoolsFlags) -> Bool {
        func group(_ alternatives: [(ConnectListAllStoragePoolsFlags, Bool)]) -> Bool {
            let asked = alternatives.filter { flags.contains($0.0) }
            return asked.isEmpty || asked.contains { $0.1 }
        }
        // The types' flags stand in the order of the types of old; that of direct iSCSI came last.
        let kinds: [StoragePoolKind] = [
            .dir, .fs, .netfs, .logical, .disk, .iscsi, .scsi, .mpath, .rbd, .sheepdog, .gluster, .zfs, .vstorage,
            .iscsiDirect,
        ]
        let first: ConnectListAllStoragePoolsFlags = .dir
        let types = kinds.enumerated().map { index, kind in
            (ConnectListAllStoragePoolsFlags(rawValue: first.rawValue << UInt32(index)), self.kind == kind)
        }
        return group([(.active, isActive), (.inactive, !isActive)])
            && group([(.persistent, isPersistent), (.transient, !isPersistent)])
            && group([(.autostart, autostarts), (.noAutostart, !autostarts)]) && group(types)
    }
}

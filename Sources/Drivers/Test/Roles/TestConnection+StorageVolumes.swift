public import Libvirt
internal import VirtConf
internal import VirtUtil

extension TestConnection: StorageVolumes {
    public func storagePoolListAllVolumes(_ pool: StoragePoolRef, flags: UInt32) async throws -> [StorageVolumeRef] {
        try check(flags, 0, "testStoragePoolListAllVolumes")
        return try host.read { state in
            let pool = try state.storage.pool(pool.uuid)
            guard pool.isActive else { throw VirtError.test(.operationInvalid, "storage pool is not active") }
            return pool.volumes.map(pool.reference)
        }
    }

    public func storageVolLookupByName(_ pool: StoragePoolRef, name: String) async throws -> StorageVolumeRef {
        try host.read { state in
            let pool = try state.storage.pool(named: pool.name)
            try pool.requireActive()
            return pool.reference(try pool.volume(named: name))
        }
    }

    public func storageVolLookupByKey(key: String) async throws -> StorageVolumeRef {
        guard let found = host.read({ $0.storage.find { $0.key == key } }) else {
            throw VirtError.test(.noStorageVol, "no storage vol with matching key '\(key)'")
        }
        return found
    }

    public func storageVolLookupByPath(path: String) async throws -> StorageVolumeRef {
        guard let found = host.read({ $0.storage.find { $0.path == path } }) else {
            throw VirtError.test(.noStorageVol, "no storage vol with matching path '\(path)'")
        }
        return found
    }

    public func storageVolGetInfo(_ vol: StorageVolumeRef) async throws -> StorageVolumeInfo {
        try host.read { state in
            let (pool, volume) = try state.storage.volume(vol)
            // What the document says it is does not count here.
            return StorageVolumeInfo(
                type: pool.kind.volumeType.number, capacity: volume.definition.capacity,
                allocation: volume.definition.allocation)
        }
    }

    /// With `physical`, the size is told in place of the allocation.
    public func storageVolGetInfoFlags(
        _ vol: StorageVolumeRef, flags: StorageVolInfoFlags
    ) async throws -> StorageVolumeInfo {
        try check(flags, 1, "storageVolGetInfoFlags", domain: .storage)
        return try asStorageDriver {
            try host.read { state in
                let (pool, volume) = try state.storage.volume(vol)
                return StorageVolumeInfo(
                    type: pool.kind.volumeType.number, capacity: volume.definition.capacity,
                    allocation: flags.contains(.getPhysical) ? volume.physicalSize : volume.definition.allocation)
            }
        }
    }

    public func storageVolGetXMLDesc(_ vol: StorageVolumeRef, flags: UInt32) async throws -> String {
        try check(flags, 0, "testStorageVolGetXMLDesc")
        return try host.read { try $0.storage.volume(vol).volume.definition }.xml()
    }

    public func storageVolGetPath(_ vol: StorageVolumeRef) async throws -> String {
        try host.read { try $0.storage.volume(vol).volume.path }
    }

    public func storageVolCreateXML(
        _ pool: StoragePoolRef, xml: String, flags: StorageVolCreateFlags
    ) async throws -> StorageVolumeRef {
        try check(flags, 4, "testStorageVolCreateXML")
        try validate(xml, "storagevol.rng", root: "volume", if: flags.contains(.validate))
        return try host.update { state in
            try state.storage.modify(pool.name) { pool in
                let definition = try pool.newVolume(xml)
                try pool.requireSpace(for: definition)
                return pool.add(definition)
            }
        }
    }

    /// The copy has the bytes of the original, as many as its capacity has room for.
    ///
    /// - Throws: `.noSupport` if they are those of an image and the copy would be none, or the other way.
    public func storageVolCreateXMLFrom(
        _ pool: StoragePoolRef, xml: String, clonevol: StorageVolumeRef, flags: StorageVolCreateFlags
    ) async throws -> StorageVolumeRef {
        try check(flags, 4, "testStorageVolCreateXMLFrom")
        try validate(xml, "storagevol.rng", root: "volume", if: flags.contains(.validate))
        return try host.update { state in
            let target = try state.storage.pool(named: pool.name)
            let definition = try target.newVolume(xml)
            let original =
                try clonevol.pool == pool.name
                ? target.volume(named: clonevol.name) : state.storage.volume(clonevol).volume
            try target.requireSpace(for: definition)
            let name = original.name
            if original.content.held > 0,
                TestStorageVolume.isImage(definition) != TestStorageVolume.isImage(original.definition)
            {
                throw VirtError(
                    .noSupport, domain: .storage, "volume '\(name)' cannot be converted to the format of its copy")
            }
            try state.storage.requireMemory(
                original.content.held, for: "cannot copy volume '\(name)'", domain: .storage)
            return try state.storage.modify(pool.name) { $0.add(definition, content: original.content) }
        }
    }

    public func storageVolDelete(_ vol: StorageVolumeRef, flags: StorageVolDeleteFlags) async throws {
        try check(flags, 0, "testStorageVolDelete")
        try host.update { state in
            try state.storage.modify(vol.pool) { pool in
                try pool.requireActive()
                try pool.removeVolume(named: vol.name)
            }
        }
    }
}

extension TestStoragePool {
    /// Reads the definition of a volume that is to be made here; its place and key are the pool's to say.
    fileprivate func newVolume(_ xml: String) throws -> StorageVolumeDefinition {
        try requireActive()
        var definition = try conf { () throws(ConfError) in try StorageVolumeDefinition(xml: xml, in: kind) }
        if contains(volumeNamed: definition.name) {
            throw VirtError.test(.operationFailed, "storage vol already exists")
        }
        definition.target.path = nil
        definition.key = nil
        return definition
    }

    fileprivate func requireSpace(for volume: StorageVolumeDefinition) throws {
        guard volume.allocation <= available else {
            throw VirtError.test(.internalError, "Not enough free space in pool for volume '\(volume.name)'")
        }
    }
}

public import Libvirt
internal import VirtConf

/// libvirt's test driver has no content of volumes: errors and their order are those of its storage driver.
extension TestConnection: StorageVolumeWiping {
    public func storageVolWipe(_ vol: StorageVolumeRef, flags: UInt32) async throws {
        try await storageVolWipePattern(vol, algorithm: 0, flags: flags)
    }

    /// Whatever the algorithm, zeros are left; all but the first write every byte and so fill holes.
    public func storageVolWipePattern(_ vol: StorageVolumeRef, algorithm: UInt32, flags: UInt32) async throws {
        try check(flags, 0, "storageVolWipePattern", domain: .storage)
        let trim = UInt32(StorageVolWipeAlgorithm.trim.rawValue)
        guard algorithm <= trim else {
            throw VirtError(.invalidArg, domain: .storage, "wiping algorithm \(algorithm) not supported")
        }
        try asStorageDriver {
            try host.update { state in
                let kind = try state.storage.volume(vol).pool.kind
                guard kind.hasReadableVolumes, kind != .zfs else {
                    throw VirtError(.noSupport, domain: .storage, "storage pool doesn't support volume wiping")
                }
                guard algorithm < trim else {
                    throw VirtError(.argumentUnsupported, domain: .storage, "'trim' algorithm not supported")
                }
                try state.storage.modifyVolume(vol) { $0.wipe(fillsHoles: algorithm != 0) }
            }
        }
    }
}

extension TestConnection: StorageVolumeResizing {
    public func storageVolResize(
        _ vol: StorageVolumeRef, capacity: UInt64, flags: StorageVolResizeFlags
    ) async throws {
        // libvirt's public function looks at this before any driver is asked.
        guard capacity > 0 || flags.contains(.delta) || flags.contains(.shrink) else {
            throw VirtError.argument(
                "capacity", in: "virStorageVolResize", domain: .storage,
                "capacity in virStorageVolResize cannot be zero without 'delta' or 'shrink' flags set")
        }
        try check(flags, 7, "storageVolResize", domain: .storage)
        try asStorageDriver {
            try host.update { state in
                let (pool, volume) = try state.storage.volume(vol)
                let wanted = try volume.newCapacity(capacity, flags, available: pool.available)
                guard pool.kind.canResizeVolumes else {
                    throw VirtError(
                        .noSupport, domain: .storage, "storage pool does not support changing of volume capacity")
                }
                guard wanted <= TestVolumeContent.maximumSize else {
                    let fileTooLarge: Int32 = 27
                    throw VirtError.system(fileTooLarge, "Failed to truncate file '\(volume.path)'")
                }
                try state.storage.modifyVolume(vol) {
                    $0.resize(to: wanted, isAllocated: flags.contains(.allocate))
                }
            }
        }
    }
}

extension TestStorageVolume {
    /// What a call of resize makes of the capacity. Bytes.
    fileprivate func newCapacity(
        _ given: UInt64, _ flags: StorageVolResizeFlags, available: UInt64
    ) throws -> UInt64 {
        var wanted = given
        if flags.contains(.delta) {
            // A sum that is too large stays so, and is refused for that.
            let (sum, overflows) = definition.capacity.addingReportingOverflow(given)
            wanted =
                flags.contains(.shrink)
                ? definition.capacity - min(given, definition.capacity) : overflows ? .max : sum
        }
        if wanted < definition.allocation {
            throw VirtError(
                .invalidArg, domain: .storage, "can't shrink capacity below existing allocation")
        }
        if wanted < definition.capacity, !flags.contains(.shrink) {
            throw VirtError(
                .invalidArg, domain: .storage,
                "Can't shrink capacity below current capacity unless shrink flag explicitly specified")
        }
        if flags.contains(.allocate), wanted > definition.capacity, wanted - definition.capacity > available {
            throw VirtError(.operationFailed, domain: .storage, "Not enough space left in storage pool")
        }
        return wanted
    }
}

extension StoragePoolKind {
    fileprivate var canResizeVolumes: Bool {
        switch self {
        case .dir, .fs, .netfs, .vstorage, .rbd, .sheepdog: true
        case .logical, .disk, .iscsi, .iscsiDirect, .scsi, .mpath, .gluster, .zfs: false
        }
    }
}

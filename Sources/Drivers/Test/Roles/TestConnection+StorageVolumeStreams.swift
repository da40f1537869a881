public import Libvirt
internal import VirtConf

/// libvirt's test driver has no content of volumes: errors and their order are those of its storage driver.
extension TestConnection: StorageVolumeStreams {
    public func storageVolUpload(
        _ vol: StorageVolumeRef, offset: UInt64, length: UInt64, flags: StorageVolUploadFlags
    ) async throws -> any DataStream {
        try check(flags, 1, "storageVolUpload", domain: .storage)
        let volume = try seek(vol, to: offset, whatFor: "upload")
        return TestVolumeUpload(
            volume, of: host, offset: offset, length: length, isSparse: flags.contains(.sparseStream))
    }

    public func storageVolDownload(
        _ vol: StorageVolumeRef, offset: UInt64, length: UInt64, flags: StorageVolDownloadFlags
    ) async throws -> any DataStream {
        try check(flags, 1, "storageVolDownload", domain: .storage)
        let volume = try seek(vol, to: offset, whatFor: "download")
        return TestVolumeDownload(
            volume, of: host, offset: offset, length: length, isSparse: flags.contains(.sparseStream))
    }

    private func seek(_ vol: StorageVolumeRef, to offset: UInt64, whatFor: String) throws -> TestVolumeIdentity {
        let (volume, kind) = try asStorageDriver { try host.read { try $0.storage.identity(vol) } }
        guard kind.hasReadableVolumes else {
            throw VirtError(.noSupport, domain: .storage, "storage pool doesn't support volume \(whatFor)")
        }
        guard offset <= TestVolumeContent.maximumSize else {
            let invalidArgument: Int32 = 22
            // Offsets of files are signed.
            let text = "Unable to seek \(volume.path) to \(Int64(bitPattern: offset))"
            throw VirtError.system(invalidArgument, text, domain: .streams)
        }
        return volume
    }
}

extension StoragePoolKind {
    /// Volumes that a host sees as files or block devices.
    var hasReadableVolumes: Bool { hasTarget }
}

/// Says what was not found as libvirt's storage driver does.
func asStorageDriver<Result>(_ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch var error as VirtError where error.domain == .test {
        error.domain = .storage
        throw error
    }
}

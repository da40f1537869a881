internal import Libvirt
internal import VirtConf
internal import XDR

/// A volume and nothing else that comes to have its name. What a stream holds on to, as a descriptor does on a host.
struct TestVolumeIdentity: Sendable {
    let pool: UUID
    /// Of the pool, and of the volume in it.
    let sequences: [UInt64]
    let name: String
    let path: String
}

extension TestStorage {
    /// Bytes of content that the volumes of a host hold together; more is refused. Clones count like originals.
    static let maximumContent: UInt64 = 256 << 20

    private var heldContent: UInt64 { pools.values.reduce(0) { $0 + $1.heldContent } }

    /// Refuses to hold more than there may be.
    func requireMemory(_ growth: UInt64, for text: String, domain: ErrorDomain) throws {
        guard growth > 0, growth > Self.maximumContent - min(heldContent, Self.maximumContent) else { return }
        let reason = "the volumes of this host hold at most \(Self.maximumContent >> 20) MiB of content"
        let noSpace: Int32 = 28
        throw VirtError.system(noSpace, "\(text): \(reason)", domain: domain)
    }

    /// The volume that a stream is about to read or write.
    func identity(_ reference: StorageVolumeRef) throws -> (TestVolumeIdentity, StoragePoolKind) {
        let (pool, volume) = try volume(reference)
        let identity = TestVolumeIdentity(
            pool: pool.reference.uuid, sequences: [pool.sequence, volume.sequence], name: volume.name,
            path: volume.path)
        return (identity, pool.kind)
    }

    /// The volume, if it is still there; its pool need not run.
    func volume(_ identity: TestVolumeIdentity) -> TestStorageVolume? {
        guard let pool = pools[identity.pool], let volume = try? pool.volume(named: identity.name),
            [pool.sequence, volume.sequence] == identity.sequences
        else { return nil }
        return volume
    }

    /// Changes a volume, if it is still there: what is written to a deleted file is lost when it is closed.
    mutating func modify(
        _ identity: TestVolumeIdentity, growth: (TestVolumeContent) -> UInt64 = { _ in 0 },
        _ body: (inout TestStorageVolume, _ isFile: Bool) throws -> Void
    ) throws {
        guard let growth = volume(identity).map({ growth($0.content) }), let pool = pools[identity.pool]?.name else {
            return
        }
        try requireMemory(growth, for: "cannot write to stream", domain: .streams)
        try modify(pool) { pool in
            let isFile = pool.kind.volumeType == .file
            try pool.modifyVolume(named: identity.name) { try body(&$0, isFile) }
        }
    }
}

extension TestHostState {
    /// A pool is looked through after something was written; those who listen are told.
    mutating func refresh(_ identity: TestVolumeIdentity) {
        guard let pool = storage.pools[identity.pool], pool.isActive else { return }
        events.append(.storagePool(.refresh(pool.reference)))
    }
}

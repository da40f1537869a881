internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// A pool's definition; the role of that name belongs to module Libvirt.
typealias PoolDefinition = VirtConf.StoragePoolDefinition

/// A storage pool of the host: a value, changed under the host's lock.
struct TestStoragePool {
    /// Bytes of every pool.
    static let capacity: UInt64 = 100 << 30

    /// Order of appearance, for lists.
    let sequence: UInt64
    private(set) var definition: PoolDefinition
    var isActive = false
    var isPersistent = false
    var autostarts = false
    private var volumesByName: [String: TestStorageVolume] = [:]
    private var lastSequence: UInt64 = 0
    /// Bytes that its volumes take.
    private(set) var allocation: UInt64 = 0
    /// Bytes of memory that their content takes.
    private(set) var heldContent: UInt64 = 0

    init(_ definition: PoolDefinition, sequence: UInt64) {
        self.definition = definition
        self.sequence = sequence
    }

    var name: String { definition.name }
    var kind: StoragePoolKind { definition.kind }
    var reference: StoragePoolRef { StoragePoolRef(name: name, uuid: UUID(definition.uuid)) }
    /// Bytes; a host's file may have volumes that need more than there is.
    var available: UInt64 { Self.capacity - min(allocation, Self.capacity) }

    /// A running pool goes on as it is, and what it was given is forgotten; so in libvirt.
    mutating func redefine(_ new: PoolDefinition) {
        if !isActive { definition = new }
    }

    func requireActive() throws {
        guard isActive else { throw VirtError.test(.operationInvalid, "storage pool '\(name)' is not active") }
    }

    func requireInactive() throws {
        if isActive { throw VirtError.test(.operationInvalid, "storage pool '\(name)' is active") }
    }

    var xml: String {
        var now = definition
        now.capacity = Self.capacity
        now.allocation = allocation
        now.available = available
        return now.xml()
    }

    // MARK: Volumes

    /// The volumes in their order of appearance.
    var volumes: [TestStorageVolume] { volumesByName.values.sorted { $0.sequence < $1.sequence } }

    func contains(volumeNamed name: String) -> Bool { volumesByName[name] != nil }

    func volume(named name: String) throws -> TestStorageVolume {
        guard let volume = volumesByName[name] else { throw Self.missing(name) }
        return volume
    }

    func firstVolume(where matches: (TestStorageVolume) -> Bool) -> TestStorageVolume? {
        volumesByName.values.first(where: matches)
    }

    private static func missing(_ name: String) -> VirtError {
        .test(.noStorageVol, "no storage vol with matching name '\(name)'")
    }

    /// The volume's reference on the wire.
    func reference(_ volume: TestStorageVolume) -> StorageVolumeRef {
        StorageVolumeRef(pool: name, name: volume.name, key: volume.key)
    }

    /// Adds a volume whose name is free. Without a path of its own it is in the pool's directory, or below the
    /// name of what the pool is made of; without a key that is its path.
    mutating func add(_ definition: StorageVolumeDefinition, content: TestVolumeContent? = nil)
        -> StorageVolumeRef
    {
        var definition = definition
        let folder = self.definition.targetPath ?? self.definition.source.name ?? name
        let path = definition.target.path ?? "\(folder)/\(definition.name)"
        definition.target.path = path
        definition.key = definition.key ?? path
        lastSequence += 1
        let volume = TestStorageVolume(definition, content: content, sequence: lastSequence)
        volumesByName[volume.name] = volume
        allocation &+= volume.definition.allocation
        heldContent += volume.content.held
        return reference(volume)
    }

    mutating func removeVolume(named name: String) throws {
        guard let volume = volumesByName.removeValue(forKey: name) else { throw Self.missing(name) }
        allocation &-= volume.definition.allocation
        heldContent -= volume.content.held
    }

    /// Changes a volume in place; what it takes is counted anew.
    mutating func modifyVolume<Result>(
        named name: String, _ body: (inout TestStorageVolume) throws -> Result
    ) throws -> Result {
        guard let index = volumesByName.index(forKey: name) else { throw Self.missing(name) }
        let allocationBefore = volumesByName.values[index].definition.allocation
        let heldBefore = volumesByName.values[index].content.held
        defer {
            allocation = allocation &- allocationBefore &+ volumesByName.values[index].definition.allocation
            heldContent = heldContent - heldBefore + volumesByName.values[index].content.held
        }
        return try body(&volumesByName.values[index])
    }
}

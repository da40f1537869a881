internal import VirtConf

/// A volume of a pool.
struct TestStorageVolume {
    /// Order of appearance in its pool, for lists.
    let sequence: UInt64
    var definition: StorageVolumeDefinition
    var content: TestVolumeContent

    init(_ definition: StorageVolumeDefinition, content: TestVolumeContent, sequence: UInt64) {
        self.definition = definition
        self.content = content
        self.sequence = sequence
    }

    var name: String { definition.name }
    var key: String { definition.key ?? "" }
    var path: String { definition.target.path ?? "" }
}

internal import Libvirt
internal import VirtConf
internal import XDR

/// A volume of a pool.
struct TestStorageVolume {
    /// Order of appearance in its pool, for lists.
    let sequence: UInt64
    private(set) var definition: StorageVolumeDefinition
    private(set) var content: TestVolumeContent
    /// Bytes at the beginning that count as taken whether something is written there or not.
    private var reserved: UInt64

    /// - Parameter content: That of the volume it is a copy of; none for a new volume.
    init(_ definition: StorageVolumeDefinition, content: TestVolumeContent?, sequence: UInt64) {
        self.definition = definition
        self.sequence = sequence
        reserved = definition.allocation
        let isImage = Self.isImage(definition)
        self.content = content ?? TestVolumeContent(size: isImage ? 0 : definition.capacity)
        if let content, content.held > 0 {
            if !isImage { self.content.resize(to: definition.capacity) }
            contentDidChange()
        }
    }

    var name: String { definition.name }
    var key: String { definition.key ?? "" }
    var path: String { definition.target.path ?? "" }

    /// Bytes from the first to the last: of an image the file's, not the disk's that is in it.
    var physicalSize: UInt64 { content.size }

    // MARK: Formats

    /// Whether what is written is an image with a disk in it, and not the disk itself. A new image is empty.
    static func isImage(_ definition: StorageVolumeDefinition) -> Bool {
        guard let format = definition.target.format else { return false }
        return [
            "bochs", "cloop", "dmg", "vpc", "vdi", "vhd", "ploop", "cow", "qcow", "qcow2", "qed", "vmdk",
        ].contains(format)
    }

    /// Finds out anew what follows from the content.
    private mutating func contentDidChange() {
        definition.allocation = reserved + content.held(from: reserved)
        definition.physical = content.size
        if !Self.isImage(definition) {
            definition.capacity = content.size
        } else if definition.target.format == "qcow2" || definition.target.format == "qcow" {
            definition.capacity = qcowCapacity ?? content.size
        }
    }

    /// What the head of a QEMU image says; nil if there is none. Bytes.
    private var qcowCapacity: UInt64? {
        let head = content.read(at: 0, count: 32)
        guard head.count == 32, head.starts(with: [0x51, 0x46, 0x49, 0xfb]) else { return nil }
        return head.slice(24..<32).reduce(0) { $0 << 8 | UInt64($1) }
    }

    // MARK: Changing the content

    /// Writes bytes. A volume that is a file becomes longer, if they end behind its end.
    ///
    /// - Throws: `.systemError` as the host's would be: what is no file is full, or a file too large.
    mutating func write(_ data: OpaqueData, at offset: UInt64, isFile: Bool) throws {
        try checkEnd(offset, UInt64(data.count), isFile: isFile)
        content.write(data, at: offset)
        contentDidChange()
    }

    /// Takes a hole from a sparse stream: a file ends behind it then, what is no file has zeros there.
    mutating func writeHole(_ length: UInt64, at offset: UInt64, isFile: Bool) throws {
        try checkEnd(offset, length, isFile: isFile)
        if isFile {
            content.resize(to: offset + length)
            reserved = min(reserved, offset + length)
        } else {
            content.clear(offset..<offset + length)
        }
        contentDidChange()
    }

    private func checkEnd(_ offset: UInt64, _ length: UInt64, isFile: Bool) throws {
        let limit = isFile ? TestVolumeContent.maximumSize : content.size
        guard offset <= limit, length <= limit - offset else {
            let (fileTooLarge, noSpace): (Int32, Int32) = (27, 28)
            throw VirtError.system(isFile ? fileTooLarge : noSpace, "cannot write to stream", domain: .streams)
        }
    }

    /// Makes all bytes zero. A file with holes is one hole then; one without stays as large as it was.
    ///
    /// - Parameter fillsHoles: Every byte is written, so the whole volume is taken then.
    mutating func wipe(fillsHoles: Bool) {
        reserved = fillsHoles ? max(definition.allocation, content.size) : definition.allocation
        if !fillsHoles, definition.allocation < content.size { reserved = 0 }
        content.clear(0..<content.size)
        contentDidChange()
    }

    /// Changes the capacity; of an image only what is told, the image stays as it is.
    ///
    /// - Parameter isAllocated: Space for all of it is taken.
    mutating func resize(to capacity: UInt64, isAllocated: Bool) {
        if Self.isImage(definition) {
            definition.capacity = capacity
        } else {
            content.resize(to: capacity)
            if isAllocated { reserved = max(reserved, capacity) }
            contentDidChange()
        }
    }
}

package import VirtUtil

/// The type of a pool, `<pool type='…'>`, in libvirt's order.
package enum StoragePoolKind: String, XMLKeyword, CaseIterable {
    case dir, fs, netfs, logical, disk, iscsi
    case iscsiDirect = "iscsi-direct"
    case scsi, mpath, rbd, sheepdog, gluster, zfs, vstorage

    /// What a source of this type consists of. The rest of `<source>` is read and left out.
    package struct SourceParts: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        /// At least one host must be named.
        package static let host = SourceParts(rawValue: 1)
        /// Must be named if it is the only part.
        package static let device = SourceParts(rawValue: 2)
        package static let directory = SourceParts(rawValue: 4)
        package static let adapter = SourceParts(rawValue: 8)
        /// The pool's own name stands in where it is missing.
        package static let name = SourceParts(rawValue: 16)
        package static let initiator = SourceParts(rawValue: 32)
    }

    package var sourceParts: SourceParts {
        switch self {
        case .dir, .mpath: []
        case .fs, .disk: [.device]
        case .netfs: [.host, .directory]
        case .logical, .zfs: [.name, .device]
        case .iscsi, .iscsiDirect: [.host, .device, .initiator]
        case .scsi: [.adapter]
        case .rbd, .sheepdog: [.host, .name]
        case .gluster: [.host, .name, .directory]
        case .vstorage: [.name]
        }
    }

    /// Words for `<source><format type='…'/>`; nil if the type has no formats.
    package var sourceFormats: [String]? {
        switch self {
        case .fs:
            [
                "auto", "ext2", "ext3", "ext4", "ufs", "iso9660", "udf", "gfs", "gfs2", "vfat", "hfs+", "xfs",
                "ocfs2", "vmfs",
            ]
        case .netfs: ["auto", "nfs", "glusterfs", "cifs"]
        case .logical: ["unknown", "lvm2"]
        case .disk: ["unknown", "dos", "dvh", "gpt", "mac", "bsd", "pc98", "sun", "lvm2"]
        default: nil
        }
    }

    package var defaultSourceFormat: String? { self == .logical ? "lvm2" : sourceFormats?.first }

    /// What the formats of a volume of such a pool are called.
    package enum VolumeFormats: Sendable {
        /// The type's volumes have none.
        case none
        /// Of a file, or of an image that is kept as one.
        case file
        /// Of a partition.
        case partition
    }

    package var volumeFormats: VolumeFormats {
        switch self {
        case .dir, .fs, .netfs, .gluster, .vstorage, .rbd: .file
        case .disk: .partition
        case .logical, .iscsi, .iscsiDirect, .scsi, .mpath, .sheepdog, .zfs: .none
        }
    }

    /// What its volumes are, unless something else is known of one.
    package var volumeType: StorageVolumeDefinition.Kind {
        switch self {
        case .dir, .fs, .netfs, .vstorage: .file
        case .logical, .disk, .iscsi, .scsi, .mpath, .zfs: .block
        case .iscsiDirect, .rbd, .sheepdog, .gluster: .network
        }
    }

    /// Whether its volumes appear in a directory of the host.
    package var hasTarget: Bool { volumeType != .network }

    /// A word of the document is one of the type's formats, or none was given.
    func sourceFormat(_ word: String?) throws(ConfError) -> String? {
        guard let sourceFormats else { return nil }
        guard let word, !word.isEmpty else { return defaultSourceFormat }
        guard sourceFormats.contains(word) else {
            throw ConfError(.unsupported, "unknown pool format type \(word)", domain: ConfError.fromStorage)
        }
        return word
    }
}

extension StoragePoolKind.VolumeFormats {
    /// As capabilities list them; `none` of a file is listed and never accepted.
    package var words: [String] {
        switch self {
        case .none: []
        case .file:
            [
                "none", "raw", "dir", "bochs", "cloop", "dmg", "iso", "vpc", "vdi", "fat", "vhd", "ploop", "cow",
                "qcow", "qcow2", "qed", "vmdk",
            ]
        case .partition:
            ["none", "linux", "fat16", "fat32", "linux-swap", "linux-lvm", "linux-raid", "extended"]
        }
    }

    package var standard: String? {
        switch self {
        case .none: nil
        case .file: "raw"
        case .partition: "none"
        }
    }

    func format(_ word: String?) throws(ConfError) -> String? {
        guard self != .none else { return nil }
        guard let word, !word.isEmpty else { return standard }
        guard words.contains(word), self == .partition || word != "none" else {
            throw ConfError(.unsupported, "unknown volume format type \(word)", domain: ConfError.fromStorage)
        }
        return word
    }
}

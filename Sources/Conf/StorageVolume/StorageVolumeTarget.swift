package import VirtUtil

/// Where and how a volume's bytes are kept; of a backing store only the first part.
package struct StorageVolumeTarget: Sendable {
    package var path: String?
    /// A word of the pool's formats; nil if its volumes have none.
    package var format: String?
    package var permissions = StoragePermissions()
    package var timestamps: StorageTimestamps?
    package var encryption: StorageEncryption?
    /// The version of QEMU that can read it: `1.1`.
    package var compatibility: String?
    /// Bytes; nil for the format's own.
    package var clusterSize: UInt64?
    /// Of a qcow2 image; nil if nothing is said of features.
    package var features: Features?
    /// Whether a file system that copies on write is to keep away from it. Read, never printed.
    package var avoidsCopyOnWrite = false

    package struct Features: Sendable {
        package var lazyReferenceCounts = false
        package var extendedL2Entries = false
    }

    package init() {}

    mutating func map(_ x: XMLCoder, formats: StoragePoolKind.VolumeFormats, isBackingStore: Bool) {
        x.textElement("path", &path)
        // A backing store without a path is none, and nobody looks at the rest of it.
        if isBackingStore, path == nil { return }
        mapFormat(x, formats)
        x.element("permissions") { permissions.map(x) }
        if x.isWriting { x.element("timestamps") { timestamps?.write(x) } }
        if isBackingStore { return }
        x.element("encryption", &encryption)
        mapCompatibility(x)
        if x.isReading { x.element("nocow", present: &avoidsCopyOnWrite) }
        mapClusterSize(x)
        mapFeatures(x)
    }

    private mutating func mapFormat(_ x: XMLCoder, _ formats: StoragePoolKind.VolumeFormats) {
        if x.isReading {
            let word = x.node?.child("format")?.attribute("type")
            format = x.attempt { () throws(ConfError) in try formats.format(word) } ?? nil
        } else if let format {
            x.element("format") { x.put("type", format) }
        }
    }

    private mutating func mapCompatibility(_ x: XMLCoder) {
        x.textElement("compat", &compatibility)
        guard x.isReading, let compatibility else { return }
        let parts = compatibility.split(separator: ".", omittingEmptySubsequences: false)
        let isNumber = parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        if parts.count != 2 || !isNumber { x.failStorage("forbidden characters in 'compat' attribute") }
    }

    private mutating func mapClusterSize(_ x: XMLCoder) {
        guard x.isReading else {
            guard let clusterSize else { return }
            return x.element("clusterSize") {
                x.put("unit", "B")
                x.putCharacters(String(clusterSize))
            }
        }
        guard let element = x.node?.child("clusterSize"), !element.text.isEmpty else { return }
        let text = element.text
        guard let number = UInt64(text.trimmedLeadingBlanks) else {
            let message = "Invalid value '\(text)' for element or attribute './target/clusterSize'"
            return x.fail(ConfError(.xml, message, domain: ConfError.fromXML))
        }
        let bytes = x.attempt { () throws(ConfError) in
            try ScaledSize.bytes(number, unit: element.attribute("unit"), standard: 1)
        }
        clusterSize = bytes == 0 ? nil : bytes
    }

    /// Features need a version that has them, 1.1 unless the document names one.
    private mutating func mapFeatures(_ x: XMLCoder) {
        guard x.isReading else {
            guard let features else { return }
            var isPresent = true
            return x.element("features", present: &isPresent) {
                var lazy = features.lazyReferenceCounts
                var extended = features.extendedL2Entries
                x.element("lazy_refcounts", present: &lazy)
                x.element("extended_l2", present: &extended)
            }
        }
        x.element("features") {
            var found = Features()
            x.forEachElement { feature in
                switch feature.name {
                case "lazy_refcounts": found.lazyReferenceCounts = true
                case "extended_l2": found.extendedL2Entries = true
                default:
                    x.fail(
                        ConfError(
                            .unsupported, "unsupported feature \(feature.name)", domain: ConfError.fromStorage))
                }
            }
            features = found
            if compatibility == nil { compatibility = "1.1" }
        }
    }
}

/// When a file was used, changed and made. Found out by a driver; what a document says of them is not read.
package struct StorageTimestamps: Sendable {
    /// Since 1970.
    package struct Moment: Sendable {
        package var seconds: Int64
        package var nanoseconds: UInt32

        package init(seconds: Int64, nanoseconds: UInt32) {
            self.seconds = seconds
            self.nanoseconds = nanoseconds
        }

        var text: String {
            if nanoseconds == 0 { return String(seconds) }
            let digits = String(nanoseconds)
            return "\(seconds)." + String(repeating: "0", count: max(0, 9 - digits.utf8.count)) + digits
        }
    }

    package var accessed: Moment
    package var modified: Moment
    package var changed: Moment
    package var made: Moment

    package init(accessed: Moment, modified: Moment, changed: Moment, made: Moment) {
        self.accessed = accessed
        self.modified = modified
        self.changed = changed
        self.made = made
    }

    func write(_ x: XMLCoder) {
        for (name, moment) in [
            ("atime" as StaticString, accessed), ("mtime", modified), ("ctime", changed), ("btime", made),
        ] {
            var text: String? = moment.text
            x.textElement(name, &text)
        }
    }
}

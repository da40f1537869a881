package import VirtUtil

/// A storage volume as its XML describes it. What its formats are called follows from its pool's type.
package struct StorageVolumeDefinition: Sendable {
    /// `<volume type='…'>`, in the order of `virStorageVolType`.
    package enum Kind: String, XMLKeyword, CaseIterable {
        case file, block, dir, network, netdir, ploop

        /// A `VIR_STORAGE_VOL_*` number.
        package var number: Int8 { Int8(Self.allCases.firstIndex(of: self) ?? 0) }
    }

    /// Whether a document must tell the capacity.
    package enum CapacityRule: Sendable {
        case required
        /// It is that of the backing store, where there is one.
        case backingStoreSuffices
        /// It is that of the volume that is copied.
        case optional
    }

    /// A part of a block device that a volume lies in. Bytes.
    package struct Extent: Sendable {
        package var device: String
        package var start: UInt64
        package var end: UInt64

        package init(device: String, start: UInt64, end: UInt64) {
            self.device = device
            self.start = start
            self.end = end
        }
    }

    package var kind = Kind.file
    package var name = ""
    /// Unique among the volumes of the host; the driver's.
    package var key: String?
    /// Printed, and found out by a driver; never read.
    package var extents: [Extent] = []
    /// Bytes, as are the others.
    package var capacity: UInt64 = 0
    package var allocation: UInt64 = 0
    /// Whether the document told the capacity.
    package var hasCapacity = true
    /// Whether the document told the allocation; else it is the capacity.
    package var hasAllocation = true
    /// What the volume takes on the host; 0 if nobody knows.
    package var physical: UInt64 = 0
    package var target = StorageVolumeTarget()
    package var backingStore: StorageVolumeTarget?

    package init() {}

    mutating func map(_ x: XMLCoder, in pool: StoragePoolKind, capacityRule: CapacityRule = .required) {
        if x.isReading {
            read(x, in: pool, capacityRule)
        } else {
            write(x)
        }
    }

    private mutating func read(_ x: XMLCoder, in pool: StoragePoolKind, _ rule: CapacityRule) {
        var text: String?
        x.textElement("name", &text)
        guard let text else { return x.failStorage("missing volume name element") }
        name = text
        x.textElement("key", &key)
        if let word = x.peek("type"), !word.isEmpty {
            if let read = Kind(rawValue: word) {
                kind = read
            } else {
                x.fail(ConfError(.unsupported, "unknown volume type '\(word)'", domain: ConfError.fromStorage))
            }
        }
        x.element("backingStore") {
            var store = StorageVolumeTarget()
            store.map(x, formats: pool.volumeFormats, isBackingStore: true)
            if store.path != nil { backingStore = store }
        }
        readSizes(x, rule)
        target.format = pool.volumeFormats.standard
        x.element("target") { target.map(x, formats: pool.volumeFormats, isBackingStore: false) }
    }

    private mutating func readSizes(_ x: XMLCoder, _ rule: CapacityRule) {
        let given = Self.size(x, "capacity")
        if given == nil, rule == .required || rule == .backingStoreSuffices && backingStore == nil {
            x.failStorage("missing capacity element")
        }
        capacity = given ?? 0
        hasCapacity = given != nil
        let allocation = Self.size(x, "allocation")
        hasAllocation = allocation != nil
        self.allocation = allocation ?? capacity
    }

    /// Of what is wrong with a number, libvirt always says that the capacity is.
    private static func size(_ x: XMLCoder, _ name: StaticString) -> UInt64? {
        guard let element = x.node?.child(name) else { return nil }
        let text = element.text
        if text.isEmpty { return nil }
        guard let number = UInt64(text.trimmedLeadingBlanks) else {
            x.failStorage("malformed capacity element")
            return 0
        }
        return x.attempt { () throws(ConfError) in
            try ScaledSize.bytes(
                number, unit: element.attribute("unit"), standard: 1, limit: UInt64(Int64.max))
        }
    }

    private func write(_ x: XMLCoder) {
        x.put("type", kind.rawValue)
        var text: String? = name
        x.textElement("name", &text)
        var key = key
        x.textElement("key", &key)
        writeExtents(x)
        writeSize(x, "capacity", capacity)
        writeSize(x, "allocation", allocation)
        if physical > 0 { writeSize(x, "physical", physical) }
        x.element("target") {
            var target = target
            x.forceEndTag()
            target.map(x, formats: .none, isBackingStore: false)
        }
        guard var store = backingStore else { return }
        x.element("backingStore") { store.map(x, formats: .none, isBackingStore: true) }
    }

    private func writeExtents(_ x: XMLCoder) {
        x.element("source") {
            var rest = extents[...]
            while let device = rest.first?.device {
                let together = rest.prefix { $0.device == device }
                rest = rest.dropFirst(together.count)
                x.element("device") {
                    x.put("path", device)
                    for extent in together {
                        x.element("extent") {
                            x.put("start", String(extent.start))
                            x.put("end", String(extent.end))
                        }
                    }
                }
            }
        }
    }

    private func writeSize(_ x: XMLCoder, _ name: StaticString, _ bytes: UInt64) {
        x.element(name) {
            x.put("unit", "bytes")
            x.putCharacters(String(bytes))
        }
    }
}

extension StorageVolumeDefinition {
    /// Reads and checks a definition.
    ///
    /// - Throws: With the code, origin and text of libvirt's refusal.
    package init(
        xml: String, in pool: StoragePoolKind, capacityRule: CapacityRule = .required
    ) throws(ConfError) {
        let document = try XMLDocument(xml, name: "(storage_volume_definition)", domain: ConfError.fromStorage)
        try self.init(element: document.root, in: pool, capacityRule: capacityRule)
    }

    package init(
        element: XMLNode, in pool: StoragePoolKind, capacityRule: CapacityRule = .required
    ) throws(ConfError) {
        try element.require("volume")
        let coder = XMLCoder(reading: element)
        self.init()
        map(coder, in: pool, capacityRule: capacityRule)
        if let error = coder.error { throw error }
    }

    /// Prints the definition as libvirt would.
    package func xml() -> String {
        let coder = XMLCoder(writing: XMLStyle())
        coder.element("volume") { write(coder) }
        return coder.text
    }
}

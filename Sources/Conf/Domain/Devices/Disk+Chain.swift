package import VirtUtil

/// One image of a disk's chain: the top, which the guest writes, or one below.
package struct DiskLayer: Sendable {
    package var source: StorageSource
    package var format: Disk.Format?

    package init(source: StorageSource, format: Disk.Format? = nil) {
        self.source = source
        self.format = format
    }
}

/// `<mirror>`: where a job of a guest that runs copies a disk to. Printed, never read: a run knows it, no definition.
package struct DiskMirror: XMLMapped {
    package enum Job: String, XMLKeyword {
        case copy
        case activeCommit = "active-commit"
    }

    package var job = Job.copy
    package var layer = DiskLayer(source: StorageSource())
    /// Everything has been copied once: the guest may go over.
    package var isReady = false

    package init() {}

    package init(job: Job, layer: DiskLayer) {
        self.job = job
        self.layer = layer
    }

    package mutating func map(_ x: XMLCoder) {
        x.put("type", layer.source.kind.rawValue)
        // The form that it had before it could be anything but a copy to a file.
        if job == .copy, layer.source.kind == .file {
            x.put("file", layer.source.path)
            x.put("format", layer.format?.rawValue)
        }
        x.put("job", job.rawValue)
        if isReady { x.put("ready", "yes") }
        x.element("format") { x.put("type", layer.format?.rawValue) }
        var (source, always) = (layer.source, true)
        x.element("source", present: &always) { source.map(x) }
        var below: BackingStore? = job == .copy ? BackingStore() : nil
        x.element("backingStore", &below)
    }
}

extension Disk {
    /// The images from the top down.
    package var layers: [DiskLayer] {
        get {
            guard hasSource else { return [] }
            var layers = [DiskLayer(source: source, format: driver?.format)]
            var next = backingStore
            while let current = next, current.hasSource {
                layers.append(DiskLayer(source: current.source, format: current.format))
                next = current.below.first
            }
            return layers
        }
        set {
            guard let top = newValue.first else { return }
            source = top.source
            hasSource = true
            if driver != nil || top.format != nil {
                var new = driver ?? Driver()
                new.format = top.format
                driver = new
            }
            backingStore = newValue.dropFirst().reversed().reduce(BackingStore()) { below, layer in
                var store = BackingStore()
                store.kind = layer.source.kind
                store.format = layer.format
                store.source = layer.source
                store.hasSource = true
                store.below = [below]
                return store
            }
        }
    }

    /// The place in ``layers`` of an image, which is named by its path or as `vda[1]`.
    ///
    /// - Parameter top: The image must be below this one.
    /// - Throws: `.invalidArgument`, from the storage code.
    package func layer(_ name: String, beneath top: Int? = nil) throws(ConfError) -> Int {
        let (target, layers) = (target.name ?? "", layers)
        if let number = index(in: name) {
            if number < layers.count, number > top ?? -1 { return number }
            throw ConfError(
                .invalidArgument, "could not find backing store index '\(number)' in chain for '\(target)'",
                domain: ConfError.fromStorage)
        }
        let first = top.map { $0 + 1 } ?? 0
        if first < layers.count, let found = layers[first...].firstIndex(where: { $0.source.path == name }) {
            return found
        }
        let beneath = top.map { " beneath '\(layers.indices.contains($0) ? layers[$0].source.path ?? "" : "")'" } ?? ""
        throw ConfError(
            .invalidArgument, "could not find image '\(name)'\(beneath) in chain for '\(target)'",
            domain: ConfError.fromStorage)
    }

    /// `vda[1]`.
    private func index(in name: String) -> Int? {
        guard let target = target.name, name.hasPrefix("\(target)["), name.hasSuffix("]") else { return nil }
        return Int(name.dropFirst(target.utf8.count + 1).dropLast())
    }

    /// Reads `<disk>` with nothing but a source: where a copy goes.
    package static func destination(xml: String) throws(ConfError) -> DiskLayer {
        let document = try XMLDocument(xml, name: "(disk_definition)")
        try document.root.require("disk")
        let coder = XMLCoder(reading: document.root)
        var disk = Disk()
        disk.map(coder)
        if let error = coder.error { throw error }
        guard disk.hasSource, !disk.source.isEmpty else {
            let text = "missing source information for device\(disk.target.name.map { " \($0)" } ?? "")"
            throw ConfError(.noSource, text)
        }
        return DiskLayer(source: disk.source, format: disk.driver?.format)
    }
}

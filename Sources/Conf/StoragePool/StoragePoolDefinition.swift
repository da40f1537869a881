package import VirtUtil

/// A storage pool as its XML describes it.
///
/// Whether it runs, and how full it is, belongs to the driver, which sets the three sizes before it prints.
package struct StoragePoolDefinition: XMLMapped {
    package enum RefreshedAllocation: String, XMLKeyword {
        case `default`, capacity
    }

    package var kind = StoragePoolKind.dir
    package var name = ""
    package var uuid = DomainUUID(high: 0, low: 0)
    /// Bytes, as are the others. Printed; what a document says of them is not read.
    package var capacity: UInt64 = 0
    package var allocation: UInt64 = 0
    package var available: UInt64 = 0
    package var copyOnWrite: YesNo?
    package var source = StoragePoolSource()
    /// Where the volumes appear on the host; nil if they do not.
    package var targetPath: String?
    package var targetPermissions = StoragePermissions()
    package var refreshedVolumeAllocation: RefreshedAllocation?
    package var options = StoragePoolOptions()

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.attribute("type", &kind, required: true)
        if x.isWriting { options.writeNamespace(x) }
        if x.isReading { mapSource(x) }
        mapName(x)
        mapUUID(x)
        mapSizes(x)
        x.element("features") { x.element("cow") { x.attribute("state", &copyOnWrite) } }
        if x.isReading, copyOnWrite != nil, kind != .fs, kind != .dir {
            x.fail(
                ConfError(
                    .noSupport, "cow feature may only be used for 'fs' and 'dir' pools",
                    domain: ConfError.fromStorage))
        }
        if x.isWriting { mapSource(x) }
        if x.isReading { completeSource(x) }
        mapTarget(x)
        x.element("refresh") { x.element("volume") { mapRefreshedAllocation(x) } }
        if x.isWriting { options.write(x) }
    }

    private mutating func mapName(_ x: XMLCoder) {
        var text: String? = x.isReading ? nil : name
        x.textElement("name", &text)
        guard x.isReading else { return }
        if text == nil, kind.sourceParts.contains(.name) { text = source.name }
        guard let text else { return x.failStorage("missing pool source name element") }
        if text.utf8.contains(UInt8(ascii: "/")) { x.failStorage("name \(text) cannot contain '/'") }
        name = text
    }

    private mutating func mapUUID(_ x: XMLCoder) {
        var text: String? = x.isReading ? nil : uuid.description
        x.textElement("uuid", &text)
        guard x.isReading else { return }
        guard let text else {
            uuid = .random()
            return
        }
        if let read = DomainUUID(text) { uuid = read } else { x.failStorage("malformed uuid element") }
    }

    private func mapSizes(_ x: XMLCoder) {
        guard x.isWriting else { return }
        for (name, size) in [
            ("capacity" as StaticString, capacity), ("allocation", allocation), ("available", available),
        ] {
            x.element(name) {
                x.put("unit", "bytes")
                x.putCharacters(String(size))
            }
        }
    }

    private mutating func mapSource(_ x: XMLCoder) {
        var isPresent = x.isWriting
        x.element("source", present: &isPresent) {
            x.forceEndTag()
            source.map(x, of: kind)
        }
        if x.isReading, !isPresent { source.format = kind.defaultSourceFormat }
    }

    /// What must be there, and what follows from the pool's name.
    private mutating func completeSource(_ x: XMLCoder) {
        let parts = kind.sourceParts
        if parts.contains(.host), source.hosts.isEmpty { x.failStorage("missing storage pool source host name") }
        if parts.contains(.directory), source.directory == nil { x.failStorage("missing storage pool source path") }
        if parts.contains(.name), source.name == nil { source.name = name }
        if parts.contains(.adapter) {
            if let adapter = source.adapter {
                _ = x.attempt { () throws(ConfError) in try adapter.validate() }
            } else {
                x.failStorage("missing storage pool source adapter")
            }
        }
        if parts == .device, source.devices.isEmpty { x.failStorage("missing storage pool source device name") }
        if kind == .iscsiDirect, source.initiator == nil {
            x.fail(ConfError(.unsupported, "missing initiator IQN", domain: ConfError.fromStorage))
        }
    }

    private mutating func mapTarget(_ x: XMLCoder) {
        guard kind.hasTarget else { return }
        if x.isReading { targetPath = readTargetPath(x) }
        x.element("target") {
            if x.isWriting { x.textElement("path", &targetPath) }
            x.element("permissions") { targetPermissions.map(x) }
        }
    }

    private func readTargetPath(_ x: XMLCoder) -> String? {
        switch kind {
        case .logical: return "/dev/\(source.name ?? name)"
        case .zfs: return "/dev/zvol/\(source.name ?? name)"
        default: break
        }
        guard let path = x.node?.child("target")?.child("path")?.text, !path.isEmpty else {
            x.failStorage("missing storage pool target path")
            return nil
        }
        return HostPath.sanitized(path)
    }

    private mutating func mapRefreshedAllocation(_ x: XMLCoder) {
        x.put("allocation", refreshedVolumeAllocation?.rawValue)
        guard x.isReading, let text = x.peek("allocation"), !text.isEmpty else { return }
        refreshedVolumeAllocation = RefreshedAllocation(rawValue: text)
        if refreshedVolumeAllocation == nil {
            x.fail(
                ConfError(
                    .unsupported, "unknown storage pool volume refresh allocation type \(text)",
                    domain: ConfError.fromStorage))
        }
    }
}

extension StoragePoolDefinition {
    /// Reads and checks a definition.
    ///
    /// - Parameter readsOptions: Whether options in the namespaces of file systems and RBD count; the test driver
    ///   passes over them.
    /// - Throws: With the code, origin and text of libvirt's refusal.
    package init(xml: String, readsOptions: Bool = false) throws(ConfError) {
        let document = try XMLDocument(xml, name: "(storage_pool_definition)", domain: ConfError.fromStorage)
        try self.init(element: document.root, readsOptions: readsOptions)
    }

    package init(element: XMLNode, readsOptions: Bool = false) throws(ConfError) {
        try element.require("pool")
        let coder = XMLCoder(reading: element)
        self.init()
        map(coder)
        if readsOptions { _ = coder.attempt { () throws(ConfError) in try options.read(element, kind) } }
        if let error = coder.error { throw error }
    }

    /// Prints the definition as libvirt would.
    package func xml() -> String {
        let coder = XMLCoder(writing: XMLStyle())
        coder.write("pool", self)
        return coder.text
    }
}

extension XMLCoder {
    /// `XML error: …`, from the storage code.
    func failStorage(_ message: @autoclosure () -> String) {
        fail(ConfError(.xml, message(), domain: ConfError.fromStorage))
    }
}

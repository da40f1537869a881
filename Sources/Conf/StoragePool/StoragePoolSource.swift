package import VirtUtil

/// Where a pool's storage comes from. Which parts count follows from the pool's type.
package struct StoragePoolSource: Sendable {
    package struct Host: XMLMapped, Equatable {
        package var name = ""
        /// As it was given, also if no service can have it; nil for the protocol's own.
        package var port: Int32?

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.put("name", name)
            if x.isReading {
                if let name = x.peek("name") {
                    self.name = name
                } else {
                    x.failStorage("missing storage pool host name")
                }
            }
            x.attribute("port", &port)
            if x.isReading, port == 0 { port = nil }
        }
    }

    package struct Device: XMLMapped {
        package var path = ""
        /// Whether names of partitions of a multipath device have a `p` before the number.
        package var partitionSeparator: YesNo?

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.put("path", path)
            if x.isReading {
                if let path = x.peek("path") {
                    self.path = path
                } else {
                    x.failStorage("missing storage pool source device path")
                }
            }
            x.attribute("part_separator", &partitionSeparator)
        }
    }

    package var hosts: [Host] = []
    package var devices: [Device] = []
    package var directory: String?
    package var adapter: StorageAdapter?
    /// A volume group, a file system of Ceph or Gluster, a cluster.
    package var name: String?
    /// An iSCSI qualified name.
    package var initiator: String?
    package var format: String?
    package var authentication: StorageAuthentication?
    package var protocolVersion: String?
    package var vendor: String?
    package var product: String?

    package init() {}

    mutating func map(_ x: XMLCoder, of kind: StoragePoolKind) {
        let parts = x.isWriting ? kind.sourceParts : [.host, .device, .directory, .adapter, .name, .initiator]
        if x.isReading { readName(x, kind) }
        if x.isReading { mapFormat(x, kind) }
        if parts.contains(.host) { x.elements("host", &hosts) }
        if x.isReading { mapInitiator(x) }
        if parts.contains(.device) { x.elements("device", &devices) }
        if parts.contains(.directory) { mapDirectory(x, kind) }
        if parts.contains(.adapter) { x.element("adapter", &adapter) }
        if x.isReading, adapter?.isEmpty == true { adapter = nil }
        if x.isWriting, parts.contains(.name) { x.textElement("name", &name) }
        if x.isWriting, parts.contains(.initiator) { mapInitiator(x) }
        if x.isWriting { mapFormat(x, kind) }
        x.element("auth", &authentication)
        if x.isReading, let authentication, authentication.kind == nil {
            x.fail(ConfError(.unsupported, "storage pool missing auth type", domain: ConfError.fromStorage))
        }
        mapWord(x, "protocol", "ver", &protocolVersion)
        mapWord(x, "vendor", "name", &vendor)
        mapWord(x, "product", "name", &product)
    }

    private mutating func readName(_ x: XMLCoder, _ kind: StoragePoolKind) {
        x.textElement("name", &name)
        if kind == .rbd, name == nil { x.failStorage("element 'name' is mandatory for RBD pool") }
    }

    private mutating func mapFormat(_ x: XMLCoder, _ kind: StoragePoolKind) {
        if x.isReading {
            let word = x.node?.child("format")?.attribute("type")
            format = x.attempt { () throws(ConfError) in try kind.sourceFormat(word) } ?? nil
        } else {
            mapWord(x, "format", "type", &format)
        }
    }

    private mutating func mapDirectory(_ x: XMLCoder, _ kind: StoragePoolKind) {
        mapWord(x, "dir", "path", &directory)
        guard x.isReading else { return }
        // A Gluster pool is a directory of a volume, its root unless said.
        if directory == nil, kind == .gluster { directory = "/" }
        directory = directory.map(HostPath.sanitized)
    }

    private mutating func mapInitiator(_ x: XMLCoder) {
        x.element("initiator") { mapWord(x, "iqn", "name", &initiator) }
    }

    /// An element with one attribute, `<vendor name='…'/>`; an empty one says nothing.
    private func mapWord(_ x: XMLCoder, _ element: StaticString, _ attribute: StaticString, _ value: inout String?) {
        x.element(element) { x.attribute(attribute, &value) }
        if x.isReading, value?.isEmpty == true { value = nil }
    }
}

extension StoragePoolSource {
    /// Reads a `<source>` of its own, as a search for storage is given one.
    package init(xml: String, of kind: StoragePoolKind) throws(ConfError) {
        let document = try XMLDocument(xml, name: "(storage_source_specification)", domain: ConfError.fromStorage)
        try document.root.require("source")
        let coder = XMLCoder(reading: document.root)
        self.init()
        map(coder, of: kind)
        if let error = coder.error { throw error }
    }

    /// `<sources>`: what a search has found.
    package static func list(_ sources: [StoragePoolSource], of kind: StoragePoolKind) -> String {
        let coder = XMLCoder(writing: XMLStyle())
        coder.element("sources") {
            coder.forceEndTag()
            for source in sources {
                coder.element("source") {
                    coder.forceEndTag()
                    var copy = source
                    copy.map(coder, of: kind)
                }
            }
        }
        return coder.text
    }
}

package import VirtUtil

/// Settings for one kind of backend, in namespaces of their own: options of a mount, or of Ceph's library.
package struct StoragePoolOptions: Sendable {
    package static let fileSystemNamespace = "http://libvirt.org/schemas/storagepool/fs/1.0"
    package static let rbdNamespace = "http://libvirt.org/schemas/storagepool/rbd/1.0"

    /// For `fs` and `netfs`.
    package var mount: [String] = []
    /// For `rbd`.
    package var rbd: [(name: String, value: String)] = []

    package init() {}

    mutating func read(_ pool: XMLNode, _ kind: StoragePoolKind) throws(ConfError) {
        switch kind {
        case .fs, .netfs:
            for option in Self.options(pool, "mount_opts", Self.fileSystemNamespace) {
                guard let name = option.attribute("name") else {
                    throw ConfError(.xml, "no fs mount option name specified", domain: ConfError.fromStorage)
                }
                mount.append(name)
            }
        case .rbd:
            for option in Self.options(pool, "config_opts", Self.rbdNamespace) {
                guard let name = option.attribute("name"), !name.isEmpty else {
                    throw ConfError(.xml, "no rbd option name specified", domain: ConfError.fromStorage)
                }
                guard let value = option.attribute("value"), !value.isEmpty else {
                    throw ConfError(
                        .xml, "no rbd option value specified for name '\(name)'", domain: ConfError.fromStorage)
                }
                rbd.append((name, value))
            }
        default: break
        }
    }

    private static func options(_ pool: XMLNode, _ list: String, _ namespace: String) -> [XMLNode] {
        var found: [XMLNode] = []
        var child = pool.firstElement
        while let current = child {
            child = current.nextElement
            guard current.name == list, current.namespaceURI == namespace else { continue }
            var option = current.firstElement
            while let entry = option {
                option = entry.nextElement
                if entry.name == "option", entry.namespaceURI == namespace { found.append(entry) }
            }
        }
        return found
    }

    /// The declaration, an attribute of the pool's own element.
    func writeNamespace(_ x: XMLCoder) {
        if !mount.isEmpty { x.put("xmlns:fs", Self.fileSystemNamespace) }
        if !rbd.isEmpty { x.put("xmlns:rbd", Self.rbdNamespace) }
    }

    func write(_ x: XMLCoder) {
        x.element("fs:mount_opts") {
            for name in mount { x.element("fs:option") { x.put("name", name) } }
        }
        x.element("rbd:config_opts") {
            for (name, value) in rbd {
                x.element("rbd:option") {
                    x.put("name", name)
                    x.put("value", value)
                }
            }
        }
    }
}

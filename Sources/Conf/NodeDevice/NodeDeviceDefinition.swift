package import VirtUtil

/// `<device>`: a device of a host, and what it can do.
package struct NodeDeviceDefinition: XMLMapped {
    /// A file that stands for the device.
    package struct Node: XMLMapped {
        package enum Kind: String, XMLKeyword { case dev, link }
        package var kind = Kind.dev
        package var path: String?

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.attribute("type", &kind, required: true)
            x.characters(&path)
        }
    }

    package var name = ""
    /// In `/sys`.
    package var path: String?
    package var nodes: [Node] = []
    package var parent: String?
    /// World wide names that tell the parent, when a device is made and its name is not known.
    package var parentWWNN: String?
    package var parentWWPN: String?
    package var parentFabricWWN: String?
    package var driver: String?
    package var capabilities: [NodeDeviceCapability] = []

    /// What a device is called that has no name yet.
    package static let newName = "new device"

    package init() {}

    /// Reads a device.
    ///
    /// - Parameter isNew: whether it is to be made; it has no name then.
    /// - Throws: With the code, origin and text of libvirt's refusal.
    package init(xml: String, isNew: Bool) throws(ConfError) {
        let document = try XMLDocument(xml, name: "(node_device_definition)", domain: ConfError.fromNodeDevice)
        try self.init(element: document.root, isNew: isNew)
    }

    package init(element root: XMLNode, isNew: Bool) throws(ConfError) {
        try root.require("device")
        self.init()
        name = isNew ? Self.newName : root.child("name")?.text ?? ""
        if name.isEmpty { throw ConfError(code: 38, domain: ConfError.fromNodeDevice, message: "") }
        let coder = XMLCoder(reading: root)
        map(coder)
        if let error = coder.error { throw error }
    }

    package func xml() -> String {
        let coder = XMLCoder(writing: XMLStyle())
        coder.write("device", self)
        return coder.text
    }

    static func error(_ kind: ConfError.Kind, _ message: String) -> ConfError {
        ConfError(kind, message, domain: ConfError.fromNodeDevice)
    }

    package mutating func map(_ x: XMLCoder) {
        var text: String? = name
        if x.isWriting { x.textElement("name", &text) }
        x.textElement("path", &path)
        x.elements("devnode", &nodes)
        x.textElement("parent", &parent)
        if x.isReading, let node = x.node?.child("parent") {
            parentWWNN = node.attribute("wwnn")
            parentWWPN = node.attribute("wwpn")
            parentFabricWWN = node.attribute("fabric_wwn")
            if let parentWWNN, parentWWPN == nil {
                x.fail(Self.error(.xml, "when providing parent wwnn='\(parentWWNN)', the wwpn must also be provided"))
            }
            if let parentWWPN, parentWWNN == nil {
                x.fail(Self.error(.xml, "when providing parent wwpn='\(parentWWPN)', the wwnn must also be provided"))
            }
        }
        // A host finds out what drives a device; a document does not say it.
        if x.isWriting { x.element("driver") { x.textElement("name", &driver) } }
        guard x.isReading else {
            for capability in capabilities { capability.write(x) }
            return
        }
        for node in x.node.map({ Array($0.children("capability")) }) ?? [] {
            if let capability = NodeDeviceCapability(reading: node, of: name, x) { capabilities.append(capability) }
        }
        if capabilities.isEmpty { x.fail(Self.error(.internal, "no device capabilities for '\(name)'")) }
    }

    /// The kinds of what it can do, those inside others too.
    package var kinds: [NodeDeviceCapability.Kind] {
        capabilities.flatMap { capability in
            [capability.kind]
                + capability.content.children.compactMap { child in
                    guard child.name == "capability" else { return nil }
                    return child.attribute("type").flatMap(NodeDeviceCapability.Kind.init(nested:))
                }
        }
    }
}

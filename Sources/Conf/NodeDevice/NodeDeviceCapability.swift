package import VirtUtil

/// `<capability>`: one thing that a device is or can do. Its content is kept by the table of its kind.
package struct NodeDeviceCapability: Sendable {
    package enum Kind: String, XMLKeyword, CaseIterable {
        case system, pci, net, scsi, storage, vports, drm, mdev, ccw, css, vdpa, vpd
        case usbDevice = "usb_device"
        case usb
        case scsiHost = "scsi_host"
        case scsiTarget = "scsi_target"
        case fcHost = "fc_host"
        case scsiGeneric = "scsi_generic"
        case mdevTypes = "mdev_types"
        case apCard = "ap_card"
        case apQueue = "ap_queue"
        case apMatrix = "ap_matrix"

        /// libvirt's number of a kind that no document can name: hosts find it out and add it to another.
        var numberOfAddition: Int? {
            switch self {
            case .fcHost: 9
            case .vports: 10
            case .scsiGeneric: 11
            case .mdevTypes: 13
            case .vdpa: 17
            case .vpd: 21
            default: nil
            }
        }

        /// Inside another, virtual ports have another name.
        init?(nested name: String) { self.init(rawValue: name == "vport_ops" ? "vports" : name) }
    }

    package var kind: Kind
    package var content: GenericElement

    /// Reads a capability; nil after a failure.
    init?(reading node: XMLNode, of device: String, _ x: XMLCoder) {
        guard let text = node.attribute("type") else {
            x.fail(NodeDeviceDefinition.error(.xml, "missing capability type"))
            return nil
        }
        guard let kind = Kind(rawValue: text) else {
            x.fail(NodeDeviceDefinition.error(.xml, "unknown capability type '\(text)'"))
            return nil
        }
        if let number = kind.numberOfAddition {
            x.fail(NodeDeviceDefinition.error(.internal, "unknown capability type '\(number)' for '\(device)'"))
            return nil
        }
        self.kind = kind
        content = GenericElement(name: "capability", attributes: [("type", text)])
        x.read(node) {
            for check in NodeDeviceShapes.checks[kind] ?? [] { check.apply(node, device, x) }
            for part in NodeDeviceShapes.parts(of: kind) {
                x.forEachElement { child in
                    guard part.matches(child) else { return }
                    if !part.isRepeated, content.children.contains(where: part.isSame) { return }
                    let element = part.shape.read(child, x)
                    if element.attributes.isEmpty, element.children.isEmpty, element.text == nil, part.isDroppedWhenEmpty {
                        return
                    }
                    content.children.append(element)
                }
            }
            complete(device, x)
        }
    }

    func write(_ x: XMLCoder) {
        var always = true
        x.element("capability", present: &always) {
            x.put("type", kind.rawValue)
            for element in content.children {
                // So libvirt prints a vendor without a name.
                if element.name == "vendor", element.text == nil, let id = element.attribute("id") {
                    x.putVerbatim("<vendor id='\(id)' />")
                } else {
                    x.putElements([element])
                }
            }
        }
    }

    private mutating func complete(_ device: String, _ x: XMLCoder) {
        switch kind {
        case .scsiHost: completeHost(device, x)
        case .storage:
            // What is in a removable drive is told with it.
            let isRemovable = content.children.contains { $0.attribute("type") == "removable" }
            if isRemovable { content.children.removeAll { $0.name == "size" } }
        default: break
        }
    }

    private mutating func completeHost(_ device: String, _ x: XMLCoder) {
        let isNew = device == NodeDeviceDefinition.newName
        if content.child("host") == nil, !isNew {
            x.fail(NodeDeviceDefinition.error(.internal, "no SCSI host ID supplied for '\(device)'"))
        }
        guard let port = content.children.first(where: { $0.attribute("type") == "fc_host" }) else { return }
        for (name, label) in [("wwnn", "WWNN"), ("wwpn", "WWPN")] where port.child(name) == nil {
            let message =
                isNew
                ? "no \(label) supplied for '\(device)', and auto-generation failed" : "no \(label) supplied for '\(device)'"
            x.fail(NodeDeviceDefinition.error(.internal, message))
        }
    }

    /// The text of an element inside a capability inside this one.
    package func text(_ name: String, in nested: String) -> String? {
        content.children.first { $0.name == "capability" && $0.attribute("type") == nested }?.child(name)?.text
    }

    /// Sets it, if the element is there.
    package mutating func setText(_ name: String, in nested: String, to text: String) {
        for index in content.children.indices where content.children[index].attribute("type") == nested {
            for part in content.children[index].children.indices where content.children[index].children[part].name == name {
                content.children[index].children[part].text = text
            }
        }
    }
}

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
        var found = Kind.system
        x.read(node) { x.attribute("type", &found, required: true) }
        guard x.error == nil else { return nil }
        let kind = found
        if let number = kind.numberOfAddition {
            x.fail(NodeDeviceDefinition.error(.internal, "unknown capability type '\(number)' for '\(device)'"))
            return nil
        }
        self.kind = kind
        content = GenericElement(name: "capability", attributes: [("type", kind.rawValue)])
        x.read(node) {
            NodeDeviceCheck(device: device, x: x).check(kind, node)
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
            complete()
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

    /// What is in a removable drive is told with it.
    private mutating func complete() {
        guard kind == .storage, content.children.contains(where: { $0.attribute("type") == "removable" }) else { return }
        content.children.removeAll { $0.name == "size" }
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

import VirtUtil

/// Refuses capabilities that lack something, in libvirt's order and words.
struct NodeDeviceCheck {
    let device: String
    let x: XMLCoder

    private var isNew: Bool { device == NodeDeviceDefinition.newName }

    func check(_ kind: NodeDeviceCapability.Kind, _ node: XMLNode) {
        switch kind {
        case .pci: checkPCI(node)
        case .usbDevice:
            number(node, "bus", "USB bus number")
            number(node, "device", "USB device number")
            identifier(node, "vendor", "USB vendor ID")
            identifier(node, "product", "USB product ID")
        case .usb:
            number(node, "number", "USB interface number")
            number(node, "class", "USB interface class")
            number(node, "subclass", "USB interface subclass")
            number(node, "protocol", "USB interface protocol")
        case .net: checkNet(node)
        case .scsiHost: checkHost(node)
        case .scsiTarget: checkTarget(node)
        case .scsi:
            number(node, "host", "SCSI host ID")
            number(node, "bus", "SCSI bus ID")
            number(node, "target", "SCSI target ID")
            number(node, "lun", "SCSI LUN ID")
        case .storage: checkStorage(node)
        case .drm:
            let type = node.child("type").flatMap { $0.text.isEmpty ? nil : $0.text }
            if !["primary", "control", "render"].contains(type) { unsupported("unknown drm type '\(type ?? "(null)")'") }
        case .mdev:
            if node.child("type")?.attribute("id")?.isEmpty != false { unsupported("missing type id attribute") }
            if let text = node.child("uuid")?.text, !text.isEmpty, DomainUUID(text) == nil {
                x.fail(NodeDeviceDefinition.error(.internal, "Invalid uuid '\(text)' for new mdev device"))
            }
        case .ccw: checkChannel(node)
        case .css:
            checkChannel(node)
            if let channel = node.child("channel_dev_addr") { checkChannel(channel) }
            checkMediatedTypes(node)
        case .apCard: hexadecimal(node, "ap-adapter")
        case .apQueue:
            hexadecimal(node, "ap-adapter")
            hexadecimal(node, "ap-domain")
        case .apMatrix: checkMediatedTypes(node)
        case .system, .vports, .vdpa, .vpd, .fcHost, .scsiGeneric, .mdevTypes: break
        }
    }

    // MARK: kinds

    private func checkPCI(_ node: XMLNode) {
        number(node, "domain", "PCI domain ID")
        number(node, "bus", "PCI bus ID")
        number(node, "slot", "PCI slot ID")
        number(node, "function", "PCI function ID")
        identifier(node, "vendor", "PCI vendor ID")
        identifier(node, "product", "PCI product ID")
        for inside in node.children("capability") where inside.attribute("type") == nil {
            x.fail(NodeDeviceDefinition.error(.xml, "Missing capability type"))
        }
        checkMediatedTypes(node)
    }

    private static let features: Set = [
        "rx", "tx", "sg", "tso", "gso", "gro", "lro", "rxvlan", "txvlan", "ntuple", "rxhash", "rdma", "txudptnl",
        "switchdev",
    ]

    private func checkNet(_ node: XMLNode) {
        text(node, "interface", "no network interface supplied")
        for feature in node.children("feature") {
            guard let name = feature.attribute("name") else {
                x.fail(NodeDeviceDefinition.error(.xml, "missing network device feature name"))
                return
            }
            if !Self.features.contains(name) {
                x.fail(NodeDeviceDefinition.error(.xml, "unknown network device feature '\(name)'"))
            }
        }
        if let inside = node.child("capability"), !["80203", "80211"].contains(inside.attribute("type") ?? "") {
            unsupported("invalid network type supplied")
        }
    }

    private func checkHost(_ node: XMLNode) {
        if !isNew { number(node, "host", "SCSI host ID") }
        nested(node, ["fc_host", "vport_ops"], missing: "missing SCSI host capability type", unknown: "SCSI host") { port in
            guard port.attribute("type") == "fc_host" else { return }
            for (name, label) in [("wwnn", "WWNN"), ("wwpn", "WWPN")] as [(StaticString, String)]
            where port.child(name)?.text.isEmpty != false {
                fail("no \(label) supplied", isNew ? ", and auto-generation failed" : "")
            }
        }
    }

    private func checkTarget(_ node: XMLNode) {
        text(node, "target", "no target name supplied")
        nested(
            node, ["fc_remote_port"], missing: "missing type for SCSI target capability", unknown: "SCSI target"
        ) { port in
            text(port, "rport", "missing rport name")
            text(port, "wwpn", "missing wwpn identifier")
        }
    }

    private func checkStorage(_ node: XMLNode) {
        text(node, "block", "no block device path supplied")
        var isRemovable = false
        nested(
            node, ["hotpluggable", "removable"], missing: "missing storage capability type", unknown: "storage"
        ) { inside in
            guard inside.attribute("type") == "removable" else { return }
            isRemovable = true
            number(inside, "media_size", "removable media size", limit: .max - 1)
        }
        if !isRemovable { number(node, "size", "size", limit: .max - 1) }
    }

    private func checkChannel(_ node: XMLNode) {
        hexadecimal(node, "cssid")
        hexadecimal(node, "ssid")
        hexadecimal(node, "devno")
    }

    private func checkMediatedTypes(_ node: XMLNode) {
        func refuse(_ message: String) { x.fail(NodeDeviceDefinition.error(.xml, message)) }
        for inside in node.children("capability") where inside.attribute("type") == "mdev_types" {
            for type in inside.children("type") {
                guard let id = type.attribute("id") else {
                    return refuse("missing 'id' attribute for mediated device's <type> element")
                }
                guard type.child("deviceAPI")?.text.isEmpty == false else {
                    return refuse("missing device API for mediated device type '\(id)'")
                }
                if type.child("availableInstances").flatMap({ UInt32($0.text.trimmedLeadingBlanks) }) == nil {
                    refuse("missing number of available instances for mediated device type '\(id)'")
                }
            }
        }
    }

    // MARK: parts

    private func fail(_ message: String, _ rest: String = "") {
        x.fail(NodeDeviceDefinition.error(.internal, "\(message) for '\(device)'\(rest)"))
    }

    private func unsupported(_ message: String) {
        x.fail(NodeDeviceDefinition.error(.unsupported, "\(message) for '\(device)'"))
    }

    private func text(_ node: XMLNode, _ name: StaticString, _ message: String) {
        if node.child(name)?.text.isEmpty != false { fail(message) }
    }

    /// - Parameter limit: what fits.
    private func number(_ node: XMLNode, _ name: StaticString, _ what: String, limit: UInt64 = UInt64(UInt32.max)) {
        guard let text = node.child(name)?.text, !text.isEmpty else { return fail("no \(what) supplied") }
        if UInt64(text.trimmedLeadingBlanks) ?? .max > limit { fail("invalid \(what) supplied") }
    }

    private func identifier(_ node: XMLNode, _ name: StaticString, _ what: String) {
        guard let text = node.child(name)?.attribute("id"), !text.isEmpty else { return fail("no \(what) supplied") }
        if UInt32(anyBase: text) == nil { fail("invalid \(what) supplied") }
    }

    private func hexadecimal(_ node: XMLNode, _ name: StaticString) {
        guard let text = node.child(name)?.text, !text.isEmpty else { return unsupported("missing \(name) value") }
        if UInt32(anyBase: text) == nil { unsupported("invalid \(name) value '\(text)'") }
    }

    private func nested(
        _ node: XMLNode, _ known: Set<String>, missing: String, unknown: String, _ body: (XMLNode) -> Void
    ) {
        for inside in node.children("capability") {
            guard let type = inside.attribute("type"), !type.isEmpty else { return fail(missing) }
            if !known.contains(type) { fail("unknown \(unknown) capability type '\(type)'") }
            body(inside)
        }
    }
}

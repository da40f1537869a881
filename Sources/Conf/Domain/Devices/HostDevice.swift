import VirtUtil

/// `<hostdev>`: a device of the host, given to the guest.
package struct HostDevice: XMLMapped {
    package enum Mode: String, XMLKeyword, CaseIterable { case subsystem, capabilities }
    package enum Kind: String, XMLKeyword {
        case usb, pci, scsi, mdev, storage, misc, net
        case scsiHost = "scsi_host"
    }

    package var mode = Mode.subsystem
    package var kind: Kind?
    package var managed: YesNo?
    package var rest: [(name: String, value: String)] = []
    package var writeFiltering: YesNo?
    package var pciSource: PCIAddress?
    package var sourceAttributes: [(name: String, value: String)] = []
    package var sourceParts: [GenericElement] = []
    /// What a network interface that is given away has in the guest.
    package var addresses: [GenericElement] = []
    package var routes: [NetworkRoute] = []
    package var driver: GenericElement?
    package var teaming: GenericElement?
    package var isReadOnly = false
    package var isShareable = false
    package var info = DeviceInfo()

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.attribute("mode", &mode, unknown: "unknown hostdev mode")
        if x.isReading, x.peek("type") == nil { x.failXML("missing source address type") }
        x.attribute("type", &kind, unknown: "unknown host device source address type")
        if x.isReading {
            managed = mode != .subsystem ? nil : x.peek("managed") == "yes" ? .yes : .no
        } else {
            x.attribute("managed", &managed)
        }
        if x.isReading {
            rest = x.node.map { HostDeviceShapes.attributes.read($0, x).attributes } ?? []
            if x.node?.child("source") == nil { x.failXML("Missing <source> element in hostdev device") }
        } else {
            for attribute in rest { x.put(attribute.name, attribute.value) }
        }
        x.shaped("driver", InterfaceShapes.hostDriver, &driver)
        if x.isReading, driver?.attributes.isEmpty == true { driver = nil }
        var always = true
        if x.isWriting, kind == .usb, sourceParts.isEmpty, sourceAttributes.isEmpty {
            x.forceEndTag()
        } else {
            x.element("source", present: &always) { mapSource(x) }
        }
        if mode == .capabilities, kind == .net {
            x.shaped("ip", InterfaceShapes.address, &addresses)
            x.elements("route", &routes, of: NetworkRoute()) { $0.map(x, owner: "Domain hostdev device") }
            if x.isReading { for index in addresses.indices { addresses[index].completeFamily() } }
        }
        x.shaped("teaming", InterfaceShapes.teaming, &teaming)
        x.element("readonly", present: &isReadOnly)
        x.element("shareable", present: &isShareable)
        info.map(x)
        guard x.isReading else { return }
        if kind == .mdev { checkMediated(x) }
        if rest.contains(where: { $0.name == "sgio" && $0.value == "unfiltered" }) {
            x.failUnsupported("unfiltered sgio is no longer supported")
        }
    }

    private mutating func mapSource(_ x: XMLCoder) {
        if kind == .pci {
            if x.isReading { pciSource = PCIAddress.zero }
            x.attribute("writeFiltering", &writeFiltering)
            x.element("address", &pciSource)
            return
        }
        if x.isReading {
            guard let node = x.node else { return }
            let element = HostDeviceShapes.source(of: kind, node).read(node, x)
            sourceAttributes = element.attributes
            sourceParts = element.children
            if kind == .scsi { checkSCSI(x) }
            checkCapability(x)
            if kind == .scsiHost, node.attribute("protocol") == nil {
                x.failXML("Missing scsi_host subsystem protocol")
            }
        } else {
            for attribute in sourceAttributes { x.put(attribute.name, attribute.value) }
            x.putElements(sourceParts)
        }
    }

    private func checkCapability(_ x: XMLCoder) {
        let wanted: (element: String, device: String)? =
            switch kind {
            case .storage: ("block", "storage")
            case .misc: ("char", "character")
            case .net: ("interface", "net")
            default: nil
            }
        guard let wanted, !sourceParts.contains(where: { $0.name == wanted.element }) else { return }
        x.failXML("Missing <\(wanted.element)> element in hostdev \(wanted.device) device")
    }

    private func checkSCSI(_ x: XMLCoder) {
        guard sourceAttributes.contains(where: { $0.name == "protocol" && $0.value == "iscsi" }) else {
            if !sourceParts.contains(where: { $0.name == "address" }) {
                x.failXML("'address' must be specified for scsi hostdev source")
            }
            guard let adapter = sourceParts.first(where: { $0.name == "adapter" }) else {
                return x.failXML("'adapter' must be specified for scsi hostdev source")
            }
            if adapter.attribute("name") == nil {
                x.failXML("'adapter' name must be specified for scsi hostdev source")
            }
            return
        }
        if !sourceParts.contains(where: { $0.name == "host" }) {
            x.failXML("missing the host address for the iSCSI hostdev")
        }
        guard let auth = sourceParts.first(where: { $0.name == "auth" }) else { return }
        StorageSource().checkAuthentication(auth, x)
        guard let type = auth.child("secret")?.attribute("type") else {
            return x.failUnsupported("invalid secret type (null)")
        }
        if !["iscsi", "ceph", "volume", "tls", "vtpm"].contains(type) {
            x.failUnsupported("invalid secret type \(type)")
        }
        if type != "iscsi" { x.failInternal("hostdev invalid secret type '\(type)'") }
    }

    private func checkMediated(_ x: XMLCoder) {
        if !rest.contains(where: { $0.name == "model" }) { x.failMissing("model") }
        let model = rest.first { $0.name == "model" }?.value ?? ""
        if sourceParts.isEmpty { x.failUnsupported("Missing <address> element") }
        if sourceParts.first?.attribute("uuid") == nil {
            x.failUnsupported("Missing 'uuid' attribute for element <address>")
        }
        if model == "vfio-pci", let address = info.address, address.kind != .pci, address.kind != .unassigned {
            x.failXML(
                "Unsupported address type '\(address.kind.rawValue)' with mediated device model '\(model)'")
        }
    }
}

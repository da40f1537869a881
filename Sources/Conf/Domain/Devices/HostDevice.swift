import VirtUtil

/// `<hostdev>`: a device of the host, given to the guest.
package struct HostDevice: XMLMapped {
    package enum Mode: String, XMLKeyword { case subsystem, capabilities }
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
            let given = x.node?.attributes ?? []
            rest = Self.restOrder.flatMap { name in given.filter { $0.name == name } }
            if given.contains(where: { $0.name == "sgio" && $0.value == "unfiltered" }) {
                x.failUnsupported("unfiltered sgio is no longer supported")
            }
            if x.node?.child("source") == nil { x.failXML("Missing <source> element in hostdev device") }
        } else {
            for attribute in rest { x.put(attribute.name, attribute.value) }
        }
        x.verbatim("driver", &driver)
        x.check(driver, "name", ["kvm", "vfio", "xen"])
        var always = true
        if x.isWriting, kind == .usb, sourceParts.isEmpty, sourceAttributes.isEmpty {
            x.forceEndTag()
        } else {
            x.element("source", present: &always) { mapSource(x) }
        }
        x.verbatim("teaming", &teaming)
        x.element("readonly", present: &isReadOnly)
        x.element("shareable", present: &isShareable)
        info.map(x)
        if x.isReading, kind == .mdev { checkMediated(x) }
    }

    private mutating func mapSource(_ x: XMLCoder) {
        if kind == .pci {
            if x.isReading { pciSource = PCIAddress.zero }
            x.attribute("writeFiltering", &writeFiltering)
            x.element("address", &pciSource)
            return
        }
        if x.isReading {
            sourceAttributes = x.node?.attributes ?? []
            x.forEachElement { sourceParts.append(GenericElement($0)) }
            for index in sourceParts.indices where ["vendor", "product"].contains(sourceParts[index].name) {
                if let id = sourceParts[index].attribute("id").flatMap({ UInt32(anyBase: $0) }) {
                    sourceParts[index].set("id", hexadecimal(id, digits: 4))
                }
            }
        } else {
            for attribute in sourceAttributes { x.put(attribute.name, attribute.value) }
            x.putElements(sourceParts)
        }
    }

    private func checkMediated(_ x: XMLCoder) {
        if !rest.contains(where: { $0.name == "model" }) { x.failMissing("model") }
        let model = rest.first { $0.name == "model" }?.value ?? ""
        if sourceParts.first?.attribute("uuid") == nil {
            x.failUnsupported("Missing 'uuid' attribute for element <address>")
        }
        if model == "vfio-pci", let address = info.address, address.kind != .pci, address.kind != .unassigned {
            x.failXML(
                "Unsupported address type '\(address.kind.rawValue)' with mediated device model '\(model)'")
        }
    }

    private static let restOrder = ["model", "display", "ramfb", "sgio", "rawio"]
}

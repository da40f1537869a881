package import VirtUtil

/// A filter in force on an interface of the host, as its XML describes it.
package struct NWFilterBindingDefinition: XMLMapped {
    /// The domain that the interface belongs to; nobody checks that there is one.
    package var ownerName = ""
    package var ownerUUID = DomainUUID(high: 0, low: 0)
    /// The interface of the host, such as a tap.
    package var portDevice = ""
    /// The interface below it, for those that are directly attached.
    package var linkDevice: String?
    /// The guest's.
    package var hardwareAddress = MACAddress(bits: 0)
    package var reference = NWFilterReference()

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        guard x.isWriting else { return read(x) }
        x.element("owner") {
            var (name, uuid): (String?, String?) = (ownerName, ownerUUID.description)
            x.textElement("name", &name)
            x.textElement("uuid", &uuid)
        }
        x.element("portdev") { x.put("name", portDevice) }
        x.element("linkdev") { x.put("name", linkDevice) }
        x.element("mac") { x.put("address", hardwareAddress.description) }
        x.write("filterref", reference)
    }

    private mutating func read(_ x: XMLCoder) {
        func refuse(_ message: String) { x.failFilter(.internal, message) }
        func part(_ element: StaticString, _ attribute: StaticString) -> String? {
            guard let text = x.node?.first(element, attribute: attribute), !text.isEmpty else { return nil }
            return text
        }
        guard let portDevice = part("portdev", "name") else { return refuse("filter binding has no port dev name") }
        self.portDevice = portDevice
        if x.node?.child("linkdev") != nil {
            linkDevice = part("linkdev", "name")
            if linkDevice == nil { return refuse("filter binding has no link dev name") }
        }
        guard let name = x.node?.first("owner", text: "name"), !name.isEmpty else {
            return refuse("filter binding has no owner name")
        }
        ownerName = name
        guard let uuid = x.node?.first("owner", text: "uuid"), !uuid.isEmpty else {
            return refuse("filter binding has no owner UUID")
        }
        guard let ownerUUID = DomainUUID(uuid) else { return refuse("Unable to parse UUID '\(uuid)'") }
        self.ownerUUID = ownerUUID
        guard let mac = part("mac", "address") else { return refuse("filter binding has no MAC address") }
        guard let hardwareAddress = MACAddress(mac) else { return refuse("Unable to parse MAC '\(mac)'") }
        self.hardwareAddress = hardwareAddress
        guard let filter = part("filterref", "filter") else {
            return refuse("filter binding has no filter reference")
        }
        reference.filter = filter
        if let node = x.node?.child("filterref") { x.read(node) { reference.readParameters(x) } }
    }
}

extension NWFilterBindingDefinition {
    /// Reads and checks a definition.
    ///
    /// - Throws: With the code, origin and text of libvirt's refusal.
    package init(xml: String) throws(ConfError) {
        let document = try XMLDocument(xml, name: "(nwfilterbinding_definition)", domain: ConfError.fromNWFilter)
        self.init()
        try read(document, "filterbinding")
    }

    /// Prints the definition as libvirt would.
    package func xml() -> String {
        let coder = XMLCoder(writing: XMLStyle())
        coder.write("filterbinding", self)
        return coder.text
    }
}

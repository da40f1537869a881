package import VirtUtil

/// A network as its XML describes it.
///
/// Whether it runs, and what is plugged in, belongs to the driver, which sets ``connections`` before it prints.
package struct NetworkDefinition: XMLMapped {
    package var name = ""
    package var uuid = DomainUUID(high: 0, low: 0)
    /// Interfaces of guests that use it. Printed unless the style is inactive; not read.
    package var connections: UInt32 = 0
    /// Guests may speak IPv6 with each other even if the host has no such address in the network.
    package var allowsIPv6WithoutGateway = false
    package var trustGuestRxFilters: YesNo?
    /// Set by calls that libvirt has since 9.7. They are printed, and passed over in documents as libvirt 9.0 does.
    package var title: String?
    package var description: String?
    package var metadata: DomainMetadata?
    package var forward = NetworkForward()
    package var bridge = NetworkBridge()
    /// Bytes; 0 for the host's own.
    package var mtu: UInt32 = 0
    package var mac: MACAddress?
    /// The DNS domain of its guests.
    package var domainName: String?
    /// Names of that domain are not asked for elsewhere.
    package var isDomainLocal: YesNo?
    package var dns = NetworkDNS()
    package var vlan: VLAN?
    package var bandwidth: Bandwidth?
    package var isolatedPorts: YesNo?
    package var addresses: [NetworkIP] = []
    package var routes: [NetworkRoute] = []
    package var virtualPort: VirtualPort?
    package var portGroups: [NetworkPortGroup] = []
    package var options = NetworkOptions()

    package init() {}

    /// Which of several faults is told follows from the order of reading, which is not that of printing.
    package mutating func map(_ x: XMLCoder) {
        guard x.isReading else { return write(x) }
        readName(x)
        mapUUID(x)
        mapGatewayRule(x)
        x.attribute("trustGuestRxFilters", &trustGuestRxFilters)
        mapDomain(x)
        mapBandwidth(x, &bandwidth)
        x.element("vlan", &vlan)
        mapPort(x)
        bridge.map(x, network: name, mode: forward.mode)
        mapMAC(x)
        mapMTU(x)
        dns.map(x, network: name)
        virtualPort.map(x, rules: [.needsType])
        mapPortGroups(x)
        mapAddresses(x)
        mapRoutes(x)
        _ = x.attempt { () throws(ConfError) in try checkRoutes() }
        forward.map(x, network: name)
        _ = x.attempt { () throws(ConfError) in try checkMode() }
        x.element("metadata", &metadata)
    }

    private mutating func write(_ x: XMLCoder) {
        if !x.style.isInactive, connections > 0 { x.put("connections", String(connections)) }
        options.writeNamespace(x)
        mapGatewayRule(x)
        x.attribute("trustGuestRxFilters", &trustGuestRxFilters)
        x.element("name") { x.putCharacters(name) }
        mapUUID(x)
        x.textElement("title", &title)
        x.textElement("description", &description)
        x.element("metadata", &metadata)
        forward.map(x, network: name)
        bridge.map(x, network: name, mode: forward.mode)
        mapMTU(x)
        mapMAC(x)
        mapDomain(x)
        dns.map(x, network: name)
        x.element("vlan", &vlan)
        mapBandwidth(x, &bandwidth)
        mapPort(x)
        mapAddresses(x)
        mapRoutes(x)
        virtualPort.map(x, rules: [.needsType])
        mapPortGroups(x)
        options.write(x)
    }

    private mutating func mapDomain(_ x: XMLCoder) {
        x.element("domain") {
            if x.isWriting, domainName == nil { return }
            x.attribute("name", &domainName)
            x.attribute("localOnly", &isDomainLocal)
        }
    }

    private mutating func mapPort(_ x: XMLCoder) {
        x.element("port") { x.attribute("isolated", &isolatedPorts) }
    }

    private mutating func mapAddresses(_ x: XMLCoder) {
        x.elements("ip", &addresses, of: NetworkIP()) { $0.map(x, network: name) }
    }

    private mutating func mapRoutes(_ x: XMLCoder) {
        x.elements("route", &routes, of: NetworkRoute()) { $0.map(x, owner: name) }
    }

    private mutating func mapPortGroups(_ x: XMLCoder) {
        x.elements("portgroup", &portGroups, of: NetworkPortGroup()) { $0.map(x) }
    }

    private mutating func readName(_ x: XMLCoder) {
        guard let text = x.node?.child("name")?.text, !text.isEmpty else {
            return x.fail(
                ConfError(
                    code: ConfError.Kind.noName.code, domain: ConfError.fromNetwork,
                    message: "missing name information"))
        }
        if text.utf8.contains(UInt8(ascii: "/")) {
            x.fail(ConfError(.xmlDetail, "invalid char in name: /", domain: ConfError.fromXML))
        }
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
        if let read = DomainUUID(text) {
            uuid = read
        } else {
            x.fail(ConfError(.internal, "malformed uuid element", domain: ConfError.fromNetwork))
        }
    }

    private mutating func mapGatewayRule(_ x: XMLCoder) {
        if x.isWriting, allowsIPv6WithoutGateway { x.put("ipv6", "yes") }
        guard let text = x.filled("ipv6") else { return }
        allowsIPv6WithoutGateway = text == "yes"
        if text != "yes", text != "no" { x.failNetwork("Invalid ipv6 setting '\(text)' in network '\(name)'") }
    }

    private mutating func mapMTU(_ x: XMLCoder) {
        if x.isWriting, mtu > 0 { x.element("mtu") { x.put("size", String(mtu)) } }
        guard let text = x.firstValue(of: "size", in: "mtu") else { return }
        if let size = UInt32(wrapping: text) {
            mtu = size
        } else {
            x.failNetwork("Invalid mtu size '\(text)' in network '\(name)'")
        }
    }

    private mutating func mapMAC(_ x: XMLCoder) {
        if x.isWriting, let mac { x.element("mac") { x.put("address", mac.description) } }
        x.readFirst("mac") {
            guard let text = x.filled("address") else { return }
            guard let address = MACAddress(text) else {
                return x.failNetwork("Invalid bridge mac address '\(text)' in network '\(name)'")
            }
            if address.isMulticast {
                x.failNetwork("Invalid multicast bridge mac address '\(text)' in network '\(name)'")
            }
            mac = address
        }
    }
}

extension NetworkDefinition {
    /// Reads and checks a definition.
    ///
    /// - Parameter readsOptions: Whether options in dnsmasq's namespace count; the test driver passes over them.
    /// - Throws: With the code, origin and text of libvirt's refusal.
    package init(xml: String, readsOptions: Bool = false) throws(ConfError) {
        let document = try XMLDocument(xml, name: "(network_definition)", domain: ConfError.fromNetwork)
        try self.init(element: document.root, readsOptions: readsOptions)
    }

    package init(element: XMLNode, readsOptions: Bool = false) throws(ConfError) {
        try element.require("network")
        let coder = XMLCoder(reading: element)
        self.init()
        map(coder)
        if readsOptions { _ = coder.attempt { () throws(ConfError) in try options.read(element) } }
        if let error = coder.error { throw error }
    }

    /// Prints the definition as libvirt would.
    package func xml(style: XMLStyle = XMLStyle()) -> String {
        let coder = XMLCoder(writing: style)
        coder.write("network", self)
        return coder.text
    }
}

extension XMLCoder {
    /// `XML error: …`, from the network code.
    func failNetwork(_ message: @autoclosure () -> String) {
        fail(ConfError(.xml, message(), domain: ConfError.fromNetwork))
    }

    /// The same, of another kind.
    func failNetwork(_ kind: ConfError.Kind, _ message: @autoclosure () -> String) {
        fail(ConfError(kind, message(), domain: ConfError.fromNetwork))
    }
}

package import VirtUtil

/// `<interface>`: a network interface of a host, and what it is made of.
package struct InterfaceDefinition: XMLMapped {
    package enum Kind: String, XMLKeyword { case ethernet, bridge, bond, vlan }
    package enum StartMode: String, XMLKeyword { case none, onboot, hotplug }

    package var kind = Kind.ethernet
    package var name = ""
    package var startMode: StartMode?
    package var mac: String?
    /// Bytes.
    package var mtu: UInt32?
    package var protocols: [InterfaceProtocol] = []
    package var link: Link?
    package var bridge = InterfaceBridge()
    package var bond = InterfaceBond()
    package var vlan = InterfaceVLAN()

    /// The kind of the interface that this one is a part of.
    var parent: Kind?

    package init() {}

    /// Reads an interface.
    ///
    /// - Throws: With the code, origin and text of libvirt's refusal.
    package init(xml: String) throws(ConfError) {
        try self.init(
            element: XMLDocument(xml, name: "(interface_definition)", domain: ConfError.fromInterface).root)
    }

    package init(element root: XMLNode) throws(ConfError) {
        try root.require("interface")
        let coder = XMLCoder(reading: root)
        self.init()
        map(coder)
        if let error = coder.error { throw error }
    }

    package func xml() -> String {
        let coder = XMLCoder(writing: XMLStyle())
        coder.write("interface", self)
        return coder.text
    }

    static func error(_ message: String) -> ConfError {
        ConfError(.xml, message, domain: ConfError.fromInterface)
    }

    package mutating func map(_ x: XMLCoder) {
        if x.isReading { readHead(x) }
        x.put("type", kind.rawValue)
        x.put("name", name)
        x.forceEndTag()
        if parent == nil {
            mapStart(x)
            mapAddressing(x)
        }
        if kind != .bridge { x.element("link", &link) }
        if x.isReading, let given = link, given.speed == nil, given.state == nil { link = nil }
        if x.isReading || kind == .ethernet {
            x.element("mac") { x.attribute("address", &mac) }
        }
        mapParts(x)
    }

    private mutating func readHead(_ x: XMLCoder) {
        x.attribute("type", &kind, required: true)
        let isRefused = parent == .bond && kind != .ethernet || parent == .bridge && kind == .bridge
        if isRefused { x.fail(Self.error("interface has unsupported type '\(kind.rawValue)'")) }
        guard let text = x.peek("name") else { return x.fail(Self.error("interface has no name")) }
        name = text
    }

    private mutating func mapStart(_ x: XMLCoder) {
        x.element("start") {
            guard x.isReading, let text = x.peek("mode"), !text.isEmpty else { return x.put("mode", startMode?.rawValue) }
            startMode = StartMode(rawValue: text)
            if startMode == nil { x.fail(Self.error("unknown interface startmode \(text)")) }
        }
    }

    private mutating func mapAddressing(_ x: XMLCoder) {
        x.element("mtu") {
            if x.isReading, let text = x.peek("size") {
                mtu = UInt32(text)
                if mtu ?? .max > 100_000 { x.fail(Self.error("interface mtu value is improper")) }
            }
            x.put("size", mtu.map { String($0) })
        }
        x.elements("protocol", &protocols)
    }

    private mutating func mapParts(_ x: XMLCoder) {
        func part(_ name: StaticString, _ body: () -> Void) {
            if x.isReading, x.node?.child(name) == nil {
                x.fail(Self.error("\(name) interface misses the \(name) element"))
            }
            var always = true
            x.element(name, present: &always, body)
        }
        switch kind {
        case .ethernet: break
        case .bridge: part("bridge") { bridge.map(x) }
        case .bond: part("bond") { bond.map(x) }
        case .vlan: part("vlan") { vlan.map(x) }
        }
    }

    /// The interfaces inside a part of this one.
    static func mapMembers(_ x: XMLCoder, _ members: inout [InterfaceDefinition], of parent: Kind) {
        guard x.isReading else {
            for member in members { x.write("interface", member) }
            return
        }
        for node in x.node.map({ Array($0.children("interface")) }) ?? [] {
            var member = InterfaceDefinition()
            member.parent = parent
            x.read(node) { member.map(x) }
            members.append(member)
        }
    }

    /// `<link>`: what the host says of the wire.
    package struct Link: XMLMapped {
        package enum State: String, XMLKeyword {
            case unknown, notpresent, down, lowerlayerdown, testing, dormant, up
        }
        /// Mbit/s.
        package var speed: UInt32?
        package var state: State?

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.attribute("speed", &speed)
            x.attribute("state", &state)
            if x.isReading, speed == 0 { speed = nil }
        }
    }
}

/// `<protocol>`: the addresses of one family.
package struct InterfaceProtocol: XMLMapped {
    package enum Family: String, XMLKeyword { case ipv4, ipv6 }

    package var family = Family.ipv4
    package var hasAutomaticConfiguration = false
    package var hasDHCP = false
    /// Whether DHCP says which name servers are asked.
    package var peerDNS: YesNo?
    package var addresses: [Address] = []
    package var gateway: String?

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        if x.isReading {
            guard let text = x.peek("family") else {
                return x.fail(InterfaceDefinition.error("protocol misses the family attribute"))
            }
            guard let known = Family(rawValue: text) else {
                return x.fail(InterfaceDefinition.error("unsupported protocol family '\(text)'"))
            }
            family = known
        }
        x.put("family", family.rawValue)
        x.forceEndTag()
        if family == .ipv6 { x.element("autoconf", present: &hasAutomaticConfiguration) }
        x.element("dhcp", present: &hasDHCP) {
            x.attribute("peerdns", &peerDNS)
        }
        x.elements("ip", &addresses)
        if x.isReading { addresses.removeAll { $0.address == nil } }
        x.element("route") {
            x.attribute("gateway", &gateway)
            if x.isReading, gateway?.isEmpty == true { gateway = nil }
        }
    }

    package struct Address: XMLMapped {
        package var address: String?
        package var prefix: Int32?

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.attribute("address", &address)
            x.attribute("prefix", &prefix)
            if x.isReading, prefix == 0 { prefix = nil }
        }
    }
}

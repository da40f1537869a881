package import VirtUtil

/// `<dhcp>`: which addresses guests get.
package struct NetworkDHCP: Sendable {
    /// How long an address is lent.
    package struct Lease: Sendable, Equatable {
        package enum Unit: String, XMLKeyword { case seconds, minutes, hours }
        /// 0 for ever.
        package var expiry: UInt64
        package var unit: Unit
    }

    package struct Range: Sendable {
        package var addresses: ClosedRange<IPAddress>?
        package var lease: Lease?
        package init() {}
    }

    /// A guest that always gets the same address.
    package struct Host: Sendable {
        /// As written.
        package var mac: String?
        package var id: String?
        package var name: String?
        package var address: IPAddress?
        package var lease: Lease?
        package init() {}
    }

    package var ranges: [Range] = []
    package var hosts: [Host] = []
    package var bootFile: String?
    package var bootServer: IPAddress?

    package init() {}

    package var isEmpty: Bool { ranges.isEmpty && hosts.isEmpty }

    mutating func read(_ x: XMLCoder, of ip: NetworkIP, network: String) {
        x.forEachElement { child in
            guard child.namespaceURI == nil else { return }
            x.read(child) {
                switch child.name {
                case "range":
                    var range = Range()
                    range.read(x, of: ip, network: network)
                    ranges.append(range)
                case "host":
                    var host = Host()
                    host.read(x, of: ip, network: network, isSearch: false)
                    hosts.append(host)
                case "bootp" where ip.address?.family == .ipv4: readBoot(x)
                default: break
                }
            }
        }
    }

    private mutating func readBoot(_ x: XMLCoder) {
        guard let file = x.peek("file") else { return }
        bootFile = file
        bootServer = x.peek("server").flatMap { x.socketAddress($0) }
    }

    /// Nothing without an address to give.
    func write(_ x: XMLCoder) {
        guard !isEmpty else { return }
        x.element("dhcp") {
            for range in ranges {
                x.element("range") {
                    x.put("start", range.addresses?.lowerBound.description)
                    x.put("end", range.addresses?.upperBound.description)
                    range.lease?.write(x)
                }
            }
            for host in hosts {
                x.element("host") {
                    x.put("mac", host.mac)
                    x.put("id", host.id)
                    x.put("name", host.name)
                    x.put("ip", host.address?.description)
                    host.lease?.write(x)
                }
            }
            x.element("bootp") {
                x.put("file", bootFile)
                x.put("server", bootServer?.description)
            }
        }
    }
}

extension NetworkDHCP.Lease {
    /// Reads the last `<lease>` of the element that says a time.
    static func read(_ x: XMLCoder) -> NetworkDHCP.Lease? {
        var lease: NetworkDHCP.Lease?
        x.forEachElement { node in
            guard node.isNamed("lease") else { return }
            x.read(node) {
                var expiry: UInt64?
                var unit = Unit.minutes
                x.attribute("expiry", &expiry, hex: 0)
                guard let expiry else { return }
                x.attribute("unit", &unit)
                let least: UInt64 = unit == .seconds ? 120 : unit == .minutes ? 2 : 0
                if expiry > 0, expiry < least {
                    x.failNetwork(.unsupported, "The minimum lease time should be greater than 2 minutes")
                }
                lease = NetworkDHCP.Lease(expiry: expiry, unit: unit)
            }
        }
        return lease
    }

    func write(_ x: XMLCoder) {
        x.element("lease") {
            x.put("expiry", String(expiry))
            if expiry > 0 { x.put("unit", unit.rawValue) }
        }
    }
}

extension NetworkDHCP.Range {
    mutating func read(_ x: XMLCoder, of ip: NetworkIP, network: String) {
        var bounds: [IPAddress] = []
        for name in ["start" as StaticString, "end"] {
            guard let text = x.peek(name) else {
                return x.failNetwork("Missing '\(name)' attribute in dhcp range for network '\(network)'")
            }
            guard let address = x.socketAddress(text) else { return }
            bounds.append(address)
        }
        addresses = x.attempt { () throws(ConfError) in try AddressRange.check(bounds[0], bounds[1], in: ip) }
        lease = .read(x)
    }
}

extension NetworkDHCP.Host {
    /// - Parameter isSearch: It is to be compared with those that are there, so one property is enough.
    mutating func read(_ x: XMLCoder, of ip: NetworkIP, network: String, isSearch: Bool) {
        let isSix = ip.address?.family == .ipv6
        mac = x.peek("mac")
        id = x.peek("id")
        name = x.peek("name")
        if let mac { check(mac, x, network, isSix: isSix) }
        if let id, let wrong = id.first(where: { !$0.isHexDigit && $0 != ":" }) {
            x.failNetwork("Invalid character '\(wrong)' in id '\(id)' of network '\(network)'")
        }
        if let name, name.utf8.first.map(Self.canBeginName) != true {
            x.failNetwork("Cannot use host name '\(name)' in network '\(network)'")
        }
        let text = x.peek("ip")
        address = text.flatMap { IPAddress($0) }
        if text != nil, address == nil {
            x.failNetwork("Invalid IP address in static host definition for network '\(network)'")
        }
        if isSearch {
            if mac == nil, name == nil, text == nil {
                x.failNetwork(
                    """
                    At least one of name, mac, or ip attribute must be specified for static host definition in \
                    network '\(network)'\u{20}
                    """)
            }
        } else {
            if isSix, id == nil, name == nil {
                x.failNetwork("Static host definition in IPv6 network '\(network)' must have id or name attribute")
            }
            if !isSix, mac == nil, name == nil {
                x.failNetwork("Static host definition in IPv4 network '\(network)' must have mac or name attribute")
            }
            if text == nil {
                x.failNetwork("Missing IP address in static host definition for network '\(network)'")
            }
        }
        lease = .read(x)
    }

    private func check(_ mac: String, _ x: XMLCoder, _ network: String, isSix: Bool) {
        if isSix {
            return x.failNetwork(
                "Invalid to specify MAC address '\(mac)' in network '\(network)' IPv6 static host definition")
        }
        guard let address = MACAddress(mac) else {
            return x.failNetwork("Cannot parse MAC address '\(mac)' in network '\(network)'")
        }
        if address.isMulticast {
            x.failNetwork("expected unicast mac address, found multicast '\(mac)' in network '\(network)'")
        }
    }

    private static func canBeginName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}

extension XMLCoder {
    /// An address that the system's resolver, so libvirt's helper, is asked about.
    func socketAddress(_ text: String) -> IPAddress? {
        if let address = IPAddress(text) { return address }
        fail(
            ConfError(
                .systemError, "Cannot parse socket address '\(text)': Name or service not known",
                domain: ConfError.fromNone))
        return nil
    }
}

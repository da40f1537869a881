package import VirtUtil

/// `<dns>`: what the network's name server answers.
package struct NetworkDNS: Sendable {
    /// Another server, for all names or those of a domain.
    package struct Forwarder: Sendable {
        package var domain: String?
        package var address: IPAddress?
        package init() {}
    }

    package struct Text: Sendable {
        package var name = ""
        package var value: String?
        package init() {}
    }

    /// Names of an address.
    package struct Host: Sendable {
        package var address: IPAddress?
        package var names: [String] = []
        package init() {}
    }

    package struct Service: Sendable {
        package var service: String?
        package var networkProtocol: String?
        package var domain: String?
        package var target: String?
        /// 0 for none, as the next two.
        package var port: UInt32 = 0
        package var priority: UInt32 = 0
        package var weight: UInt32 = 0
        package init() {}
    }

    package var isEnabled: YesNo?
    package var forwardsPlainNames: YesNo?
    package var forwarders: [Forwarder] = []
    package var texts: [Text] = []
    package var services: [Service] = []
    package var hosts: [Host] = []

    package init() {}

    mutating func map(_ x: XMLCoder, network: String) {
        x.element("dns") {
            x.attribute("enable", &isEnabled)
            x.attribute("forwardPlainNames", &forwardsPlainNames)
            x.elements("forwarder", &forwarders, of: Forwarder()) { $0.map(x, network: network) }
            // Read in another order than printed: the first fault counts.
            if x.isReading { mapHosts(x, network) }
            if x.isReading { mapServices(x, network) }
            x.elements("txt", &texts, of: Text()) { $0.map(x, network: network) }
            if x.isWriting { mapServices(x, network) }
            if x.isWriting { mapHosts(x, network) }
        }
        if x.isReading, isEnabled == .no,
            !(forwarders.isEmpty && texts.isEmpty && services.isEmpty && hosts.isEmpty)
        {
            x.failNetwork("Extra data in disabled network '\(network)'")
        }
    }

    private mutating func mapHosts(_ x: XMLCoder, _ network: String) {
        x.elements("host", &hosts, of: Host()) { $0.map(x, network: network) }
    }

    private mutating func mapServices(_ x: XMLCoder, _ network: String) {
        x.elements("srv", &services, of: Service()) { $0.map(x, network: network) }
    }
}

extension NetworkDNS.Forwarder {
    mutating func map(_ x: XMLCoder, network: String) {
        x.attribute("domain", &domain)
        x.put("addr", address?.description)
        guard x.isReading else { return }
        guard let text = x.peek("addr") else {
            if domain == nil {
                x.failNetwork("Invalid forwarder element, must contain at least one of addr or domain")
            }
            return
        }
        address = IPAddress(text)
        if address == nil { x.failNetwork("Invalid forwarder IP address '\(text)' in network '\(network)'") }
    }
}

// Those below take, with `isSearch`, what is only compared with records that are there: a part is enough.

extension NetworkDNS.Text {
    mutating func map(_ x: XMLCoder, network: String, isSearch: Bool = false) {
        x.put("name", name)
        x.attribute("value", &value)
        guard x.isReading else { return }
        guard let name = x.peek("name") else {
            return x.failNetwork(
                .xmlDetail, "missing required name attribute in DNS TXT record of network \(network)")
        }
        self.name = name
        if name.utf8.contains(0x20) {
            x.failNetwork(
                .xmlDetail, "prohibited character in DNS TXT record name '\(name)' of network \(network)")
        }
        if value == nil, !isSearch {
            x.failNetwork(
                .xmlDetail,
                "missing required value attribute in DNS TXT record named '\(name)' of network \(network)")
        }
    }
}

extension NetworkDNS.Host {
    mutating func map(_ x: XMLCoder, network: String, isSearch: Bool = false) {
        guard x.isReading else {
            x.put("ip", address?.description)
            return x.textElements("hostname", &names)
        }
        let text = x.peek("ip")
        if text == nil, !isSearch {
            return x.failNetwork(.xmlDetail, "Missing IP address in network '\(network)' DNS HOST record")
        }
        address = text.flatMap { IPAddress($0) }
        if text != nil, address == nil {
            return x.failNetwork(.xmlDetail, "Invalid IP address in network '\(network)' DNS HOST record")
        }
        x.textElements("hostname", &names)
        names.removeAll { $0.isEmpty }
        if names.isEmpty, !isSearch {
            x.failNetwork(.xmlDetail, "Missing hostname in network '\(network)' DNS HOST record")
        }
        if names.isEmpty, text == nil {
            x.failNetwork(.xmlDetail, "Missing ip and hostname in network '\(network)' DNS HOST record")
        }
    }
}

extension NetworkDNS.Service {
    mutating func map(_ x: XMLCoder, network: String, isSearch: Bool = false) {
        x.attribute("service", &service)
        x.attribute("protocol", &networkProtocol)
        x.attribute("domain", &domain)
        x.attribute("target", &target)
        guard x.isReading else {
            for (name, value) in [("port" as StaticString, port), ("priority", priority), ("weight", weight)] {
                if value > 0 { x.put(name, String(value)) }
            }
            return
        }
        let record = "in DNS SRV record of network '\(network)'"
        if service == nil, !isSearch {
            return x.failNetwork(.xmlDetail, "missing required service attribute \(record)")
        }
        let name = service ?? "(null)"
        if let service, !service.utf8.allSatisfy(Self.isNameCharacter) {
            return x.failNetwork(.xmlDetail, "invalid character in service attribute '\(service)' \(record)")
        }
        if networkProtocol == nil, !isSearch {
            return x.failNetwork(
                .xmlDetail,
                "missing required protocol attribute in DNS SRV record '\(name)' of network '\(network)'")
        }
        if let networkProtocol, !networkProtocol.utf8.allSatisfy(Self.isNameCharacter) {
            return x.failNetwork(
                .xmlDetail, "invalid character in protocol attribute '\(networkProtocol)' \(record)")
        }
        read(x, "port", &port, 1, name, network)
        read(x, "priority", &priority, 0, name, network)
        read(x, "weight", &weight, 0, name, network)
    }

    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2A, 0x2B, 0x2D, 0x2F, 0x5F: true
        default: false
        }
    }

    private func read(
        _ x: XMLCoder, _ attribute: StaticString, _ value: inout UInt32, _ least: UInt32, _ name: String,
        _ network: String
    ) {
        guard let text = x.filled(attribute) else { return }
        let number = UInt32(text.trimmedLeadingBlanks)
        if number != nil, target == nil {
            x.failNetwork(
                .xmlDetail,
                """
                DNS SRV \(attribute) attribute not permitted without target for service '\(name)' in network \
                '\(network)'
                """)
        }
        guard let number, (least...65535).contains(number) else {
            let invalid = "\(attribute)" == "priority" ? "Invalid" : "invalid"
            return x.failNetwork(
                .xmlDetail,
                "\(invalid) DNS SRV \(attribute) attribute for service '\(name)' in network '\(network)'")
        }
        value = number
    }
}

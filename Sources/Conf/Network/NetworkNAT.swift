package import VirtUtil

/// `<nat>`: which addresses and ports translated packets get; IPv4 only.
package struct NetworkNAT: Sendable {
    package var translatesIPv6: YesNo?
    package var addresses: ClosedRange<IPAddress>?
    package var ports: ClosedRange<UInt16>?

    package init() {}

    var isEmpty: Bool { translatesIPv6 == nil && addresses == nil && ports == nil }

    func map(_ x: XMLCoder, network: String) {
        guard x.isWriting, !isEmpty else { return }
        x.element("nat") {
            x.put("ipv6", translatesIPv6?.rawValue)
            x.element("address") {
                x.put("start", addresses?.lowerBound.description)
                x.put("end", addresses?.upperBound.description)
            }
            x.element("port") {
                x.put("start", ports.map { String($0.lowerBound) })
                x.put("end", ports.map { String($0.upperBound) })
            }
        }
    }

    /// Reads the one `<nat>` of the element, if there is one.
    mutating func readAll(_ x: XMLCoder, network: String, isAllowed: Bool) {
        let count = x.count("nat")
        if count > 1 { return x.failNetwork("Only one <nat> element is allowed in <forward> of network \(network)") }
        if count > 0, !isAllowed {
            return x.failNetwork(
                "The <nat> element can only be used when <forward> 'mode' is 'nat' in network \(network)")
        }
        x.readFirst("nat") {
            let place = "in <nat> in <forward> in network"
            x.attribute("ipv6", &translatesIPv6)
            func requireOne(_ name: StaticString) {
                if x.count(name) > 1 { x.failNetwork("Only one <\(name)> element is allowed \(place) \(network)") }
            }
            requireOne("address")
            x.readFirst("address") { readAddresses(x, place, network) }
            requireOne("port")
            x.readFirst("port") { readPorts(x, place, network) }
        }
    }

    private mutating func readAddresses(_ x: XMLCoder, _ place: String, _ network: String) {
        var bounds: [IPAddress] = []
        let names: [StaticString] = ["start", "end"]
        for name in names where x.filled(name) == nil {
            x.failNetwork("missing '\(name)' attribute in <address> element \(place) \(network)")
        }
        for name in names {
            let text = x.filled(name) ?? ""
            guard let address = IPAddress(text), address.family == .ipv4 else {
                return x.failNetwork("Bad ipv4 \(name) address '\(text)' \(place) '\(network)'")
            }
            bounds.append(address)
        }
        addresses = x.attempt { () throws(ConfError) in try AddressRange.check(bounds[0], bounds[1], in: nil) }
    }

    private mutating func readPorts(_ x: XMLCoder, _ place: String, _ network: String) {
        func refuse(_ name: StaticString) {
            x.failNetwork(.xmlDetail, "Missing or invalid '\(name)' attribute in <port> \(place) \(network)")
        }
        guard let start = x.peek("start").flatMap({ UInt16($0.trimmedLeadingBlanks) }) else { return refuse("start") }
        guard let end = x.peek("end").flatMap({ UInt16($0.trimmedLeadingBlanks) }), start <= end else {
            return refuse("end")
        }
        // From port 0 to port 0 is no range, and is not printed.
        ports = start == 0 && end == 0 ? nil : start...end
    }
}

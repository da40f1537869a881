package import VirtUtil

/// `<route>`: a network behind one of the guests, or of the host's neighbours.
package struct NetworkRoute: Sendable {
    package typealias Family = NetworkIP.Family

    package var family: Family?
    package var address: IPAddress?
    package var netmask: IPAddress?
    package var prefix: UInt32?
    package var gateway: IPAddress?
    package var metric: UInt32?

    package init() {}

    /// - Parameter owner: What errors begin with: the network's name.
    mutating func map(_ x: XMLCoder, owner: String) {
        if x.isReading { return read(x, owner) }
        x.put("family", family?.rawValue)
        x.put("address", address?.description)
        x.put("netmask", netmask?.description)
        x.put("prefix", prefix.map { String($0) })
        x.put("gateway", gateway?.description)
        x.put("metric", metric.map { String($0) })
    }

    private mutating func read(_ x: XMLCoder, _ owner: String) {
        func refuse(_ text: String) { x.failNetwork("\(owner): \(text)") }
        x.attribute("prefix", &prefix)
        if x.peek("metric") != nil { x.attribute("metric", &metric, positive: true) }
        guard let addressText = x.peek("address") else {
            return refuse("Missing required address attribute in route definition")
        }
        guard let gatewayText = x.peek("gateway") else {
            return refuse("Missing required gateway attribute in route definition")
        }
        let maskText = x.peek("netmask")
        guard let address = IPAddress(addressText) else {
            return refuse("Bad network address '\(addressText)' in route definition")
        }
        guard let gateway = IPAddress(gatewayText) else {
            return refuse("Bad gateway address '\(gatewayText)' in route definition")
        }
        self.address = address
        self.gateway = gateway
        let word = x.peek("family")
        family = word.flatMap(Family.init(rawValue:))
        if let word, family == nil { return refuse("Unrecognized family '\(word)' in route definition") }
        if family == .ipv6 {
            checkSix(refuse, address, addressText, gateway, gatewayText, hasMask: maskText != nil)
        } else {
            netmask = maskText.flatMap { IPAddress($0) }
            checkFour(refuse, address, addressText, gateway, maskText)
        }
        guard x.error == nil else { return }
        let masked = netmask.map(address.masked) ?? address.masked(Int(prefix ?? 0))
        if masked != address { refuse("Address '\(addressText)' in route definition is not a network address") }
    }

    private func checkFour(
        _ refuse: (String) -> Void, _ address: IPAddress, _ text: String, _ gateway: IPAddress, _ maskText: String?
    ) {
        let claim = family == nil ? "No family specified" : "IPv4 family specified"
        if address.family != .ipv4 { refuse("\(claim) for non-IPv4 address '\(text)' in route definition") }
        // The address, where the gateway is meant: so in libvirt.
        if gateway.family != .ipv4 { refuse("\(claim) for non-IPv4 gateway '\(text)' in route definition") }
        if let maskText {
            guard let netmask else { return refuse("Bad netmask address '\(maskText)' in route definition") }
            if netmask.family != .ipv4 {
                refuse("Invalid netmask '\(maskText)' for address '\(text)' (both must be IPv4)")
            }
            if prefix != nil { refuse("Route definition cannot have both a prefix and a netmask") }
        }
        if let prefix, prefix > 32 {
            refuse("Invalid prefix \(prefix) specified in route definition, must be 0 - 32")
        }
    }

    private func checkSix(
        _ refuse: (String) -> Void, _ address: IPAddress, _ text: String, _ gateway: IPAddress, _ gatewayText: String,
        hasMask: Bool
    ) {
        if address.family != .ipv6 {
            refuse("ipv6 family specified for non-IPv6 address '\(text)' in route definition")
        }
        if hasMask { refuse("Specifying netmask invalid for IPv6 address '\(text)' in route definition") }
        if gateway.family != .ipv6 {
            refuse("ipv6 specified for non-IPv6 gateway address '\(gatewayText)' in route definition")
        }
        if let prefix, prefix > 128 {
            refuse("Invalid prefix \(prefix) specified in route definition, must be 0 - 128")
        }
    }
}

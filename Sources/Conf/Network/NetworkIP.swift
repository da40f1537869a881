package import VirtUtil

/// `<ip>`: an address of the host in the network, and what DHCP gives away there.
package struct NetworkIP: Sendable {
    package enum Family: String, XMLKeyword { case ipv4, ipv6 }

    /// As given; none means IPv4.
    package var family: Family?
    /// Only a definition that is not whole has none.
    package var address: IPAddress?
    package var netmask: IPAddress?
    /// 0 if it was not given.
    package var prefix: UInt32 = 0
    /// Names for addresses of the network are not asked for elsewhere.
    package var isReverseLocal: YesNo?
    package var tftpRoot: String?
    package var dhcp = NetworkDHCP()

    package init() {}

    /// How many bits say the network: of prefix, mask, or class of the address; nil if they say none.
    package var effectivePrefix: Int? {
        if prefix > 0 { return Int(prefix) }
        if let netmask { return netmask.maskLength }
        return address?.classPrefix
    }

    mutating func map(_ x: XMLCoder, network: String) {
        if x.isReading {
            read(x, network)
        } else {
            x.put("family", family?.rawValue)
            x.put("address", address?.description)
            x.put("netmask", netmask?.description)
            if prefix > 0 { x.put("prefix", String(prefix)) }
            x.put("localPtr", isReverseLocal?.rawValue)
            x.forceEndTag()
            x.element("tftp") { x.put("root", tftpRoot) }
            dhcp.write(x)
        }
    }

    private mutating func read(_ x: XMLCoder, _ network: String) {
        guard let addressText = x.filled("address") else {
            return x.failNetwork("Missing required address attribute in network '\(network)'")
        }
        let maskText = x.filled("netmask")
        address = IPAddress(addressText)
        guard let address else { return x.failNetwork("Invalid address '\(addressText)' in network '\(network)'") }
        var given: UInt32?
        x.attribute("prefix", &given)
        prefix = given ?? 0
        x.attribute("localPtr", &isReverseLocal)
        if let maskText {
            netmask = IPAddress(maskText)
            if netmask == nil { return x.failNetwork("Invalid netmask '\(maskText)' in network '\(network)'") }
        }
        readFamily(x, network, address, addressText, maskText)
        guard x.error == nil else { return }
        let ip = self
        x.readFirst("dhcp") { dhcp.read(x, of: ip, network: network) }
        x.readFirst("tftp") {
            if address.family == .ipv6 {
                x.failNetwork(.unsupported, "Unsupported <tftp> element in an IPv6 element in network '\(network)'")
            }
            tftpRoot = x.filled("root")
        }
    }

    private mutating func readFamily(
        _ x: XMLCoder, _ network: String, _ address: IPAddress, _ text: String, _ maskText: String?
    ) {
        let word = x.filled("family")
        family = word.flatMap(Family.init(rawValue:))
        if let word, family == nil { return x.failNetwork("Unrecognized family '\(word)' in network '\(network)'") }
        if family == .ipv6 {
            if address.family != .ipv6 {
                x.failNetwork(
                    .unsupported,
                    "Family 'ipv6' specified for non-IPv6 address '\(text)' in network '\(network)'")
            }
            if maskText != nil {
                x.failNetwork(
                    .unsupported, "netmask not allowed for IPv6 address '\(text)' in network '\(network)'")
            }
            if prefix > 128 { x.failNetwork(.unsupported, "Invalid IPv6 prefix '\(prefix)' in network '\(network)'") }
            return
        }
        if address.family != .ipv4 {
            let fault = family == nil ? "no family specified" : "ipv4 family specified"
            x.failNetwork(.unsupported, "\(fault) for non-IPv4 address '\(text)' in network '\(network)'")
        }
        if let netmask {
            if netmask.family != .ipv4 {
                x.failNetwork(
                    .unsupported,
                    """
                    Invalid netmask '\(maskText ?? "")' for address '\(text)' in network '\(network)' \
                    (both must be IPv4)
                    """)
            }
            if prefix > 0 {
                x.failNetwork(
                    .unsupported, "Network '\(network)' IP address cannot have both a prefix and a netmask")
            }
        }
        if prefix > 32 { x.failNetwork(.unsupported, "Invalid IPv4 prefix '\(prefix)' in network '\(network)'") }
    }
}

extension IPAddress {
    /// The prefix that goes without saying: of IPv4 by the classes of old; nil beyond them.
    var classPrefix: Int? {
        guard family == .ipv4 else { return bytes.allSatisfy { $0 == 0 } ? 0 : 64 }
        switch bytes[0] {
        case _ where bytes.allSatisfy { $0 == 0 }: return 0
        case 0..<128: return 8
        case 128..<192: return 16
        case 192..<224: return 24
        default: return nil
        }
    }
}

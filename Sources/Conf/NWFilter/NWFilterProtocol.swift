package import VirtUtil

/// What kind of packets a rule is about: the name of the element inside the rule.
package enum NWFilterProtocol: String, XMLKeyword, CaseIterable {
    case mac, vlan, stp, arp, rarp, ip, ipv6, tcp, udp, udplite, esp, ah, sctp, icmp, all, igmp
    case tcpIPv6 = "tcp-ipv6"
    case udpIPv6 = "udp-ipv6"
    case udpliteIPv6 = "udplite-ipv6"
    case espIPv6 = "esp-ipv6"
    case ahIPv6 = "ah-ipv6"
    case sctpIPv6 = "sctp-ipv6"
    case icmpv6
    case allIPv6 = "all-ipv6"

    /// What can be asked of its packets, in the order in which it is printed.
    var attributes: [NWFilterAttribute] { Self.tables[self] ?? [] }

    /// libvirt 9.0 keeps the name of a set and its sides apart here; elsewhere a set is looked up by the source, and
    /// one that comes with its sides is dropped together with them.
    var keepsSetSides: Bool { self == .all || self == .allIPv6 }

    /// The name of the protocol in the check of its ports; nil if ports need no protocol beside them.
    var portsNeedTransport: String? {
        switch self {
        case .ip: "IP"
        case .ipv6: "IPv6"
        default: nil
        }
    }

    static func named(by element: XMLNode) -> NWFilterProtocol? { NWFilterProtocol(rawValue: element.name) }

    // MARK: Tables

    private typealias Table = [NWFilterAttribute]
    private typealias Family = NWFilterAddress.Family

    private static let tables: [NWFilterProtocol: [NWFilterAttribute]] = {
        var tables: [NWFilterProtocol: Table] = [
            .mac: link + [number("protocolid", .etherType)],
            .vlan: link + [number("vlanid", .vlan), number("encap-protocol", .etherType)],
            .stp: spanningTree, .arp: addressResolution, .rarp: addressResolution,
            .ip: plainLink + addresses(.ipv4) + [number("protocol", .transport)] + ports() + [
                number("dscp", .codePoint)
            ],
            .ipv6: plainLink + addresses(.ipv6) + [number("protocol", .transport)] + ports() + messageRanges,
        ]
        let flags = NWFilterAttribute(name: "flags", kind: .tcpFlags)
        let option = number("option", .byte)
        let portPairs = ports(following: "srcportstart")
        for (family, kinds) in [
            (
                Family.ipv4,
                [
                    (NWFilterProtocol.tcp, portPairs + [option, flags]), (.udp, portPairs), (.sctp, portPairs),
                    (.icmp, messages), (.igmp, []), (.all, []), (.esp, []), (.ah, []), (.udplite, []),
                ]
            ),
            (
                .ipv6,
                [
                    (.tcpIPv6, portPairs + [option]), (.udpIPv6, portPairs), (.sctpIPv6, portPairs),
                    (.icmpv6, messages), (.allIPv6, []), (.espIPv6, []), (.ahIPv6, []), (.udpliteIPv6, []),
                ]
            ),
        ] {
            for (kind, own) in kinds { tables[kind] = packet(family) + own }
        }
        return tables.mapValues { $0 + [NWFilterAttribute(name: "comment", kind: .comment)] }
    }()

    private static func number(
        _ name: StaticString, _ number: NWFilterNumber, follows: StaticString? = nil
    ) -> NWFilterAttribute {
        NWFilterAttribute(name: name, kind: .number(number), follows: follows)
    }

    private static let sourceLink: Table = [
        .init(name: "srcmacaddr", kind: .hardwareAddress),
        .init(name: "srcmacmask", kind: .hardwareMask, follows: "srcmacaddr"),
    ]

    private static let link: Table =
        sourceLink + [
            .init(name: "dstmacaddr", kind: .hardwareAddress),
            .init(name: "dstmacmask", kind: .hardwareMask, follows: "dstmacaddr"),
        ]

    /// The same where a mask keeps its own negation.
    private static let plainLink = link.map { NWFilterAttribute(name: $0.name, kind: $0.kind) }

    private static func addresses(_ family: Family) -> Table {
        [
            .init(name: "srcipaddr", kind: .address(family)),
            .init(name: "srcipmask", kind: .mask(family), follows: "srcipaddr"),
            .init(name: "dstipaddr", kind: .address(family)),
            .init(name: "dstipmask", kind: .mask(family), follows: "dstipaddr"),
        ]
    }

    private static func ports(following first: StaticString? = nil) -> Table {
        [
            number("srcportstart", .short), number("srcportend", .short, follows: first),
            number("dstportstart", .short, follows: first), number("dstportend", .short, follows: first),
        ]
    }

    /// What all protocols above IP have. libvirt 9.0 takes the end of a range of destinations as IPv4, always.
    private static func packet(_ family: Family) -> Table {
        [.init(name: "srcmacaddr", kind: .hardwareAddress)] + addresses(family) + [
            .init(name: "srcipfrom", kind: .address(family)),
            .init(name: "srcipto", kind: .address(family), follows: "srcipfrom"),
            .init(name: "dstipfrom", kind: .address(family)),
            .init(name: "dstipto", kind: .address(.ipv4), follows: "dstipfrom"),
            number("dscp", .codePoint), number("connlimit-above", .decimalShort),
            .init(name: "state", kind: .states),
            .init(name: "ipset", kind: .setName), .init(name: "ipsetflags", kind: .setSides),
        ]
    }

    private static let messages: Table = [number("type", .byte), number("code", .byte, follows: "type")]

    private static let messageRanges: Table = [
        number("type", .byte), number("typeend", .byte, follows: "type"), number("code", .byte, follows: "type"),
        number("codeend", .byte, follows: "type"),
    ]

    private static let addressResolution: Table =
        plainLink + [
            number("hwtype", .short), number("protocoltype", .short), number("opcode", .operation),
            .init(name: "arpsrcmacaddr", kind: .hardwareAddress), .init(name: "arpdstmacaddr", kind: .hardwareAddress),
            .init(name: "arpsrcipaddr", kind: .address(.ipv4)), .init(name: "arpsrcipmask", kind: .mask(.ipv4)),
            .init(name: "arpdstipaddr", kind: .address(.ipv4)), .init(name: "arpdstipmask", kind: .mask(.ipv4)),
            .init(name: "gratuitous", kind: .boolean),
        ]

    private static let spanningTree: Table =
        sourceLink + [
            number("type", .byte), number("flags", .byte),
            number("root-priority", .short), number("root-priority-hi", .short, follows: "root-priority"),
            .init(name: "root-address", kind: .hardwareAddress),
            .init(name: "root-address-mask", kind: .hardwareMask, follows: "root-address"),
            number("root-cost", .word), number("root-cost-hi", .word, follows: "root-cost"),
            number("sender-priority", .short), number("sender-priority-hi", .short, follows: "sender-priority"),
            .init(name: "sender-address", kind: .hardwareAddress),
            .init(name: "sender-address-mask", kind: .hardwareMask, follows: "sender-address"),
            number("port", .short), number("port-hi", .short, follows: "port"),
            number("age", .short), number("age-hi", .short, follows: "age"),
            number("max-age", .short), number("max-age-hi", .short, follows: "max-age"),
            number("hello-time", .short), number("hello-time-hi", .short, follows: "hello-time"),
            number("forward-delay", .short), number("forward-delay-hi", .short, follows: "forward-delay"),
        ]
}

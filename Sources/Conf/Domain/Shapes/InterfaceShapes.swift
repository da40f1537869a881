/// Parts of `<interface>`.
enum InterfaceShapes {
    static let address = ElementShape([
        .optional("address"), .optional("family"), .optional("prefix", .unsigned()), .optional("peer"),
    ])
    private static let hostRoute = ElementShape([
        .optional("family"), .optional("address"), .optional("netmask"), .optional("prefix", .unsigned()),
        .optional("gateway"), .optional("metric", .positive),
    ])

    /// `<source>`, by the type of the interface.
    static func source(of kind: NetworkInterface.Kind) -> ElementShape {
        switch kind {
        case .network: ElementShape([.optional("network"), .optional("portgroup")])
        case .bridge: ElementShape([.optional("bridge")])
        case .direct: ElementShape([.optional("dev"), .optional("mode")])
        case .vhostuser:
            ElementShape(
                [.optional("type"), .optional("path"), .optional("mode")],
                [.one("reconnect", [.required("enabled", .yesNo), .optional("timeout", .unsigned())])])
        case .server: ElementShape([.optional("address"), .required("port", .signed)])
        case .client, .mcast: socket
        case .udp: ElementShape(socket.attributes, [.one("local", socket)])
        case .internal: ElementShape([.optional("name")])
        case .hostdev:
            ElementShape([], [.one("address", [.optional("type"), .optional("domain"), .optional("bus"), .optional("slot"), .optional("function")])])
        case .vdpa: ElementShape([.optional("dev")])
        case .vds:
            ElementShape([.optional("switchid"), .optional("portid"), .optional("portgroupid"), .optional("connectionid")])
        case .ethernet: ElementShape([], [.many("ip", address), .many("route", hostRoute)])
        case .user, .null: ElementShape()
        }
    }
    private static let socket = ElementShape([.required("address"), .required("port", .signed)])

    static let script = ElementShape([.optional("path")])
    static let guest = ElementShape([.optional("dev"), .optional("actual")])
    static let driver = ElementShape(
        [
            .optional("name", .words(["qemu", "vhost"])), .optional("txmode", .words(["iothread", "timer"])),
            .optional("ioeventfd", .onOff), .optional("event_idx", .onOff), .optional("queues", .unsigned()),
            .optional("rx_queue_size", .unsigned()), .optional("tx_queue_size", .unsigned()),
            .optional("rss", .onOff), .optional("rss_hash_report", .onOff),
        ] + DeviceShapes.virtio,
        [
            .some("host", [
                "csum", "gso", "tso4", "tso6", "ecn", "ufo", "mrg_rxbuf",
            ].map { .optional($0, .onOff) }),
            .some("guest", ["csum", "tso4", "tso6", "ecn", "ufo"].map { .optional($0, .onOff) }),
        ])
    static let hostDriver = ElementShape([.optional("name", .words(["kvm", "vfio", "xen"]))])
    static let backend = ElementShape([
        .optional("type"), .optional("tap"), .optional("vhost"),
    ])
    static let filter = ElementShape(
        [.optional("filter")], [.many("parameter", [.optional("name"), .optional("value")])])
    static let tune = ElementShape([], [.text("sndbuf", .unsigned())])
    static let link = ElementShape([
        .optional("state", .words(["up", "down"], unknown: "unknown interface link state"))
    ])
    static let mtu = ElementShape([.required("size", .unsigned())])
    static let port = ElementShape([.optional("isolated", .yesNo)])
    static let teaming = ElementShape([
        .optional("type"), .optional("persistent"),
    ])
    static let coalesce = ElementShape([], [
        .some("rx", ElementShape([], [.some("frames", [.optional("max", .unsigned())])]))
    ])
}

extension GenericElement {
    /// The family of an `<ip>` follows from its address.
    mutating func completeFamily() {
        guard attribute("family") == nil else { return }
        set("family", attribute("address")?.utf8.contains(0x3A) == true ? "ipv6" : "ipv4")
        order(["address", "family", "prefix", "peer"])
    }
}

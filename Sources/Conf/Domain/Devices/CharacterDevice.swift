import VirtUtil

/// `<serial>`, `<parallel>`, `<console>`, `<channel>`: a stream of bytes between guest and host.
package struct CharacterDevice: XMLMapped {
    package var source = CharacterSource()
    package var target = Target()
    /// Whether there is an element for the target.
    var hasTarget = false
    package var info = DeviceInfo()

    package init() {}

    package mutating func map(_ x: XMLCoder) { map(x, isConsole: false) }

    mutating func map(_ x: XMLCoder, isConsole: Bool) {
        let path = isConsole && source.kind == .pty ? source.sources.first?.attribute("path") : nil
        source.map(x, terminal: path)
        if x.isReading { hasTarget = x.node?.child("target") != nil }
        x.element("target") { target.map(x) }
        // A console is of the port that stands beside it.
        if x.isReading, isConsole { target.model = nil }
        if x.isReading, target.type != "guestfwd" { target.address = nil }
        info.map(x)
    }

    package struct Target: XMLMapped {
        package var type: String?
        package var address: String?
        package var name: String?
        package var port: Int32?
        package var model: String?
        package var state: String?

        /// A serial port that the machine itself has, rather than a card or a plug.
        var isOfMachine: Bool {
            switch type {
            case nil, "none", "isa-serial", "spapr-vio-serial", "system-serial", "sclp-serial": true
            default: false
            }
        }

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.attribute("type", &type)
            x.attribute("address", &address)
            x.attribute("name", &name)
            // Whether somebody listens in the guest, in one run.
            if x.style.isStatus { x.attribute("state", &state) }
            if x.isReading { readPort(x) } else if let port, port >= 0 { x.put("port", String(port)) }
            x.element("model") { x.attribute("name", &model) }
        }

        private mutating func readPort(_ x: XMLCoder) {
            guard let text = x.peek("port") else { return }
            port = Int32(text)
            if port == nil { x.failXML("Invalid port number: \(text)") }
        }
    }
}

/// The host's end of a character device; also used by `<rng>`, `<redirdev>` and `<smartcard>`.
package struct CharacterSource: Sendable {
    package enum Kind: String, XMLKeyword, CaseIterable {
        case null, vc, pty, dev, file, pipe, stdio, udp, tcp, unix, spicevmc, spiceport, nmdm, dbus
        case qemuVDAgent = "qemu-vdagent"
    }

    package var kind = Kind.pty
    package var sources: [GenericElement] = []
    package var protocolName: String?
    package var log: GenericElement?
    package var channel: String?
    /// A UNIX socket may be nameless where the hypervisor makes one up.
    package var isPathRequired = false

    package init() {}

    /// - Parameter terminal: Printed once more, as it was when consoles were nothing else; of a status.
    mutating func map(_ x: XMLCoder, typeName: StaticString = "type", terminal: String? = nil) {
        if x.isReading {
            if let text = x.peek(typeName) {
                if let known = Kind(rawValue: text) {
                    kind = known
                } else {
                    x.failUnsupported("unknown type presented to host for character device: \(text)")
                }
            }
        } else {
            x.put(typeName, kind.rawValue)
            if x.style.isStatus { x.put("tty", terminal) }
        }
        mapBody(x)
    }

    mutating func mapBody(_ x: XMLCoder) {
        if x.isReading {
            read(x)
        } else {
            x.putElements(sources)
        }
        if kind == .tcp { x.element("protocol") { x.attribute("type", &protocolName) } }
        if x.isReading, let protocolName, !["raw", "telnet", "telnets", "tls"].contains(protocolName) {
            x.failUnsupported("Unknown protocol '\(protocolName)'")
        }
        for source in sources where kind == .tcp || kind == .unix || kind == .udp {
            x.check(source, "mode", ["bind", "connect"])
        }
        x.verbatim("log", &log)
        if x.isReading, kind == .tcp, protocolName == nil { protocolName = "raw" }
    }

    private mutating func read(_ x: XMLCoder) {
        x.forEachElement { if $0.isNamed("source") { sources.append(Self.source.read($0, x)) } }
        if kind != .udp, sources.count > 1 {
            x.failXML("only one source element is allowed for character device")
        }
        switch kind {
        case .null, .vc, .stdio, .spicevmc: sources = []
        case .pty:
            // The path belongs to one run.
            if x.style.isInactive { sources = [] }
        case .file, .dev, .pipe:
            order(["path", "append"])
        case .unix:
            order(["mode", "path"])
            if sources.first?.attribute("path") == nil { sources = [] }
            sources.indices.forEach {
                if sources[$0].attribute("mode") == nil { sources[$0].attributes.insert(("mode", "connect"), at: 0) }
            }
        case .tcp:
            order(["mode", "host", "service", "tls"])
            for index in sources.indices where sources[index].attribute("mode") == nil {
                sources[index].attributes.insert(("mode", "connect"), at: 0)
            }
        case .udp:
            if sources.count > 2 { x.failXML("only two source elements are allowed for character device") }
            for index in sources.indices where sources[index].attribute("mode") == nil {
                sources[index].attributes.append(("mode", "connect"))
            }
            order(["mode", "host", "service"])
            sources.sort { $0.attribute("mode") == "bind" && $1.attribute("mode") != "bind" }
        case .nmdm: order(["master", "slave"])
        case .spiceport: order(["channel"])
        case .dbus: order(["channel"])
        case .qemuVDAgent: break
        }
    }

    /// Refuses a source that does not say where the bytes come from.
    func validate() throws(ConfError) {
        func require(_ name: String, _ isThere: Bool) throws(ConfError) {
            if !isThere { throw ConfError(.internal, "Missing source \(name) attribute for char device") }
        }
        let first = sources.first
        switch kind {
        case .file, .dev, .pipe: try require("path", first?.attribute("path")?.isEmpty == false)
        case .unix: if isPathRequired { try require("path", first?.attribute("path") != nil) }
        case .tcp:
            try require("host", first?.attribute("host") != nil || first?.attribute("mode") == "bind")
            try require("service", first?.attribute("service") != nil)
        case .udp: try require("service", sources.contains { $0.attribute("service") != nil })
        default: break
        }
    }

    private static let source = ElementShape(
        [
            .optional("mode", .words(["bind", "connect"])), .optional("host"), .optional("service"), .optional("tls"),
            .optional("path"), .optional("append"), .optional("master"), .optional("slave"), .optional("channel"),
        ],
        [
            .one("clipboard", [.required("copypaste", .yesNo)]), .one("mouse", [.required("mode")]),
            .many("seclabel", StorageShapes.deviceLabel),
            .one("reconnect", [.required("enabled", .yesNo), .optional("timeout", .unsigned())]),
        ])

    private mutating func order(_ names: [String]) {
        for index in sources.indices {
            let given = sources[index].attributes
            sources[index].attributes = names.flatMap { name in given.filter { $0.name == name } }
        }
    }
}

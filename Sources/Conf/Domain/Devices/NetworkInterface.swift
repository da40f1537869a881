package import VirtUtil

/// `<interface>`.
package struct NetworkInterface: XMLMapped {
    package enum Kind: String, XMLKeyword {
        case user, ethernet, vhostuser, server, client, mcast, network, bridge, `internal`, direct, hostdev, udp
        case vdpa, vds
        case null = "null"
    }

    package var kind = Kind.user
    package var managed: YesNo?
    package var trustGuestRxFilters: YesNo?
    package var mac: MAC?
    package var source: Source?
    private var hasSource = false
    package var vlan: VLAN?
    package var virtualPort: VirtualPort?
    package var addresses: [GenericElement] = []
    package var routes: [NetworkRoute] = []
    package var script: GenericElement?
    package var downScript: GenericElement?
    package var backendDomain: GenericElement?
    package var targetName: String?
    package var targetManaged: YesNo?
    package var guest: GenericElement?
    package var model: String?
    package var driver: GenericElement?
    package var backend: GenericElement?
    package var filter: GenericElement?
    package var tune: GenericElement?
    package var link: GenericElement?
    package var mtu: GenericElement?
    package var bandwidth: Bandwidth?
    package var port: GenericElement?
    package var teaming: GenericElement?
    package var coalesce: GenericElement?
    package var info = DeviceInfo()

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.attribute("type", &kind)
        x.attribute("managed", &managed)
        x.attribute("trustGuestRxFilters", &trustGuestRxFilters)
        x.element("mac", &mac)
        if kind == .hostdev { x.shaped("driver", InterfaceShapes.hostDriver, &driver) }
        if x.isReading, let node = x.node?.child("source") {
            var value = Source(of: kind)
            x.read(node) { value.map(x) }
            if !value.attributes.isEmpty || !value.children.isEmpty { source = value }
            hasSource = true
        } else {
            x.element("source", &source)
        }
        x.element("vlan", &vlan)
        mapVirtualPort(x)
        mapBandwidth(x, &bandwidth, allowing: kind == .network ? [.floor] : [])
        x.shaped("port", InterfaceShapes.port, &port)
        x.shaped("ip", InterfaceShapes.address, &addresses)
        x.elements("route", &routes, of: NetworkRoute()) { $0.map(x, owner: "guest interface") }
        x.shaped("script", InterfaceShapes.script, &script)
        x.shaped("downscript", InterfaceShapes.script, &downScript)
        x.shaped("backenddomain", DeviceShapes.backendDomain, &backendDomain)
        x.element("target") {
            x.attribute("dev", &targetName)
            x.attribute("managed", &targetManaged)
        }
        x.shaped("guest", InterfaceShapes.guest, &guest)
        x.element("model") { x.attribute("type", &model) }
        let isVirtio = DeviceShapes.virtioModels.contains(model ?? "")
        if kind != .hostdev, x.isWriting || isVirtio { x.shaped("driver", InterfaceShapes.driver, &driver) }
        x.shaped("backend", InterfaceShapes.backend, &backend)
        if x.isReading, !isVirtio {
            backend?.set("vhost", nil)
            if backend?.attributes.isEmpty == true { backend = nil }
        }
        x.shaped("filterref", InterfaceShapes.filter, &filter)
        if x.isReading, kind != .ethernet, kind != .network, kind != .bridge { filter = nil }
        x.shaped("tune", InterfaceShapes.tune, &tune)
        x.shaped("link", InterfaceShapes.link, &link)
        x.shaped("mtu", InterfaceShapes.mtu, &mtu)
        x.shaped("teaming", InterfaceShapes.teaming, &teaming)
        x.shaped("coalesce", InterfaceShapes.coalesce, &coalesce)
        info.map(x)
        if x.isReading {
            if let frames = coalesce?.child("rx")?.child("frames")?.attribute("max"), frames == "0" { coalesce = nil }
            complete(x)
        }
    }

    private mutating func mapVirtualPort(_ x: XMLCoder) {
        switch kind {
        // What is missing the network may say.
        case .network: virtualPort.map(x, rules: [.generatesIDs])
        case .bridge, .direct, .hostdev: virtualPort.map(x, rules: [.needsType, .generatesIDs, .needsAll])
        default:
            x.readFirst("virtualport") {
                x.failUnsupported("<virtualport> element unsupported for <interface type='\(kind.rawValue)'>")
            }
        }
    }

    private mutating func complete(_ x: XMLCoder) {
        if kind != .hostdev || managed == .no { managed = nil }
        if let type = backend?.attribute("type"), type != "default" {
            x.failXML("Invalid value for attribute 'type' in element 'backend': '\(type)'.")
        }
        if driver?.attributes.isEmpty == true && driver?.children.isEmpty == true {
            driver = nil
        }
        completeSource(x)
        for index in addresses.indices { addresses[index].completeFamily() }
        if link?.attributes.isEmpty == true { link = nil }
        if guest?.attributes.isEmpty == true { guest = nil }
        if backendDomain?.attributes.isEmpty == true { backendDomain = nil }
        if coalesce?.children.isEmpty == true { coalesce = nil }
        if let teaming {
            let type = teaming.attribute("type")
            if type != "persistent", type != "transient" { x.failUnsupported("unknown teaming type '\(type ?? "(null)")'") }
            if type == "transient", teaming.attribute("persistent") == nil {
                x.failUnsupported("teaming persistent attribute must be set if teaming type is 'transient'")
            }
        }
        if addresses.contains(where: { $0.attribute("address") == nil }) { x.failXML("Missing required address in <ip>") }
        if x.style.isInactive, targetManaged != .no, let name = targetName, Self.generatedPrefixes.contains(where: name.hasPrefix) {
            targetName = nil
        }
        if !hasSource, Self.needsSource.contains(kind) {
            x.failXML("interface type='\(kind.rawValue)' requires a 'source' element")
        }
        if let model, !model.utf8.allSatisfy(Self.isModelCharacter) {
            x.fail(ConfError(.invalidArgument, "Model name contains invalid characters"))
        }
    }

    private mutating func completeSource(_ x: XMLCoder) {
        guard hasSource else { return }
        func require(_ name: String) {
            guard source?.attribute(name)?.isEmpty != false else { return }
            x.fail(
                ConfError(
                    .xml, "Missing required attribute '\(name)' in element 'source'", domain: ConfError.fromXML))
        }
        switch kind {
        case .network: require("network")
        case .bridge: require("bridge")
        case .direct:
            require("dev")
            let element = GenericElement(name: "source", attributes: source?.attributes ?? [])
            x.check(element, "mode", ["vepa", "private", "bridge", "passthrough"])
            if source?.attribute("mode") == nil { source?.attributes.append(("mode", "vepa")) }
        case .vhostuser:
            require("type")
            require("path")
            require("mode")
            if !DeviceShapes.virtioModels.contains(model ?? "") {
                x.failInternal(
                    "Wrong or no <model> 'type' attribute specified with <interface type='vhostuser'/>. vhostuser requires the virtio-net* frontend"
                )
            }
        case .internal: require("name")
        case .vdpa: require("dev")
        case .vds: for name in ["switchid", "portid", "portgroupid", "connectionid"] { require(name) }
        case .hostdev:
            guard var value = source else { return }
            for index in value.children.indices where value.children[index].attribute("type") == "pci" {
                value.children[index].normalizePCIAddress()
            }
            source = value
        default: break
        }
    }

    /// Names that hosts give out themselves; a definition does not keep them.
    private static let generatedPrefixes = ["vnet", "macvtap", "macvlan", "vif"]
    private static let needsSource: Set<Kind> = [
        .network, .bridge, .direct, .internal, .vhostuser, .server, .client, .mcast, .udp, .hostdev, .vdpa, .vds,
    ]

    private static func isModelCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
        default: false
        }
    }

    package struct MAC: XMLMapped {
        package var address = MACAddress(bits: 0)
        package var type: String?
        package var check: YesNo?
        package init() {}
        package init(_ address: MACAddress) { self.address = address }
        package mutating func map(_ x: XMLCoder) {
            x.put("address", address.description)
            x.attribute("type", &type)
            x.attribute("check", &check)
            guard x.isReading, let text = x.peek("address") else { return }
            guard let read = MACAddress(text) else {
                x.failXML("unable to parse mac address '\(text)'")
                return
            }
            if read.isMulticast { x.failXML("expected unicast mac address, found multicast '\(text)'") }
            address = read
        }
    }

    /// `<source>`: which attributes count depends on the interface's type.
    package struct Source: XMLMapped {
        package var attributes: [(name: String, value: String)] = []
        package var children: [GenericElement] = []
        /// Decides what counts.
        let kind: Kind

        package init() { kind = .user }
        init(of kind: Kind) { self.kind = kind }

        package func attribute(_ name: String) -> String? { attributes.first { $0.name == name }?.value }

        package mutating func map(_ x: XMLCoder) {
            if x.isReading {
                guard let node = x.node else { return }
                let element = InterfaceShapes.source(of: kind).read(node, x)
                attributes = element.attributes
                children = element.children
            } else {
                for attribute in attributes { x.put(attribute.name, attribute.value) }
                x.putElements(children)
            }
        }

    }
}

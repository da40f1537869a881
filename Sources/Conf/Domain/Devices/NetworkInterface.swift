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
    package var vlan: VLAN?
    package var virtualPort: VirtualPort?
    package var addresses: [GenericElement] = []
    package var routes: [GenericElement] = []
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
        if kind == .hostdev { x.verbatim("driver", &driver) }
        x.element("source", &source)
        x.element("vlan", &vlan)
        mapVirtualPort(x)
        mapBandwidth(x, &bandwidth, allowing: kind == .network ? [.floor] : [])
        x.verbatim("port", &port)
        x.verbatim("ip", &addresses)
        x.verbatim("route", &routes)
        x.verbatim("script", &script)
        x.verbatim("downscript", &downScript)
        x.verbatim("backenddomain", &backendDomain)
        x.element("target") {
            x.attribute("dev", &targetName)
            x.attribute("managed", &targetManaged)
        }
        x.verbatim("guest", &guest)
        x.element("model") { x.attribute("type", &model) }
        if kind != .hostdev { x.verbatim("driver", &driver) }
        x.verbatim("backend", &backend)
        x.verbatim("filterref", &filter)
        x.verbatim("tune", &tune)
        x.verbatim("link", &link)
        x.verbatim("mtu", &mtu)
        x.verbatim("teaming", &teaming)
        x.verbatim("coalesce", &coalesce)
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
        if model == nil, kind != .hostdev { driver = nil }
        completeSource(x)
        for index in addresses.indices where addresses[index].attribute("family") == nil {
            let isSix = addresses[index].attribute("address")?.utf8.contains(0x3A) == true
            addresses[index].set("family", isSix ? "ipv6" : "ipv4")
            addresses[index].order(["address", "family", "prefix", "peer"])
        }
        if let state = link?.attribute("state"), state != "up", state != "down" {
            x.failUnsupported("unknown interface link state '\(state)'")
        }
        if x.style.isInactive, let name = targetName, Self.generatedPrefixes.contains(where: name.hasPrefix) {
            targetName = nil
        }
        if source == nil, Self.needsSource.contains(kind) {
            x.failXML("interface type='\(kind.rawValue)' requires a 'source' element")
        }
        if let model, !model.utf8.allSatisfy(Self.isModelCharacter) {
            x.fail(ConfError(.invalidArgument, "Model name contains invalid characters"))
        }
    }

    private mutating func completeSource(_ x: XMLCoder) {
        guard source != nil else { return }
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
        case .internal: require("name")
        case .hostdev:
            for index in source!.children.indices where source!.children[index].attribute("type") == "pci" {
                source!.children[index].normalizePCIAddress()
            }
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

    /// `<source>`: which attributes count depends on the interface's type; all are kept.
    package struct Source: XMLMapped {
        package var attributes: [(name: String, value: String)] = []
        package var children: [GenericElement] = []
        package init() {}

        package func attribute(_ name: String) -> String? { attributes.first { $0.name == name }?.value }

        package mutating func map(_ x: XMLCoder) {
            if x.isReading {
                let given = x.node?.attributes ?? []
                attributes = Self.order.flatMap { name in given.filter { $0.name == name } }
                x.forEachElement { children.append(GenericElement($0)) }
            } else {
                for attribute in attributes { x.put(attribute.name, attribute.value) }
                x.putElements(children)
            }
        }

        private static let order = [
            "bridge", "network", "portgroup", "type", "path", "dev", "mode", "name", "address", "port", "switchid",
            "portid", "portgroupid", "connectionid",
        ]
    }
}

package import VirtUtil

/// `<networkport>`: an interface that is plugged into a network, or wants to be.
package struct NetworkPortDefinition: XMLMapped {
    /// What the network gives the interface.
    package enum Plug: Sendable, Equatable {
        /// Nothing yet: the network decides.
        case none
        /// A bridge of the network's own.
        case network(bridge: String, NetworkBridge.MACTableManager?)
        /// A bridge of the host's.
        case bridge(String, NetworkBridge.MACTableManager?)
        case direct(device: String, DirectMode)
        case hostdev(PCIAddress, NetworkForward.PCIDriver?, isManaged: YesNo?)
    }

    /// How an interface shares a device of the host.
    package enum DirectMode: String, XMLKeyword { case vepa, `private`, bridge, passthrough }

    package var uuid = DomainUUID(high: 0, low: 0)
    package var ownerName = ""
    package var ownerUUID = DomainUUID(high: 0, low: 0)
    /// The network's port group.
    package var group: String?
    package var mac = MACAddress(bits: 0)
    package var virtualPort: VirtualPort?
    package var bandwidth: Bandwidth?
    package var vlan: VLAN?
    package var isIsolated: YesNo?
    package var trustGuestRxFilters: YesNo?
    package var plug = Plug.none

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        mapUUID(x, &uuid, missing: "network port has no uuid")
        mapOwner(x)
        x.textElement("group", &group)
        mapMAC(x)
        virtualPort.map(x, rules: [])
        mapBandwidth(x, &bandwidth, allowing: [.floor, .classID])
        x.element("vlan", &vlan)
        x.element("port") { x.attribute("isolated", &isIsolated) }
        x.element("rxfilters") { x.attribute("trustGuest", &trustGuestRxFilters) }
        if x.isReading { x.readFirst("plug") { readPlug(x) } } else { write(plug, x) }
    }

    private func mapUUID(_ x: XMLCoder, _ value: inout DomainUUID, missing: String) {
        var text: String? = x.isReading ? nil : value.description
        x.textElement("uuid", &text)
        guard x.isReading else { return }
        guard let text else { return x.failNetwork(.internal, missing) }
        if let read = DomainUUID(text) {
            value = read
        } else {
            x.failNetwork(.internal, "Unable to parse UUID '\(text)'")
        }
    }

    private mutating func mapOwner(_ x: XMLCoder) {
        var isPresent = x.isWriting
        x.element("owner", present: &isPresent) {
            var name: String? = x.isReading ? nil : ownerName
            x.textElement("name", &name)
            if let name { ownerName = name } else { x.failNetwork(.internal, "network port has no owner name") }
            mapUUID(x, &ownerUUID, missing: "network port has no owner UUID")
        }
        if !isPresent { x.failNetwork(.internal, "network port has no owner name") }
    }

    private mutating func mapMAC(_ x: XMLCoder) {
        if x.isWriting { return x.element("mac") { x.put("address", mac.description) } }
        guard let text = x.firstValue(of: "address", in: "mac") else {
            return x.failNetwork(.internal, "network port has no mac")
        }
        if let address = MACAddress(text) {
            mac = address
        } else {
            x.failNetwork(.internal, "Unable to parse MAC '\(text)'")
        }
    }

    // MARK: The plug

    private enum Kind: String, XMLKeyword {
        case none, network, bridge, direct
        case hostdev = "hostdev-pci"
    }

    private mutating func readPlug(_ x: XMLCoder) {
        var kind = Kind.none
        x.attribute("type", &kind)
        guard x.error == nil else { return }
        switch kind {
        case .none: break
        case .network, .bridge:
            guard let bridge = x.filled("bridge") else { return x.failNetwork("Missing network port bridge name") }
            let manager = x.peek("macTableManager")
            let known = manager.flatMap(NetworkBridge.MACTableManager.init(rawValue:))
            if let manager, known == nil {
                x.failNetwork("Invalid macTableManager setting '\(manager)' in network port")
            }
            plug = kind == .network ? .network(bridge: bridge, known) : .bridge(bridge, known)
        case .direct:
            guard let device = x.filled("dev") else { return x.failNetwork("Missing network port link device name") }
            let word = x.peek("mode") ?? DirectMode.vepa.rawValue
            guard let mode = DirectMode(rawValue: word) else {
                return x.failNetwork("Invalid mode setting '\(word)' in network port")
            }
            plug = .direct(device: device, mode)
        case .hostdev: readFunction(x)
        }
    }

    private mutating func readFunction(_ x: XMLCoder) {
        var isManaged: YesNo?
        x.attribute("managed", &isManaged)
        var driver: NetworkForward.PCIDriver?
        if let word = x.firstValue(of: "name", in: "driver") {
            driver = NetworkForward.PCIDriver(rawValue: word)
            if driver == nil { x.failNetwork("Missing network port driver name") }
        }
        var address: PCIAddress?
        x.element("address", &address)
        guard let address else { return x.failNetwork("Missing network port PCI address") }
        plug = .hostdev(address, driver, isManaged: isManaged)
    }

    private func write(_ plug: Plug, _ x: XMLCoder) {
        x.element("plug") {
            switch plug {
            case .none: break
            case .network(let bridge, let manager), .bridge(let bridge, let manager):
                if case .network = plug { x.put("type", "network") } else { x.put("type", "bridge") }
                x.put("bridge", bridge)
                x.put("macTableManager", manager?.rawValue)
            case .direct(let device, let mode):
                x.put("type", "direct")
                x.put("dev", device)
                x.put("mode", mode.rawValue)
            case .hostdev(let address, let driver, let isManaged):
                x.put("type", "hostdev-pci")
                x.put("managed", isManaged?.rawValue)
                x.element("driver") { x.put("name", driver?.rawValue) }
                x.write("address", address)
            }
        }
    }
}

extension NetworkPortDefinition {
    /// Reads and checks a definition.
    ///
    /// - Throws: With the code, origin and text of libvirt's refusal.
    package init(xml: String) throws(ConfError) {
        let document = try XMLDocument(xml, name: "(networkport_definition)", domain: ConfError.fromNetwork)
        let element = document.root
        try element.require("networkport")
        let coder = XMLCoder(reading: element)
        self.init()
        map(coder)
        if let error = coder.error { throw error }
    }

    /// Prints the definition as libvirt would.
    package func xml() -> String {
        let coder = XMLCoder(writing: XMLStyle())
        coder.write("networkport", self)
        return coder.text
    }
}

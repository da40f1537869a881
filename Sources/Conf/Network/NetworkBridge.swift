internal import VirtUtil

/// `<bridge>`: the bridge of the host that the network uses or makes.
package struct NetworkBridge: Sendable {
    package enum MACTableManager: String, XMLKeyword { case kernel, libvirt }

    package var name: String?
    /// Zone of the host's firewall.
    package var zone: String?
    package var spanningTree = true
    /// Seconds before a new port forwards.
    package var delay: UInt = 0
    package var macTableManager: MACTableManager?
    /// The document says something of the spanning tree, which not all networks may.
    private var saysTree = false

    package init() {}

    mutating func map(_ x: XMLCoder, network: String, mode: NetworkForward.Mode) {
        if x.isReading {
            x.readFirst("bridge") { read(x, network) }
        } else if mode.isRouted {
            x.element("bridge") {
                x.put("name", name)
                x.put("zone", zone)
                x.put("stp", spanningTree ? "on" : "off")
                x.put("delay", String(delay))
                x.put("macTableManager", macTableManager?.rawValue)
            }
        } else if mode == .bridge {
            x.element("bridge") {
                x.put("name", name)
                x.put("macTableManager", macTableManager?.rawValue)
            }
        }
    }

    private mutating func read(_ x: XMLCoder, _ network: String) {
        name = x.filled("name")
        zone = x.filled("zone")
        let state = x.filled("stp")
        spanningTree = state != "off"
        saysTree = state != nil
        if let text = x.filled("delay") {
            if let seconds = UInt(text.trimmedLeadingBlanks) {
                delay = seconds
            } else {
                x.failNetwork("Invalid delay value in network '\(network)'")
            }
        }
        if let text = x.filled("macTableManager") {
            macTableManager = MACTableManager(rawValue: text)
            if macTableManager == nil {
                x.failNetwork("Invalid macTableManager setting '\(text)' in network '\(network)'")
            }
        }
    }

    /// Only networks that the host routes have a bridge of their own.
    func validate(network: String, mode: NetworkForward.Mode) throws(ConfError) {
        guard !mode.isRouted else { return }
        func refuse(_ text: String) -> ConfError { ConfError(.xml, text, domain: ConfError.fromNetwork) }
        if mode != .bridge {
            for (what, isGiven) in [
                ("name", name != nil), ("macTableManager setting", macTableManager != nil), ("zone", zone != nil),
            ] where isGiven {
                throw refuse("bridge \(what) not allowed in \(mode.rawValue) mode (network '\(network)')")
            }
        }
        if delay != 0 || saysTree || zone != nil {
            throw refuse(
                """
                bridge delay/stp/zone options only allowed in route, nat, and isolated mode, not in \
                \(mode.rawValue) (network '\(network)')
                """)
        }
    }
}

internal import VirtUtil

extension NetworkDefinition {
    /// A gateway must be in one of the network's own ranges.
    func checkRoutes() throws(ConfError) {
        // By prefix, of which there are few, whatever a document has of addresses and routes.
        var networks: [Int: Set<IPAddress>] = [:]
        for ip in addresses {
            guard let address = ip.address, let prefix = ip.effectivePrefix else { continue }
            networks[prefix, default: []].insert(address.masked(prefix))
        }
        for route in routes {
            guard let gateway = route.gateway else { continue }
            if !networks.contains(where: { prefix, members in members.contains(gateway.masked(prefix)) }) {
                throw ConfError(
                    .unsupported,
                    "unreachable static route gateway '\(gateway)' specified for network '\(name)'",
                    domain: ConfError.fromNetwork)
            }
        }
    }

    /// What the mode of forwarding asks for, and what it rules out.
    func checkMode() throws(ConfError) {
        func refuse(_ text: String) -> ConfError { ConfError(.xml, text, domain: ConfError.fromNetwork) }
        let mode = forward.mode
        switch mode {
        case .none: break
        case .nat, .route, .open:
            if addresses.isEmpty {
                throw refuse(
                    "\(mode.rawValue) forwarding requested, but no IP address provided for network '\(name)'")
            }
            if forward.deviceCount > 1 {
                throw refuse(
                    "multiple forwarding interfaces specified for network '\(name)', only one is supported")
            }
            if mode == .open, forward.deviceCount > 0 {
                throw refuse("forward dev not allowed for network '\(name)' with forward mode='open'")
            }
        case .bridge, .private, .vepa, .passthrough, .hostdev:
            try bridge.validate(network: name, mode: mode)
            if mode == .bridge, bridge.name != nil, forward.deviceCount > 0 || !forward.physicalFunctions.isEmpty {
                throw refuse(
                    """
                    A network with forward mode='bridge' can specify a bridge name or a forward dev, but not both \
                    (network '\(name)')
                    """)
            }
            if mtu > 0 {
                throw refuse(
                    """
                    mtu size only allowed in open, route, nat, and isolated mode, not in \(mode.rawValue) \
                    (network '\(name)')
                    """)
            }
        }
    }
}

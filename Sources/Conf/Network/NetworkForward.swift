internal import VirtUtil

/// `<forward>`: how packets leave the network.
package struct NetworkForward: Sendable {
    package enum Mode: String, XMLKeyword, CaseIterable {
        /// They do not.
        case none
        case nat, route, open, bridge, `private`, vepa, passthrough, hostdev

        /// The host is a router with a bridge of the network's own.
        package var isRouted: Bool {
            switch self {
            case .none, .nat, .route, .open: true
            case .bridge, .private, .vepa, .passthrough, .hostdev: false
            }
        }
    }

    package enum PCIDriver: String, XMLKeyword { case kvm, vfio }

    /// A device of the host, and how many guests' interfaces use it; the number is the driver's to set.
    package struct Interface: Sendable {
        package var device = ""
        package var connections: UInt32 = 0
        package init() {}
    }

    package struct Function: Sendable {
        package var address = PCIAddress()
        package var connections: UInt32 = 0
        package init() {}
    }

    package var mode = Mode.none
    /// Whether libvirt takes PCI devices from the host and gives them back; printed for `hostdev`.
    package var isManaged = false
    package var driver: PCIDriver?
    package var nat = NetworkNAT()
    /// The first is the one of the `dev` attribute. A document has only one of the three kinds.
    package var interfaces: [Interface] = []
    package var functions: [Function] = []
    package var physicalFunctions: [Interface] = []

    package init() {}

    /// Devices for packets, without a physical function that has some.
    var deviceCount: Int { interfaces.count + functions.count }

    mutating func map(_ x: XMLCoder, network: String) {
        if x.isReading { return x.readFirst("forward") { read(x, network) } }
        guard mode != .none else { return }
        x.element("forward") {
            if functions.isEmpty, physicalFunctions.isEmpty { x.put("dev", interfaces.first?.device) }
            x.put("mode", mode.rawValue)
            if mode == .hostdev { x.put("managed", isManaged ? "yes" : "no") }
            x.element("driver") { x.put("name", driver?.rawValue) }
            nat.map(x, network: network)
            writeDevices(x)
        }
    }

    private func writeDevices(_ x: XMLCoder) {
        func putConnections(_ count: UInt32) {
            if !x.style.isInactive, count > 0 { x.put("connections", String(count)) }
        }
        for device in physicalFunctions { x.element("pf") { x.put("dev", device.device) } }
        // Those that a physical function has are found when the network starts.
        if x.style.isInactive, !physicalFunctions.isEmpty { return }
        for function in functions {
            x.element("address") {
                x.put("type", "pci")
                var address = function.address
                address.map(x)
                putConnections(function.connections)
            }
        }
        for interface in interfaces {
            x.element("interface") {
                x.put("dev", interface.device)
                putConnections(interface.connections)
            }
        }
    }

    // MARK: Reading

    private mutating func read(_ x: XMLCoder, _ network: String) {
        mode = .nat
        if let text = x.filled("mode") {
            if let mode = Mode(rawValue: text) {
                self.mode = mode
            } else {
                x.failNetwork(.unsupported, "unknown forwarding type '\(text)'")
            }
        }
        isManaged = x.peek("managed")?.lowercased() == "yes"
        readDriver(x, network)
        nat.readAll(x, network: network, isAllowed: mode == .nat)
        readDevices(x, network)
    }

    private mutating func readDriver(_ x: XMLCoder, _ network: String) {
        guard let text = x.firstValue(of: "name", in: "driver") else { return }
        driver = PCIDriver(rawValue: text)
        if driver == nil {
            x.failNetwork(.unsupported, "Unknown forward <driver name='\(text)'/> in network \(network)")
        }
    }

    /// Without the network's name: so in libvirt.
    static let mixedDevices = ConfError(
        .xml,
        """
        the <forward> 'dev' attribute cannot be used when <address> or <pf> sub-elements are present in network %s
        """, domain: ConfError.fromNetwork)

    private mutating func readDevices(_ x: XMLCoder, _ network: String) {
        let first = x.filled("dev")
        let (names, addresses, parents) = (x.count("interface"), x.count("address"), x.count("pf"))
        if first != nil, addresses > 0 || parents > 0 {
            return x.fail(Self.mixedDevices)
        }
        if names > 0 || first != nil {
            readInterfaces(x, network, first)
        } else if addresses > 0 {
            readFunctions(x, network)
        } else if parents > 1 {
            x.failNetwork("Only one <pf> element is allowed in <forward> of network \(network)")
        } else {
            x.readFirst("pf") {
                guard let device = x.peek("dev") else {
                    return x.failNetwork("Missing required dev attribute in <pf> element of network '\(network)'")
                }
                physicalFunctions = [Interface(device)]
            }
        }
    }

    private mutating func readInterfaces(_ x: XMLCoder, _ network: String, _ first: String?) {
        var seen: Set<String> = []
        x.elements("interface", &interfaces, of: Interface()) { interface in
            guard let device = x.peek("dev") else {
                return x.failNetwork(
                    "Missing required dev attribute in <forward> <interface> element of network \(network)")
            }
            if seen.isEmpty, let first, device != first {
                x.failNetwork(
                    "<forward dev='\(first)'> must match first <interface dev='\(device)'/> in network \(network)")
            }
            interface.device = device
            if !seen.insert(device).inserted {
                x.failNetwork("interface '\(device)' can only be listed once in network \(network)")
            }
        }
        if let first, interfaces.isEmpty { interfaces = [Interface(first)] }
    }

    private mutating func readFunctions(_ x: XMLCoder, _ network: String) {
        var seen: Set<[UInt32?]> = []
        x.elements("address", &functions, of: Function()) { function in
            guard let type = x.peek("type") else {
                return x.failNetwork("missing address type in network \(network)")
            }
            if type == "none" || type == "netdev" {
                return x.failNetwork("unsupported address type '\(type)' in network \(network)")
            }
            guard type == "pci" else {
                return x.failNetwork(.unsupported, "unknown address type '\(type)' in network \(network)")
            }
            function.address.map(x)
            let address = function.address
            if !seen.insert([address.domain, address.bus, address.slot, address.function]).inserted {
                x.failNetwork("PCI device '\(address.shortForm)' can only be listed once in network \(network)")
            }
        }
    }
}

extension NetworkForward.Interface {
    package init(_ device: String) {
        self.init()
        self.device = device
    }
}

extension PCIAddress {
    /// `0000:01:02.3`
    var shortForm: String {
        func part(_ value: UInt32?, _ digits: Int) -> String {
            String(hexadecimal(value ?? 0, digits: digits).dropFirst(2))
        }
        return "\(part(domain, 4)):\(part(bus, 2)):\(part(slot, 2)).\(part(function, 1))"
    }
}

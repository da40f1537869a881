package import VirtUtil

/// A change of one part of a network, as `virNetworkUpdate` asks for it.
package struct NetworkUpdate: Sendable {
    /// The numbers of `virNetworkUpdateCommand`.
    package enum Command: UInt32, Sendable {
        case modify = 1
        case delete, addLast, addFirst

        var isAddition: Bool { self == .addLast || self == .addFirst }
    }

    /// The numbers of `virNetworkUpdateSection`.
    package enum Section: UInt32, Sendable {
        case bridge = 1
        case domain, ip, dhcpHost, dhcpRange, forward, forwardInterface, forwardPF, portGroup
        case dnsHost, dnsText, dnsService
    }

    /// As asked, whether there is such a command or not.
    package var command: UInt32
    package var section: UInt32
    /// Which `<ip>` of the network the element is in; negative for the fitting one.
    package var parentIndex: Int32
    package var xml: String

    package init(command: UInt32, section: UInt32, parentIndex: Int32, xml: String) {
        self.command = command
        self.section = section
        self.parentIndex = parentIndex
        self.xml = xml
    }

    var known: Command? { Command(rawValue: command) }
    /// It will be compared with what is there, so a part of the element is enough.
    var isSearch: Bool { known?.isAddition != true }

    func unknownCommand() -> ConfError {
        ConfError(
            .operationUnsupported, "unrecognized network update command code \(command)",
            domain: ConfError.fromNetwork)
    }
}

extension NetworkDefinition {
    /// The network with one part changed.
    ///
    /// - Parameter style: As what it is copied: live, or inactive.
    /// - Throws: 84 for what cannot be updated, 55 if what is looked for is not there or what is new is there
    ///   already, and the refusals of definitions.
    package func updated(_ update: NetworkUpdate, style: XMLStyle = XMLStyle()) throws(ConfError) -> NetworkDefinition {
        // Through the document, which leaves out what does not go together.
        var result = try NetworkDefinition(xml: xml(style: style), readsOptions: true)
        result.takeConnections(of: self)
        (result.title, result.description) = (title, description)
        let element = try XMLDocument(update.xml, name: "network_update_xml", domain: ConfError.fromNetwork).root
        switch NetworkUpdate.Section(rawValue: update.section) {
        case .bridge: throw result.fixed("bridge")
        case .domain: throw result.fixed("domain")
        case .ip: throw result.fixed("ip")
        case .forward: throw result.fixed("forward")
        case .forwardPF: throw result.fixed("forward pf")
        case .dhcpHost: try result.updateDHCPHost(update, element)
        case .dhcpRange: try result.updateDHCPRange(update, element)
        case .forwardInterface: try result.updateForwardInterface(update, element)
        case .portGroup: try result.updatePortGroup(update, element)
        case .dnsHost: try result.updateDNSHost(update, element)
        case .dnsText: try result.updateDNSText(update, element)
        case .dnsService: try result.updateDNSService(update, element)
        case nil:
            throw ConfError(
                .operationUnsupported, "can't update unrecognized section of network",
                domain: ConfError.fromNetwork)
        }
        _ = try NetworkDefinition(xml: result.xml(style: style), readsOptions: true)
        return result
    }

    /// What a driver counts is no part of the document.
    private mutating func takeConnections(of other: NetworkDefinition) {
        connections = other.connections
        var counts: [String: UInt32] = [:]
        for interface in other.forward.interfaces { counts[interface.device] = interface.connections }
        for index in forward.interfaces.indices {
            forward.interfaces[index].connections = counts[forward.interfaces[index].device] ?? 0
        }
        counts = [:]
        for function in other.forward.functions { counts[function.address.shortForm] = function.connections }
        for index in forward.functions.indices {
            forward.functions[index].connections = counts[forward.functions[index].address.shortForm] ?? 0
        }
    }

    private func fixed(_ section: String) -> ConfError {
        ConfError(
            .operationUnsupported, "can't update '\(section)' section of network '\(name)'",
            domain: ConfError.fromNetwork)
    }

    // MARK: Parts

    func expect(_ name: StaticString, _ element: XMLNode) throws(ConfError) {
        if element.isNamed(name) { return }
        throw ConfError(
            .xml, "unexpected element <\(element.name)>, expecting <\(name)>, while updating network '\(self.name)'",
            domain: ConfError.fromNetwork)
    }

    /// Reads one element with the function that also reads it inside a network.
    func parse<Value>(
        _ element: XMLNode, _ value: Value, _ map: (inout Value, XMLCoder) -> Void
    ) throws(ConfError) -> Value {
        var value = value
        let coder = XMLCoder(reading: element)
        map(&value, coder)
        if let error = coder.error { throw error }
        return value
    }

    func invalid(_ text: String) -> ConfError {
        ConfError(.operationInvalid, text, domain: ConfError.fromNetwork)
    }

    func unmodifiable(_ text: String) -> ConfError {
        ConfError(
            .operationUnsupported, "\(text) cannot be modified, only added or deleted", domain: ConfError.fromNetwork)
    }

    private mutating func updateForwardInterface(_ update: NetworkUpdate, _ element: XMLNode) throws(ConfError) {
        try expect("interface", element)
        if update.known == .modify { throw unmodifiable("forward interface entries") }
        guard let device = element.attribute("dev") else {
            throw ConfError(.xml, "missing dev attribute in <interface> element", domain: ConfError.fromNetwork)
        }
        let index = forward.interfaces.firstIndex { $0.device == device }
        switch update.known {
        case .addLast, .addFirst:
            if index != nil {
                throw invalid(
                    """
                    there is an existing interface entry in network '\(name)' that matches \
                    "<interface dev='\(device)'>"
                    """
                )
            }
            if update.known == .addFirst, !forward.functions.isEmpty { throw NetworkForward.mixedDevices }
            forward.interfaces.add(NetworkForward.Interface(device), update)
        case .delete:
            guard let index else {
                throw invalid(
                    "couldn't find an interface entry in network '\(name)' matching <interface dev='\(device)'>")
            }
            if forward.interfaces[index].connections > 0 {
                throw invalid(
                    """
                    unable to delete interface '\(device)' in network '\(name)'. It is currently being used by \
                    \(forward.interfaces[index].connections) domains.
                    """)
            }
            forward.interfaces.remove(at: index)
        case .modify, nil: throw update.unknownCommand()
        }
    }

    private mutating func updatePortGroup(_ update: NetworkUpdate, _ element: XMLNode) throws(ConfError) {
        try expect("portgroup", element)
        let group = try parse(element, NetworkPortGroup()) { $0.map($1) }
        let index = portGroups.firstIndex { $0.name == group.name }
        if index == nil, update.known == .modify || update.known == .delete {
            throw invalid(
                "couldn't find a portgroup entry in network '\(name)' matching <portgroup name='\(group.name)'>")
        }
        if index != nil, update.known?.isAddition == true {
            throw invalid(
                """
                there is an existing portgroup entry in network '\(name)' that matches \
                "<portgroup name='\(group.name)'>"
                """
            )
        }
        let standard = portGroups.firstIndex { $0.isDefault }
        if update.known != .delete, group.isDefault, let standard, standard != index {
            throw invalid(
                """
                a different portgroup entry in network '\(name)' is already set as the default. Only one default is \
                allowed.
                """)
        }
        switch (update.known, index) {
        case (.modify, let index?): portGroups[index] = group
        case (.delete, let index?): portGroups.remove(at: index)
        case (.addLast, nil), (.addFirst, nil): portGroups.add(group, update)
        default: throw update.unknownCommand()
        }
    }
}

extension Array {
    /// At the end or the beginning, as asked.
    mutating func add(_ element: Element, _ update: NetworkUpdate) {
        if update.known == .addFirst { insert(element, at: 0) } else { append(element) }
    }
}

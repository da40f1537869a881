internal import LibvirtRemote

extension CommandOption {
    fileprivate static let port = required("port", "UUID of the port.", .networkPorts)
}

extension Invocation {
    /// A port of a network, by UUID.
    fileprivate func port(of network: Network) async throws -> NetworkPort {
        let text = try required("port")
        return try await attempt("failed to get network port '\(text)'") {
            guard let uuid = UUID(text) else {
                throw ShellError("uuidstr in virNetworkPortLookupByUUIDString must be a valid UUID")
            }
            return try await network.lookupPort(byUUID: uuid)
        }
    }
}

extension Command {
    static let netPortList = Command(
        "net-port-list", "List the ports of a network.",
        [.network, .flag("uuid", "Print UUIDs."), .flag("table", "Print a table (default).")]
    ) { call in
        if call.has("uuid") && call.has("table") {
            throw ShellError("Only one argument from --table and --uuid may be specified.")
        }
        let network = try await call.network()
        let ports = try await network.ports().sorted(byName: \.reference.uuid.description)
        if call.has("uuid") { return call.printList(ports.map(\.reference.uuid.description)) }
        var table = Table(header: ["UUID"])
        table.rows = ports.map { [Table.Cell($0.reference.uuid.description)] }
        call.print(table)
    }

    static let netPortCreate = Command(
        "net-port-create", "Create a port of a network.", [.network, .file("File with the port's XML."), .validate]
    ) { call in
        let file = try call.required("file")
        let network = try await call.network()
        let xml = try TextFile.read(file)
        let port = try await attempt("Failed to create network from \(file)") {
            try await network.createPort(xml: xml, flags: call.has("validate") ? .validate : [])
        }
        call.remark("Network port \(port.reference.uuid) created from \(file)")
    }

    static let netPortDumpxml = Command(
        "net-port-dumpxml", "Print the XML of a network's port.", [.network, .port, .xpath, .wrap]
    ) { call in
        let network = try await call.network()
        try call.printXML(try await call.port(of: network).xml())
    }

    static let netPortDelete = Command("net-port-delete", "Remove a port of a network.", [.network, .port]) { call in
        let network = try await call.network()
        let port = try await call.port(of: network)
        let uuid = port.reference.uuid
        try await attempt("Failed to delete network port \(uuid)") { try await port.delete() }
        call.remark("Network port \(uuid) deleted")
    }
}

internal import LibvirtRemote

/// The definition of a pool, from options of a line.
private enum PoolFromOptions {
    static let options: [CommandOption] = [
        .required("name", "Name of the pool."), .required("type", "Type of the pool, such as dir."),
        .flag("print-xml", "Print the XML, and do nothing."), .text("source-host", "Host that has it."),
        .text("source-path", "Path on that host."), .text("source-dev", "Device.", .files),
        .text("source-name", "Name at the source."), .text("target", "Where it is to be seen.", .files),
        .text("source-format", "Format of the source."), .text("auth-type", "Kind of authentication."),
        .text("auth-username", "Who is to be authenticated."), .text("secret-usage", "Usage of the secret."),
        .text("secret-uuid", "UUID of the secret.", .secrets), .text("adapter-name", "Adapter of SCSI."),
        .text("adapter-wwnn", "Node of the Fibre Channel HBA."),
        .text("adapter-wwpn", "Port of the Fibre Channel HBA."),
        .text("adapter-parent", "Parent of the adapter."), .text("adapter-parent-wwnn", "Node of the parent."),
        .text("adapter-parent-wwpn", "Port of the parent."),
        .text("adapter-parent-fabric-wwn", "Fabric of the parent."),
        .text("source-protocol-ver", "Version of NFS."), .text("source-initiator", "Who asks, to an iSCSI target."),
    ]

    static func document(_ call: Invocation) throws(ShellError) -> String {
        try call.exclude("secret-usage", "secret-uuid")
        var children: [XMLElement?] = [XMLElement("name", text: try call.required("name"))]
        let source = XMLElement("source", [:], try sourceParts(call))
        if !source.children.isEmpty { children.append(source) }
        if let target = try call.text("target") {
            children.append(XMLElement("target", [:], [XMLElement("path", text: target)]))
        }
        return XMLElement("pool", ["type": try call.required("type")], children).formatted()
    }

    private static func sourceParts(_ call: Invocation) throws(ShellError) -> [XMLElement?] {
        var parts: [XMLElement?] = []
        func add(_ element: String, _ attribute: String, _ option: String) throws(ShellError) {
            if let value = try call.text(option) { parts.append(XMLElement(element, [attribute: value])) }
        }
        try add("host", "name", "source-host")
        try add("dir", "path", "source-path")
        try add("device", "path", "source-dev")
        if let node = try call.text("adapter-wwnn"), let port = try call.text("adapter-wwpn") {
            let parent = try call.text("adapter-parent")
            let parentNode = try call.text("adapter-parent-wwnn")
            let parentPort = try call.text("adapter-parent-wwpn")
            let fabric = try call.text("adapter-parent-fabric-wwn")
            parts.append(
                XMLElement(
                    "adapter",
                    [
                        "type": "fc_host", "parent": parent, "parent_wwnn": parentNode, "parent_wwpn": parentPort,
                        "parent_fabric_wwn": fabric, "wwnn": node, "wwpn": port,
                    ]))
        } else if let adapter = try call.text("adapter-name") {
            parts.append(XMLElement("adapter", ["type": "scsi_host", "name": adapter]))
        }
        if let type = try call.text("auth-type"), let user = try call.text("auth-username") {
            let usage = try call.text("secret-usage")
            let uuid = try call.text("secret-uuid")
            let secret = usage ?? uuid
            parts.append(
                XMLElement(
                    "auth", ["type": type, "username": user],
                    [secret == nil ? nil : XMLElement("secret", ["usage": usage, "uuid": uuid])]))
        }
        if let initiator = try call.text("source-initiator") {
            parts.append(XMLElement("initiator", [:], [XMLElement("iqn", ["name": initiator])]))
        }
        try add("format", "type", "source-format")
        parts.append(XMLElement("name", text: try call.text("source-name")))
        try add("protocol", "ver", "source-protocol-ver")
        return parts
    }
}

extension Command {
    static let poolCreateAs = Command(
        "pool-create-as", "Create and start a pool that goes when it stops, from options.",
        PoolFromOptions.options + [.buildPool, .keepPoolContent, .overwritePool]
    ) { call in
        let flags = try call.poolCreateFlags()
        let xml = try PoolFromOptions.document(call)
        if call.has("print-xml") { return try call.printXML(xml) }
        let name = try call.required("name")
        let connection = try await call.connection()
        let pool = try await attempt("Failed to create pool \(name)") {
            try await connection.createStoragePool(xml: xml, flags: flags)
        }
        call.remark("Pool \(pool.name) created")
    }

    static let poolDefineAs = Command("pool-define-as", "Define a pool from options.", PoolFromOptions.options) {
        call in
        let xml = try PoolFromOptions.document(call)
        if call.has("print-xml") { return try call.printXML(xml) }
        let name = try call.required("name")
        let connection = try await call.connection()
        let pool = try await attempt("Failed to define pool \(name)") {
            try await connection.defineStoragePool(xml: xml)
        }
        call.remark("Pool \(pool.name) defined")
    }

    static let findStoragePoolSourcesAs = Command(
        "find-storage-pool-sources-as", "Look for what pools could be made of, as options say.",
        [
            .required("type", "Type of the pools."), .text("host", "Host to ask."), .text("port", "Its port."),
            .text("initiator", "Who asks, to an iSCSI target."),
        ]
    ) { call in
        let type = try call.required("type")
        let host = try call.text("host")
        let port = try call.text("port")
        let initiator = try call.text("initiator")
        let connection = try await call.connection()
        var specification: String?
        if let host {
            guard !(port ?? "0").isEmpty else { throw ShellError("missing argument") }
            var children = [XMLElement("host", ["name": host, "port": port])]
            if let initiator { children.append(XMLElement("initiator", [:], [XMLElement("iqn", ["name": initiator])])) }
            specification = XMLElement("source", [:], children).formatted()
        }
        let source = specification
        try call.printXML(
            try await attempt("Failed to find any \(type) pool sources") {
                try await connection.findStoragePoolSources(type: type, source: source)
            })
    }

    static let findStoragePoolSources = Command(
        "find-storage-pool-sources", "Look for what pools could be made of, as XML says.",
        [.required("type", "Type of the pools."), .text("srcSpec", "File with the XML of where to look.", .files)]
    ) { call in
        let type = try call.required("type")
        let source = try call.text("srcSpec").map(TextFile.read)
        let connection = try await call.connection()
        try call.printXML(
            try await attempt("Failed to find any \(type) pool sources") {
                try await connection.findStoragePoolSources(type: type, source: source)
            })
    }
}

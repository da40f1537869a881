internal import LibvirtRemote

extension Command {
    static let dumpxml = Command(
        "dumpxml", "Print a domain's XML.",
        [
            .domain, .flag("inactive", "The XML of the next start."), .flag("security-info", "With passwords."),
            .flag("update-cpu", "With the CPU that the host gives."), .flag("migratable", "For a migration."), .xpath,
            .wrap,
        ]
    ) { call in
        let flags: DomainXMLFlags = call.flags([
            "inactive": .inactive, "security-info": .secure, "update-cpu": .updateCPU, "migratable": .migratable,
        ])
        try call.printXML(try await call.domain().xml(flags: flags))
    }

    static let edit = Command(
        "edit", "Change a domain's definition in an editor.",
        [.domain, .flag("skip-validate", "Do not check the XML against the schema.")]
    ) { call in
        let domain = try await call.domain()
        let flags: DomainXMLFlags =
            await call.shell.session.isReadOnly ? .inactive : [.inactive, .secure]
        try await call.edit(
            read: { try await domain.xml(flags: flags) },
            unchanged: "Domain '\(domain.name)' XML configuration not changed.", canRelax: true,
            validates: !call.has("skip-validate")
        ) { xml, validates in
            let edited = try await domain.connection.defineDomain(xml: xml, flags: validates ? .validate : [])
            return "Domain '\(edited.name)' XML configuration edited."
        }
    }

    static let domxmlFromNative = Command(
        "domxml-from-native", "Turn a hypervisor's own configuration into XML.",
        [.required("format", "Format of the configuration, such as qemu-argv."), .file("config", "File with it.")]
    ) { call in
        let format = try call.required("format")
        let config = try TextFile.read(try call.required("config"))
        let connection = try await call.connection()
        try call.printXML(try await connection.domainXML(fromNative: format, config: config))
    }

    static let domxmlToNative = Command(
        "domxml-to-native", "Turn XML into a hypervisor's own configuration.",
        [
            .required("format", "Format of the configuration, such as qemu-argv."),
            .named("domain", "Domain whose XML it is.", .domains), .text("xml", "File with the XML.", .files),
        ]
    ) { call in
        try call.exclude("domain", "xml")
        let format = try call.required("format")
        let xml: String
        if let file = try call.text("xml") {
            xml = try TextFile.read(file)
        } else if call.has("domain") {
            xml = try await call.domain().xml()
        } else {
            throw ShellError("need either domain or domain XML")
        }
        let connection = try await call.connection()
        let config = try await connection.nativeConfiguration(format: format, domainXML: xml)
        call.output.isJSON
            ? call.output.print(.object(["configuration": .string(config)])) : call.output.printRaw(config)
    }
}

extension Output {
    /// Prints a document, or what an expression selects in it.
    func printXML(_ xml: String, xpath: String?, wrap: Bool) throws {
        guard let xpath else {
            isJSON ? print(.object(["xml": .string(xml)])) : printRaw(xml)
            return
        }
        let nodes = try XMLSelection(document: xml).serialized(xpath, wrapped: wrap)
        if isJSON {
            print(.object(["nodes": .array(nodes.map { .string($0) })]))
        } else {
            for node in nodes { print(node) }
        }
    }
}

internal import LibvirtRemote

extension Command {
    static let netAutostart = Command(
        "net-autostart", "Start a network with the host, or no longer.", [.network, .flag("disable", "No longer.")]
    ) { call in
        let network = try await call.network()
        let name = network.reference.name
        let disable = call.has("disable")
        try await attempt("failed to \(disable ? "unmark" : "mark") network \(name) as autostarted") {
            try await network.setAutostart(!disable)
        }
        call.remark("Network \(name) \(disable ? "unmarked" : "marked") as autostarted")
    }

    static let netCreate = Command(
        "net-create", "Create and start a network that goes when it stops.",
        [.file("File with the network's XML."), .validate]
    ) { call in
        let file = try call.required("file")
        let xml = try TextFile.read(file)
        let connection = try await call.connection()
        let network = try await attempt("Failed to create network from \(file)") {
            call.has("validate")
                ? try await connection.createNetwork(xml: xml, flags: .validate)
                : try await connection.createNetwork(xml: xml)
        }
        call.remark("Network \(network.name) created from \(file)")
    }

    static let netDefine = Command(
        "net-define", "Define a network, or change its definition.", [.file("File with the network's XML."), .validate]
    ) { call in
        let file = try call.required("file")
        let xml = try TextFile.read(file)
        let connection = try await call.connection()
        let network = try await attempt("Failed to define network from \(file)") {
            call.has("validate")
                ? try await connection.defineNetwork(xml: xml, flags: .validate)
                : try await connection.defineNetwork(xml: xml)
        }
        call.remark("Network \(network.name) defined from \(file)")
    }

    static let netStart = Command("net-start", "Start a network that is defined.", [.network]) { call in
        let network = try await call.network()
        try await attempt("Failed to start network \(network.name)") { try await network.start() }
        call.remark("Network \(network.name) started")
    }

    static let netDestroy = Command("net-destroy", "Stop a network.", [.network]) { call in
        let network = try await call.network()
        let name = network.name
        try await attempt("Failed to destroy network \(name)") { try await network.destroy() }
        call.remark("Network \(name) destroyed")
    }

    static let netUndefine = Command("net-undefine", "Forget a network's definition.", [.network]) { call in
        let network = try await call.network()
        try await attempt("Failed to undefine network \(network.name)") { try await network.undefine() }
        call.remark("Network \(network.name) has been undefined")
    }

    static let netEdit = Command("net-edit", "Change a network's definition in an editor.", [.network]) { call in
        let network = try await call.network()
        try await call.edit(
            read: { try await network.xml(flags: .inactive) },
            unchanged: "Network \(network.name) XML configuration not changed.",
            write: { xml, _ in
                let edited = try await network.connection.defineNetwork(xml: xml)
                return "Network \(edited.name) XML configuration edited."
            })
    }

    private static let updateCommands = ["modify": 1, "delete": 2, "add": 3, "add-last": 3, "add-first": 4]
    private static let updateSections = [
        "bridge", "domain", "ip", "ip-dhcp-host", "ip-dhcp-range", "forward", "forward-interface", "forward-pf",
        "portgroup", "dns-host", "dns-txt", "dns-srv",
    ]

    static let netUpdate = Command(
        "net-update", "Change a part of a network.",
        [
            .network,
            .required("command", "add-first, add-last, add, delete or modify.", .words(updateCommands.keys.sorted())),
            .required("section", "Which part.", .words(updateSections)),
            .required("xml", "The part as XML, or a file with it.", .files),
            .number("parent-index", "Which parent element, of several."),
            .flag("config", "Change what the next start takes."), .flag("live", "Change the running network."),
            .flag("current", "Change the network as it is now, running or not."),
        ]
    ) { call in
        try call.exclude("current", "live")
        try call.exclude("current", "config")
        let network = try await call.network()
        let commandText = try call.required("command")
        guard let command = updateCommands[commandText] else {
            throw ShellError("unrecognized command name '\(commandText)'")
        }
        let sectionText = try call.required("section")
        guard let section = updateSections.firstIndex(of: sectionText) else {
            throw ShellError("unrecognized section name '\(sectionText)'")
        }
        let parent: Int32 = try call.integer("parent-index") ?? -1
        // What begins like an element is one.
        var xml = try call.required("xml")
        if !xml.hasPrefix("<") { xml = try TextFile.read(xml) }
        var flags: NetworkUpdateFlags = call.flags(["config": .config, "live": .live])
        if call.has("current") || flags.isEmpty { flags = .current }
        let isLive = flags.contains(.live)
        let isActive = flags.isEmpty || isLive ? try await network.isActive() : false
        try await attempt("Failed to update network \(network.name)") {
            try await network.update(
                command: UInt32(command), section: UInt32(section + 1), parentIndex: parent, xml: xml, flags: flags)
        }
        let what =
            flags.contains(.config)
            ? isLive ? "persistent config and live state" : "persistent config"
            : isLive || isActive ? "live state" : "persistent config"
        call.output.remarkUnended("Updated network \(network.name) \(what)")
    }
}

internal import LibvirtRemote

extension Command {
    static let netList = Command(
        "net-list", "List networks.",
        [
            .flag("inactive", "Inactive networks only."), .flag("all", "Active and inactive networks."),
            .flag("persistent", "Networks that are defined."), .flag("transient", "Networks that go when they stop."),
            .flag("autostart", "Networks that start with the host."),
            .flag("no-autostart", "Networks that do not start with the host."), .flag("uuid", "Print UUIDs."),
            .flag("name", "Print names."), .flag("table", "Print a table (default)."),
        ]
    ) { call in
        var flags: ConnectListAllNetworksFlags = .active
        if call.has("inactive") { flags = .inactive }
        if call.has("all") { flags = [.active, .inactive] }
        flags.formUnion(
            call.flags([
                "persistent": .persistent, "transient": .transient, "autostart": .autostart,
                "no-autostart": .noAutostart,
            ]))
        if ["table", "name", "uuid"].count(where: call.has) > 1 {
            throw ShellError("Only one argument from --table, --name and --uuid may be specified.")
        }
        let connection = try await call.connection()
        let filter = flags
        let networks = try await attempt("Failed to list networks") {
            try await connection.networks(flags: filter)
        }.sorted(byName: \.name)
        if call.has("name") || call.has("uuid") {
            return call.printList(networks.map { call.has("name") ? $0.name : $0.uuid.description })
        }
        var table = Table(header: ["Name", "State", "Autostart", "Persistent"])
        for network in networks {
            let autostart = try? await network.autostart()
            let isActive = (try? await network.isActive()) ?? false
            let isPersistent = try? await network.isPersistent()
            table.rows.append([
                Table.Cell(network.name), Table.Cell(isActive ? "active" : "inactive", isActive ? .running : .stopped),
                Table.Cell(autostart.yesOrNo ?? "no autostart"), Table.Cell(isPersistent.yesOrNo ?? "unknown"),
            ])
        }
        call.print(table)
    }

    static let netInfo = Command("net-info", "Show what a network is.", [.network]) { call in
        let network = try await call.network()
        var facts = [Fact("name", "Name", network.name), Fact("uuid", "UUID", network.uuid.description)]
        if let isActive = try? await network.isActive() {
            facts.append(Fact("active", "Active", isActive, "yes", "no"))
        }
        facts.append(Fact("persistent", "Persistent", try? await network.isPersistent(), "yes", "no"))
        if let autostart = try? await network.autostart() {
            facts.append(Fact("autostart", "Autostart", autostart, "yes", "no"))
        } else {
            facts.append(Fact("autostart", "Autostart", "no autostart", .null))
        }
        if let bridge = try? await network.bridgeName() { facts.append(Fact("bridge", "Bridge", bridge)) }
        call.print(facts, labelWidth: 15)
    }

    static let netDumpxml = Command(
        "net-dumpxml", "Print a network's XML.",
        [.network, .flag("inactive", "The XML of the next start."), .xpath, .wrap]
    ) { call in
        let network = try await call.network()
        try call.printXML(try await network.xml(flags: call.has("inactive") ? .inactive : []))
    }

    static let netName = Command(
        "net-name", "Print the name of a network.", [.required("network", "UUID of the network.", .networks)]
    ) { call in
        call.print(try await call.network(byName: false).name, as: "name")
    }

    static let netUuid = Command(
        "net-uuid", "Print the UUID of a network.", [.required("network", "Name of the network.", .networks)]
    ) { call in
        call.print(try await call.network(byUUID: false).uuid.description, as: "uuid")
    }

    static let netDHCPLeases = Command(
        "net-dhcp-leases", "List the addresses that a network has leased.",
        [.network, .text("mac", "Only leases of this MAC address.")]
    ) { call in
        let mac = try call.text("mac")
        let network = try await call.network()
        let leases = try await attempt("Failed to get leases info for \(network.name)") {
            try await network.dhcpLeases(mac: mac)
        }.sorted { ($0.mac ?? "", $0.ipaddr) < ($1.mac ?? "", $1.ipaddr) }
        var table = Table(
            header: ["Expiry Time", "MAC address", "Protocol", "IP address", "Hostname", "Client ID or DUID"])
        for lease in leases {
            let expiry = LocalTime(seconds: Int(lease.expirytime))
            table.rows.append([
                Table.Cell("\(expiry.date) \(expiry.clock)"), Table.Cell(lease.mac ?? "-"),
                Table.Cell(lease.type == .ipv4 ? "ipv4" : "ipv6"), Table.Cell("\(lease.ipaddr)/\(lease.prefix)"),
                Table.Cell(lease.hostname ?? "-"), Table.Cell(lease.clientid ?? lease.iaid ?? "-"),
            ])
        }
        call.print(table)
    }
}

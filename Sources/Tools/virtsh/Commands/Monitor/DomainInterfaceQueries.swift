internal import LibvirtRemote

extension CommandOption {
    static let domainInterface = required("interface", "Device name or MAC address.", .domainInterfaces)
}

extension XMLSelection {
    /// The position, from 1, of the one interface with a MAC address or a device name.
    func interfaceIndex(_ name: String) throws(ShellError) -> Int {
        var found: [Int] = []
        for index in 1..<(1 + count("/domain/devices/interface")) {
            let interface = "/domain/devices/interface[\(index)]"
            let mac = string("string(\(interface)/mac/@address)") ?? ""
            if mac.lowercased() == name.lowercased() || string("string(\(interface)/target/@dev)") == name {
                found.append(index)
            }
        }
        if found.count == 1 { return found[0] }
        if found.count > 1 { throw ShellError("multiple matching interfaces found") }
        let isMAC = name.split(separator: ":").count == 6
        throw ShellError(isMAC ? "Interface (mac: \(name)) not found." : "Interface (dev: \(name)) not found.")
    }
}

extension Command {
    static let domcontrol = Command("domcontrol", "Show whether the hypervisor can control a domain.", [.domain]) {
        call in
        let info = try await call.domain().controlInfo()
        let states = ["ok", "background job", "occupied", "error"]
        let errors = ["", "unknown", "monitor failure"]
        let state = Int(info.state)
        let word = states.indices.contains(state) ? states[state] : "unknown"
        if call.output.isJSON {
            return call.output.print(
                .object(["state": .string(word), "milliseconds": .unsigned(info.stateTime)]))
        }
        if state != 0 && state != 3 {
            call.output.print("\(word) (\(Decimal.text(Double(info.stateTime) / 1000, places: 3))s)")
        } else if state == 3, info.details > 0 {
            call.output.print("\(word): \(EventText.word(errors, Int32(info.details)))")
        } else {
            call.output.print(word)
        }
    }

    static let domifGetlink = Command(
        "domif-getlink", "Show whether an interface's link is up.",
        [.domain, .domainInterface, .flag("config", "As of the next start.")]
    ) { call in
        let name = try call.required("interface")
        let domain = try await call.domain()
        let xml = try XMLSelection(document: try await domain.xml(flags: call.has("config") ? .inactive : []))
        let index = try xml.interfaceIndex(name)
        let state = xml.string("string(/domain/devices/interface[\(index)]/link/@state)") ?? ""
        let word = state.isEmpty ? "up" : state
        call.output.isJSON ? call.print(word, as: "link") : call.output.printRaw("\(name) \(word)")
    }

    static let domifaddr = Command(
        "domifaddr", "Show the addresses of a running domain.",
        [
            .domain, .text("interface", "Only of this device.", .domainInterfaces),
            .flag("full", "Name and MAC address in every line."),
            .text("source", "lease, agent or arp.", .words(["lease", "agent", "arp"])),
        ]
    ) { call in
        let only = try call.text("interface")
        let sourceText = try call.text("source") ?? "lease"
        guard let source = ["lease", "agent", "arp"].firstIndex(of: sourceText) else {
            throw ShellError("Unknown data source '\(sourceText)'")
        }
        let domain = try await call.domain()
        let interfaces = try await attempt("Failed to query for interfaces addresses") {
            try await domain.interfaceAddresses(source: UInt32(source))
        }.filter { only == nil || $0.name == only }
        if call.output.isJSON {
            return call.output.print(
                .array(
                    interfaces.map { interface in
                        .object([
                            "name": .string(interface.name), "mac": JSON(interface.hwaddr),
                            "addresses": .array(interface.addrs.map { .string("\($0.addr)/\($0.prefix)") }),
                        ])
                    }))
        }
        call.remark(
            " \("Name".padded(to: 10)) \("MAC address".padded(to: 20)) \("Protocol".padded(to: 8))     Address\n"
                + String(repeating: "-", count: 79))
        for interface in interfaces {
            let name = interface.name.padded(to: 10)
            let mac = (interface.hwaddr ?? "N/A").padded(to: 17)
            if interface.addrs.isEmpty { call.output.print(" \(name) \(mac)    \("N/A".padded(to: 12)) N/A") }
            for (index, address) in interface.addrs.enumerated() {
                let kind = address.type == .ipv4 ? "ipv4" : address.type == .ipv6 ? "ipv6" : ""
                let isFull = index == 0 || call.has("full")
                call.output.print(
                    " \(isFull ? name : "-".padded(to: 10)) \(isFull ? mac : "-".padded(to: 17))    "
                        + "\(kind.padded(to: 12)) \(address.addr)/\(address.prefix)")
            }
        }
    }

    static let domiflist = Command(
        "domiflist", "List the interfaces of a domain.", [.domain, .flag("inactive", "Those of the next start.")]
    ) { call in
        let domain = try await call.domain()
        let xml = try XMLSelection(document: try await domain.xml(flags: call.has("inactive") ? .inactive : []))
        var table = Table(header: ["Interface", "Type", "Source", "Model", "MAC"])
        for index in 1..<(1 + xml.count("/domain/devices/interface")) {
            let interface = "/domain/devices/interface[\(index)]"
            func cell(_ paths: String...) -> Table.Cell {
                let found = paths.lazy.compactMap { xml.string("string(\(interface)/\($0))") }.first { !$0.isEmpty }
                return Table.Cell(found ?? "-")
            }
            table.rows.append([
                cell("target/@dev"), cell("@type"),
                cell("source/@bridge", "source/@dev", "source/@network", "source/@name", "source/@path"),
                cell("model/@type"), cell("mac/@address"),
            ])
        }
        call.print(table)
    }

    static let domifstat = Command("domifstat", "Print what an interface did.", [.domain, .domainInterface]) { call in
        let domain = try await call.domain()
        let device = try call.required("interface")
        let statistics = try await attempt("Failed to get interface stats \(domain.name) \(device)") {
            try await domain.interfaceStatistics(device)
        }
        let fields: [(String, Int64)] = [
            ("rx_bytes", statistics.rxBytes), ("rx_packets", statistics.rxPackets), ("rx_errs", statistics.rxErrs),
            ("rx_drop", statistics.rxDrop), ("tx_bytes", statistics.txBytes), ("tx_packets", statistics.txPackets),
            ("tx_errs", statistics.txErrs), ("tx_drop", statistics.txDrop),
        ].filter { $0.1 != -1 }
        if call.output.isJSON {
            return call.output.print(.object(fields.map { JSON.Member(name: $0.0, value: .integer($0.1)) }))
        }
        for (field, value) in fields { call.output.print("\(device) \(field) \(value)") }
    }
}

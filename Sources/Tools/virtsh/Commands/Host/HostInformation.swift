internal import LibvirtRemote

extension Command {
    static let nodeinfo = Command("nodeinfo", "Show the host's processors and memory.") { call in
        let connection = try await call.connection()
        let info = try await attempt("failed to get node information") { try await connection.nodeInfo() }
        func count(_ key: String, _ label: String, _ value: Int32, unit: String = "") -> Fact {
            Fact(key, label, "\(value)\(unit)", .integer(Int64(value)))
        }
        call.output.print(
            [
                Fact("cpuModel", "CPU model", String(cBytes: info.model) ?? ""),
                count("cpus", "CPU(s)", info.cpus),
                count("cpuMHz", "CPU frequency", info.mhz, unit: " MHz"),
                count("socketsPerCell", "CPU socket(s)", info.sockets),
                count("coresPerSocket", "Core(s) per socket", info.cores),
                count("threadsPerCore", "Thread(s) per core", info.threads),
                count("numaCells", "NUMA cell(s)", info.nodes),
                Fact("memoryKiB", "Memory size", "\(info.memory) KiB", .unsigned(info.memory)),
            ], labelWidth: 20)
    }

    static let capabilities = Command(
        "capabilities", "Print what the host and the hypervisor can do, as XML.", [.xpath, .wrap]
    ) { call in
        let connection = try await call.connection()
        let xml = try await attempt("failed to get capabilities") { try await connection.capabilities() }
        let xpath = try call.text("xpath")
        try call.output.printXML(xpath == nil ? xml + "\n" : xml, xpath: xpath, wrap: call.has("wrap"))
    }

    static let uri = Command("uri", "Print the URI of the connection.") { call in
        let uri = try await attempt("failed to get URI") { try await call.shell.session.connectionURI() }
        call.output.isJSON ? call.output.print(.object(["uri": .string(uri)])) : call.output.print(uri)
    }

    static let hostname = Command("hostname", "Print the host's name.") { call in
        let connection = try await call.connection()
        let name = try await attempt("failed to get hostname") { try await connection.hostname() }
        call.output.isJSON ? call.output.print(.object(["hostname": .string(name)])) : call.output.print(name)
    }
}

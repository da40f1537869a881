internal import ArgumentParser
internal import LibvirtRemote

struct NodeinfoCommand: ShellCommand {
    static let abstract = "Show the host's processors and memory."
    static let syntax = Syntax(command: "nodeinfo", operands: [], flags: [])

    func run(in shell: Shell) async throws {
        let connection = try await shell.connection()
        let info = try await attempt("failed to get node information") { try await connection.nodeInfo() }
        func count(_ key: String, _ label: String, _ value: Int32, unit: String = "") -> Fact {
            Fact(key, label, "\(value)\(unit)", .integer(Int64(value)))
        }
        shell.output.print(
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
}

struct CapabilitiesCommand: ShellCommand {
    static let abstract = "Print what the host and the hypervisor can do, as XML."
    static let syntax = Syntax(command: "capabilities", operands: [.named("xpath")], flags: ["wrap"])

    @Option(help: "Print only what this XPath expression selects.") var xpath: String?
    @Flag(help: "Put what --xpath selects into one element.") var wrap = false

    func run(in shell: Shell) async throws {
        let connection = try await shell.connection()
        let xml = try await attempt("failed to get capabilities") { try await connection.capabilities() }
        try shell.output.printXML(xpath == nil ? xml + "\n" : xml, xpath: xpath, wrap: wrap)
    }
}

struct UriCommand: ShellCommand {
    static let abstract = "Print the URI of the connection."
    static let syntax = Syntax(command: "uri", operands: [], flags: [])

    func run(in shell: Shell) async throws {
        let uri = try await attempt("failed to get URI") { try await shell.session.connectionURI() }
        shell.output.isJSON ? shell.output.print(.object(["uri": .string(uri)])) : shell.output.print(uri)
    }
}

struct HostnameCommand: ShellCommand {
    static let abstract = "Print the host's name."
    static let syntax = Syntax(command: "hostname", operands: [], flags: [])

    func run(in shell: Shell) async throws {
        let connection = try await shell.connection()
        let name = try await attempt("failed to get hostname") { try await connection.hostname() }
        shell.output.isJSON ? shell.output.print(.object(["hostname": .string(name)])) : shell.output.print(name)
    }
}

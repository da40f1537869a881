internal import ArgumentParser
internal import LibvirtRemote

struct DumpxmlCommand: ShellCommand {
    static let abstract = "Print a domain's XML."
    static let syntax = Syntax(
        command: "dumpxml", operands: [.required("domain"), .named("xpath")],
        flags: ["inactive", "security-info", "update-cpu", "migratable", "wrap"])

    @Option(help: "Name, id or UUID of the domain.") var domain: String
    @Flag(help: "The XML of the next start.") var inactive = false
    @Flag(help: "With passwords.") var securityInfo = false
    @Flag(help: "With the CPU that the host gives.") var updateCpu = false
    @Flag(help: "For a migration.") var migratable = false
    @Option(help: "Print only what this XPath expression selects.") var xpath: String?
    @Flag(help: "Put what --xpath selects into one element.") var wrap = false

    var flags: DomainXMLFlags {
        var flags: DomainXMLFlags = []
        if inactive { flags.insert(.inactive) }
        if securityInfo { flags.insert(.secure) }
        if updateCpu { flags.insert(.updateCPU) }
        if migratable { flags.insert(.migratable) }
        return flags
    }

    func run(in shell: Shell) async throws {
        let xml = try await shell.domain(domain).xml(flags: flags)
        try shell.output.printXML(xml, xpath: xpath, wrap: wrap)
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

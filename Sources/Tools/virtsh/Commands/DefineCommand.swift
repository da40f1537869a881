internal import ArgumentParser
internal import LibvirtRemote

struct DefineCommand: ShellCommand {
    static let abstract = "Define a domain from an XML file, without starting it."
    static let syntax = Syntax(command: "define", operands: [.required("file")], flags: ["validate"])

    @Option(help: "File with the domain's XML.") var file: String
    @Flag(help: "Check the XML against the schema.") var validate = false

    func run(in shell: Shell) async throws {
        let xml = try TextFile.read(file)
        let connection = try await shell.connection()
        let domain = try await attempt("Failed to define domain from \(file)") {
            try await connection.defineDomain(xml: xml, flags: validate ? .validate : [])
        }
        shell.output.report("Domain '\(domain.name)' defined from \(file)", domain)
    }
}

extension Output {
    /// Says what became of a domain; in JSON, which domain it is.
    func report(_ text: String, _ domain: Domain) {
        if isJSON {
            print(
                .object([
                    "id": domain.id < 0 ? .null : .integer(Int64(domain.id)), "name": .string(domain.name),
                    "uuid": .string(domain.uuid.description),
                ]))
        } else {
            remark(text)
        }
    }
}

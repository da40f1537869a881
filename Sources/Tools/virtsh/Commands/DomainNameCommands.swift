internal import ArgumentParser
internal import LibvirtRemote

struct DomidCommand: ShellCommand {
    static let abstract = "Print the id of a domain."
    static let syntax = Syntax(command: "domid", operands: [.required("domain")], flags: [])

    @Option(help: "Name or UUID of the domain.") var domain: String

    func run(in shell: Shell) async throws {
        let domain = try await shell.domain(domain, by: [.name, .uuid])
        if shell.output.isJSON {
            shell.output.print(.object(["id": domain.id < 0 ? .null : .integer(Int64(domain.id))]))
        } else {
            shell.output.print(domain.id < 0 ? "-" : String(domain.id))
        }
    }
}

struct DomnameCommand: ShellCommand {
    static let abstract = "Print the name of a domain."
    static let syntax = Syntax(command: "domname", operands: [.required("domain")], flags: [])

    @Option(help: "Id or UUID of the domain.") var domain: String

    func run(in shell: Shell) async throws {
        let domain = try await shell.domain(domain)
        shell.output.isJSON
            ? shell.output.print(.object(["name": .string(domain.name)])) : shell.output.print(domain.name)
    }
}

struct DomuuidCommand: ShellCommand {
    static let abstract = "Print the UUID of a domain."
    static let syntax = Syntax(command: "domuuid", operands: [.required("domain")], flags: [])

    @Option(help: "Name or id of the domain.") var domain: String

    func run(in shell: Shell) async throws {
        let uuid = try await shell.domain(domain, by: [.name, .id]).uuid.description
        shell.output.isJSON ? shell.output.print(.object(["uuid": .string(uuid)])) : shell.output.print(uuid)
    }
}

internal import ArgumentParser
internal import LibvirtRemote

struct CreateCommand: ShellCommand {
    static let abstract = "Create and start a domain from an XML file."
    static let syntax = Syntax(
        command: "create", operands: [.required("file"), .optional("pass-fds")],
        flags: ["console", "paused", "autodestroy", "validate", "reset-nvram"])

    @Option(help: "File with the domain's XML.") var file: String
    @Option(help: "Numbers of file descriptors for the guest: N,M,...") var passFds: String?
    @Flag(help: "Attach to the console.") var console = false
    @Flag(help: "Leave the guest paused.") var paused = false
    @Flag(help: "Destroy the guest when this connection ends.") var autodestroy = false
    @Flag(help: "Check the XML against the schema.") var validate = false
    @Flag(help: "Reset the firmware's variables.") var resetNvram = false

    var flags: DomainCreateFlags {
        var flags: DomainCreateFlags = []
        if paused { flags.insert(.paused) }
        if autodestroy { flags.insert(.autodestroy) }
        if validate { flags.insert(.validate) }
        if resetNvram { flags.insert(.resetNvram) }
        return flags
    }

    func run(in shell: Shell) async throws {
        let xml = try TextFile.read(file)
        let descriptors = try PassedDescriptors.parse(passFds)
        let connection = try await shell.connection()
        let domain = try await attempt("Failed to create domain from \(file)") {
            descriptors.isEmpty
                ? try await connection.createDomain(xml: xml, flags: flags)
                : try await connection.createDomain(xml: xml, passingFilesWith: flags, descriptors: descriptors)
        }
        shell.output.report("Domain '\(domain.name)' created from \(file)", domain)
        if console { try await ConsoleCommand.attach(domain, in: shell) }
    }
}

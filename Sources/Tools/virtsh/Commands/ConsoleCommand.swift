internal import ArgumentParser
internal import LibvirtRemote

struct ConsoleCommand: ShellCommand {
    static let abstract = "Connect the terminal with a domain's serial console."
    static let syntax = Syntax(
        command: "console", operands: [.required("domain"), .optional("devname")], flags: ["force", "safe"])

    @Option(help: "Name, id or UUID of the domain.") var domain: String
    @Option(help: "Alias of the character device.") var devname: String?
    @Flag(help: "Disconnect whoever is connected.") var force = false
    @Flag(help: "Only if the driver keeps consoles apart.") var safe = false

    func run(in shell: Shell) async throws {
        var flags: DomainConsoleFlags = []
        if force { flags.insert(.force) }
        if safe { flags.insert(.safe) }
        try await Self.attach(try await shell.domain(domain), device: devname, flags: flags, in: shell)
    }

    static func attach(
        _ domain: Domain, device: String? = nil, flags: DomainConsoleFlags = [], in shell: Shell
    ) async throws {
        let state = try await attempt("Unable to get domain status") { try await domain.state().state }
        if state == .shutoff { throw ShellError("The domain is not running") }
        guard Terminal.isTerminal(0) else {
            throw ShellError("Cannot run interactive console without a controlling TTY")
        }
        shell.output.remark("Connected to domain '\(domain.name)'")
        shell.output.remark("Escape character is \(shell.escape.explanation)")
        let stream = try await domain.openConsole(device: device, flags: flags)
        try await ConsoleSession(
            stream: stream, escape: shell.escape, output: shell.output.standardOutput, inputDescriptor: 0
        ).run()
    }
}

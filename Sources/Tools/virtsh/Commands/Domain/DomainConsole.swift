internal import LibvirtRemote

extension Command {
    static let console = Command(
        "console", "Connect the terminal with a domain's serial console.",
        [
            .domain, .text("devname", "Alias of the character device.", .deviceAliases),
            .flag("force", "Disconnect whoever is connected."),
            .flag("safe", "Only if the driver keeps consoles apart."),
        ]
    ) { call in
        let device = try call.text("devname")
        try await Console.attach(
            try await call.domain(), device: device, flags: call.flags(["force": .force, "safe": .safe]), in: call.shell
        )
    }
}

enum Console {

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

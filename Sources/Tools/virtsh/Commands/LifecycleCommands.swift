internal import ArgumentParser
internal import LibvirtRemote

struct SuspendCommand: ShellCommand {
    static let abstract = "Pause a running domain."
    static let syntax = Syntax(command: "suspend", operands: [.required("domain")], flags: [])

    @Option(help: "Name, id or UUID of the domain.") var domain: String

    func run(in shell: Shell) async throws {
        let domain = try await shell.domain(domain)
        try await attempt("Failed to suspend domain '\(domain.name)'") { try await domain.suspend() }
        shell.output.remark("Domain '\(domain.name)' suspended")
    }
}

struct ResumeCommand: ShellCommand {
    static let abstract = "Continue a paused domain."
    static let syntax = Syntax(command: "resume", operands: [.required("domain")], flags: [])

    @Option(help: "Name, id or UUID of the domain.") var domain: String

    func run(in shell: Shell) async throws {
        let domain = try await shell.domain(domain)
        try await attempt("Failed to resume domain '\(domain.name)'") { try await domain.resume() }
        shell.output.remark("Domain '\(domain.name)' resumed")
    }
}

struct DestroyCommand: ShellCommand {
    static let abstract = "Stop a domain at once; what it is made of stays."
    static let syntax = Syntax(command: "destroy", operands: [.required("domain")], flags: ["graceful", "remove-logs"])

    @Option(help: "Name, id or UUID of the domain.") var domain: String
    @Flag(help: "Let the hypervisor end by itself; fail if it does not.") var graceful = false
    @Flag(help: "Remove the domain's logs.") var removeLogs = false

    func run(in shell: Shell) async throws {
        let domain = try await shell.domain(domain)
        var flags: DomainDestroyFlags = []
        if graceful { flags.insert(.graceful) }
        if removeLogs { flags.insert(.removeLogs) }
        try await attempt("Failed to destroy domain '\(domain.name)'") {
            flags.isEmpty ? try await domain.destroy() : try await domain.destroy(flags: flags)
        }
        shell.output.remark("Domain '\(domain.name)' destroyed")
    }
}

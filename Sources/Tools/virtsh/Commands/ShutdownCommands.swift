internal import ArgumentParser
internal import LibvirtRemote

/// How a guest is asked to stop; the numbers of shutdown and reboot are the same.
enum StopMode: String, CaseIterable {
    case acpi, agent, initctl, signal, paravirt

    var bit: UInt32 {
        switch self {
        case .acpi: 1
        case .agent: 2
        case .initctl: 4
        case .signal: 8
        case .paravirt: 16
        }
    }

    /// Reads `acpi,agent`; `choices` is the end of the complaint about another word.
    static func bits(_ text: String?, choices: String) throws(ShellError) -> UInt32 {
        var bits: UInt32 = 0
        for word in text?.split(separator: ",", omittingEmptySubsequences: false) ?? [] {
            guard let mode = StopMode(rawValue: String(word)) else {
                throw ShellError("Unknown mode \(word) value, expecting \(choices)")
            }
            bits |= mode.bit
        }
        return bits
    }
}

struct ShutdownCommand: ShellCommand {
    static let abstract = "Ask a domain to shut down."
    static let syntax = Syntax(command: "shutdown", operands: [.required("domain"), .optional("mode")], flags: [])

    @Option(help: "Name, id or UUID of the domain.") var domain: String
    @Option(help: "acpi, agent, initctl, signal or paravirt; several with commas.") var mode: String?

    func run(in shell: Shell) async throws {
        let bits = try StopMode.bits(mode, choices: "'acpi', 'agent', 'initctl', 'signal', or 'paravirt'")
        let domain = try await shell.domain(domain)
        try await attempt("Failed to shutdown domain '\(domain.name)'") {
            bits == 0
                ? try await domain.shutdown() : try await domain.shutdown(flags: DomainShutdownFlags(rawValue: bits))
        }
        shell.output.remark("Domain '\(domain.name)' is being shutdown")
    }
}

struct RebootCommand: ShellCommand {
    static let abstract = "Ask a domain to reboot."
    static let syntax = Syntax(command: "reboot", operands: [.required("domain"), .optional("mode")], flags: [])

    @Option(help: "Name, id or UUID of the domain.") var domain: String
    @Option(help: "acpi, agent, initctl, signal or paravirt; several with commas.") var mode: String?

    func run(in shell: Shell) async throws {
        let bits = try StopMode.bits(mode, choices: "'acpi', 'agent', 'initctl', 'signal' or 'paravirt'")
        let domain = try await shell.domain(domain)
        try await attempt("Failed to reboot domain '\(domain.name)'") {
            try await domain.reboot(flags: DomainRebootFlags(rawValue: bits))
        }
        shell.output.remark("Domain '\(domain.name)' is being rebooted")
    }
}

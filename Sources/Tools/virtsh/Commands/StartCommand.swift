internal import ArgumentParser
internal import LibvirtRemote

struct StartCommand: ShellCommand {
    static let abstract = "Start a domain that is defined."
    static let syntax = Syntax(
        command: "start", operands: [.required("domain"), .optional("pass-fds")],
        flags: ["console", "paused", "autodestroy", "bypass-cache", "force-boot", "reset-nvram"])

    @Option(help: "Name or UUID of the domain.") var domain: String
    @Option(help: "Numbers of file descriptors for the guest: N,M,...") var passFds: String?
    @Flag(help: "Attach to the console.") var console = false
    @Flag(help: "Leave the guest paused.") var paused = false
    @Flag(help: "Destroy the guest when this connection ends.") var autodestroy = false
    @Flag(help: "Load a saved state past the file cache.") var bypassCache = false
    @Flag(help: "Boot even if there is a saved state, and drop that.") var forceBoot = false
    @Flag(help: "Reset the firmware's variables.") var resetNvram = false

    var flags: DomainCreateFlags {
        var flags: DomainCreateFlags = []
        if paused { flags.insert(.paused) }
        if autodestroy { flags.insert(.autodestroy) }
        if bypassCache { flags.insert(.bypassCache) }
        if forceBoot { flags.insert(.forceBoot) }
        if resetNvram { flags.insert(.resetNvram) }
        return flags
    }

    func run(in shell: Shell) async throws {
        // A domain that has an id runs already.
        let domain = try await shell.domain(domain, by: [.name, .uuid])
        if domain.id >= 0 { throw ShellError("Domain is already active") }
        let descriptors = try PassedDescriptors.parse(passFds)
        let started = try await attempt("Failed to start domain '\(domain.name)'") {
            if !descriptors.isEmpty {
                return try await domain.start(passingFilesWith: flags, descriptors: descriptors)
            }
            if !flags.isEmpty { return try await domain.start(flags: flags) }
            // The older call, which every daemon has.
            try await domain.create()
            return domain
        }
        shell.output.report("Domain '\(domain.name)' started", started)
        if console { try await ConsoleCommand.attach(started, in: shell) }
    }
}

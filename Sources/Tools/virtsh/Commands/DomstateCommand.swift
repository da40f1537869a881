internal import ArgumentParser
internal import LibvirtRemote

struct DomstateCommand: ShellCommand {
    static let abstract = "Print the state of a domain."
    static let syntax = Syntax(command: "domstate", operands: [.required("domain")], flags: ["reason"])

    @Option(help: "Name, id or UUID of the domain.") var domain: String
    @Flag(help: "Print the reason, too.") var reason = false

    func run(in shell: Shell) async throws {
        let state = try await shell.domain(domain).state()
        let why = Self.reason(state)
        if shell.output.isJSON {
            shell.output.print(.object(["state": .string(state.state.word), "reason": .string(why)]))
        } else {
            let word = shell.output.style.paint(state.state.word, state.state.ink)
            shell.output.print(reason ? "\(word) (\(why))" : word)
        }
    }

    /// Reasons by state, in the order of their numbers.
    private static let reasons: [Int32: [String]] = [
        1: [
            "unknown", "booted", "migrated", "restored", "from snapshot", "unpaused", "migration canceled",
            "save canceled", "event wakeup", "crashed", "post-copy", "post-copy failed",
        ],
        3: [
            "unknown", "user", "migrating", "saving", "dumping", "I/O error", "watchdog", "from snapshot",
            "shutting down", "creating snapshot", "crashed", "starting up", "post-copy", "post-copy failed",
            "api error",
        ],
        4: ["unknown", "user"],
        5: ["unknown", "shutdown", "destroyed", "crashed", "migrated", "saved", "failed", "from snapshot", "daemon"],
        6: ["unknown", "panicked"],
    ]

    static func reason(_ state: DomainStateAndReason) -> String {
        let words = reasons[state.state.rawValue] ?? []
        let index = Int(state.reason)
        return words.indices.contains(index) ? words[index] : "unknown"
    }
}

internal import LibvirtRemote

extension Command {
    static let domstate = Command(
        "domstate", "Print the state of a domain.", [.domain, .flag("reason", "Print the reason, too.")]
    ) { call in
        let state = try await call.domain().state()
        let why = DomainStateReason.word(state)
        if call.output.isJSON {
            call.output.print(.object(["state": .string(state.state.word), "reason": .string(why)]))
        } else {
            let word = call.output.style.paint(state.state.word, state.state.ink)
            call.output.print(call.has("reason") ? "\(word) (\(why))" : word)
        }
    }
}

enum DomainStateReason {

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

    static func word(_ state: DomainStateAndReason) -> String {
        let words = reasons[state.state.rawValue] ?? []
        let index = Int(state.reason)
        return words.indices.contains(index) ? words[index] : "unknown"
    }
}

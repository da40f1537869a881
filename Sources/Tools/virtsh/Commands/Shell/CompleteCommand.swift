internal import LibvirtRemote

extension Command {
    /// What the completion scripts of shells call: `complete -- WORD...`, the last word being typed.
    static let complete = Command(
        "complete", "Print what may stand at the end of a line.", [.rest("string", "Words of the line.")],
        needsConnection: false
    ) { call in
        // Nobody is asked for a password, and nothing is said of a connection that fails.
        for word in await LineCompletion.candidates(of: call.rest, in: call.shell) { call.output.print(word) }
    }
}

internal import LibvirtRemote

/// What may stand at the end of a line that is not finished.
enum LineCompletion {
    /// Candidates for the last word of a line at the prompt.
    static func candidates(of line: String, in shell: Shell) async -> [String] {
        let commands = Words.splitUnfinished(line)
        return await candidates(of: commands, in: shell)
    }

    /// Candidates for the last of these words; commands before it are complete.
    static func candidates(of words: [String], in shell: Shell) async -> [String] {
        let last = words.last ?? ""
        guard words.count > 1, let name = words.first else {
            return matching(CommandGroup.all.flatMap { $0.commands.map(\.name) }, last)
        }
        guard let command = Command.named(name) else { return [] }
        let state = UnfinishedLine(Array(words.dropFirst().dropLast()), of: command)
        if let option = state.awaited { return await values(of: option, last, state, shell) }
        if last.hasPrefix("-") {
            if last.hasPrefix("--"), let sign = last.firstIndex(of: "="),
                let option = command.option(String(last[..<sign].dropFirst(2)))
            {
                let start = String(last[...sign])
                let value = String(last[last.index(after: sign)...])
                return await values(of: option, value, state, shell).map { start + $0 }
            }
            return matching(state.unused.map { "--\($0.name)" }, last)
        }
        var found: [String] = []
        if let option = state.next { found = await values(of: option, last, state, shell) }
        if last.isEmpty { found += state.unused.map { "--\($0.name)" } }
        return found
    }

    private static func matching(_ words: [String], _ start: String) -> [String] {
        words.filter { $0.hasPrefix(start) }.sorted()
    }

    private static func values(
        of option: CommandOption, _ start: String, _ line: UnfinishedLine, _ shell: Shell
    ) async -> [String] {
        switch option.completion {
        case .none: return []
        case .files: return FileNames.matching(start)
        case .words(let words): return matching(words, start)
        case .commands:
            return matching(
                CommandGroup.all.flatMap { [$0.keyword] + $0.commands.map(\.name) }, start)
        case .wordList(let words):
            let done = start.lastIndex(of: ",").map { String(start[...$0]) } ?? ""
            let used = Set(done.split(separator: ",").map(String.init))
            return matching(words.filter { !used.contains($0) }, String(start.dropFirst(done.count))).map { done + $0 }
        default:
            // A question that cannot be answered has no candidates.
            let names = try? await ObjectNames(shell: shell, line: line).names(option.completion)
            return matching(names ?? [], start)
        }
    }
}

/// The words of a command before the one that is being typed.
struct UnfinishedLine: Sendable {
    let command: Command
    private(set) var values: [String: String] = [:]
    private var seen: Set<String> = []
    /// The option whose value comes next.
    private(set) var awaited: CommandOption?
    private var onlyData = false

    init(_ words: [String], of command: Command) {
        self.command = command
        for word in words {
            if let option = awaited {
                values[option.name] = word
                awaited = nil
            } else if !onlyData, word == "--" {
                onlyData = true
            } else if !onlyData, word.hasPrefix("--") {
                let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1).map(String.init)
                guard let name = parts.first, let option = command.option(name) else { continue }
                seen.insert(name)
                if parts.count == 2 {
                    values[name] = parts[1]
                } else if option.kind != .flag {
                    awaited = option
                }
            } else if let option = next {
                values[option.name] = word
                if option.kind != .rest { seen.insert(option.name) }
            }
        }
    }

    /// The option that a word of data would fill.
    var next: CommandOption? {
        command.options.first { $0.isPositional && ($0.kind == .rest || !seen.contains($0.name)) }
    }

    /// Options that may still come.
    var unused: [CommandOption] {
        command.options.filter { option in
            if case .alias = option.kind { return false }
            return !onlyData && !seen.contains(option.name)
        }
    }
}

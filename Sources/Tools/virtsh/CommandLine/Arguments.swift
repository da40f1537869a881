/// The words of a command's line, sorted by option.
///
/// A value may be given by the name of its option or by position. What virsh refuses is refused here, in its words.
struct Arguments: Sendable {
    let command: Command
    private(set) var values: [String: String] = [:]
    private(set) var flags: Set<String> = []
    /// The words of the option that takes all that are left.
    private(set) var rest: [String] = []
    /// `--help` was among the words.
    private(set) var wantsHelp = false

    /// - Throws: what virsh would say; such a line is refused before anything runs.
    init(_ words: [String], of command: Command) throws(ShellError) {
        self.command = command
        var seen: Set<String> = []
        var onlyData = false
        var index = words.startIndex

        while index < words.endIndex {
            let word = words[index]
            index += 1
            if !onlyData, word == "--" {
                onlyData = true
                continue
            }
            guard !onlyData, Self.isOption(word) else {
                try add(word, &seen)
                continue
            }
            let (name, attached) = Self.parts(of: word)
            if name == "help" {
                wantsHelp = true
                continue
            }
            let (option, value) = try resolve(name, attached)
            if option.kind != .rest, !seen.insert(option.name).inserted {
                throw ShellError("option --\(name) already seen")
            }
            if option.kind == .flag {
                if value != nil { throw ShellError("invalid '=' after option --\(name)") }
                flags.insert(option.name)
                continue
            }
            guard let value = value ?? (index < words.endIndex ? words[index] : nil) else {
                if wantsHelp { continue }
                throw ShellError("expected syntax: --\(name) <\(option.valueName)>")
            }
            // A value that its alias brought with it is not the next word.
            if attached == nil, Self.value(ofAlias: name, in: command) == nil { index += 1 }
            if option.kind == .rest { rest.append(value) } else { values[option.name] = value }
        }
        if wantsHelp { return }
        let missing = command.options.filter { option in
            option.isRequired && !seen.contains(option.name) && !(option.kind == .rest && !rest.isEmpty)
        }
        guard missing.isEmpty else {
            throw ShellError(
                lines: missing.map { option in
                    let shown = option.kind == .data || option.kind == .rest ? "<\(option.name)>" : "--\(option.name)"
                    return "command '\(command.name)' requires \(shown) option"
                })
        }
    }

    /// A word of data fills the first option that is still free.
    private mutating func add(_ word: String, _ seen: inout Set<String>) throws(ShellError) {
        let free = command.options.first { option in
            option.isPositional && (option.kind == .rest || !seen.contains(option.name))
        }
        guard let option = free else {
            if wantsHelp { return }
            throw ShellError("unexpected data '\(word)'")
        }
        if option.kind == .rest {
            rest.append(word)
        } else {
            seen.insert(option.name)
            values[option.name] = word
        }
    }

    /// The option of a name, and the value that came with it.
    private func resolve(_ name: String, _ attached: String?) throws(ShellError) -> (CommandOption, String?) {
        guard let option = command.option(name) else {
            throw ShellError("command '\(command.name)' doesn't support option --\(name)")
        }
        guard case .alias(let target) = option.kind else { return (option, attached) }
        let parts = target.split(separator: "=", maxSplits: 1).map(String.init)
        if parts.count == 2, attached != nil { throw ShellError("invalid '=' after option --\(name)") }
        guard let other = command.option(parts[0]) else {
            throw ShellError("command '\(command.name)' doesn't support option --\(name)")
        }
        return (other, parts.count == 2 ? parts[1] : attached)
    }

    private static func value(ofAlias name: String, in command: Command) -> String? {
        guard case .alias(let target)? = command.option(name)?.kind else { return nil }
        return target.split(separator: "=", maxSplits: 1).dropFirst().first.map(String.init)
    }

    private static func isOption(_ word: String) -> Bool {
        guard word.hasPrefix("--"), let first = word.dropFirst(2).utf8.first else { return false }
        return first >= UInt8(ascii: "0") && first <= UInt8(ascii: "9")
            || first | 0x20 >= UInt8(ascii: "a") && first | 0x20 <= UInt8(ascii: "z")
    }

    private static func parts(of word: String) -> (name: String, value: String?) {
        let body = word.dropFirst(2)
        guard let sign = body.firstIndex(of: "=") else { return (String(body), nil) }
        return (String(body[..<sign]), String(body[body.index(after: sign)...]))
    }
}

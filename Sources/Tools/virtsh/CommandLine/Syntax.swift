/// What a command's line may hold, in virsh's terms.
///
/// virsh lets a value be given by the name of its option or by position, and words its complaints in its own way.
/// A line is therefore brought into one form here (`--name=value`, `--flag`), before ArgumentParser gives the values
/// their types.
struct Syntax: Sendable {
    /// An option with a value.
    struct Operand: Sendable {
        enum Presence: Sendable {
            /// Must be there.
            case required
            /// May be there, by name or by position.
            case optional
            /// May be there, by name only.
            case named
            /// Takes all the words that are left; by position only.
            case rest
        }
        let name: String
        let presence: Presence
        let isNumber: Bool

        static func required(_ name: String) -> Operand { Operand(name: name, presence: .required, isNumber: false) }
        static func optional(_ name: String, number: Bool = false) -> Operand {
            Operand(name: name, presence: .optional, isNumber: number)
        }
        static func named(_ name: String, number: Bool = false) -> Operand {
            Operand(name: name, presence: .named, isNumber: number)
        }
        static func rest(_ name: String) -> Operand { Operand(name: name, presence: .rest, isNumber: false) }
    }

    let command: String
    /// Options with values, in the order of positions.
    let operands: [Operand]
    let flags: [String]

    /// The line after `virtsh`, for the help page.
    var usage: String {
        let parts = operands.map { operand in
            switch operand.presence {
            case .required: "<\(operand.name)>"
            case .optional, .named: "[--\(operand.name) <\(operand.isNumber ? "number" : "string")>]"
            case .rest: "[<\(operand.name)> ...]"
            }
        }
        let required = operands.count { $0.presence == .required }
        let options = flags.map { "[--\($0)]" }
        return (["virtsh", command] + parts.prefix(required) + options + parts.dropFirst(required)).joined(
            separator: " ")
    }

    /// Brings the words of a line into the one form that ArgumentParser gets.
    ///
    /// - Throws: what virsh would say; such a line is refused before anything runs.
    func normalize(_ words: [String]) throws(ShellError) -> [String] {
        var seen: Set<String> = []
        var options: [String] = []
        var rest: [String] = []
        var onlyData = false
        var index = words.startIndex

        while index < words.endIndex {
            let word = words[index]
            index += 1
            if !onlyData, word == "--" {
                onlyData = true
                continue
            }
            if !onlyData, word.utf8.count > 2, word.hasPrefix("--") {
                let (name, attached) = Self.parts(of: word)
                if flags.contains(name) {
                    try mark(name, in: &seen)
                    if attached != nil { throw ShellError("invalid '=' after option --\(name)") }
                    options.append("--\(name)")
                } else if let operand = operands.first(where: { $0.name == name && $0.presence != .rest }) {
                    try mark(name, in: &seen)
                    guard let value = attached ?? (index < words.endIndex ? words[index] : nil) else {
                        throw ShellError("expected syntax: --\(name) <\(operand.isNumber ? "number" : "string")>")
                    }
                    if attached == nil { index += 1 }
                    options += Self.option(name, value)
                } else {
                    throw ShellError("command '\(command)' doesn't support option --\(name)")
                }
                continue
            }
            // A word of data fills the first operand that is still free.
            guard
                let operand = operands.first(where: { operand in
                    switch operand.presence {
                    case .required, .optional: !seen.contains(operand.name)
                    case .named: false
                    case .rest: true
                    }
                })
            else { throw ShellError("unexpected data '\(word)'") }
            if operand.presence == .rest {
                rest.append(word)
            } else {
                seen.insert(operand.name)
                options += Self.option(operand.name, word)
            }
        }
        let missing = operands.filter { $0.presence == .required && !seen.contains($0.name) }
        guard missing.isEmpty else {
            throw ShellError(lines: missing.map { "command '\(command)' requires <\($0.name)> option" })
        }
        return rest.isEmpty ? options : options + ["--"] + rest
    }

    /// ArgumentParser takes no empty value behind `=`, and no value that looks like an option elsewhere.
    static func option(_ name: String, _ value: String) -> [String] {
        value.isEmpty ? ["--\(name)", ""] : ["--\(name)=\(value)"]
    }

    private static func parts(of word: String) -> (name: String, value: String?) {
        let body = word.dropFirst(2)
        guard let sign = body.firstIndex(of: "=") else { return (String(body), nil) }
        return (String(body[..<sign]), String(body[body.index(after: sign)...]))
    }

    private func mark(_ name: String, in seen: inout Set<String>) throws(ShellError) {
        guard seen.insert(name).inserted else { throw ShellError("option --\(name) already seen") }
    }
}

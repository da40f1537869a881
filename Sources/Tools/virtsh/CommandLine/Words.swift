/// Cuts a command string into commands of words, with the quoting rules of virsh's prompt.
///
/// Single quotes keep everything, double quotes know backslashes, a backslash outside quotes keeps the next character.
/// `;` and a line end end a command; `#` at the start of a word begins a comment.
enum Words {
    static func split(_ text: String) throws(ShellError) -> [[String]] {
        var commands: [[String]] = []
        var words: [String] = []
        var word: String?
        var quote: Character?
        var characters = text.makeIterator()

        func endWord() {
            if let ended = word { words.append(ended) }
            word = nil
        }
        func endCommand() {
            endWord()
            if !words.isEmpty { commands.append(words) }
            words = []
        }

        while let character = characters.next() {
            switch (quote, character) {
            case ("'"?, "'"), ("\""?, "\""): quote = nil
            case (nil, "'"), (nil, "\""):
                quote = character
                word = word ?? ""
            case (nil, "\\"), ("\""?, "\\"):
                guard let next = characters.next() else { throw ShellError("dangling \\") }
                if next != "\n" || quote != nil { word = (word ?? "") + String(next) }
            case (nil, ";"), (nil, "\n"): endCommand()
            case (nil, " "), (nil, "\t"), (nil, "\r"): endWord()
            case (nil, "#") where word == nil:
                while let skipped = characters.next(), skipped != "\n" {}
                endCommand()
            default: word = (word ?? "") + String(character)
            }
        }
        if quote != nil { throw ShellError("missing \"") }
        endCommand()
        return commands
    }

    /// The words of the last command of a line that may end anywhere; the last word may be empty.
    static func splitUnfinished(_ text: String) -> [String] {
        let start = text.lastIndex(of: ";").map { text.index(after: $0) } ?? text.startIndex
        let command = String(text[start...])
        let words = (try? split(command)) ?? (try? split(command + "\"")) ?? (try? split(command + "'")) ?? []
        let endsWord = command.last.map { $0 == " " || $0 == "\t" } ?? true
        return (words.last ?? []) + (endsWord ? [""] : [])
    }
}

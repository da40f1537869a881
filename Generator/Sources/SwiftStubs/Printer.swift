/// Collects Swift source, line by line, at an indentation.
struct Printer {
    private(set) var text = ""
    private var level = 0

    /// Adds a line; an empty one has no indentation.
    mutating func line(_ line: String = "") {
        if !line.isEmpty {
            text += String(repeating: "    ", count: level)
            text += line
        }
        text += "\n"
    }

    mutating func lines(_ lines: [String]) {
        for line in lines { self.line(line) }
    }

    /// Adds `opening {`, what `body` prints one level deeper, and `}`.
    mutating func block(_ opening: String, closing: String = "}", _ body: (inout Printer) -> Void) {
        line(opening + " {")
        indented(body)
        line(closing)
    }

    mutating func indented(_ body: (inout Printer) -> Void) {
        level += 1
        body(&self)
        level -= 1
    }

    /// Adds a doc comment.
    mutating func documentation(_ lines: [String]) {
        for line in lines { self.line(line.isEmpty ? "///" : "/// " + line) }
    }
}

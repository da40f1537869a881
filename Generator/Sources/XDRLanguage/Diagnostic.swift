/// Something wrong in a source file, with everything needed to show it.
///
/// A diagnostic holds the text of its line, so it can be rendered after the source is gone.
public struct Diagnostic: Sendable {
    public enum Severity: String, Sendable {
        case error, warning
    }

    /// Another place that explains the first, such as an earlier definition.
    public struct Note: Sendable {
        public var message: String
        public var location: SourceLocation
        var excerpt: Excerpt?
    }

    public var severity: Severity
    public var message: String
    public var location: SourceLocation
    public var notes: [Note]
    var excerpt: Excerpt?

    /// `file:line:column: error: message`, the source line, and a caret below the column; then the notes likewise.
    ///
    /// Every line ends with a newline. Bytes that a terminal would interpret are replaced.
    public func rendered() -> String {
        var text = Self.render(severity.rawValue, message, location, excerpt)
        for note in notes {
            text += Self.render("note", note.message, note.location, note.excerpt)
        }
        return text
    }

    private static func render(
        _ kind: String, _ message: String, _ location: SourceLocation, _ excerpt: Excerpt?
    ) -> String {
        var text = "\(location.file):\(location.line):\(location.column): \(kind): \(message)\n"
        if let excerpt {
            text += excerpt.line + "\n" + excerpt.indent + "^\n"
        }
        return text
    }
}

/// The part of a source line that a diagnostic shows.
struct Excerpt: Sendable {
    /// Printable; at most `width` characters around the column.
    var line: String
    /// White space as wide as what stands before the caret.
    var indent: String

    static let width = 160

    /// - Parameters:
    ///   - bytes: The whole source.
    ///   - line: The line's range in it.
    ///   - offset: The byte that the caret points at; the end of the line is allowed.
    init(_ bytes: [UInt8], line range: Range<Int>, caret offset: Int) {
        var start = range.lowerBound
        if offset - start > Self.width / 2 {
            start = offset - Self.width / 2
        }
        let end = min(range.upperBound, start + Self.width)
        line = ""
        indent = ""
        for index in start..<max(start, end) {
            let byte = bytes[index]
            let shown: Character =
                byte == 9 || (byte >= 0x20 && byte < 0x7f) ? Character(Unicode.Scalar(byte)) : "?"
            line.append(shown)
            if index < offset { indent.append(byte == 9 ? "\t" : " ") }
        }
    }
}

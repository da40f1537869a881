/// Cuts bytes into tokens, in one pass.
///
/// Comments and `%` lines vanish, except that a doc comment is remembered by the token after it. Preprocessor lines
/// come out whole. Bytes that are not ASCII, and NUL, may stand in comments and `%` lines only.
struct Lexer {
    let bytes: [UInt8]
    let end: Int
    /// A directive's own text: `#` and `%` mean nothing at the start of a line, numbers may have C's suffixes.
    let isDirective: Bool
    private(set) var position: Int
    private var isAtLineStart: Bool
    /// Set with the last `.invalid` token or unterminated comment; whoever reports it clears it.
    var failure: (offset: Int, message: String)?
    /// Doc comments that no token follows directly; whoever looks at them clears it.
    var strayComments: [Range<Int>] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        end = bytes.count
        isDirective = false
        position = 0
        isAtLineStart = true
        // A byte order mark.
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
    }

    /// For the text of a directive.
    init(_ bytes: [UInt8], directive range: Range<Int>) {
        self.bytes = bytes
        end = range.upperBound
        isDirective = true
        position = range.lowerBound
        isAtLineStart = false
    }

    private func byte(_ offset: Int = 0) -> UInt8 {
        position + offset < end ? bytes[position + offset] : 0
    }

    mutating func next() -> Token {
        var comment: Range<Int>?
        while position < end {
            let start = position
            switch bytes[position] {
            case 0x0a:
                position += 1
                isAtLineStart = !isDirective
            case 0x20, 0x09, 0x0d, 0x0b, 0x0c:
                position += 1
            case UInt8(ascii: "\\") where isDirective:
                position += 1
            case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "*"):
                skipComment()
                if isDocComment(start..<position) {
                    drop(comment)
                    comment = start..<position
                }
            case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "/"):
                skipLine()
            case UInt8(ascii: "%") where isAtLineStart:
                skipLine()
                drop(comment)
                comment = nil
            case UInt8(ascii: "#") where isAtLineStart:
                skipDirective()
                isAtLineStart = true
                drop(comment)
                return Token(kind: .directive, start: start, end: position)
            default:
                isAtLineStart = false
                let kind = word()
                return Token(kind: kind, start: start, end: position, comment: comment)
            }
        }
        return Token(kind: .endOfFile, start: end, end: end, comment: comment)
    }

    /// Passes over text that a conditional leaves out, up to the next preprocessor line or the end.
    mutating func skipToDirective() -> Token {
        while position < end {
            switch bytes[position] {
            case 0x0a:
                position += 1
                isAtLineStart = true
            case 0x20, 0x09, 0x0d, 0x0b, 0x0c:
                position += 1
            case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "*"):
                skipComment()
            case UInt8(ascii: "%") where isAtLineStart:
                skipLine()
            case UInt8(ascii: "#") where isAtLineStart:
                let start = position
                skipDirective()
                isAtLineStart = true
                return Token(kind: .directive, start: start, end: position)
            default:
                isAtLineStart = false
                position += 1
            }
        }
        return Token(kind: .endOfFile, start: end, end: end)
    }

    // MARK: Parts

    private mutating func drop(_ comment: Range<Int>?) {
        if let comment { strayComments.append(comment) }
    }

    /// `/** … */`, but neither `/**/` nor a banner of stars.
    private func isDocComment(_ range: Range<Int>) -> Bool {
        range.count >= 5 && bytes[range.lowerBound + 2] == UInt8(ascii: "*")
            && bytes[range.lowerBound + 3] != UInt8(ascii: "*")
    }

    private mutating func skipComment() {
        let start = position
        position += 2
        while position < end {
            if bytes[position] == UInt8(ascii: "*"), byte(1) == UInt8(ascii: "/") {
                position += 2
                return
            }
            position += 1
        }
        if failure == nil { failure = (start, "comment is not closed") }
    }

    /// To the end of a `%` line; the C preprocessor, which reads a file before `rpcgen`, joins lines at a backslash.
    private mutating func skipLine() {
        while position < end, bytes[position] != 0x0a {
            if bytes[position] == UInt8(ascii: "\\"), byte(1) == 0x0a || byte(1) == 0x0d && byte(2) == 0x0a {
                position += byte(1) == 0x0a ? 1 : 2
            }
            position += 1
        }
    }

    /// To the end of the line, except that a backslash continues it and a comment may cross it.
    private mutating func skipDirective() {
        var quote: UInt8?
        while position < end {
            let current = bytes[position]
            if current == 0x0a {
                return
            } else if current == UInt8(ascii: "\\") {
                position += byte(1) == 0x0d && byte(2) == 0x0a ? 3 : 2
            } else if quote == nil, current == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "*") {
                skipComment()
            } else {
                if current == quote {
                    quote = nil
                } else if quote == nil, current == UInt8(ascii: "\"") {
                    quote = current
                }
                position += 1
            }
        }
        position = min(position, end)
    }

    private mutating func word() -> Token.Kind {
        let start = position
        let first = bytes[position]
        if first.isLetter {
            while position < end, bytes[position].isWordByte { position += 1 }
            guard position - start <= Keyword.longest else { return .identifier }
            let text = String(decoding: bytes[start..<position], as: UTF8.self)
            return Keyword.byName[text].map { .keyword($0) } ?? .identifier
        }
        if first.isDigit { return number() }
        if let punctuator = punctuator() { return .punctuator(punctuator) }
        if first == UInt8(ascii: "\"") {
            position += 1
            while position < end, bytes[position] != 0x0a, bytes[position] != first { position += 1 }
            if byte() == first {
                position += 1
                return .text
            }
            if failure == nil { failure = (start, "text in quotes is not closed") }
            return .invalid
        }
        return invalid(first)
    }

    private mutating func number() -> Token.Kind {
        let start = position
        while position < end, bytes[position].isWordByte { position += 1 }
        var last = position
        if isDirective {
            while last > start + 1, [0x55, 0x75, 0x4c, 0x6c].contains(bytes[last - 1]) { last -= 1 }
        }
        if NumberText.isValid(bytes[start..<last]) { return .number }
        if failure == nil { failure = (start, "this is not a number") }
        return .invalid
    }

    private mutating func punctuator() -> Punctuator? {
        let (first, second) = (byte(), byte(1))
        let pair: Punctuator? =
            switch (first, second) {
            case (0x3c, 0x3c): .shiftLeft
            case (0x3e, 0x3e): .shiftRight
            case (0x26, 0x26): .logicalAnd
            case (0x7c, 0x7c): .logicalOr
            case (0x3d, 0x3d): .equal
            case (0x21, 0x3d): .notEqual
            case (0x3c, 0x3d): .lessOrEqual
            case (0x3e, 0x3d): .greaterOrEqual
            default: nil
            }
        if let pair {
            position += 2
            return pair
        }
        guard first < 0x80, let single = Self.singles[Int(first)] else { return nil }
        position += 1
        return single
    }

    private static let singles: [Punctuator?] = (0..<128).map {
        Punctuator(rawValue: String(Unicode.Scalar(UInt8($0))))
    }

    private mutating func invalid(_ first: UInt8) -> Token.Kind {
        let start = position
        let message: String
        position += 1
        switch first {
        case 0, 0x80...:
            while position < end, bytes[position] == 0 || bytes[position] >= 0x80 { position += 1 }
            message = first == 0 ? "a NUL byte may stand in a comment only" : "only ASCII may stand outside of comments"
        case 0x21..<0x7f:
            message = "unexpected character '\(Character(Unicode.Scalar(first)))'"
        default:
            message = "unexpected control character"
        }
        if failure == nil { failure = (start, message) }
        return .invalid
    }
}

extension UInt8 {
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    var isLetter: Bool { (self | 0x20) >= 0x61 && (self | 0x20) <= 0x7a || self == 0x5f }
    var isWordByte: Bool { isLetter || isDigit }
}

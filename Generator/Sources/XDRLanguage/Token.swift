/// A word of the language.
struct Token {
    enum Kind: Hashable {
        case identifier
        case number
        /// In double quotes.
        case text
        case keyword(Keyword)
        case punctuator(Punctuator)
        /// A whole preprocessor line, continuation lines included, from its `#`.
        case directive
        case endOfFile
        /// Bytes that are no token; the lexer has said what is wrong with them.
        case invalid
    }

    var kind: Kind
    var start: Int
    var end: Int
    /// The doc comment directly before the token, with its marks.
    var comment: Range<Int>?

    func isKeyword(_ keyword: Keyword) -> Bool { kind == .keyword(keyword) }
    func isPunctuator(_ punctuator: Punctuator) -> Bool { kind == .punctuator(punctuator) }
}

/// Reserved words of RFC 4506, RFC 5531 and rpcgen.
enum Keyword: String, CaseIterable {
    case bool, `case`, char, const, `default`, double, `enum`, float, hyper, int, long, opaque, program, quadruple
    case short, string, `struct`, `switch`, typedef, union, unsigned, version, void

    /// Lookup without a scan of all cases.
    static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })
    static let longest = 9

    /// Whether it may name a field all the same: where a name must stand, these cannot be meant otherwise.
    var mayNameField: Bool { self == .program || self == .version }
}

enum Punctuator: String {
    case braceOpen = "{"
    case braceClose = "}"
    case parenthesisOpen = "("
    case parenthesisClose = ")"
    case bracketOpen = "["
    case bracketClose = "]"
    case less = "<"
    case greater = ">"
    case semicolon = ";"
    case colon = ":"
    case comma = ","
    case equals = "="
    case plus = "+"
    case minus = "-"
    case star = "*"
    case slash = "/"
    case percent = "%"
    case ampersand = "&"
    case pipe = "|"
    case caret = "^"
    case tilde = "~"
    case exclamation = "!"
    case shiftLeft = "<<"
    case shiftRight = ">>"
    case logicalAnd = "&&"
    case logicalOr = "||"
    case equal = "=="
    case notEqual = "!="
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
}

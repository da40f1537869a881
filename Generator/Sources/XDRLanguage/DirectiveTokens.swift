/// The words of one preprocessor line.
struct DirectiveTokens: TokenStream {
    let bytes: [UInt8]
    private(set) var current: Token
    private var lexer: Lexer
    /// Not nil while a condition is read: `defined NAME` and `defined(NAME)` become one token.
    var macros: [String: Preprocessor.Macro]? {
        didSet { foldDefined() }
    }
    private var folded: String?

    /// The name that a `defined` with the answer yes stands for. No source can contain it.
    static let isDefined = "defined?"
    static let isNotDefined = "undefined?"

    init(bytes: [UInt8], range: Range<Int>) {
        self.bytes = bytes
        lexer = Lexer(bytes, directive: range)
        current = lexer.next()
    }

    mutating func advance() {
        current = lexer.next()
        foldDefined()
    }

    func text(_ token: Token) -> String {
        if let folded, token.start == current.start, token.kind == .identifier { return folded }
        return String(decoding: bytes[token.start..<token.end], as: UTF8.self)
    }

    private mutating func foldDefined() {
        folded = nil
        guard let macros, current.kind == .identifier, text(current) == "defined" else { return }
        let start = current.start
        var rest = lexer
        var token = rest.next()
        let hasParenthesis = token.isPunctuator(.parenthesisOpen)
        if hasParenthesis { token = rest.next() }
        let name = String(decoding: bytes[token.start..<token.end], as: UTF8.self)
        var end = token.end
        switch token.kind {
        case .identifier, .keyword: break
        default: return
        }
        if hasParenthesis {
            token = rest.next()
            guard token.isPunctuator(.parenthesisClose) else { return }
            end = token.end
        }
        lexer = rest
        current = Token(kind: .identifier, start: start, end: end)
        folded = macros[name] != nil ? Self.isDefined : Self.isNotDefined
    }

    /// What stands between the quotes that begin at the current word.
    mutating func quotedText() -> String? {
        let start = current.start
        guard start < current.end, bytes[start] == UInt8(ascii: "\""), current.end - start >= 2,
            bytes[current.end - 1] == UInt8(ascii: "\"")
        else { return nil }
        return String(decoding: bytes[start + 1..<current.end - 1], as: UTF8.self)
    }
}

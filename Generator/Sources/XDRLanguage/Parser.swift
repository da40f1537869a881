/// Reads one file's definitions by recursive descent.
///
/// An error is reported where it is, and reading goes on behind the next `;` or before the next `}`.
struct Parser: TokenStream {
    /// How deep types and parentheses may nest.
    static let maximumDepth = 64
    static let maximumNameLength = 255

    var preprocessor: Preprocessor
    private(set) var current = Token(kind: .invalid, start: 0, end: 0)
    var file: FileSyntax
    var depth = 0
    /// The end of the token before the current one: a missing `;` belongs there.
    private var previousEnd = 0

    var bytes: [UInt8] { preprocessor.bytes }
    var session: Session { preprocessor.session }

    init(_ preprocessor: Preprocessor, fileName: String) {
        self.preprocessor = preprocessor
        file = FileSyntax(source: preprocessor.source, name: fileName)
    }

    mutating func parseFile() -> FileSyntax {
        current = preprocessor.next()
        while current.kind != .endOfFile, !session.isFull {
            let start = current.start
            do throws(SyntaxError) {
                try parseDefinition()
            } catch {
                report(error)
                recoverAtTop(from: start)
            }
            takeMacros()
        }
        takeMacros()
        if let comment = current.comment { session.checkStray(comment, source: preprocessor.source) }
        return file
    }

    private mutating func takeMacros() {
        file.declarations += preprocessor.constants.map { .constant($0) }
        preprocessor.constants = []
    }

    // MARK: Tokens

    mutating func advance() {
        if let comment = current.comment { session.checkStray(comment, source: preprocessor.source) }
        previousEnd = current.end
        current = session.isFull ? Token(kind: .endOfFile, start: current.end, end: current.end) : preprocessor.next()
    }

    func position(_ offset: Int) -> Position { Position(source: preprocessor.source, offset: offset) }
    var here: Position { position(current.start) }

    func unexpected(_ wanted: String) -> SyntaxError {
        SyntaxError(offset: current.start, message: "expected \(wanted) before \(described(current))")
    }

    mutating func accept(_ punctuator: Punctuator) -> Bool {
        guard current.isPunctuator(punctuator) else { return false }
        advance()
        return true
    }

    mutating func expect(_ punctuator: Punctuator) throws(SyntaxError) {
        guard current.isPunctuator(punctuator) else {
            if punctuator == .semicolon {
                throw SyntaxError(offset: previousEnd, message: "expected ';' before \(described(current))")
            }
            throw unexpected("'\(punctuator.rawValue)'")
        }
        advance()
    }

    mutating func expectName(_ what: String, isField: Bool = false) throws(SyntaxError) -> Name {
        switch current.kind {
        case .identifier: break
        case .keyword(let keyword) where isField && keyword.mayNameField: break
        case .keyword(let keyword):
            throw SyntaxError(
                offset: current.start, message: "'\(keyword.rawValue)' is a word of the language and cannot be a name")
        default:
            throw unexpected(what)
        }
        guard current.end - current.start <= Self.maximumNameLength else {
            throw SyntaxError(
                offset: current.start, message: "the name is longer than \(Self.maximumNameLength) characters")
        }
        let name = Name(text: text(current), position: here)
        advance()
        return name
    }

    /// The doc comment before the current token. It is taken once; one that nobody takes is looked at by `advance`.
    mutating func takeDocumentation() -> DocComment {
        guard let comment = current.comment else { return DocComment() }
        current.comment = nil
        return DocCommentParser.parse(bytes, comment, source: preprocessor.source)
    }

    // MARK: Errors

    func report(_ error: SyntaxError) {
        session.error(position(error.offset), error.message)
    }

    /// Passes over the rest of a statement, with what is in braces in it: behind `;` or before `}`.
    mutating func recover(orBehind separator: Punctuator = .semicolon) {
        var braces = 0
        while current.kind != .endOfFile {
            if current.isPunctuator(.braceOpen) {
                braces += 1
            } else if current.isPunctuator(.braceClose) {
                if braces == 0 { return }
                braces -= 1
            } else if braces == 0, current.isPunctuator(separator) || current.isPunctuator(.semicolon) {
                if current.isPunctuator(separator) { advance() }
                return
            }
            advance()
        }
    }

    /// As `recover`, but outside of all braces; stops also where a definition clearly begins.
    private mutating func recoverAtTop(from start: Int) {
        var braces = 0
        if current.start == start { advance() }
        while current.kind != .endOfFile {
            switch current.kind {
            case .punctuator(.braceOpen):
                braces += 1
            case .punctuator(.braceClose):
                braces = max(0, braces - 1)
            case .punctuator(.semicolon) where braces == 0:
                return advance()
            case .keyword(let keyword) where braces == 0:
                switch keyword {
                case .const, .typedef, .program, .struct, .union, .enum: return
                default: break
                }
            default:
                break
            }
            advance()
        }
    }
}

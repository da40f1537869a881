/// The tokens of one source, after its preprocessor lines.
///
/// Of the C preprocessor it knows what `.x` files use: conditionals, `#define` of constants, `#include "file.x"` and
/// line markers. It replaces nothing in the text: a macro is a constant, or it is a word for `#ifdef`.
struct Preprocessor {
    struct Macro {
        /// Nil if it is no constant expression.
        var value: Expression?
    }

    private struct Conditional {
        var start: Int
        /// Whether the text around it counts.
        var isEnclosingActive: Bool
        var isActive: Bool
        var hasBeenActive: Bool
        var hasElse = false
    }

    let session: Session
    let source: Int32
    let bytes: [UInt8]
    var macros: [String: Macro]
    /// Constants from `#define`, not yet fetched by the parser.
    var constants: [ConstantSyntax] = []
    /// How many files include each other around this one.
    let includeDepth: Int
    private var lexer: Lexer
    private var conditionals: [Conditional] = []
    private var included: Set<String> = []

    init(session: Session, source: Int32, macros: [String: Macro], includeDepth: Int) {
        self.session = session
        self.source = source
        self.macros = macros
        self.includeDepth = includeDepth
        bytes = session.buffers[Int(source)].bytes
        lexer = Lexer(bytes)
    }

    mutating func next() -> Token {
        while true {
            let isActive = conditionals.last?.isActive ?? true
            let token = isActive ? lexer.next() : lexer.skipToDirective()
            if let failure = lexer.failure {
                report(failure.offset, failure.message)
                lexer.failure = nil
            }
            for comment in lexer.strayComments { session.checkStray(comment, source: source) }
            lexer.strayComments = []
            switch token.kind {
            case .directive:
                process(token.start..<token.end)
            case .endOfFile:
                for conditional in conditionals {
                    report(conditional.start, "conditional is not closed: there is no '#endif' for it")
                }
                conditionals = []
                return token
            default:
                return token
            }
        }
    }

    private func report(_ offset: Int, _ message: String) {
        session.error(Position(source: source, offset: offset), message)
    }

    // MARK: Directives

    private mutating func process(_ range: Range<Int>) {
        var line = DirectiveTokens(bytes: bytes, range: range.lowerBound + 1..<range.upperBound)
        let word = line.current
        if word.kind == .number { return markLine(&line, at: range) }
        if word.kind == .endOfFile { return }
        let name = line.text(word)
        line.advance()
        switch name {
        case "if", "ifdef", "ifndef":
            let isEnclosingActive = conditionals.last?.isActive ?? true
            let isActive = isEnclosingActive && condition(name, &line, at: range.lowerBound)
            conditionals.append(
                Conditional(
                    start: range.lowerBound, isEnclosingActive: isEnclosingActive, isActive: isActive,
                    hasBeenActive: isActive))
        case "elif", "else", "endif":
            guard var last = conditionals.popLast() else {
                return report(range.lowerBound, "'#\(name)' without '#if'")
            }
            if name == "endif" { return }
            if last.hasElse { report(range.lowerBound, "'#\(name)' after '#else'") }
            last.hasElse = last.hasElse || name == "else"
            last.isActive =
                last.isEnclosingActive && !last.hasBeenActive
                && (name == "else" || condition("if", &line, at: range.lowerBound))
            last.hasBeenActive = last.hasBeenActive || last.isActive
            conditionals.append(last)
        case _ where !(conditionals.last?.isActive ?? true):
            break
        case "define":
            define(&line)
        case "undef" where line.current.kind == .identifier:
            macros[line.text(line.current)] = nil
        case "include":
            include(line.current, range)
        case "line":
            markLine(&line, at: range)
        default:
            break
        }
    }

    /// `# 12 "file"`, `#line 12`: the next line is line 12 of that file.
    private mutating func markLine(_ line: inout DirectiveTokens, at range: Range<Int>) {
        guard line.current.kind == .number,
            let number = NumberText.value(bytes[line.current.start..<line.current.end]), number <= Int32.max
        else { return }
        line.advance()
        session.buffers[Int(source)].addMarker(
            at: min(range.upperBound + 1, bytes.count), file: line.quotedText(), line: Int(number))
    }

    private mutating func define(_ line: inout DirectiveTokens) {
        let token = line.current
        guard token.kind == .identifier else { return }
        let name = Name(text: line.text(token), position: Position(source: source, offset: token.start))
        line.advance()
        macros[name.text] = Macro(value: nil)
        // A parenthesis right behind the name makes it a function.
        if line.current.isPunctuator(.parenthesisOpen), line.current.start == token.end { return }
        guard line.current.kind != .endOfFile, let value = try? line.parseExpression(),
            line.current.kind == .endOfFile
        else { return }
        macros[name.text] = Macro(value: value)
        if let earlier = session.macroConstants[name.text], earlier == value { return }
        session.macroConstants[name.text] = value
        constants.append(ConstantSyntax(name: name, value: value, isMacro: true))
    }

    private mutating func include(_ token: Token, _ range: Range<Int>) {
        var line = DirectiveTokens(bytes: bytes, range: token.start..<range.upperBound)
        guard let path = line.quotedText(), path.hasSuffix(".x"), included.insert(path).inserted
        else { return }
        session.include(path, from: source, at: token.start, depth: includeDepth, macros: &macros)
    }

    // MARK: Conditions

    private func condition(_ directive: String, _ line: inout DirectiveTokens, at offset: Int) -> Bool {
        if directive != "if" {
            guard line.current.kind != .endOfFile else {
                report(offset, "'#\(directive)' needs a name")
                return false
            }
            return (macros[line.text(line.current)] != nil) == (directive == "ifdef")
        }
        line.macros = macros
        do {
            let expression = try line.parseExpression(comparisons: true)
            guard line.current.kind == .endOfFile else {
                throw SyntaxError(offset: line.current.start, message: "unexpected \(line.described(line.current))")
            }
            return try value(of: expression) != 0
        } catch let error as SyntaxError {
            report(error.offset, error.message)
        } catch let error as Expression.Failure {
            report(error.offset, error.message)
        } catch {}
        return false
    }

    /// A name that is no macro, or has no number, counts as 0, as in C; so does one that needs itself.
    private func value(of expression: Expression) throws(Expression.Failure) -> Int128 {
        var known = [DirectiveTokens.isDefined: Int128(1)]
        func lookup(_ name: String, _ depth: Int) -> Int128 {
            if let value = known[name] { return value }
            known[name] = 0
            guard depth < 64, let macro = macros[name]?.value else { return 0 }
            let value = (try? macro.evaluate { lookup($0, depth + 1) }) ?? 0
            known[name] = value
            return value
        }
        return try expression.evaluate { lookup($0, 0) }
    }
}

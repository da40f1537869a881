/// Something that hands out tokens of one source, one at a time.
protocol TokenStream {
    var current: Token { get }
    var bytes: [UInt8] { get }
    mutating func advance()
    /// A token as it is written.
    func text(_ token: Token) -> String
}

/// What the parser could not read; the offset is where the caret goes.
struct SyntaxError: Error {
    var offset: Int
    var message: String
}

extension TokenStream {
    func text(_ token: Token) -> String {
        String(decoding: bytes[token.start..<token.end], as: UTF8.self)
    }

    /// How a token is called in a message.
    func described(_ token: Token) -> String {
        switch token.kind {
        case .endOfFile: "the end of the file"
        case .directive: "a preprocessor line"
        default: token.end - token.start > 40 ? "a long word" : "'\(text(token))'"
        }
    }

    /// Reads `+ - * / << >> | ^ & ~ ( )` over numbers and names.
    ///
    /// - Parameter comparisons: Whether the operators that only `#if` knows may appear; `>` ends a limit otherwise.
    mutating func parseExpression(comparisons: Bool = false) throws(SyntaxError) -> Expression {
        var expression = Expression()
        expression.offset = current.start
        try parseOperands(into: &expression, above: 0, comparisons: comparisons, depth: 0)
        return expression
    }

    private mutating func parseOperands(
        into expression: inout Expression, above minimum: Int, comparisons: Bool, depth: Int
    ) throws(SyntaxError) {
        guard depth < Parser.maximumDepth * 8 else {
            throw SyntaxError(offset: current.start, message: "the expression is nested too deeply")
        }
        try parseOperand(into: &expression, comparisons: comparisons, depth: depth)
        while case .punctuator(let sign) = current.kind,
            let precedence = Self.precedence(sign, comparisons: comparisons), precedence > minimum
        {
            let offset = current.start
            advance()
            try parseOperands(into: &expression, above: precedence, comparisons: comparisons, depth: depth + 1)
            expression.steps.append(.infix(sign))
            expression.offsets.append(offset)
        }
    }

    private mutating func parseOperand(
        into expression: inout Expression, comparisons: Bool, depth: Int
    ) throws(SyntaxError) {
        let token = current
        switch token.kind {
        case .number:
            guard let value = NumberText.value(bytes[token.start..<token.end]) else {
                throw SyntaxError(offset: token.start, message: "the number does not fit 64 bits")
            }
            expression.steps.append(.number(value))
            expression.offsets.append(token.start)
            advance()
        case .identifier:
            expression.steps.append(.name(text(token)))
            expression.offsets.append(token.start)
            advance()
        case .punctuator(.parenthesisOpen):
            advance()
            // Eight levels, so that 64 parentheses are the limit; operators without them count one each.
            try parseOperands(into: &expression, above: 0, comparisons: comparisons, depth: depth + 8)
            guard current.isPunctuator(.parenthesisClose) else {
                throw SyntaxError(offset: current.start, message: "expected ')' before \(described(current))")
            }
            advance()
        case .punctuator(let sign) where [.minus, .plus, .tilde].contains(sign) || comparisons && sign == .exclamation:
            advance()
            guard depth + 8 < Parser.maximumDepth * 8 else {
                throw SyntaxError(offset: token.start, message: "the expression is nested too deeply")
            }
            try parseOperand(into: &expression, comparisons: comparisons, depth: depth + 8)
            expression.steps.append(.prefix(sign))
            expression.offsets.append(token.start)
        default:
            throw SyntaxError(
                offset: token.start, message: "expected a number or the name of a constant before \(described(token))")
        }
    }

    private static func precedence(_ sign: Punctuator, comparisons: Bool) -> Int? {
        switch sign {
        case .star, .slash: 10
        case .percent: comparisons ? 10 : nil
        case .plus, .minus: 9
        case .shiftLeft, .shiftRight: 8
        case .less, .greater, .lessOrEqual, .greaterOrEqual: comparisons ? 7 : nil
        case .equal, .notEqual: comparisons ? 6 : nil
        case .ampersand: 5
        case .caret: 4
        case .pipe: 3
        case .logicalAnd: comparisons ? 2 : nil
        case .logicalOr: comparisons ? 1 : nil
        default: nil
        }
    }
}

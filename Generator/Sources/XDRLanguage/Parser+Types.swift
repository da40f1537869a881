extension Parser {
    /// Where a declaration stands; each place allows something else around the name.
    enum Place {
        case field, typedef, discriminant, argument
    }

    mutating func parseField(_ place: Place) throws(SyntaxError) -> FieldSyntax {
        let typePosition = here
        let type = try parseType(allowsBody: place == .field || place == .typedef)
        var field = FieldSyntax(type: type, typePosition: typePosition, name: nil, form: .plain)
        if case .void = type {
            if place == .argument { return field }
            throw SyntaxError(offset: Int(typePosition.offset), message: "'void' is no type of a field")
        }
        if accept(.star) { field.form = .optional }
        if place == .argument {
            if current.kind == .identifier { field.name = try expectName("a name") }
        } else {
            field.name = try expectName("a name", isField: place != .typedef)
        }
        if current.isPunctuator(.bracketOpen) || current.isPunctuator(.less) {
            if case .optional = field.form {
                throw SyntaxError(
                    offset: current.start, message: "'*' and an array need a typedef between them")
            }
            if place == .discriminant {
                throw SyntaxError(offset: current.start, message: "a discriminant cannot be an array")
            }
            field.form = try parseLength()
        }
        checkForm(&field, place)
        return field
    }

    /// `[length]` or `<limit>`.
    mutating func parseLength() throws(SyntaxError) -> FieldSyntax.Form {
        if accept(.bracketOpen) {
            if current.isPunctuator(.bracketClose) {
                throw SyntaxError(
                    offset: current.start, message: "a fixed array needs its length; '<>' is for any length")
            }
            let length = try parseExpression()
            try expect(.bracketClose)
            return .fixed(length)
        }
        try expect(.less)
        if accept(.greater) { return .variable(nil) }
        let limit = try parseExpression()
        try expect(.greater)
        return .variable(limit)
    }

    /// `string` and `opaque` are no types of their own, but halves of an array's.
    func checkForm(_ field: inout FieldSyntax, _ place: Place) {
        let name = field.name.map { " '\($0.text)'" } ?? ""
        switch (field.type, field.form) {
        case (.string, .plain) where place == .argument:
            field.form = .variable(nil)
        case (.string, .variable), (.opaque, .variable), (.opaque, .fixed):
            if place == .discriminant { return }
        case (.string, _):
            session.error(field.position, "string\(name) needs '<>' or '<limit>' behind its name")
        case (.opaque, _):
            session.error(field.position, "opaque\(name) needs '[length]', '<>' or '<limit>' behind its name")
        default:
            break
        }
    }

    mutating func parseType(allowsBody: Bool) throws(SyntaxError) -> TypeSyntax {
        guard case .keyword(let keyword) = current.kind else {
            guard current.kind == .identifier else { throw unexpected("a type") }
            return .named(try expectName("a type"), tag: nil)
        }
        switch keyword {
        case .struct, .union, .enum:
            let start = current.start
            let type = try parseTagged(keyword)
            if case .named = type { return type }
            guard allowsBody else {
                throw SyntaxError(offset: start, message: "a type with a body cannot stand here; give it a name")
            }
            return type
        case .quadruple:
            throw SyntaxError(
                offset: current.start, message: "'quadruple' (128-bit floating point) is not supported")
        case .unsigned:
            advance()
            return .primitive(parseUnsigned())
        case .short, .long, .hyper:
            advance()
            if current.isKeyword(.int) { advance() }
            return .primitive(keyword == .short ? .short : keyword == .long ? .long : .hyper)
        default:
            let type: TypeSyntax? =
                switch keyword {
                case .void: .void
                case .string: .string
                case .opaque: .opaque
                case .int: .primitive(.int)
                case .bool: .primitive(.bool)
                case .char: .primitive(.char)
                case .float: .primitive(.float)
                case .double: .primitive(.double)
                default: nil
                }
            guard let type else { throw unexpected("a type") }
            advance()
            return type
        }
    }

    /// Behind `unsigned`, which alone means `unsigned int`.
    private mutating func parseUnsigned() -> Primitive {
        guard case .keyword(let keyword) = current.kind else { return .unsignedInt }
        switch keyword {
        case .int:
            advance()
            return .unsignedInt
        case .char:
            advance()
            return .unsignedChar
        case .short, .long, .hyper:
            advance()
            if current.isKeyword(.int) { advance() }
            return keyword == .short ? .unsignedShort : keyword == .long ? .unsignedLong : .unsignedHyper
        default:
            return .unsignedInt
        }
    }

    /// `struct name`, `struct { … }` or both.
    private mutating func parseTagged(_ keyword: Keyword) throws(SyntaxError) -> TypeSyntax {
        let start = here
        advance()
        var name = Name(text: "", position: start)
        let bodyStart: Bool
        if current.kind == .identifier {
            name = try expectName("a name")
            bodyStart = keyword == .union ? current.isKeyword(.switch) : current.isPunctuator(.braceOpen)
            guard bodyStart else { return .named(name, tag: keyword) }
        }
        switch keyword {
        case .struct: return .structure(StructureSyntax(name: name, fields: try parseFields()))
        case .union: return .union(try parseUnion(name: name))
        default: return .enumeration(EnumerationSyntax(name: name, enumerators: try parseEnumerators()))
        }
    }
}

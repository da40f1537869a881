extension Parser {
    mutating func parseDefinition() throws(SyntaxError) {
        guard case .keyword(let keyword) = current.kind else {
            throw unexpected("'const', 'typedef', 'enum', 'struct', 'union' or 'program'")
        }
        let documentation = takeDocumentation()
        switch keyword {
        case .const: try parseConstant(documentation)
        case .typedef: try parseTypedef(documentation)
        case .program: try parseProgram(documentation)
        case .enum:
            advance()
            var enumeration = EnumerationSyntax(name: try expectName("a name"), enumerators: [])
            enumeration.documentation = documentation
            enumeration.enumerators = try parseEnumerators()
            try end(.enumeration(enumeration))
        case .struct:
            advance()
            var structure = StructureSyntax(name: try expectName("a name"), fields: [])
            structure.documentation = documentation
            structure.fields = try parseFields()
            try end(.structure(structure))
        case .union:
            advance()
            var union = try parseUnion(name: try expectName("a name"))
            union.documentation = documentation
            try end(.union(union))
        default:
            throw unexpected("'const', 'typedef', 'enum', 'struct', 'union' or 'program'")
        }
    }

    /// Keeps the declaration even if its `;` is missing: it is known, and others may use it.
    private mutating func end(_ declaration: Declaration) throws(SyntaxError) {
        file.declarations.append(declaration)
        try expect(.semicolon)
    }

    private mutating func parseConstant(_ documentation: DocComment) throws(SyntaxError) {
        advance()
        let name = try expectName("a name")
        try expect(.equals)
        if current.kind == .text {
            // rpcgen's: text for C programs. It is nothing on the wire, and the model has no place for it.
            advance()
            return try expect(.semicolon)
        }
        try end(.constant(ConstantSyntax(name: name, value: try parseExpression(), documentation: documentation)))
    }

    /// A body without a name takes the typedef's, if nothing stands around that.
    private mutating func parseTypedef(_ documentation: DocComment) throws(SyntaxError) {
        advance()
        var field = try parseField(.typedef)
        field.documentation = documentation
        guard let name = field.name else { throw unexpected("a name") }
        if case .plain = field.form {
            switch field.type {
            case .enumeration(var type) where type.name.text.isEmpty:
                type.name = name
                type.documentation = documentation
                return try end(.enumeration(type))
            case .structure(var type) where type.name.text.isEmpty:
                type.name = name
                type.documentation = documentation
                return try end(.structure(type))
            case .union(var type) where type.name.text.isEmpty:
                type.name = name
                type.documentation = documentation
                return try end(.union(type))
            default: break
            }
        }
        try end(.alias(AliasSyntax(field: field)))
    }

    // MARK: Bodies

    mutating func parseEnumerators() throws(SyntaxError) -> [EnumerationSyntax.Enumerator] {
        try expect(.braceOpen)
        var enumerators: [EnumerationSyntax.Enumerator] = []
        repeat {
            do throws(SyntaxError) {
                let documentation = takeDocumentation()
                let name = try expectName("the name of an enumerator")
                let value: Expression? = accept(.equals) ? try parseExpression() : nil
                enumerators.append(.init(name: name, value: value, documentation: documentation))
                guard !current.isPunctuator(.braceClose) else { break }
                try expect(.comma)
            } catch {
                report(error)
                recover(orBehind: .comma)
                if current.isPunctuator(.semicolon) { throw error }
            }
        } while !current.isPunctuator(.braceClose) && current.kind != .endOfFile
        try expect(.braceClose)
        return enumerators
    }

    mutating func parseFields() throws(SyntaxError) -> [FieldSyntax] {
        try enterBody()
        defer { depth -= 1 }
        var fields: [FieldSyntax] = []
        if current.isPunctuator(.braceClose) { report(unexpected("a field")) }
        while !current.isPunctuator(.braceClose), current.kind != .endOfFile {
            do throws(SyntaxError) {
                let documentation = takeDocumentation()
                var field = try parseField(.field)
                field.documentation = documentation
                fields.append(field)
                try expect(.semicolon)
            } catch {
                report(error)
                recover()
            }
        }
        try expect(.braceClose)
        return fields
    }

    /// Every body in a body counts, so that what walks types may do so by recursion.
    private mutating func enterBody() throws(SyntaxError) {
        guard current.isPunctuator(.braceOpen) else { throw unexpected("'{'") }
        guard depth < Self.maximumDepth else {
            throw SyntaxError(
                offset: current.start, message: "types are nested more than \(Self.maximumDepth) levels deep")
        }
        advance()
        depth += 1
    }

    /// From the `switch` on.
    mutating func parseUnion(name: Name) throws(SyntaxError) -> UnionSyntax {
        guard current.isKeyword(.switch) else { throw unexpected("'switch'") }
        advance()
        try expect(.parenthesisOpen)
        let discriminant = try parseField(.discriminant)
        try expect(.parenthesisClose)
        try enterBody()
        defer { depth -= 1 }
        var arms: [UnionSyntax.Arm] = []
        if current.isPunctuator(.braceClose) { report(unexpected("'case'")) }
        while !current.isPunctuator(.braceClose), current.kind != .endOfFile {
            do throws(SyntaxError) {
                arms.append(try parseArm())
            } catch {
                report(error)
                recover()
            }
        }
        try expect(.braceClose)
        return UnionSyntax(name: name, discriminant: discriminant, arms: arms)
    }

    private mutating func parseArm() throws(SyntaxError) -> UnionSyntax.Arm {
        var arm = UnionSyntax.Arm(labels: [], position: here)
        let documentation = takeDocumentation()
        if current.isKeyword(.default) {
            advance()
            try expect(.colon)
        } else {
            guard current.isKeyword(.case) else { throw unexpected("'case' or 'default'") }
            while current.isKeyword(.case) {
                advance()
                arm.labels.append(try parseExpression())
                try expect(.colon)
            }
        }
        var inner = takeDocumentation()
        if inner.lines.isEmpty, inner.tags.isEmpty { inner = documentation }
        if current.isKeyword(.void) {
            advance()
        } else {
            arm.field = try parseField(.field)
            arm.field?.documentation = inner
        }
        try expect(.semicolon)
        return arm
    }
}

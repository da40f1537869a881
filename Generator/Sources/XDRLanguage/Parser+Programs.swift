extension Parser {
    /// RFC 5531: `program NAME { version NAME { procedures } = number; … } = number;`
    mutating func parseProgram(_ documentation: DocComment) throws(SyntaxError) {
        advance()
        let name = try expectName("a name")
        try expect(.braceOpen)
        var versions: [ProgramSyntax.Version] = []
        if current.isPunctuator(.braceClose) { report(unexpected("'version'")) }
        while !current.isPunctuator(.braceClose), current.kind != .endOfFile {
            do throws(SyntaxError) {
                versions.append(try parseVersion())
            } catch {
                report(error)
                recover()
            }
        }
        try expect(.braceClose)
        try expect(.equals)
        let number = try parseExpression()
        file.declarations.append(
            .program(ProgramSyntax(name: name, number: number, versions: versions, documentation: documentation)))
        try expect(.semicolon)
    }

    private mutating func parseVersion() throws(SyntaxError) -> ProgramSyntax.Version {
        guard current.isKeyword(.version) else { throw unexpected("'version'") }
        advance()
        let name = try expectName("a name")
        try expect(.braceOpen)
        var procedures: [ProgramSyntax.Procedure] = []
        if current.isPunctuator(.braceClose) { report(unexpected("a procedure")) }
        while !current.isPunctuator(.braceClose), current.kind != .endOfFile {
            do throws(SyntaxError) {
                procedures.append(try parseProcedure())
            } catch {
                report(error)
                recover()
            }
        }
        try expect(.braceClose)
        try expect(.equals)
        let number = try parseExpression()
        try expect(.semicolon)
        return ProgramSyntax.Version(name: name, number: number, procedures: procedures)
    }

    private mutating func parseProcedure() throws(SyntaxError) -> ProgramSyntax.Procedure {
        let documentation = takeDocumentation()
        var (result, name) = try parseResult()
        checkForm(&result, .argument)
        try expect(.parenthesisOpen)
        var arguments: [FieldSyntax] = []
        if !current.isPunctuator(.parenthesisClose) {
            repeat {
                arguments.append(try parseField(.argument))
            } while accept(.comma)
        }
        try expect(.parenthesisClose)
        if let void = arguments.first(where: { if case .void = $0.type { true } else { false } }) {
            if arguments.count > 1 { session.error(void.typePosition, "'void' stands alone or not at all") }
            arguments = []
        }
        try expect(.equals)
        let number = try parseExpression()
        try expect(.semicolon)
        return ProgramSyntax.Procedure(
            name: name, number: number, arguments: arguments, result: result, documentation: documentation)
    }

    /// A result has no name, save that `string text<> NAME(…)` and `string<> NAME(…)` are common.
    private mutating func parseResult() throws(SyntaxError) -> (FieldSyntax, Name) {
        let typePosition = here
        let type = try parseType(allowsBody: false)
        var result = FieldSyntax(type: type, typePosition: typePosition, name: nil, form: .plain)
        if accept(.star) {
            result.form = .optional
        } else if current.isPunctuator(.less) {
            result.form = try parseLength()
        }
        let name = try expectName("the name of the procedure")
        guard current.isPunctuator(.less) || current.isPunctuator(.bracketOpen), case .plain = result.form else {
            return (result, name)
        }
        result.name = name
        result.form = try parseLength()
        return (result, try expectName("the name of the procedure"))
    }
}

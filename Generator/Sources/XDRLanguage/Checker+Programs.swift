/// What is known of programs across all files: several blocks may make up one.
struct ProgramCheck {
    struct VersionKey: Hashable {
        var program: UInt32
        var version: UInt32
    }

    struct Named<Value> {
        var value: Value
        var position: Position
    }

    private let session: Session
    private var programNumbers: [String: Named<UInt32>] = [:]
    private var programNames: [UInt32: Named<String>] = [:]
    private var versionNumbers: [String: Named<UInt32>] = [:]
    private var versionNames: [VersionKey: Named<String>] = [:]
    private var procedureNumbers: [VersionKey: [String: Named<UInt32>]] = [:]
    private var procedureNames: [VersionKey: [UInt32: Named<String>]] = [:]

    init(_ session: Session) {
        self.session = session
    }

    mutating func add(program name: Name, _ number: UInt32) {
        let what = "program '\(name.text)'"
        Self.agree(&programNumbers[name.text], number, name, "\(what) had another number before", session)
        Self.agree(&programNames[number], name.text, name, "\(what) has the number of another program", session)
    }

    mutating func add(version name: Name, _ key: VersionKey) {
        let what = "version '\(name.text)'"
        Self.agree(&versionNumbers["\(key.program) \(name.text)"], key.version, name, "\(what) had another number before", session)
        Self.agree(&versionNames[key], name.text, name, "\(what) has the number of another version", session)
    }

    mutating func add(procedure name: Name, _ number: UInt32, at numberPosition: Position, _ key: VersionKey) {
        if let first = procedureNumbers[key]?[name.text] {
            session.error(
                name.position, "procedure '\(name.text)' is defined twice",
                notes: [(first.position, "first defined here")])
            return
        }
        procedureNumbers[key, default: [:]][name.text] = Named(value: number, position: name.position)
        if let first = procedureNames[key]?[number] {
            session.error(
                numberPosition, "procedure number \(number) is used twice",
                notes: [(first.position, "'\(first.value)' has it")])
            return
        }
        procedureNames[key, default: [:]][number] = Named(value: name.text, position: name.position)
    }

    private static func agree<Value: Equatable>(
        _ known: inout Named<Value>?, _ value: Value, _ name: Name, _ complaint: String, _ session: Session
    ) {
        guard let first = known else {
            known = Named(value: value, position: name.position)
            return
        }
        if first.value != value { session.error(name.position, complaint, notes: [(first.position, "first here")]) }
    }
}

extension Checker {
    /// Nil if it has no number.
    mutating func resolve(
        _ syntax: ProgramSyntax, file: Int, _ known: inout ProgramCheck, _ annotated: inout AnnotationCheck
    ) -> Program? {
        guard let number = number(syntax.number, of: syntax.name, "program") else { return nil }
        known.add(program: syntax.name, number)
        var program = Program(
            name: syntax.name.text, number: number, versions: [],
            documentation: annotated.check(syntax.documentation, on: .program),
            location: session.location(syntax.name.position))
        for versionSyntax in syntax.versions {
            guard let number = self.number(versionSyntax.number, of: versionSyntax.name, "version") else { continue }
            let key = ProgramCheck.VersionKey(program: program.number, version: number)
            known.add(version: versionSyntax.name, key)
            var version = ProgramVersion(
                name: versionSyntax.name.text, number: number, procedures: [],
                location: session.location(versionSyntax.name.position))
            for procedure in versionSyntax.procedures {
                let documentation = annotated.check(procedure.documentation, on: .procedure)
                let arguments = procedure.arguments.map { reference($0, file: file) }
                var result: TypeReference?
                if case .void = procedure.result.type {} else { result = reference(procedure.result, file: file) }
                guard let number = self.number(procedure.number, of: procedure.name, "procedure") else { continue }
                let position = Position(source: procedure.name.position.source, offset: procedure.number.offset)
                known.add(procedure: procedure.name, number, at: position, key)
                version.procedures.append(
                    ProcedureDefinition(
                        name: procedure.name.text, number: number, arguments: arguments, result: result,
                        documentation: documentation, location: session.location(procedure.name.position)))
            }
            program.versions.append(version)
        }
        return program
    }

    private func number(_ expression: Expression, of name: Name, _ what: String) -> UInt32? {
        constants.value(
            expression, source: name.position.source, range: 0...Int128(UInt32.max), what: "the \(what)'s number"
        ).map { UInt32($0) }
    }
}

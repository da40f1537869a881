extension Checker {
    /// The definition with names resolved; what is wrong is reported and replaced by something harmless.
    mutating func resolve(_ entry: TypeEntry, _ annotated: inout AnnotationCheck) -> TypeDefinition {
        let name = entry.name.text
        let location = session.location(entry.name.position)
        switch entry.declaration {
        case .enumeration(let syntax):
            let documentation = annotated.check(syntax.documentation, on: .type)
            return .enumeration(
                Enumeration(
                    name: name, enumerators: enumerators(syntax, &annotated), documentation: documentation,
                    location: location))
        case .structure(let syntax):
            let documentation = annotated.check(syntax.documentation, on: .structure)
            checkUnique(syntax.fields, what: "field")
            let fields = syntax.fields.map { resolve($0, file: entry.file, &annotated) }
            return .structure(
                Structure(name: name, fields: fields, documentation: documentation, location: location))
        case .union(let syntax):
            let documentation = annotated.check(syntax.documentation, on: .type)
            return .union(
                resolve(
                    syntax, file: entry.file, documentation: documentation, location: location, &annotated))
        case .alias(let syntax):
            let documentation = annotated.check(syntax.field.documentation, on: .type)
            return .alias(
                Alias(
                    name: name, type: reference(syntax.field, file: entry.file), documentation: documentation,
                    location: location))
        case .constant, .program:
            preconditionFailure("only types are entries")
        }
    }

    private func enumerators(
        _ syntax: EnumerationSyntax, _ annotated: inout AnnotationCheck
    ) -> [Enumerator] {
        syntax.enumerators.map { enumerator in
            let value = constants.visibleValue(enumerator.name.text, at: enumerator.name.position) ?? 0
            return Enumerator(
                name: enumerator.name.text, value: Int32(truncatingIfNeeded: value),
                documentation: annotated.check(enumerator.documentation, on: .enumerator),
                location: session.location(enumerator.name.position))
        }
    }

    private func checkUnique(_ fields: [FieldSyntax], what: String) {
        var seen: [String: Position] = [:]
        for case let name? in fields.map(\.name) {
            if let first = seen[name.text] {
                session.error(
                    name.position, "\(what) '\(name.text)' is defined twice", notes: [(first, "first defined here")])
            }
            seen[name.text] = seen[name.text] ?? name.position
        }
    }

    private mutating func resolve(
        _ syntax: FieldSyntax, file: Int, _ annotated: inout AnnotationCheck
    ) -> Field {
        Field(
            name: syntax.name?.text ?? "", type: reference(syntax, file: file),
            documentation: annotated.check(syntax.documentation, on: .field),
            location: session.location(syntax.position))
    }

    private mutating func resolve(
        _ syntax: UnionSyntax, file: Int, documentation: Documentation, location: SourceLocation,
        _ annotated: inout AnnotationCheck
    ) -> Union {
        checkUnique(syntax.arms.compactMap(\.field), what: "arm")
        var union = Union(
            name: syntax.name.text, discriminant: resolve(syntax.discriminant, file: file, &annotated), arms: [],
            defaultArm: nil, documentation: documentation, location: location)
        for arm in syntax.arms {
            let field = arm.field.map { resolve($0, file: file, &annotated) }
            if arm.labels.isEmpty {
                if union.defaultArm != nil { session.error(arm.position, "a union has one default arm") }
                union.defaultArm = DefaultArm(field: field)
                continue
            }
            if union.defaultArm != nil { session.error(arm.position, "the default arm must be the last") }
            let labels = arm.labels.compactMap { label -> CaseLabel? in
                let range = Int128(Int64.min)...Int128(Int64.max)
                let value = constants.value(label, source: arm.position.source, range: range, what: "the label")
                return value.map { CaseLabel(value: Int64($0), name: label.soleName) }
            }
            union.arms.append(UnionArm(labels: labels, field: field))
        }
        return union
    }

    // MARK: References

    mutating func reference(_ field: FieldSyntax, file: Int) -> TypeReference {
        let source = field.typePosition.source
        switch (field.type, field.form) {
        case (.string, .variable(let limit)):
            return .string(limit: limit.flatMap { length($0, source) })
        case (.opaque, .variable(let limit)):
            return .opaque(.variable(limit: limit.flatMap { length($0, source) }))
        case (.opaque, .fixed(let count)):
            return .opaque(.fixed(length(count, source) ?? 0))
        default:
            break
        }
        let element = element(field.type, file: file)
        switch field.form {
        case .plain: return element
        case .optional: return .optional(element)
        case .fixed(let count): return .array(element, .fixed(length(count, source) ?? 0))
        case .variable(let limit):
            return .array(element, .variable(limit: limit.flatMap { length($0, source) }))
        }
    }

    private func length(_ expression: Expression, _ source: Int32) -> UInt32? {
        constants.value(expression, source: source, range: 0...Int128(UInt32.max), what: "the length")
            .map { UInt32($0) }
    }

    private mutating func element(_ type: TypeSyntax, file: Int) -> TypeReference {
        switch type {
        case .primitive(let primitive): return .primitive(primitive)
        case .named(let name, let tag): return named(name, tag, file: file)
        // Reported by the parser, hoisted, or `void`, which is no element of anything.
        default: return .primitive(.int)
        }
    }

    private mutating func named(_ name: Name, _ tag: Keyword?, file: Int) -> TypeReference {
        if let index = entryByName[name.text] {
            let entry = entries[index]
            if let tag, entry.declaration.keyword != tag {
                session.error(
                    name.position,
                    "'\(name.text)' is no \(tag.rawValue)",
                    notes: [(entry.name.position, "it is a \(entry.declaration.keyword.rawValue), defined here")])
            }
            return .named(name.text)
        }
        if tag == nil, let primitive = Primitive.dialect[name.text] { return .primitive(primitive) }
        if definitions[name.text] != nil { return .named(name.text) }
        if let definition = LibraryType.definition(name.text, at: session.location(name.position)) {
            definitions[name.text] = definition
            libraryTypes[file, default: []].append(definition)
            return .named(name.text)
        }
        session.error(name.position, "there is no type '\(name.text)'")
        return .primitive(.int)
    }
}

extension Declaration {
    /// The word that begins it.
    var keyword: Keyword {
        switch self {
        case .constant: .const
        case .enumeration: .enum
        case .structure: .struct
        case .union: .union
        case .alias: .typedef
        case .program: .program
        }
    }
}

extension Primitive {
    /// Names that rpcgen's library defines; a file may define them itself.
    static let dialect: [String: Primitive] = [
        "bool_t": .bool,
        "u_char": .unsignedChar, "u_short": .unsignedShort, "u_int": .unsignedInt, "u_long": .unsignedLong,
        "u_hyper": .unsignedHyper,
        "int8_t": .char, "int16_t": .short, "int32_t": .int, "int64_t": .hyper,
        "uint8_t": .unsignedChar, "uint16_t": .unsignedShort, "uint32_t": .unsignedInt, "uint64_t": .unsignedHyper,
        "u_int8_t": .unsignedChar, "u_int16_t": .unsignedShort, "u_int32_t": .unsignedInt,
        "u_int64_t": .unsignedHyper,
        "quad_t": .hyper, "u_quad_t": .unsignedHyper, "longlong_t": .hyper, "u_longlong_t": .unsignedHyper,
    ]
}

/// Types for which the RPC library brings a codec, so that files use them without a definition.
enum LibraryType {
    /// What the library puts on the wire for the type, as if the file that uses it had defined it.
    static func definition(_ name: String, at location: SourceLocation) -> TypeDefinition? {
        func alias(_ type: TypeReference) -> TypeDefinition {
            .alias(Alias(name: name, type: type, documentation: Documentation(), location: location))
        }
        func field(_ name: String, _ type: TypeReference) -> Field {
            Field(name: name, type: type, documentation: Documentation(), location: location)
        }
        switch name {
        case "rpcprog_t", "rpcvers_t", "rpcproc_t", "rpcport_t": return alias(.primitive(.unsignedInt))
        case "netobj": return alias(.opaque(.variable(limit: 1024)))
        case "des_block": return alias(.opaque(.fixed(8)))
        case "netbuf":
            let fields = [field("maxlen", .primitive(.unsignedInt)), field("buf", .opaque(.variable(limit: nil)))]
            return .structure(
                Structure(name: name, fields: fields, documentation: Documentation(), location: location))
        default: return nil
        }
    }
}

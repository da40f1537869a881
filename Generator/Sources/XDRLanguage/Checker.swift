/// Makes a schema of parsed files: names each type, evaluates constants, resolves and checks everything.
///
/// The steps stand in `check`, and each has a file of its own. Whatever follows a chain of references does so with a
/// stack of its own instead of recursion: the input decides how long a chain is.
struct Checker {
    /// A type as declared; nested ones are entries of their own.
    struct TypeEntry {
        var name: Name
        var declaration: Declaration
        var file: Int
    }

    let session: Session
    let files: [FileSyntax]
    var constants: ConstantTable
    /// By file, in source order; nested types before the type that holds them.
    var entries: [TypeEntry] = []
    var entryByName: [String: Int] = [:]
    /// Definitions of well-known RPC library types that a file uses without defining them.
    var libraryTypes: [Int: [TypeDefinition]] = [:]
    var definitions: [String: TypeDefinition] = [:]

    init(_ session: Session, _ files: [FileSyntax]) {
        self.session = session
        self.files = files
        constants = ConstantTable(session)
    }

    /// Nil if anything is wrong; the session has the diagnostics.
    mutating func check(acceptsUnknownAnnotations: Bool) -> Schema? {
        collect()
        constants.evaluateAll()
        var types: [[TypeDefinition]] = Array(repeating: [], count: files.count)
        var annotated = AnnotationCheck(session, acceptsUnknown: acceptsUnknownAnnotations)
        for entry in entries {
            let definition = resolve(entry, &annotated)
            definitions[entry.name.text] = definition
            types[entry.file].append(definition)
        }
        for (file, added) in libraryTypes { types[file].insert(contentsOf: added, at: 0) }
        checkUnions()
        let recursive = checkContainment(order: types.joined().map(\.name))
        var programs = ProgramCheck(session)
        var result: [SchemaFile] = []
        for (index, file) in files.enumerated() {
            result.append(
                SchemaFile(
                    name: file.name, constants: checkedConstants(of: file, &annotated), types: types[index],
                    programs: file.declarations.compactMap { declaration in
                        guard case .program(let program) = declaration else { return nil }
                        return resolve(program, file: index, &programs, &annotated)
                    }))
        }
        // Types that only procedures use were added while these were read.
        for (file, added) in libraryTypes {
            let known = Set(result[file].types.map(\.name))
            result[file].types.insert(contentsOf: added.filter { !known.contains($0.name) }, at: 0)
        }
        let schema = Schema(
            files: result, types: definitions, constants: constants.visibleValues, recursiveTypes: recursive)
        annotated.checkReferences(in: schema)
        return session.hasErrors ? nil : schema
    }

    private func checkedConstants(of file: FileSyntax, _ annotated: inout AnnotationCheck) -> [Constant] {
        file.declarations.compactMap { declaration in
            guard case .constant(let constant) = declaration,
                let value = constants.visibleValue(constant.name.text, at: constant.name.position)
            else { return nil }
            return Constant(
                name: constant.name.text, value: value,
                documentation: annotated.check(constant.documentation, on: .constant),
                location: session.location(constant.name.position))
        }
    }

    // MARK: Names

    private mutating func collect() {
        for (index, file) in files.enumerated() {
            for declaration in file.declarations {
                switch declaration {
                case .constant(let constant): constants.add(constant)
                case .program(let program): collectNumbers(program)
                case .alias(let alias): collect(alias, file: index)
                case .structure(let structure):
                    add(structure.name, .structure(hoisted(structure, file: index)), file: index)
                case .union(let union): add(union.name, .union(hoisted(union, file: index)), file: index)
                case .enumeration(let enumeration):
                    add(enumeration.name, declaration, file: index)
                    constants.add(enumeration)
                }
            }
        }
        for entry in entries { constants.checkClash(with: entry.name) }
    }

    /// rpcgen makes constants of these, so expressions may name them.
    private mutating func collectNumbers(_ program: ProgramSyntax) {
        constants.addNumber(program.name, program.number)
        for version in program.versions {
            constants.addNumber(version.name, version.number)
            for procedure in version.procedures { constants.addNumber(procedure.name, procedure.number) }
        }
    }

    private mutating func add(_ name: Name, _ declaration: Declaration, file: Int) {
        if name.text.utf8.count > Self.maximumNestedName {
            session.error(name.position, "the name of the nested type is too long; give it one of its own")
        }
        if let earlier = entryByName[name.text] {
            session.error(
                name.position, "type '\(name.text)' is defined twice",
                notes: [(entries[earlier].name.position, "first defined here")])
            return
        }
        entryByName[name.text] = entries.count
        entries.append(TypeEntry(name: name, declaration: declaration, file: file))
    }

    private static let maximumNestedName = 1024

    private mutating func collect(_ alias: AliasSyntax, file: Int) {
        var alias = alias
        guard let name = alias.field.name else { return }
        if case .plain = alias.field.form {
            switch alias.field.type {
            // C's idiom, `typedef struct name name`: nothing new.
            case .named(let target, tag: .some) where target.text == name.text: return
            case .structure(var type) where type.name.text == name.text:
                type.documentation = alias.field.documentation
                return add(name, .structure(hoisted(type, file: file)), file: file)
            case .union(var type) where type.name.text == name.text:
                type.documentation = alias.field.documentation
                return add(name, .union(hoisted(type, file: file)), file: file)
            case .enumeration(var type) where type.name.text == name.text:
                type.documentation = alias.field.documentation
                add(name, .enumeration(type), file: file)
                return constants.add(type)
            default: break
            }
        }
        hoist(&alias.field, called: name.text + "_element", file: file)
        add(name, .alias(alias), file: file)
    }

    private mutating func hoisted(_ structure: StructureSyntax, file: Int) -> StructureSyntax {
        var structure = structure
        for index in structure.fields.indices { hoist(&structure.fields[index], in: structure.name, file: file) }
        return structure
    }

    private mutating func hoisted(_ union: UnionSyntax, file: Int) -> UnionSyntax {
        var union = union
        for index in union.arms.indices where union.arms[index].field != nil {
            hoist(&union.arms[index].field!, in: union.name, file: file)
        }
        return union
    }

    private mutating func hoist(_ field: inout FieldSyntax, in outer: Name, file: Int) {
        hoist(&field, called: "\(outer.text)_\(field.name?.text ?? "")", file: file)
    }

    /// Makes a type of its own of a body within a field. The parser's limit on nesting bounds the recursion.
    private mutating func hoist(_ field: inout FieldSyntax, called text: String, file: Int) {
        func named(_ own: Name) -> Name {
            own.text.isEmpty ? Name(text: text, position: own.position) : own
        }
        let name: Name
        switch field.type {
        case .enumeration(var type):
            name = named(type.name)
            type.name = name
            add(name, .enumeration(type), file: file)
            constants.add(type)
        case .structure(var type):
            name = named(type.name)
            type.name = name
            add(name, .structure(hoisted(type, file: file)), file: file)
        case .union(var type):
            name = named(type.name)
            type.name = name
            add(name, .union(hoisted(type, file: file)), file: file)
        default:
            return
        }
        field.type = .named(name, tag: nil)
    }
}

extension TypeDefinition {
    /// The name in the source.
    public var name: String {
        switch self {
        case .enumeration(let type): type.name
        case .structure(let type): type.name
        case .union(let type): type.name
        case .alias(let type): type.name
        }
    }
}

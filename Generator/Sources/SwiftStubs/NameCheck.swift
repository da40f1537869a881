internal import XDRLanguage

/// Finds names that are different in the source and the same in Swift, and names that Swift or generated code needs.
///
/// Conversion is mechanical and nothing is renamed in silence: a clash is an error that says where, and `@swift` ends it.
struct NameCheck {
    /// One name space of Swift: a module, or the members of a type.
    private struct Scope {
        var name: String
        var members: [String: Entry] = [:]
    }

    private struct Entry {
        var source: String
        var location: SourceLocation
        /// Typedefs that stand for the same may share a name.
        var target: String?
    }

    private static let maximumComplaints = 50

    private let printer: StubPrinter
    private var complaints: [String] = []
    private var scopes: [String: Scope] = [:]

    private init(_ printer: StubPrinter) { self.printer = printer }

    static func check(_ printer: StubPrinter) throws(PrintingError) {
        var check = NameCheck(printer)
        check.checkTypes()
        check.checkProcedures()
        if printer.options.annotated { check.checkHandleMethods() }
        if !check.complaints.isEmpty { throw PrintingError(description: check.complaints.joined(separator: "\n")) }
    }

    // MARK: Declarations

    private mutating func checkTypes() {
        let mapper = printer.mapper
        for file in printer.schema.files {
            for constant in file.constants {
                add(printer.constantName(constant), Entry(source: constant.name, location: constant.location), to: "")
            }
            for type in file.types {
                let name = mapper.typeName(type.name)
                var entry = Entry(source: type.name, location: type.location)
                if case .alias(let alias) = type, mapper.wordCount(alias) == nil {
                    let target = mapper.swiftType(alias.type)
                    if target == name || TypeMapper.isReserved(name) { continue }
                    entry.target = target
                } else if TypeMapper.isNeeded(name) {
                    complain(
                        type.location, "'\(type.name)' is \(name) in Swift, which generated code needs for itself; "
                            + "give it another name with '/** @swift Name */' before it")
                }
                add(name, entry, to: "")
                checkMembers(type, of: name)
            }
        }
        for plan in printer.plans {
            let location = plan.definition.location
            for wrapper in [plan.arguments?.wrapper, plan.result?.wrapper].compactMap({ $0 }) {
                add(mapper.typeName(wrapper.name), Entry(source: plan.definition.name, location: location), to: "")
            }
        }
        for (index, plan) in printer.plans.enumerated()
        where printer.plans.firstIndex(where: { $0.programType == plan.programType }) == index {
            var names = [plan.programType]
            if !printer.options.annotated { names.append(printer.clientType(plan.programType)) }
            for name in names { add(name, Entry(source: plan.programName, location: plan.definition.location), to: "") }
        }
        for role in printer.plans.compactMap({ printer.role(of: $0) }).uniqued() {
            guard let plan = printer.plans.first(where: { printer.role(of: $0) == role }) else { continue }
            add(role, Entry(source: "role of \(plan.programName)", location: plan.definition.location), to: "")
        }
    }

    private mutating func checkMembers(_ type: TypeDefinition, of name: String) {
        switch type {
        case .enumeration(let enumeration):
            for (enumerator, swift) in zip(enumeration.enumerators, printer.enumeratorNames(enumeration)) {
                add(swift, Entry(source: enumerator.name, location: enumerator.location), to: name)
            }
        case .structure(let structure):
            for field in structure.fields {
                add(Naming.member(field), Entry(source: field.name, location: field.location), to: name)
            }
        // A union's cases are told apart where they are made: labels may be numbers.
        case .union, .alias: break
        }
    }

    private mutating func checkProcedures() {
        for plan in printer.plans {
            let entry = Entry(source: plan.definition.name, location: plan.definition.location)
            add(plan.swiftName, entry, to: plan.programType)
            guard !printer.options.annotated, let role = printer.role(of: plan) else { continue }
            if plan.swiftName == "channel" {
                complain(
                    entry.location, "'\(entry.source)' is channel() in Swift, which is the client's own; "
                        + "give it another name with @swift")
            }
            // A role may span programs, and the versions of one.
            add(plan.swiftName, entry, to: "role " + role)
        }
    }

    private mutating func checkHandleMethods() {
        for plan in printer.plans {
            guard let method = printer.handleMethod(plan) else { continue }
            let labels = method.labels.map { ($0 ?? "_") + ":" }.joined()
            add(
                "\(method.name)(\(labels))", Entry(source: plan.definition.name, location: plan.definition.location),
                to: "methods of " + method.owner)
        }
    }

    // MARK: Clashes

    private mutating func add(_ name: String, _ entry: Entry, to scope: String) {
        guard let first = scopes[scope]?.members[name] else {
            scopes[scope, default: Scope(name: scope)].members[name] = entry
            return
        }
        if first.source == entry.source || first.target != nil && first.target == entry.target { return }
        complain(
            entry.location,
            "'\(entry.source)' and '\(first.source)' are both \(name) in Swift; give one of them another name with @swift",
            note: (first.location, "'\(first.source)' is declared here"))
    }

    private mutating func complain(
        _ location: SourceLocation, _ message: String, note: (location: SourceLocation, text: String)? = nil
    ) {
        guard complaints.count < Self.maximumComplaints else { return }
        var text = "\(location.file):\(location.line):\(location.column): error: \(message)"
        if let note {
            text += "\n\(note.location.file):\(note.location.line):\(note.location.column): note: \(note.text)"
        }
        complaints.append(text)
    }
}

extension TypeDefinition {
    var location: SourceLocation {
        switch self {
        case .enumeration(let definition): definition.location
        case .structure(let definition): definition.location
        case .union(let definition): definition.location
        case .alias(let definition): definition.location
        }
    }
}

internal import XDRLanguage

/// Which Swift type stands for a type of the protocol, and how large its encoding is.
struct TypeMapper {
    let schema: Schema
    let options: Options
    /// Names of enumerations that `@flags` makes option sets of, with the width of their widest field.
    let optionSets: [String: Int]

    /// Swift's standard names, which no typedef may hide.
    private static let reserved: Set<String> = [
        "String", "Bool", "Int", "Float", "Double", "Array", "Optional", "Data", "Error", "Result", "Any", "Void",
        "Int32", "UInt32", "Int64", "UInt64", "OpaqueData", "Never", "Character",
    ]

    /// Names that generated code itself uses, and names that Swift gives nobody.
    private static let needed: Set<String> = [
        "Any", "Self", "Type", "Protocol", "Bool", "Int", "Int8", "UInt8", "Int16", "UInt16", "Int32", "UInt32",
        "Int64", "UInt64", "Float", "Double", "String", "OpaqueData", "Hashable", "OptionSet", "Sendable", "Procedure",
        "ProcedureTable", "RPCChannel", "XDRCodable", "XDREnumeration", "XDRError", "XDRIndirect", "XDRReader",
        "XDRSize", "XDRVoid", "XDRWriter",
    ]

    /// Whether a type of that name would hide one that generated code needs.
    static func isNeeded(_ swiftName: String) -> Bool { needed.contains(swiftName) }

    // MARK: Names

    /// The Swift name of a named type.
    func typeName(_ name: String) -> String {
        if let definition = schema.types[name], let given = definition.documentation.argument(of: "swift") {
            return given
        }
        let pascal = Naming.pascal(stripped(name))
        return pascal.isEmpty ? "Underscore" : Naming.leadingLetter(pascal)
    }

    func stripped(_ name: String) -> String {
        for prefix in options.strippedPrefixes where name.hasPrefix(prefix) && name.count > prefix.count {
            return String(name.dropFirst(prefix.count))
        }
        return name
    }

    /// The enumeration that `@flags` names: by its Swift or source name, whatever the case.
    func enumeration(named name: String) -> String? {
        let wanted = name.lowercased().filter { $0 != "_" }
        for (source, type) in schema.types {
            guard case .enumeration = type else { continue }
            if [source, stripped(source), typeName(source)].contains(where: {
                $0.lowercased().filter { $0 != "_" } == wanted
            }) { return source }
        }
        return nil
    }

    /// Whether a typedef of that name is left out: what it stands for is used instead.
    static func isReserved(_ swiftName: String) -> Bool { reserved.contains(swiftName) || isNeeded(swiftName) }

    /// The typed definition behind typedefs: a structure, union, enumeration or a typedef that is a type of its own.
    func resolved(_ type: TypeReference) -> TypeReference {
        guard case .named(let name) = type, case .alias(let alias)? = schema.types[name] else { return type }
        return isWordType(alias) ? type : resolved(alias.type)
    }

    /// Whether a typedef of fixed-length opaque data becomes a structure of machine words.
    func isWordType(_ alias: Alias) -> Bool { wordCount(alias) != nil }

    func wordCount(_ alias: Alias) -> Int? {
        guard case .opaque(.fixed(let count)) = alias.type, count > 0, count <= 64, count % 8 == 0 else { return nil }
        return Int(count) / 8
    }

    func definition(_ type: TypeReference) -> TypeDefinition? {
        guard case .named(let name) = resolved(type) else { return nil }
        return schema.types[name]
    }

    /// The Swift type of a value.
    func swiftType(_ type: TypeReference) -> String {
        switch resolved(type) {
        case .primitive(let primitive): primitive.swiftName
        case .string: "String"
        case .opaque: "OpaqueData"
        case .array(let element, _): "[\(swiftType(element))]"
        case .optional(let value): "\(swiftType(value))?"
        case .named(let name): typeName(name)
        }
    }

    /// Names that fields, arms, arguments and results have as their types, behind typedefs.
    var namesInTypes: Set<String> {
        var names: Set<String> = []
        func visit(_ type: TypeReference) {
            switch resolved(type) {
            case .array(let element, _), .optional(let element): visit(element)
            case .named(let name): names.insert(name)
            case .primitive, .string, .opaque: break
            }
        }
        for type in schema.types.values {
            switch type {
            case .structure(let structure): for field in structure.fields { visit(field.type) }
            case .union(let union):
                visit(union.discriminant.type)
                for arm in union.arms { if let field = arm.field { visit(field.type) } }
                if let field = union.defaultArm?.field { visit(field.type) }
            case .alias(let alias): visit(alias.type)
            case .enumeration: break
            }
        }
        for procedure in schema.files.lazy.flatMap(\.programs).flatMap(\.versions).flatMap(\.procedures) {
            for type in procedure.arguments { visit(type) }
            if let result = procedure.result { visit(result) }
        }
        return names
    }

    /// Typedefs whose Swift name an earlier one has; the check of names sees to it that they mean the same.
    var repeatedAliases: Set<String> {
        var seen: Set<String> = []
        var repeated: Set<String> = []
        for case .alias(let alias) in schema.files.lazy.flatMap(\.types) where wordCount(alias) == nil {
            if !seen.insert(typeName(alias.name)).inserted { repeated.insert(alias.name) }
        }
        return repeated
    }

    // MARK: Sizes

    /// The size of every encoding, if all have the same.
    func fixedSize(_ type: TypeReference) -> Int? {
        fixedSize(type, visiting: [])
    }

    private func fixedSize(_ type: TypeReference, visiting: Set<String>) -> Int? {
        switch resolved(type) {
        case .primitive(let primitive): return primitive.wireSize
        case .string, .optional: return nil
        case .opaque(.fixed(let count)): return (Int(count) + 3) & ~3
        case .opaque: return nil
        case .array(let element, .fixed(let count)):
            return fixedSize(element, visiting: visiting).map { $0 * Int(count) }
        case .array: return nil
        case .named(let name):
            if visiting.contains(name) { return nil }
            switch schema.types[name] {
            case .enumeration: return 4
            case .alias(let alias): return wordCount(alias).map { $0 * 8 }
            case .structure(let structure):
                var total = 0
                for field in structure.fields {
                    guard let size = fixedSize(field.type, visiting: visiting.union([name])) else { return nil }
                    total += size
                }
                return total
            case .union, nil: return nil
            }
        }
    }

    /// The size of the smallest encoding.
    func minimumSize(_ type: TypeReference) -> Int { minimumSize(type, visiting: []) }

    private func minimumSize(_ type: TypeReference, visiting: Set<String>) -> Int {
        switch resolved(type) {
        case .primitive(let primitive): return primitive.wireSize
        case .string, .optional, .opaque(.variable), .array(_, .variable): return 4
        case .opaque(.fixed(let count)): return (Int(count) + 3) & ~3
        case .array(let element, .fixed(let count)): return minimumSize(element, visiting: visiting) * Int(count)
        case .named(let name):
            if visiting.contains(name) { return 0 }
            let visiting = visiting.union([name])
            switch schema.types[name] {
            case .enumeration: return 4
            case .alias(let alias): return (wordCount(alias) ?? 0) * 8
            case .structure(let structure):
                return structure.fields.reduce(0) { $0 + minimumSize($1.type, visiting: visiting) }
            case .union(let union):
                let arms = union.arms.map(\.field) + (union.defaultArm.map { [$0.field] } ?? [])
                let smallest = arms.map { $0.map { minimumSize($0.type, visiting: visiting) } ?? 0 }.min() ?? 0
                return minimumSize(union.discriminant.type, visiting: visiting) + smallest
            case nil: return 0
            }
        }
    }
}

extension Primitive {
    var swiftName: String {
        switch self {
        case .bool: "Bool"
        case .int, .long: "Int32"
        case .unsignedInt, .unsignedLong: "UInt32"
        case .hyper: "Int64"
        case .unsignedHyper: "UInt64"
        case .float: "Float"
        case .double: "Double"
        case .char: "Int8"
        case .unsignedChar: "UInt8"
        case .short: "Int16"
        case .unsignedShort: "UInt16"
        }
    }

    var wireSize: Int {
        switch self {
        case .hyper, .unsignedHyper, .double: 8
        default: 4
        }
    }
}

extension TypeDefinition {
    var name: String {
        switch self {
        case .enumeration(let definition): definition.name
        case .structure(let definition): definition.name
        case .union(let definition): definition.name
        case .alias(let definition): definition.name
        }
    }

    var documentation: Documentation {
        switch self {
        case .enumeration(let definition): definition.documentation
        case .structure(let definition): definition.documentation
        case .union(let definition): definition.documentation
        case .alias(let definition): definition.documentation
        }
    }
}

extension Documentation {
    /// The first argument of an annotation.
    func argument(of name: String) -> String? { arguments(of: name)?.first }

    /// The arguments of the first annotation of that name; empty if it has none, nil if it is absent.
    func arguments(of name: String) -> [String]? { annotations.first { $0.name == name }?.arguments }

    func has(_ name: String) -> Bool { annotations.contains { $0.name == name } }
}

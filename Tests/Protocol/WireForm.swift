import XDRLanguage

/// What is on the wire, written out: typedefs and names of types are replaced by what they stand for.
struct WireForm {
    var schema: Schema

    /// A structure that is just a string counts as one: an object that is nothing but its name.
    static func structure(_ fields: String) -> String {
        fields.hasSuffix(": string") && !fields.contains(";") ? "string" : "{\(fields)}"
    }

    /// Whether the server sends it: its argument is a message.
    func isMessage(_ procedure: ProcedureDefinition) -> Bool {
        guard procedure.result == nil, case .named(let name)? = procedure.arguments.first else { return false }
        return name.hasSuffix("_msg")
    }

    /// The fields of the one structure that a procedure takes or gives.
    func fields(of types: [TypeReference]) -> String {
        guard let first = types.first else { return "" }
        if case .named(let name) = first, case .alias(let alias)? = schema.types[name] { return fields(of: [alias.type]) }
        guard types.count == 1, case .named(let name) = first, case .structure(let structure)? = schema.types[name] else {
            return "no structure"
        }
        return fields(structure)
    }

    private func fields(_ structure: Structure) -> String {
        structure.fields.map { "\($0.name): \(text($0.type))" }.joined(separator: "; ")
    }

    private func text(_ type: TypeReference) -> String {
        switch type {
        case .primitive(let primitive):
            switch primitive {
            case .unsignedInt, .unsignedLong: return "uint"
            case .unsignedHyper: return "uhyper"
            case .unsignedChar: return "uchar"
            case .unsignedShort: return "ushort"
            default: return primitive.rawValue
            }
        case .string(let limit):
            return limit == 4_194_304 ? "string" : "string limited to \(limit.map(String.init) ?? "nothing")"
        case .opaque(let length): return "opaque" + text(length)
        case .array(let element, let length): return text(element) + text(length)
        case .optional(let value): return text(value) + "?"
        case .named(let name):
            switch schema.types[name] {
            case .alias(let alias): return text(alias.type)
            case .enumeration: return "int"
            case .structure(let structure): return Self.structure(fields(structure))
            case .union(let union):
                let arms = union.arms.flatMap { arm in
                    arm.labels.map { "\($0.value) \(arm.field.map { text($0.type) } ?? "void")" }
                }
                return "switch \(text(union.discriminant.type)) {\(arms.joined(separator: "; "))}"
            case nil: return name
            }
        }
    }

    private func text(_ length: ArrayLength) -> String {
        switch length {
        case .fixed(let count): "[\(count)]"
        case .variable(let limit): "<\(limit.map(String.init) ?? "")>"
        }
    }
}

/// Lists what a schema puts on the wire, and who may ask for it, as text to be compared.
///
/// Typedefs are replaced by what they stand for, lengths are numbers, and everything stands in the order of the source:
/// a difference between two listings is a difference between two protocols.
public func layoutListing(_ schema: Schema) -> String {
    var listing = LayoutListing(schema: schema)
    for file in schema.files { listing.add(file) }
    return listing.text
}

private struct LayoutListing {
    let schema: Schema
    var text = ""

    private mutating func line(_ indent: Int, _ content: String) {
        text += String(repeating: "    ", count: indent) + content + "\n"
    }

    mutating func add(_ file: SchemaFile) {
        if !text.isEmpty { text += "\n" }
        line(0, "file \(file.name)")
        for constant in file.constants { line(0, "const \(constant.name) = \(constant.value)") }
        for type in file.types { add(type) }
        for program in file.programs { add(program) }
    }

    private mutating func add(_ type: TypeDefinition) {
        switch type {
        case .enumeration(let type):
            line(0, "enum \(type.name)")
            for enumerator in type.enumerators { line(1, "\(enumerator.name) = \(enumerator.value)") }
        case .structure(let type):
            line(0, "struct \(type.name)")
            for field in type.fields { line(1, wire(field)) }
        case .union(let type):
            line(0, "union \(type.name) switch \(wire(type.discriminant))")
            for arm in type.arms {
                let labels = arm.labels.map { label in
                    label.name.map { "\($0) = \(label.value)" } ?? "\(label.value)"
                }
                line(1, "case \(labels.joined(separator: ", ")): \(arm.field.map(wire) ?? "void")")
            }
            if let arm = type.defaultArm { line(1, "default: \(arm.field.map(wire) ?? "void")") }
        case .alias(let type):
            line(0, "typedef \(type.name): \(wire(type.type))")
        }
    }

    private mutating func add(_ program: Program) {
        line(0, "program \(program.name) = 0x\(String(program.number, radix: 16))")
        for version in program.versions {
            line(1, "version \(version.name) = \(version.number)")
            for procedure in version.procedures {
                let arguments = procedure.arguments.map { wire($0) }.joined(separator: ", ")
                var content = "\(procedure.number) \(procedure.name)(\(arguments.isEmpty ? "void" : arguments))"
                content += " -> \(procedure.result.map { wire($0) } ?? "void")"
                for name in ["priority", "stream", "fds", "acl", "filter"] {
                    for annotation in procedure.documentation.annotations where annotation.name == name {
                        content += " \(name)=\(annotation.arguments.joined(separator: " "))"
                    }
                }
                line(2, content)
            }
        }
    }

    // MARK: Types

    private func wire(_ field: Field) -> String { "\(field.name): \(wire(field.type))" }

    /// - Parameter depth: Typedefs followed so far; the checker bounds it, a schema made by hand may not.
    private func wire(_ type: TypeReference, depth: Int = 0) -> String {
        switch type {
        case .primitive(let primitive): return primitive.sourceName
        case .string(let limit): return "string" + wire(.variable(limit: limit))
        case .opaque(let length): return "opaque" + wire(length)
        case .optional(let element): return wire(element, depth: depth) + "?"
        case .array(let element, let length):
            return wire(element, depth: depth) + wire(length)
        case .named(let name):
            guard depth < 64, case .alias(let alias)? = schema.types[name] else { return name }
            return wire(alias.type, depth: depth + 1)
        }
    }

    private func wire(_ length: ArrayLength) -> String {
        switch length {
        case .fixed(let count): "[\(count)]"
        case .variable(let limit): limit.map { "<\($0)>" } ?? "<>"
        }
    }
}

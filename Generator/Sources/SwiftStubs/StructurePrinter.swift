internal import XDRLanguage

extension StubPrinter {
    /// - Parameter access: Of a structure that is made for a procedure; others have their own.
    func printStructure(_ structure: Structure, access: AccessLevel? = nil, _ out: inout Printer) {
        let name = mapper.typeName(structure.name)
        let access = (access ?? accessOf(structure)).prefix
        let isRecursive = schema.recursiveTypes.contains(structure.name)
        let fields = structure.fields.map { field in
            StructureField(
                name: Naming.escaped(Naming.member(field)), source: field.name, type: field.type,
                swiftType: mapper.swiftType(field.type), documentation: field.documentation.lines,
                isIndirect: isRecursive && mapper.isIndirect(field.type))
        }
        out.documentation(structure.documentation.lines)
        out.block("\(access)struct \(name): XDRCodable") { out in
            for field in fields {
                out.documentation(field.documentation)
                out.line("\(field.isIndirect ? "@XDRIndirect " : "")\(access)var \(field.name): \(field.swiftType)")
            }
            out.line()
            printInit(fields, access: access, &out)
            let reference = TypeReference.named(structure.name)
            let minimum = structure.fields.reduce(0) { $0 + mapper.minimumSize($1.type) }
            out.line("\(access)static var minimumWireSize: Int { \(minimum) }")
            printSize(fields, fixed: mapper.fixedSize(reference), access: access, &out)
            out.block("\(access)func encode(to writer: inout XDRWriter)") { out in
                for field in fields { out.line(codec.encode(field.type, field.name.qualified(if: "writer"))) }
            }
            out.block("\(access)init(from reader: inout XDRReader) throws(XDRError)") { out in
                if isRecursive { out.line("try reader.enter()") }
                printLoads(fields, &out)
                if isRecursive { out.line("reader.leave()") }
            }
        }
        out.line()
    }

    private func printInit(_ fields: [StructureField], access: String, _ out: inout Printer) {
        let parameters = fields.map { field in
            let isOptional = field.swiftType.hasSuffix("?")
            return "\(field.name): \(field.swiftType)\(isOptional ? " = nil" : "")"
        }
        out.block("\(access)init(\(parameters.joined(separator: ", ")))") { out in
            for field in fields {
                out.line(
                    field.isIndirect
                        ? "self._\(field.name) = XDRIndirect(wrappedValue: \(field.name))"
                        : "self.\(field.name) = \(field.name)")
            }
        }
    }

    private func printSize(_ fields: [StructureField], fixed: Int?, access: String, _ out: inout Printer) {
        let sizes = fields.map { mapper.fixedSize($0.type) }
        // A structure made for a procedure is not in the schema.
        if let fixed = fixed ?? (sizes.contains(nil) ? nil : sizes.reduce(0) { $0 + ($1 ?? 0) }) {
            out.line("\(access)func wireSize() throws(XDRError) -> Int { \(fixed) }")
            return
        }
        var constant = 0
        var terms: [String] = []
        for field in fields {
            let expression = codec.size(field.type, field.name.qualified(if: "size"), field: field.source)
            if let value = Int(expression) { constant += value } else { terms.append(expression) }
        }
        out.block("\(access)func wireSize() throws(XDRError) -> Int") { out in
            if terms.count == 1, constant == 0 {
                out.line(terms[0])
            } else {
                out.line("var size = \(constant)")
                for term in terms { out.line("size += \(term)") }
                out.line("return size")
            }
        }
    }

    /// Loads fields in order; runs of fixed size are checked once.
    private func printLoads(_ fields: [StructureField], _ out: inout Printer) {
        var index = 0
        while index < fields.count {
            var end = index
            var size = 0
            while end < fields.count, codec.uncheckedDecode(fields[end].type) != nil {
                size += mapper.fixedSize(fields[end].type) ?? 0
                end += 1
            }
            if end > index {
                out.line("try reader.need(\(size))")
                for field in fields[index..<end] {
                    out.line("\(field.name.selfIfNeeded) = \(codec.uncheckedDecode(field.type) ?? "")")
                }
                index = end
            } else {
                let field = fields[index]
                let value = codec.decode(field.type, field: field.source)
                out.line(
                    field.isIndirect
                        ? "_\(field.name) = XDRIndirect(wrappedValue: \(value))"
                        : "\(field.name.selfIfNeeded) = \(value)")
                index += 1
            }
        }
    }
}

struct StructureField {
    var name: String
    var source: String
    var type: TypeReference
    var swiftType: String
    var documentation: [String]
    var isIndirect: Bool
}

extension String {
    /// Fields that the initialiser's own names would hide.
    fileprivate var selfIfNeeded: String { self == "reader" || hasPrefix("`") ? "self.\(self)" : self }

    /// A field of the name of a local variable or parameter.
    fileprivate func qualified(if local: String) -> String { self == local ? "self.\(self)" : self }
}

extension TypeMapper {
    /// Whether a field must be held out of line because its type contains the structure.
    func isIndirect(_ type: TypeReference) -> Bool {
        guard case .optional(var value) = resolved(type) else { return false }
        // An optional may hold a typedef that is one.
        while case .optional(let inner) = resolved(value) { value = inner }
        guard case .named(let name) = resolved(value) else { return false }
        return schema.recursiveTypes.contains(name)
    }
}

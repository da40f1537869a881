internal import XDRLanguage

extension StubPrinter {
    /// A union is an enumeration with a case for each label, and `other` for the default arm.
    func printUnion(_ union: Union, _ out: inout Printer) {
        let name = mapper.typeName(union.name)
        let access = options.access.prefix
        let isRecursive = schema.recursiveTypes.contains(union.name)
        let discriminant = mapper.swiftType(union.discriminant.type)
        let cases = unionCases(union)
        // If both values of a bool have arms, there is nothing left for it.
        let defaultArm = coversBool(union) ? nil : union.defaultArm
        out.documentation(union.documentation.lines)
        out.block("\(access)\(isRecursive ? "indirect " : "")enum \(name): XDRCodable") { out in
            for item in cases {
                out.documentation(item.field?.documentation.lines ?? [])
                let payload = item.field.map { "(\(mapper.swiftType($0.type)))" } ?? ""
                out.line("case \(item.name)\(payload)")
            }
            if let arm = defaultArm {
                let payload = arm.field.map { ", \(mapper.swiftType($0.type))" } ?? ""
                out.line("/// Any other discriminant.")
                out.line("case other(\(discriminant)\(payload))")
            }
            out.line()
            let reference = TypeReference.named(union.name)
            out.line("\(access)static var minimumWireSize: Int { \(mapper.minimumSize(reference)) }")
            out.block("\(access)func wireSize() throws(XDRError) -> Int") { out in
                let base = mapper.fixedSize(union.discriminant.type) ?? 4
                out.block("switch self") { out in
                    for item in cases {
                        let size = item.field.map { codec.size($0.type, "value", field: $0.name) }
                        let binds = size.map { Int($0) == nil } ?? false
                        out.line("case .\(item.name)\(binds ? "(let value)" : ""): \(total(base, size))")
                    }
                    if let arm = defaultArm {
                        let size = arm.field.map { codec.size($0.type, "value", field: $0.name) }
                        let binds = size.map { Int($0) == nil } ?? false
                        out.line("case .other\(binds ? "(_, let value)" : ""): \(total(base, size))")
                    }
                }
            }
            out.block("\(access)func encode(to writer: inout XDRWriter)") { out in
                out.block("switch self") { out in
                    for item in cases {
                        out.line("case .\(item.name)\(item.field == nil ? "" : "(let value)"):")
                        out.indented { out in
                            out.line(
                                codec.encode(
                                    union.discriminant.type, discriminantLiteral(union.discriminant.type, item.label)))
                            if let field = item.field { out.line(codec.encode(field.type, "value")) }
                        }
                    }
                    if let arm = defaultArm {
                        out.line("case .other(let discriminant\(arm.field == nil ? "" : ", let value")):")
                        out.indented { out in
                            out.line(codec.encode(union.discriminant.type, "discriminant"))
                            if let field = arm.field { out.line(codec.encode(field.type, "value")) }
                        }
                    }
                }
            }
            out.block("\(access)init(from reader: inout XDRReader) throws(XDRError)") { out in
                if isRecursive { out.line("try reader.enter()") }
                out.line("let discriminant = \(codec.decode(union.discriminant.type, field: union.discriminant.name))")
                out.block("switch discriminant\(isEnumeration(union.discriminant.type) ? ".rawValue" : "")") { out in
                    for item in cases {
                        let value = item.field.map { "(\(codec.decode($0.type, field: $0.name)))" } ?? ""
                        out.line("case \(caseLiteral(union.discriminant.type, item.label)): self = .\(item.name)\(value)")
                    }
                    if let arm = defaultArm {
                        let value = arm.field.map { ", \(codec.decode($0.type, field: $0.name))" } ?? ""
                        out.line("default: self = .other(discriminant\(value))")
                    } else if !coversBool(union) {
                        let value =
                            switch mapper.resolved(union.discriminant.type) {
                            case .primitive(.bool): "discriminant ? 1 : 0"
                            case .named: "Int64(discriminant.rawValue)"
                            default: "Int64(discriminant)"
                            }
                        out.line("default: throw .discriminant(field: \"\(union.name)\", value: \(value))")
                    }
                }
                if isRecursive { out.line("reader.leave()") }
            }
        }
        out.line()
    }

    private func total(_ base: Int, _ size: String?) -> String {
        guard let size else { return "\(base)" }
        if let value = Int(size) { return "\(base + value)" }
        return size.hasPrefix("try ") ? "try \(base) + \(size.dropFirst(4))" : "\(base) + \(size)"
    }

    private func coversBool(_ union: Union) -> Bool {
        guard case .primitive(.bool) = mapper.resolved(union.discriminant.type) else { return false }
        return Set(union.arms.flatMap(\.labels).map { $0.value != 0 }).count == 2
    }

    private func isEnumeration(_ type: TypeReference) -> Bool {
        if case .enumeration? = mapper.definition(type) { return true }
        return false
    }

    private func discriminantLiteral(_ type: TypeReference, _ label: CaseLabel) -> String {
        switch mapper.resolved(type) {
        case .primitive(.bool): label.value != 0 ? "true" : "false"
        case .named: "\(mapper.swiftType(type))(rawValue: \(label.value))"
        default: "\(mapper.swiftType(type))(\(label.value))"
        }
    }

    private func caseLiteral(_ type: TypeReference, _ label: CaseLabel) -> String {
        if case .primitive(.bool) = mapper.resolved(type) { return label.value != 0 ? "true" : "false" }
        return "\(label.value)"
    }

    /// A case for each label: named by the labels if all have names, else by the fields.
    private func unionCases(_ union: Union) -> [(name: String, label: CaseLabel, field: Field?)] {
        let labels = union.arms.flatMap(\.labels)
        let names = labels.compactMap(\.name)
        var prefix = ""
        if names.count == labels.count {
            var family = names
            if case .enumeration(let enumeration)? = mapper.definition(union.discriminant.type) {
                family = enumeration.enumerators.map(\.name)
            }
            prefix = Naming.commonPrefix(of: family, typeName: union.name)
        }
        var used: Set<String> = union.defaultArm == nil || coversBool(union) ? [] : ["other"]
        var cases: [(name: String, label: CaseLabel, field: Field?)] = []
        for arm in union.arms {
            for label in arm.labels {
                var name: String
                if names.count == labels.count, let labelName = label.name, !isBool(union) {
                    name = Naming.camel(String(labelName.dropFirst(prefix.count)))
                } else if let field = arm.field, arm.labels.count == 1 {
                    name = Naming.member(field)
                } else if isBool(union) {
                    name = label.value != 0 ? "yes" : "no"
                } else {
                    let base = arm.field.map { Naming.member($0) } ?? "case"
                    name = label.value < 0 ? "\(base)Minus\(label.value.magnitude)" : "\(base)\(label.value)"
                }
                name = Naming.member(name)
                while used.contains(name) { name += "_" }
                used.insert(name)
                cases.append((Naming.escaped(name), label, arm.field))
            }
        }
        return cases
    }

    private func isBool(_ union: Union) -> Bool {
        if case .primitive(.bool) = mapper.resolved(union.discriminant.type) { return true }
        return false
    }
}

internal import XDRLanguage

/// A method of the SDK: on which handle it stands and how it is called there.
struct HandleMethod {
    var plan: ProcedurePlan
    var role: String
    /// `Domain`, or `Connection` for those without an object.
    var owner: String
    var name: String
    var labels: [String?]
    /// Parameters behind the object itself.
    var parameters: [Parameter]
    /// What stands for the object in the role's call: `reference`, or a field of it.
    var selfExpression: String?
}

extension StubPrinter {
    /// The handle types declared in this file, and the methods of its procedures.
    func printHandles(_ file: SchemaFile, _ out: inout Printer) {
        for type in file.types {
            guard case .structure(let structure) = type, let object = structure.documentation.argument(of: "object") else {
                continue
            }
            printHandle(object, structure, &out)
        }
        let methods = plans.filter { $0.file == file.name }.compactMap(handleMethod)
        for owner in methods.map(\.owner).uniqued() {
            out.block("extension \(owner)") { out in
                for method in methods where method.owner == owner { printMethod(method, &out) }
            }
            out.line()
        }
    }

    private func printHandle(_ object: String, _ structure: Structure, _ out: inout Printer) {
        let access = options.access.prefix
        let reference = mapper.typeName(structure.name)
        out.documentation(structure.documentation.lines)
        out.block("\(access)struct \(object): ObjectHandle") { out in
            out.line("\(access)let connection: Connection")
            out.line("\(access)let reference: \(reference)")
            out.block("\(access)init(connection: Connection, reference: \(reference))") { out in
                out.line("self.connection = connection")
                out.line("self.reference = reference")
            }
        }
        out.line()
    }

    /// Objects by their structures' source names, longest first.
    private var objects: [(source: String, handle: String, structure: Structure)] {
        schema.files.flatMap(\.types).compactMap { type in
            guard case .structure(let structure) = type, let object = structure.documentation.argument(of: "object") else {
                return nil
            }
            return (mapper.stripped(structure.name), object, structure)
        }.sorted { $0.source.count > $1.source.count }
    }

    func handleMethod(_ plan: ProcedurePlan) -> HandleMethod? {
        guard case .role(let role) = plan.kind else { return nil }
        var parameters = parameters(plan)
        var owner = "Connection"
        var selfExpression: String?
        var stem = plan.sourceName
        if let first = parameters.first, let object = objectName(first.field.type) {
            owner = object
            selfExpression = "reference"
            parameters.removeFirst()
            if let source = objects.first(where: { $0.handle == object })?.source, stem.hasPrefix(source + "_") {
                stem = String(stem.dropFirst(source.count + 1))
            } else if stem.hasPrefix("domain_"), object.hasPrefix("Domain") {
                stem = String(stem.dropFirst("domain_".count))
            }
        } else if let first = parameters.first, first.field.name == "name", !stem.contains("lookup"),
            let object = objects.first(where: { stem.hasPrefix($0.source + "_") }),
            object.structure.fields.count == 1, object.structure.fields[0].name == "name"
        {
            // An object that is nothing but its name, passed as such.
            owner = object.handle
            selfExpression = "reference.name"
            parameters.removeFirst()
            stem = String(stem.dropFirst(object.source.count + 1))
        } else if stem.hasPrefix("connect_") {
            stem = String(stem.dropFirst("connect_".count))
        }
        if stem.hasPrefix("get_") { stem = String(stem.dropFirst("get_".count)) }
        var name = Naming.camel(Naming.words(stem))
        var labels: [String?] = parameters.map { $0.name }
        if let given = plan.definition.documentation.argument(of: "swift") {
            let parts = given.split(separator: "(", maxSplits: 1)
            name = String(parts[0])
            if parts.count == 2 {
                let list = parts[1].dropLast().split(separator: ":").map(String.init)
                if list.count == parameters.count { labels = list.map { $0 == "_" ? nil : $0 } }
            }
        }
        return HandleMethod(
            plan: plan, role: role, owner: owner, name: Naming.escaped(name), labels: labels, parameters: parameters,
            selfExpression: selfExpression)
    }

    /// A reference type's handle in SDK methods; other types stay.
    private func handleType(_ type: TypeReference) -> (type: String, toReference: (String) -> String)? {
        if let object = objectName(type) { return (object, { "\($0).reference" }) }
        switch mapper.resolved(type) {
        case .array(let element, _): return objectName(element).map { ("[\($0)]", { "\($0).map(\\.reference)" }) }
        case .optional(let value): return objectName(value).map { ("\($0)?", { "\($0)?.reference" }) }
        default: return nil
        }
    }

    private func printMethod(_ method: HandleMethod, _ out: inout Printer) {
        let plan = method.plan
        var list: [String] = []
        var passed: [String] = method.selfExpression.map { [($0 == "reference" ? "" : "name: ") + $0] } ?? []
        for (parameter, label) in zip(method.parameters, method.labels) {
            let name = Naming.escaped(parameter.name)
            let handle = handleType(parameter.field.type)
            let type = handle?.type ?? parameter.type
            let value = parameter.defaultValue.map { " = \($0)" } ?? ""
            let shown = label == parameter.name ? name : "\(label.map(Naming.escaped) ?? "_") \(name)"
            list.append("\(shown): \(type)\(value)")
            let prefix = parameter.isUnlabelled ? "" : "\(parameter.name): "
            passed.append(prefix + (handle?.toReference(name) ?? name))
        }
        if plan.isIn {
            list.append("descriptors: [OwnedDescriptor]")
            passed.append("descriptors: descriptors")
        }
        let value = unwrappedResult(plan)
        let handle = value.flatMap { handleType($0.type) }
        let result = fullResultType(plan, value: handle?.type ?? resultType(plan)).map { " -> \($0)" } ?? ""
        out.documentation(plan.definition.documentation.lines)
        if !plan.definition.documentation.lines.isEmpty { out.line("///") }
        out.line("/// C: `\(plan.apiName)`; wire: `\(plan.definition.name)`.")
        out.block(
            "\(options.access.prefix)func \(method.name)(\(list.joined(separator: ", "))) async throws\(result)"
        ) { out in
            let role = "connection.required(connection.roles.\(Self.roleProperty(method.role)), \"\(plan.apiName)\")"
            let call = "try await \(method.owner == "Connection" ? role.replacingConnection : role)"
                + ".\(plan.swiftName)(\(passed.joined(separator: ", ")))"
            guard let value, handle != nil, plan.stream == nil, !plan.isOut else {
                out.line(call)
                return
            }
            let connection = method.owner == "Connection" ? "self" : "connection"
            switch mapper.resolved(value.type) {
            case .array(let element, _):
                let object = objectName(element) ?? ""
                out.line("\(call).map { \(object)(connection: \(connection), reference: $0) }")
            case .optional(let inner):
                let object = objectName(inner) ?? ""
                out.line("\(call).map { \(object)(connection: \(connection), reference: $0) }")
            default:
                let object = objectName(value.type) ?? ""
                out.line("\(object)(connection: \(connection), reference: \(call))")
            }
        }
    }
}

extension String {
    /// The connection's own members, without the prefix that handles need.
    fileprivate var replacingConnection: String {
        var result = ""
        var rest = self[...]
        while let dot = rest.firstIndex(of: ".") {
            let word = rest[..<dot]
            if word.hasSuffix("connection") {
                result += word.dropLast("connection".count)
            } else {
                result += rest[...dot]
            }
            rest = rest[rest.index(after: dot)...]
        }
        return result + rest
    }
}

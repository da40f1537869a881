internal import XDRLanguage

/// What stands around a driver's call so that only those make it who may.
struct AccessStatements {
    /// Before the driver is asked.
    var before: [String] = []
    /// With what it has found, as `found`.
    var after: [String] = []
    /// The argument whose place `object` takes: the client's reference, with name and UUID as the driver has them.
    var object: String?
}

/// The checks of `@acl` and `@filter`: docs/annotations.md says what they mean.
extension StubPrinter {
    /// The object of access rules that a type identifies: `domain` for a domain and for its snapshots.
    private func accessObject(_ type: TypeReference) -> String? {
        guard case .named(let name) = mapper.resolved(type), let definition = schema.types[name],
            let object = definition.documentation.arguments(of: "object")
        else { return nil }
        if object.count > 1 { return object[1] }
        return options.strippedPrefixes.first(where: name.hasPrefix).map { String(name.dropFirst($0.count)) } ?? name
    }

    /// The object that the rules of a procedure are about, beside the connection.
    private func ruledObject(_ plan: ProcedurePlan) -> String? {
        let rules = plan.definition.documentation.annotations.filter { $0.name == "acl" }
        return rules.compactMap { $0.arguments.first?.split(separator: ":").first.map(String.init) }
            .first { $0 != "connect" }
    }

    /// The checks around the call of a driver.
    func accessCheck(_ plan: ProcedurePlan) -> AccessStatements {
        let fields = plan.arguments?.fields ?? []
        let hasFlags = fields.contains { $0.name == "flags" }
        let flags = hasFlags ? "flags: UInt64(truncatingIfNeeded: arguments.flags)" : nil
        func arguments(_ list: [String?]) -> String { list.compactMap { $0 }.joined(separator: ", ") }

        var statements = AccessStatements(before: ["try call.authorize(\(arguments([flags])))"])
        guard plan.definition.documentation.has("acl") else { return statements }
        guard let ruled = ruledObject(plan) else {
            statements.before.append("if call.isChecked { try await call.check(\(arguments([flags]))) }")
            return statements
        }
        let first = fields.first.flatMap { objectName($0.type) == nil ? nil : $0 }
        let reference = first.map { "arguments.\(Naming.escaped(Naming.member($0)))" }
        let identity = plan.definition.documentation.arguments(of: "identity") ?? []
        let path = identity.dropFirst().map { argument($0, fields) }
        switch identity.first {
        case "result":
            statements.after = ["if call.isChecked { try await call.check(found: \(arguments(["found", flags]))) }"]
        case "definition":
            let list = arguments([
                "definition: \(path.first ?? "nil")", path.dropFirst().first.map { "name: \($0)" },
                reference.map { "in: \($0)" }, flags,
            ])
            if let first, let reference {
                statements.object = first.name
                statements.before.append(
                    "let object = try await call.isChecked ? call.check(\(list)) : \(reference)")
            } else {
                statements.before.append("if call.isChecked { try await call.check(\(list)) }")
            }
        case "name":
            let list = arguments(["name: \(path.first ?? "nil")", flags])
            statements.before.append("if call.isChecked { try await call.check(\(list)) }")
        case "image":
            let list = arguments([
                "image: \(path.first ?? "nil")", path.dropFirst().first.map { "definition: \($0)" }, flags,
            ])
            statements.before.append("if call.isChecked { try await call.check(\(list)) }")
        case "none":
            let list = arguments(["nameless: \(path.first ?? "nil")", flags])
            statements.before.append("if call.isChecked { try await call.check(\(list)) }")
        default:
            guard let first, let reference, accessObject(first.type) == ruled else {
                preconditionFailure("\(plan.definition.name): the check of annotations has let it pass")
            }
            statements.object = first.name
            statements.before.append(
                "let object = try await call.isChecked ? call.check(\(arguments([reference, flags]))) : \(reference)")
        }
        return statements
    }

    /// Where an argument of the procedure is found: `arguments.xml`, or the value of a typed parameter.
    private func argument(_ path: String, _ fields: [Field]) -> String {
        let parts = path.split(separator: ".").map(String.init)
        guard let field = fields.first(where: { $0.name == parts.first }) else { return "nil" }
        let value = "arguments.\(Naming.escaped(Naming.member(field)))"
        return parts.count == 2 ? "call.text(\"\(parts[1])\", in: \(value))" : value
    }

    /// Refuses rules that would never be asked.
    static func checkAccess(_ printer: StubPrinter) throws(PrintingError) {
        guard printer.options.annotated else { return }
        for plan in printer.plans {
            let annotations = plan.definition.documentation.annotations
            func refuse(_ name: String, _ reason: String) throws(PrintingError) {
                guard let place = annotations.first(where: { $0.name == name })?.location else { return }
                throw PrintingError(
                    description:
                        "\(place.file):\(place.line):\(place.column): error: \(plan.definition.name): \(reason)")
            }
            let fields = plan.arguments?.fields ?? []
            let identity = plan.definition.documentation.arguments(of: "identity") ?? []
            for path in identity.dropFirst() {
                let name = path.split(separator: ".").first.map(String.init)
                if !fields.contains(where: { $0.name == name }) {
                    try refuse("identity", "there is no argument '\(path)'")
                }
            }
            let isPlain = printer.role(of: plan) != nil && plan.stream == nil && !plan.isOut && !plan.isCounted
            if identity.first == "result", !isPlain || plan.isListing || printer.unwrappedResult(plan) == nil {
                try refuse("identity", "the result is no single reference")
            }
            let isList = if case .legacy = plan.kind { true } else { isPlain }
            let isRegistration = if case .registration = plan.kind { true } else { false }
            if !isList, !isRegistration { try refuse("filter", "the result is no list") }
            guard plan.kind != .session, identity.isEmpty, let ruled = printer.ruledObject(plan) else { continue }
            let first = fields.first
            if first.flatMap({ printer.accessObject($0.type) }) != ruled {
                try refuse(
                    "acl", "the first argument is no reference to a \(ruled): say with @identity which one is meant")
            }
        }
    }

    // MARK: Filters

    /// `let list`, without what the client may not see.
    func printList(_ plan: ProcedurePlan, _ call: String, _ out: inout Printer) {
        guard plan.definition.documentation.has("filter") else { return out.line("let list = \(call)") }
        out.line("var list = \(call)")
        out.line("if call.isChecked { list = try await call.filter(list) }")
    }

    /// A list of references or of names, or how many there are of these.
    func printFiltered(_ plan: ProcedurePlan, _ role: String, _ call: String, _ out: inout Printer) {
        guard let result = plan.result, let field = unwrappedResult(plan),
            let filter = plan.definition.documentation.argument(of: "filter")
        else { return }
        let name = Naming.label(field)
        let object = filter.split(separator: ":").first.map(String.init) ?? ""
        let counted = plan.definition.documentation.argument(of: "counts")
        let names = plans.first { $0.sourceName == counted && $0.programType == plan.programType } ?? plan
        let isCount = counted != nil
        let isNames = mapper.swiftType(field.type) == "[String]"
        guard isCount || isNames else {
            printList(plan, call, &out)
            return out.line("return \(result.swiftName)(\(name): list)")
        }
        let arguments = parameters(names).map { parameter -> String in
            let isLimit = parameter.name.hasPrefix("max")
            let value = isLimit ? "call.longestList" : "arguments.\(Naming.escaped(parameter.name))"
            return "\(parameter.name): \(value)"
        }
        out.line("if call.isChecked {")
        out.indented { out in
            out.line(
                "let all = try await call.role(call.roles.\(role), \"\(plan.apiName)\")"
                    + ".\(names.swiftName)(\(arguments.joined(separator: ", ")))")
            out.line("let list = try await call.filter(names: all, of: \"\(object)\")")
            let limit = plan.arguments?.fields?.first { $0.name.hasPrefix("max") }
            let value =
                isCount
                ? "\(mapper.swiftType(field.type))(list.count)"
                : limit.map { "Array(try call.first(list, of: arguments.\(Naming.member($0))))" } ?? "list"
            out.line("return \(result.swiftName)(\(name): \(value))")
        }
        out.line("}")
        out.lines(wrapResult(plan, call))
    }
}

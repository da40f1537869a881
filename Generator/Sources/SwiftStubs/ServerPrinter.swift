internal import XDRLanguage

extension StubPrinter {
    /// One function that registers all; those of each file stand with it.
    func printRegistration(_ out: inout Printer) {
        let access = options.access.prefix
        for programType in plans.map(\.programType).uniqued() {
            let files = plans.filter { $0.programType == programType }.map(\.file).uniqued()
            out.block("extension \(programType)") { out in
                if options.annotated {
                    out.line("/// Registers every procedure that a driver's role or the event registry answers.")
                    out.block("\(access)static func register(in table: inout DispatchTable)") { out in
                        for file in files { out.line("register\(Naming.pascal(fileWords(file)))(in: &table)") }
                    }
                } else {
                    let roles = plans.filter { $0.programType == programType }.compactMap { role(of: $0) }.uniqued()
                    let constraint = roles.joined(separator: " & ")
                    out.line("/// A table that answers calls with the methods of `service`.")
                    out.block("\(access)static func table<Service: \(constraint)>(_ service: Service) -> ProcedureTable") {
                        out in
                        out.line("var table = ProcedureTable(program: number, version: version)")
                        for file in files {
                            out.line("register\(Naming.pascal(fileWords(file)))(service, in: &table)")
                        }
                        out.line("return table")
                    }
                }
            }
            out.line()
        }
    }

    func fileWords(_ file: String) -> [String] {
        file.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.map(String.init)
    }

    func printServer(_ file: SchemaFile, _ out: inout Printer) {
        let own = plans.filter { $0.file == file.name }
        for programType in own.map(\.programType).uniqued() {
            let members = own.filter { $0.programType == programType }
            let name = "register\(Naming.pascal(fileWords(file.name)))"
            out.block("extension \(programType)") { out in
                if options.annotated {
                    out.block("static func \(name)(in table: inout DispatchTable)") { out in
                        for plan in members { printAnnotatedEntry(plan, &out) }
                    }
                } else {
                    let roles = plans.filter { $0.programType == programType }.compactMap { role(of: $0) }.uniqued()
                    out.block(
                        "static func \(name)<Service: \(roles.joined(separator: " & "))>"
                            + "(_ service: Service, in table: inout ProcedureTable)"
                    ) { out in
                        for plan in members { printPlainEntry(plan, &out) }
                    }
                }
            }
            out.line()
        }
    }

    // MARK: Plain programs

    private func printPlainEntry(_ plan: ProcedurePlan, _ out: inout Printer) {
        let arguments = plan.arguments?.swiftName ?? "XDRVoid"
        let result = plan.result?.swiftName ?? "XDRVoid"
        out.block(
            "table.add(\(plan.descriptorName)) { (arguments: \(arguments)) async throws -> \(result) in", closing: "}",
            opensBrace: false
        ) { out in
            let call = "try await service.\(plan.swiftName)(\(callArguments(plan)))"
            out.lines(wrapResult(plan, call))
        }
    }

    /// - Parameter object: a field whose value the access check has looked up, as `object`.
    private func callArguments(_ plan: ProcedurePlan, object: String? = nil) -> String {
        var list = parameters(plan).map { parameter -> String in
            let label = parameter.isUnlabelled ? "" : "\(parameter.label ?? parameter.name): "
            let isWhole = plan.arguments?.fields == nil
            let wire = isWhole ? "arguments" : "arguments.\(Naming.escaped(parameter.name))"
            return label + (parameter.field.name == object ? "object" : parameter.fromWire(wire))
        }
        if plan.isIn { list.append("descriptors: call.descriptors") }
        return list.joined(separator: ", ")
    }

    /// Statements that give the wire's result from the call's value.
    func wrapResult(_ plan: ProcedurePlan, _ call: String) -> [String] {
        guard let result = plan.result else { return [call, "return XDRVoid()"] }
        guard let field = unwrappedResult(plan) else { return ["return \(call)"] }
        return ["return \(result.swiftName)(\(Naming.label(field)): \(call)\(isBoolean(field) ? " ? 1 : 0" : ""))"]
    }

    // MARK: Annotated programs

    private func printAnnotatedEntry(_ plan: ProcedurePlan, _ out: inout Printer) {
        switch plan.kind {
        case .session, .event: return
        case .role(let role): printRoleEntry(plan, role, &out)
        case .legacy(let form, let listing, let flags): printLegacyEntry(plan, form, listing, flags, &out)
        case .registration(let object, let isRegister, let byCallback):
            printRegistrationEntry(plan, object, isRegister, byCallback, &out)
        }
    }

    private func entry(
        _ plan: ProcedurePlan, method: String = "add", result: String? = nil, _ out: inout Printer,
        _ body: (inout Printer) -> Void
    ) {
        let arguments = plan.arguments?.swiftName ?? "XDRVoid"
        let result = result ?? plan.result?.swiftName ?? "XDRVoid"
        out.block(
            "table.\(method)(\(plan.descriptorName)) { (call: ServerCall, arguments: \(arguments)) async throws -> \(result) in",
            opensBrace: false, body)
    }

    private func printRoleEntry(_ plan: ProcedurePlan, _ role: String, _ out: inout Printer) {
        let property = Self.roleProperty(role)
        let wire = plan.result?.swiftName ?? "XDRVoid"
        let access = accessCheck(plan)
        let call = "try await call.role(call.roles.\(property), \"\(plan.apiName)\")"
            + ".\(plan.swiftName)(\(callArguments(plan, object: access.object)))"
        if plan.stream != nil {
            entry(plan, method: "addStream", result: "(\(wire), any DataStream)", &out) { out in
                out.lines(access.before)
                if plan.result == nil {
                    out.line("return (XDRVoid(), \(call))")
                } else {
                    out.line("let (value, stream) = \(call)")
                    out.line("return (\(wrapped(plan, "value")), stream)")
                }
            }
        } else if plan.isOut {
            entry(plan, method: "addDescriptors", result: "(\(wire), [OwnedDescriptor])", &out) { out in
                out.lines(access.before)
                if plan.result == nil {
                    out.line("return (XDRVoid(), \(call))")
                } else {
                    out.line("let (value, descriptors) = \(call)")
                    out.line("return (\(wrapped(plan, "value")), descriptors)")
                }
            }
        } else {
            entry(plan, &out) { out in
                out.lines(access.before)
                if !access.after.isEmpty {
                    out.line("let found = \(call)")
                    out.lines(access.after)
                    out.lines(wrapResult(plan, "found"))
                } else if plan.isListing {
                    printListing(plan, call, &out)
                } else if plan.isCounted {
                    printCounted(plan, call, &out)
                } else if plan.definition.documentation.has("filter") {
                    printFiltered(plan, property, call, &out)
                } else {
                    out.lines(wrapResult(plan, call))
                }
            }
        }
    }

    private func wrapped(_ plan: ProcedurePlan, _ value: String) -> String {
        guard let result = plan.result, let field = unwrappedResult(plan) else { return value }
        return "\(result.swiftName)(\(Naming.label(field)): \(value)\(isBoolean(field) ? " ? 1 : 0" : ""))"
    }

    private func printListing(_ plan: ProcedurePlan, _ call: String, _ out: inout Printer) {
        guard let result = plan.result, let fields = result.fields, fields.count == 2 else {
            out.lines(wrapResult(plan, call))
            return
        }
        let count = mapper.swiftType(fields[1].type)
        printList(plan, call, &out)
        out.line(
            "return \(result.swiftName)(\(Naming.label(fields[0])): arguments.needResults != 0 ? list : [], "
                + "\(Naming.label(fields[1])): \(count)(list.count))")
    }

    private func printCounted(_ plan: ProcedurePlan, _ call: String, _ out: inout Printer) {
        guard let result = plan.result, let fields = result.fields, let list = fields.first else { return }
        out.line("let list = \(call)")
        let name = Naming.label(list)
        if plan.isWhole, fields.count == 2 {
            out.line("return \(result.swiftName)(\(name): list, \(Naming.label(fields[1])): 0)")
        } else if fields.count == 2 {
            out.line(
                "return \(result.swiftName)(\(name): arguments.nparams == 0 ? [] : call.firstParameters(list, of: arguments.nparams), "
                    + "\(Naming.label(fields[1])): arguments.nparams == 0 ? Int32(list.count) : 0)")
        } else {
            out.line("return \(result.swiftName)(\(name): call.firstParameters(list, of: arguments.nparams))")
        }
    }

    private func printLegacyEntry(
        _ plan: ProcedurePlan, _ form: ProcedurePlan.LegacyForm, _ listing: String, _ flags: [String],
        _ out: inout Printer
    ) {
        guard let target = plans.first(where: { $0.sourceName == listing && $0.programType == plan.programType }),
            let role = role(of: target), let result = plan.result, let field = result.fields?.first
        else { return }
        let given = plan.arguments?.fields ?? []
        let access = accessCheck(plan)
        let list = parameters(target).map { parameter -> String in
            let label = parameter.isUnlabelled ? "" : "\(parameter.name): "
            if parameter.field.name == "flags" {
                let mask = flags.compactMap { schema.constants[$0] }.reduce(0, |)
                let own = given.contains { $0.name == "flags" } ? "arguments.flags | \(mask)" : "\(mask)"
                return label + (target.flagsType.map { "\($0)(rawValue: \(own))" } ?? own)
            }
            if let same = given.first(where: { $0.name == parameter.field.name }), same.name != access.object {
                return label + "arguments.\(Naming.escaped(Naming.member(same)))"
            }
            if let object = given.first, objectName(object.type) != nil, parameter.isUnlabelled {
                return access.object == object.name ? "object" : "arguments.\(Naming.escaped(Naming.member(object)))"
            }
            return label + (parameter.defaultValue ?? "0")
        }
        let property = Self.roleProperty(role)
        let call = "try await call.role(call.roles.\(property), \"\(plan.apiName)\")"
            + ".\(target.swiftName)(\(list.joined(separator: ", ")))"
        entry(plan, &out) { out in
            out.lines(access.before)
            printList(plan, call, &out)
            let name = Naming.label(field)
            switch form {
            case .count: out.line("return \(result.swiftName)(\(name): Int32(list.count))")
            case .names, .ids:
                let limit = given.first { $0.name.hasPrefix("max") }.map { "arguments.\(Naming.member($0))" } ?? "Int32.max"
                let value = form == .ids ? "{ $0.id }" : "{ $0.listedName }"
                out.line("return \(result.swiftName)(\(name): try call.first(list, of: \(limit)).map \(value))")
            }
        }
    }

    private func printRegistrationEntry(
        _ plan: ProcedurePlan, _ object: String, _ isRegister: Bool, _ byCallback: Bool, _ out: inout Printer
    ) {
        let fields = plan.arguments?.fields ?? []
        let kind = ".\(Naming.camel(object))"
        var list = [kind]
        for field in fields {
            let value = "arguments.\(Naming.member(field))"
            if field.name == "eventID" {
                let isEnumeration = if case .enumeration? = mapper.definition(field.type) { true } else { false }
                list.append("eventID: \(value)\(isEnumeration ? ".rawValue" : "")")
            } else if field.name == "callbackID" {
                list.append("callbackID: \(value)")
            } else {
                list.append("object: \(value)")
            }
        }
        let verb = isRegister ? "register" : "deregister"
        let form = byCallback ? "Callback" : fields.isEmpty ? "Legacy" : "EventID"
        entry(plan, &out) { out in
            out.lines(accessCheck(plan).before)
            out.lines(wrapResult(plan, "try await call.\(verb)\(form)(\(list.joined(separator: ", ")))"))
        }
    }
}

extension Printer {
    /// A block whose opening line already has its brace.
    mutating func block(_ opening: String, closing: String = "}", opensBrace: Bool, _ body: (inout Printer) -> Void) {
        line(opening)
        indented(body)
        line(closing)
    }
}

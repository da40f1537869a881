internal import XDRLanguage

extension StubPrinter {
    static func plan(
        _ schema: Schema, mapper: TypeMapper, options: Options
    ) throws(PrintingError) -> [ProcedurePlan] {
        var plans: [ProcedurePlan] = []
        for file in schema.files {
            for program in file.programs {
                for version in program.versions {
                    let naming = programNaming(program, version, schema)
                    for procedure in version.procedures {
                        plans.append(
                            try plan(
                                procedure, file: file.name, program: program.name, naming: naming, mapper: mapper,
                                isAnnotated: options.annotated))
                    }
                }
            }
        }
        return plans
    }

    struct ProgramNaming {
        /// `RemoteProgram`
        var type: String
        /// `Remote`
        var base: String
        /// What procedure names begin with.
        var prefix: String
    }

    /// Names of a program; the same for each file that has a part of it.
    static func programNaming(_ program: Program, _ version: ProgramVersion, _ schema: Schema) -> ProgramNaming {
        var base = program.name
        for suffix in ["_PROGRAM", "_PROG", "PROG"] where base.hasSuffix(suffix) && base.count > suffix.count {
            base = String(base.dropLast(suffix.count))
            break
        }
        let parts = schema.files.flatMap(\.programs).filter { $0.number == program.number }
        let numbers = Set(parts.flatMap(\.versions).map(\.number))
        let procedures = parts.flatMap(\.versions).filter { $0.number == version.number }.flatMap(\.procedures)
        var swiftBase = Naming.pascal(base)
        if numbers.count > 1 { swiftBase += "V\(version.number)" }
        var prefix = Naming.commonPrefix(of: procedures.map(\.name), typeName: program.name)
        for candidate in ["\(base)_PROC_", "\(base)PROC_", "\(base)_"]
        where procedures.allSatisfy({ $0.name.hasPrefix(candidate) }) {
            prefix = candidate
            break
        }
        return ProgramNaming(type: swiftBase + "Program", base: swiftBase, prefix: prefix)
    }

    private static func plan(
        _ procedure: ProcedureDefinition, file: String, program: String, naming: ProgramNaming, mapper: TypeMapper,
        isAnnotated: Bool
    ) throws(PrintingError) -> ProcedurePlan {
        let doc = procedure.documentation
        let ownName = String(procedure.name.dropFirst(naming.prefix.count))
        let sourceName = ownName.lowercased()
        var swiftName = Naming.member(Naming.camel(Naming.words(isAnnotated ? sourceName : ownName)))
        var labels: [String?]?
        // The methods of a plain program have no other name; with libvirt's idioms it is the handle's method that it names.
        if !isAnnotated, let given = doc.argument(of: "swift") {
            (swiftName, labels) = methodName(given)
        }
        // Two versions of a program have these apart by its number in the base.
        let stem = naming.base + Naming.pascal(Naming.words(isAnnotated ? sourceName : ownName))
        let arguments = stubType(procedure.arguments, name: stem + "Arguments", "_args", mapper)
        let result = stubType(procedure.result.map { [$0] } ?? [], name: stem + "Result", "_ret", mapper)
        let apiPrefix = ["Remote": "vir", "Admin": "virAdm", "QEMU": "virDomainQemu", "LXC": "virDomainLxc"][naming.base] ?? ""
        return ProcedurePlan(
            definition: procedure, file: file, programName: program, programType: naming.type, sourceName: sourceName,
            swiftName: Naming.escaped(swiftName), labels: labels,
            kind: isAnnotated
                ? try kind(of: procedure, naming: naming) : .role(doc.argument(of: "role") ?? naming.base + "Service"),
            arguments: arguments, result: result, flagsType: flagsType(doc, mapper),
            stream: isAnnotated ? doc.argument(of: "stream") : nil,
            descriptors: isAnnotated ? doc.argument(of: "fds").flatMap(ProcedurePlan.Direction.init) : nil,
            isCounted: isAnnotated && doc.has("counted"),
            isWhole: isAnnotated && doc.argument(of: "counted") == "whole", isListing: isAnnotated && doc.has("listing"),
            newer: doc.argument(of: "newer"),
            apiName: doc.argument(of: "api") ?? ProcedurePlan.apiName(sourceName, programPrefix: apiPrefix))
    }

    /// `name` or `name(label:_:)`; the labels are nil if none are given.
    static func methodName(_ text: String) -> (name: String, labels: [String?]?) {
        let parts = text.split(separator: "(", maxSplits: 1)
        let name = parts.first.map(String.init) ?? text
        guard parts.count == 2 else { return (name, nil) }
        return (name, parts[1].dropLast().split(separator: ":").map { $0 == "_" ? nil : String($0) })
    }

    private static func flagsType(_ doc: Documentation, _ mapper: TypeMapper) -> String? {
        guard let name = doc.argument(of: "flags") else { return nil }
        return mapper.enumeration(named: name).map(mapper.typeName)
    }

    private static func kind(
        of procedure: ProcedureDefinition, naming: ProgramNaming
    ) throws(PrintingError) -> ProcedurePlan.Kind {
        let doc = procedure.documentation
        if doc.has("session") { return .session }
        if let event = doc.arguments(of: "event"), let target = event.first {
            let parts = target.split(separator: ":")
            guard parts.count == 2, let number = Int(parts[1]) else {
                throw PrintingError(description: "\(procedure.name): @event wants object:number")
            }
            return .event(object: String(parts[0]), number: number, byCallback: event.dropFirst().first == "callback")
        }
        for (name, isRegister) in [("registers", true), ("deregisters", false)] {
            if let arguments = doc.arguments(of: name), let object = arguments.first {
                return .registration(
                    object: object, isRegister: isRegister, byCallback: arguments.dropFirst().first == "callback")
            }
        }
        for form in [ProcedurePlan.LegacyForm.names, .ids, .count] {
            if let arguments = doc.arguments(of: form.rawValue), let listing = arguments.first {
                return .legacy(form, listing: listing, flags: Array(arguments.dropFirst()))
            }
        }
        return .role(doc.argument(of: "role") ?? naming.base + "Service")
    }

    private static func stubType(
        _ types: [TypeReference], name: String, _ conventional: String, _ mapper: TypeMapper
    ) -> StubType? {
        if types.isEmpty { return nil }
        if types.count == 1, case .named(let name) = mapper.resolved(types[0]) {
            switch mapper.schema.types[name] {
            case .structure(let structure):
                let isOwn = name.hasSuffix(conventional) || name.hasSuffix("_msg")
                return StubType(swiftName: mapper.typeName(name), fields: isOwn ? structure.fields : nil, wrapper: nil)
            case .union, .enumeration, .alias:
                return StubType(swiftName: mapper.typeName(name), fields: nil, wrapper: nil)
            case nil: break
            }
        }
        let location = SourceLocation(file: "", line: 0, column: 0)
        let fields = types.enumerated().map { index, type in
            Field(
                name: types.count == 1 ? "value" : "argument\(index + 1)", type: type, documentation: Documentation(),
                location: location)
        }
        let wrapper = Structure(
            name: name, fields: fields,
            documentation: Documentation(
                annotations: [Annotation(name: "swift", arguments: [name], location: location)]), location: location)
        return StubType(swiftName: name, fields: fields, wrapper: wrapper)
    }

    // MARK: Signatures

    /// The parameters of the role's method, without what the idioms hide.
    func parameters(_ plan: ProcedurePlan) -> [Parameter] {
        var parameters = plainParameters(plan)
        if let labels = plan.labels, labels.count == parameters.count {
            for (index, label) in labels.enumerated() {
                parameters[index].isUnlabelled = label == nil
                parameters[index].label = label
            }
        }
        return parameters
    }

    private func plainParameters(_ plan: ProcedurePlan) -> [Parameter] {
        guard let arguments = plan.arguments else { return [] }
        guard let fields = arguments.fields else {
            let type = plan.definition.arguments[0]
            let field = Field(
                name: "arguments", type: type, documentation: Documentation(),
                location: SourceLocation(file: "", line: 0, column: 0))
            return [
                Parameter(
                    name: "arguments", type: arguments.swiftName, isUnlabelled: true, field: field,
                    fromWire: { $0 }, toWire: { $0 }, defaultValue: nil)
            ]
        }
        var result: [Parameter] = []
        for (index, field) in fields.enumerated() {
            if plan.isCounted, field.name == "nparams" { continue }
            if plan.isListing, field.name == "need_results" { continue }
            let name = Naming.member(field)
            let isObject = index == 0 && objectName(field.type) != nil
            if field.name == "flags", let type = plan.flagsType, case .primitive(let primitive) = mapper.resolved(field.type)
            {
                let fieldType = primitive.swiftName
                let setWidth = mapper.optionSets.first { mapper.typeName($0.key) == type }?.value ?? 4
                let raw = setWidth == 8 ? "UInt64" : "UInt32"
                result.append(
                    Parameter(
                        name: name, type: type, isUnlabelled: false, field: field,
                        fromWire: { value in
                            raw == fieldType
                                ? "\(type)(rawValue: \(value))" : "\(type)(rawValue: \(raw)(truncatingIfNeeded: \(value)))"
                        },
                        toWire: { value in
                            raw == fieldType
                                ? "\(value).rawValue" : "\(fieldType)(truncatingIfNeeded: \(value).rawValue)"
                        }, defaultValue: "[]"))
                continue
            }
            if isBoolean(field) {
                result.append(
                    Parameter(
                        name: name, type: "Bool", isUnlabelled: false, field: field, fromWire: { "\($0) != 0" },
                        toWire: { "\($0) ? 1 : 0" }, defaultValue: nil))
                continue
            }
            let type = mapper.swiftType(field.type)
            var value: String?
            if type.hasSuffix("?") { value = "nil" }
            if field.name == "flags" { value = "0" }
            result.append(
                Parameter(
                    name: name, type: type, isUnlabelled: isObject || (arguments.wrapper != nil && fields.count == 1),
                    field: field, fromWire: { $0 }, toWire: { $0 }, defaultValue: value))
        }
        return result
    }

    /// The Swift type of the role method's value, without streams and descriptors; nil for void.
    func resultType(_ plan: ProcedurePlan) -> String? {
        guard let result = plan.result else { return nil }
        guard let field = unwrappedResult(plan) else { return result.swiftName }
        return isBoolean(field) ? "Bool" : mapper.swiftType(field.type)
    }

    /// Whether an integer of the wire is `Bool` in the role's methods.
    func isBoolean(_ field: Field) -> Bool {
        guard field.documentation.has("boolean"), case .primitive(let primitive) = mapper.resolved(field.type) else {
            return false
        }
        return primitive != .bool
    }

    /// The one field that the method gives, if the result is unwrapped.
    func unwrappedResult(_ plan: ProcedurePlan) -> Field? {
        guard let fields = plan.result?.fields, let first = fields.first else { return nil }
        if plan.isListing || plan.isCounted { return first }
        return fields.count == 1 ? first : nil
    }

    /// `(T, any DataStream)` and the like, with everything the method gives.
    func fullResultType(_ plan: ProcedurePlan, value: String?) -> String? {
        var parts = value.map { [$0] } ?? []
        if plan.stream != nil { parts.append("any DataStream") }
        if plan.isOut { parts.append("[OwnedDescriptor]") }
        if parts.isEmpty { return nil }
        return parts.count == 1 ? parts[0] : "(\(parts.joined(separator: ", ")))"
    }

    func signature(_ plan: ProcedurePlan) -> String {
        var list = parameters(plan).map { parameter in
            let name = Naming.escaped(parameter.name)
            if let label = parameter.label, label != parameter.name {
                return "\(Naming.escaped(label)) \(name): \(parameter.type)"
            }
            return "\(parameter.isUnlabelled ? "_ " : "")\(name): \(parameter.type)"
        }
        if plan.isIn { list.append("descriptors: [OwnedDescriptor]") }
        let result = fullResultType(plan, value: resultType(plan)).map { " -> \($0)" } ?? ""
        return "func \(plan.swiftName)(\(list.joined(separator: ", "))) async throws\(result)"
    }

    /// The handle type that an object's reference belongs to.
    func objectName(_ type: TypeReference) -> String? {
        guard case .named(let name) = mapper.resolved(type), let definition = schema.types[name] else { return nil }
        return definition.documentation.argument(of: "object")
    }

    func role(of plan: ProcedurePlan) -> String? {
        if case .role(let name) = plan.kind { return name }
        return nil
    }

    static func roleProperty(_ role: String) -> String {
        // Leading capitals become small: `QEMUMonitor` → `qemuMonitor`, `NWFilters` → `nwFilters`.
        let scalars = Array(role)
        var upper = 0
        while upper < scalars.count, scalars[upper].isUppercase { upper += 1 }
        let count = upper <= 1 ? 1 : (upper == scalars.count ? upper : upper - 1)
        return String(scalars.prefix(count)).lowercased() + String(scalars.dropFirst(count))
    }
}

internal import XDRLanguage

extension StubPrinter {
    /// The roles whose first procedure stands in this file.
    func printRoles(_ file: SchemaFile, _ out: inout Printer) {
        let access = options.access.prefix
        for role in rolesBeginning(in: file) {
            let members = plans.filter { self.role(of: $0) == role }
            let base = options.annotated ? "AnyObject, Sendable" : "Sendable"
            out.line("/// What a driver or server does for \(members.count) procedures of \(members[0].programType).")
            out.block("\(access)protocol \(role): \(base)") { out in
                for plan in members {
                    out.documentation(plan.definition.documentation.lines)
                    out.line("/// Wire: `\(plan.definition.name)`.")
                    out.line(signature(plan))
                }
            }
            out.line()
            if options.annotated { printDefaults(role, members, &out) }
        }
    }

    func rolesBeginning(in file: SchemaFile) -> [String] {
        let firstFile = Dictionary(
            plans.compactMap { plan in role(of: plan).map { ($0, plan.file) } }, uniquingKeysWith: { first, _ in first })
        return plans.compactMap { role(of: $0) }.uniqued().filter { firstFile[$0] == file.name }
    }

    /// Older generations call the newer; everything else is not supported unless the driver implements it.
    private func printDefaults(_ role: String, _ members: [ProcedurePlan], _ out: inout Printer) {
        out.block("extension \(role)") { out in
            for plan in members {
                out.block("\(options.access.prefix)\(signature(plan))") { out in
                    if let newer = plan.newer.flatMap({ name in members.first { $0.sourceName == name } }) {
                        out.line(forward(plan, to: newer))
                    } else {
                        out.line("throw VirtError.noSupport(\"\(plan.apiName)\")")
                    }
                }
            }
        }
        out.line()
    }

    /// The call of the newer generation with what the older one lacks left out.
    private func forward(_ plan: ProcedurePlan, to newer: ProcedurePlan) -> String {
        let given = parameters(plan)
        var list = parameters(newer).map { parameter -> String in
            let label = parameter.isUnlabelled ? "" : "\(parameter.name): "
            if let same = given.first(where: { $0.name == parameter.name }) {
                if same.type == parameter.type { return label + Naming.escaped(same.name) }
                // A widened integer.
                return label + "\(parameter.type)(\(Naming.escaped(same.name)))"
            }
            if parameter.field.name == "flags", let mask = newerFlags(plan) {
                return label + (newer.flagsType.map { "\($0)(rawValue: \(mask))" } ?? "\(mask)")
            }
            if let value = parameter.defaultValue { return label + value }
            if parameter.type.hasPrefix("[") { return label + "[]" }
            return label + "0"
        }
        if newer.isIn { list.append("descriptors: \(plan.isIn ? "descriptors" : "[]")") }
        let call = "try await \(newer.swiftName)(\(list.joined(separator: ", ")))"
        let hasResult = fullResultType(newer, value: resultType(newer)) != nil
        let wantsResult = fullResultType(plan, value: resultType(plan)) != nil
        return hasResult && !wantsResult ? "_ = \(call)" : call
    }

    /// The flags that the older generation implies.
    private func newerFlags(_ plan: ProcedurePlan) -> Int64? {
        let names = plan.definition.documentation.arguments(of: "newer")?.dropFirst() ?? []
        return names.isEmpty ? nil : names.compactMap { schema.constants[$0] }.reduce(0, |)
    }

    /// All roles of a driver's connection, found once when it opens.
    func printRoleTable(_ out: inout Printer) {
        let access = options.access.prefix
        let roles = plans.compactMap { role(of: $0) }.uniqued()
        out.line("/// The roles that one connection's driver fulfils, found once when it opens.")
        out.block("\(access)struct Roles: Sendable") { out in
            for role in roles {
                out.line("\(access)let \(Self.roleProperty(role)): (any \(role))?")
            }
            out.line()
            out.block("\(access)init(_ driver: any DriverConnection)") { out in
                for role in roles { out.line("\(Self.roleProperty(role)) = driver as? any \(role)") }
            }
            out.line()
            out.line("/// Names of the roles that are fulfilled.")
            out.block("\(access)var names: Set<String>") { out in
                out.line("var names: Set<String> = []")
                for role in roles { out.line("if \(Self.roleProperty(role)) != nil { names.insert(\"\(role)\") }") }
                out.line("return names")
            }
            out.line()
            out.line("/// Names of the roles that connections of a type fulfil, without one being open.")
            out.block("\(access)static func names(of type: any DriverConnection.Type) -> Set<String>") { out in
                out.line("var names: Set<String> = []")
                for role in roles { out.line("if type is any \(role).Type { names.insert(\"\(role)\") }") }
                out.line("return names")
            }
        }
        out.line()
    }
}

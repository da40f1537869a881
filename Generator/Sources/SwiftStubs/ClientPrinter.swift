internal import XDRLanguage

extension StubPrinter {
    /// The type that has the client's methods, unless it exists already.
    func printClientTypes(_ out: inout Printer) {
        guard options.clientType == nil else { return }
        let access = options.access.prefix
        for base in plans.map(\.programType).uniqued() {
            let name = clientType(base)
            out.line("/// Calls a server of ``\(base)`` over a channel.")
            out.block("\(access)struct \(name): Sendable") { out in
                out.line("\(access)let channel: any RPCChannel")
                out.line("\(access)init(_ channel: any RPCChannel) { self.channel = channel }")
                out.block("func call<A, R>(_ procedure: Procedure<A, R>, _ arguments: A) async throws -> R") { out in
                    out.line("try await channel.call(procedure, arguments)")
                }
            }
            out.line()
        }
    }

    func clientType(_ programType: String) -> String {
        options.clientType ?? String(programType.dropLast("Program".count)) + "Client"
    }

    /// Conformance of the client to the roles that begin in this file.
    func printClient(_ file: SchemaFile, _ out: inout Printer) {
        for role in rolesBeginning(in: file) {
            let members = plans.filter { self.role(of: $0) == role }
            out.block("extension \(clientType(members[0].programType)): \(role)") { out in
                for plan in members {
                    out.block("\(options.access.prefix)\(signature(plan))") { out in clientBody(plan, &out) }
                }
            }
            out.line()
        }
    }

    private func clientBody(_ plan: ProcedurePlan, _ out: inout Printer) {
        let procedure = "\(plan.programType).\(plan.descriptorName)"
        let ignored = plan.result == nil
        if plan.isCounted {
            let tellsCount = plan.result?.fields?.contains { $0.name == "nparams" } == true
            guard tellsCount, !plan.isWhole else {
                // Without asking for the count: the caller says how many it takes, and gets what there is.
                let room = construction(plan, hidden: ["nparams": limit(plan)])
                out.line("try await call(\(procedure), \(room))\(access(plan))")
                return
            }
            out.line(
                "let count = try await call(\(procedure), \(construction(plan, hidden: ["nparams": "0"]))).nparams")
            out.line("if count == 0 { return [] }")
            out.line("return try await call(\(procedure), \(construction(plan, hidden: ["nparams": "count"])))\(access(plan))")
            return
        }
        let arguments = construction(plan, hidden: ["need_results": "1"])
        if plan.stream != nil {
            let call = "try await openStream(\(procedure), \(arguments))"
            if ignored {
                out.line("\(call).1")
            } else {
                out.line("let (result, stream) = \(call)")
                out.line("return (result\(access(plan)), stream)")
            }
        } else if plan.descriptors != nil {
            let passed = plan.isIn ? "descriptors" : "[]"
            let call = "try await call(\(procedure), \(arguments), descriptors: \(passed))"
            switch (ignored, plan.isOut) {
            case (true, true): out.line("\(call).1")
            case (true, false): out.line("_ = \(call)")
            case (false, true):
                out.line("let (result, received) = \(call)")
                out.line("return (result\(access(plan)), received)")
            case (false, false): out.line("\(call).0\(access(plan))")
            }
        } else {
            // A parameter may have the method's name.
            let isHidden = parameters(plan).contains { $0.name == "call" }
            let call = "try await \(isHidden ? "self." : "")call(\(procedure), \(arguments))"
            out.line(ignored ? "_ = \(call)" : "\(call)\(access(plan))")
        }
    }

    private func access(_ plan: ProcedurePlan) -> String {
        unwrappedResult(plan).map { ".\(Naming.escaped(Naming.member($0)))\(isBoolean($0) ? " != 0" : "")" } ?? ""
    }

    /// How many elements the result's array can have.
    private func limit(_ plan: ProcedurePlan) -> String {
        for field in plan.result?.fields ?? [] {
            if case .array(_, .variable(limit: let limit?)) = field.type { return String(limit) }
        }
        return "0"
    }

    /// The wire's argument structure from the method's parameters.
    private func construction(_ plan: ProcedurePlan, hidden: [String: String]) -> String {
        guard let arguments = plan.arguments else { return "XDRVoid()" }
        guard let fields = arguments.fields else { return "arguments" }
        let byName = Dictionary(uniqueKeysWithValues: parameters(plan).map { ($0.field.name, $0) })
        let list = fields.map { field -> String in
            let label = Naming.label(field)
            if let parameter = byName[field.name] {
                return "\(label): \(parameter.toWire(Naming.escaped(parameter.name)))"
            }
            return "\(label): \(hidden[field.name] ?? "0")"
        }
        return "\(arguments.swiftName)(\(list.joined(separator: ", ")))"
    }
}

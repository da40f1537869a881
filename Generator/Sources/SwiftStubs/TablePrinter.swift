internal import XDRLanguage

extension StubPrinter {
    /// What annotations say of each procedure of this file, as data.
    func printProcedureTable(_ file: SchemaFile, _ out: inout Printer) {
        let own = plans.filter { $0.file == file.name }
        for programType in own.map(\.programType).uniqued() {
            out.block("extension \(programType)") { out in
                out.block("static func describe\(Naming.pascal(fileWords(file.name)))(_ list: inout [ProcedureInfo])") { out in
                    for plan in own where plan.programType == programType { out.line(description(plan)) }
                }
            }
            out.line()
        }
    }

    private func description(_ plan: ProcedurePlan) -> String {
        let doc = plan.definition.documentation
        var list = [
            "number: \(plan.definition.number)", "name: \"\(plan.sourceName)\"", "api: \"\(plan.apiName)\"",
            "group: \"\(plan.file)\"", "kind: \(kindLiteral(plan.kind))",
        ]
        if doc.argument(of: "priority") == "high" { list.append("isHighPriority: true") }
        let rules = doc.annotations.filter { $0.name == "acl" }.compactMap { $0.arguments.first }.map(ruleLiteral)
        if !rules.isEmpty { list.append("access: [\(rules.joined(separator: ", "))]") }
        if let filter = doc.argument(of: "filter") { list.append("filter: \(ruleLiteral(filter))") }
        if let readOnly = doc.argument(of: "readonly") { list.append("readOnly: .\(readOnly)") }
        if let stream = plan.stream { list.append("stream: .\(stream)") }
        if let since = doc.argument(of: "since") { list.append("since: \"\(since)\"") }
        return "list.append(ProcedureInfo(\(list.joined(separator: ", "))))"
    }

    private func kindLiteral(_ kind: ProcedurePlan.Kind) -> String {
        switch kind {
        case .role(let role): ".role(\"\(role)\")"
        case .session: ".session"
        case .legacy(_, let listing, _):
            ".legacy(\"\(plans.first { $0.sourceName == listing }.flatMap { role(of: $0) } ?? "")\")"
        case .registration: ".registration"
        case .event: ".event"
        }
    }

    /// `object:permission[:FLAG]` with the flags as a mask.
    private func ruleLiteral(_ rule: String) -> String {
        let parts = rule.split(separator: ":", maxSplits: 2).map(String.init)
        let object = parts.first ?? ""
        let permission = parts.count > 1 ? parts[1] : ""
        guard parts.count == 3 else { return ".init(\"\(object)\", \"\(permission)\")" }
        let negated = parts[2].hasPrefix("!")
        let names = parts[2].drop { $0 == "!" }.split(separator: "|")
        let mask = names.compactMap { schema.constants[String($0)] }.reduce(0, |)
        return ".init(\"\(object)\", \"\(permission)\", \(negated ? "unless" : "if"): \(mask))"
    }

    /// Per program: all descriptions in order of their numbers.
    func printSupport(_ out: inout Printer) {
        for programType in plans.map(\.programType).uniqued() {
            let files = plans.filter { $0.programType == programType }.map(\.file).uniqued()
            out.block("extension \(programType)") { out in
                out.line("/// What is known of each procedure, by number.")
                out.block("\(options.access.prefix)static let procedures: [ProcedureInfo] =", closing: "}()") { out in
                    out.line("var list: [ProcedureInfo] = []")
                    for file in files { out.line("describe\(Naming.pascal(fileWords(file)))(&list)") }
                    out.line("return list.sorted { $0.number < $1.number }")
                }
            }
            out.line()
        }
    }
}

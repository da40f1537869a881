internal import XDRLanguage

extension StubPrinter {
    /// A namespace for each program and version.
    func printPrograms(_ out: inout Printer) {
        var seen: Set<String> = []
        for program in schema.files.flatMap(\.programs) {
            for version in program.versions {
                let name = Self.programNaming(program, version, schema).type
                guard seen.insert(name).inserted else { continue }
                let access = options.access.prefix
                out.documentation(program.documentation.lines)
                out.block("\(access)enum \(name)") { out in
                    out.line("/// `\(program.name)`")
                    out.line("\(access)static var number: UInt32 { \(program.number) }")
                    out.line("/// `\(version.name)`")
                    out.line("\(access)static var version: UInt32 { \(version.number) }")
                }
                out.line()
            }
        }
    }

    /// A typed descriptor of each procedure.
    func printProcedures(_ file: SchemaFile, _ out: inout Printer) {
        let own = plans.filter { $0.file == file.name }
        let access = (options.wireAccess ?? options.access).prefix
        for programType in own.map(\.programType).uniqued() {
            out.block("extension \(programType)") { out in
                for plan in own where plan.programType == programType {
                    let types = "\(plan.arguments?.swiftName ?? "XDRVoid"), \(plan.result?.swiftName ?? "XDRVoid")"
                    out.line("/// `\(plan.definition.name)`")
                    out.block("\(access)static var \(plan.descriptorName): Procedure<\(types)>") { out in
                        out.line(
                            "Procedure(program: number, version: version, number: \(plan.definition.number))")
                    }
                }
            }
            out.line()
        }
    }
}

extension Array where Element: Hashable {
    func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}

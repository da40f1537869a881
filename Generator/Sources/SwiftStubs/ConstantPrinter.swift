internal import XDRLanguage

extension StubPrinter {
    func printConstants(_ file: SchemaFile, _ out: inout Printer) {
        for constant in file.constants {
            out.documentation(constant.documentation.lines)
            out.line("\(options.access.prefix)let \(constantName(constant)): Int64 = \(constant.value)")
        }
        if !file.constants.isEmpty { out.line() }
    }

    /// A global name: `self` and `init` are none, the other keywords can be quoted.
    func constantName(_ constant: Constant) -> String {
        let name = Naming.member(Naming.camel(mapper.stripped(constant.name)))
        return Naming.escaped(constant.documentation.argument(of: "swift") ?? name)
    }
}

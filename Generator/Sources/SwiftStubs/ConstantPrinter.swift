internal import XDRLanguage

extension StubPrinter {
    func printConstants(_ file: SchemaFile, _ out: inout Printer) {
        for constant in file.constants {
            out.documentation(constant.documentation.lines)
            let name = Naming.escaped(Naming.camel(mapper.stripped(constant.name)))
            out.line("\(options.access.prefix)let \(name): Int64 = \(constant.value)")
        }
        if !file.constants.isEmpty { out.line() }
    }
}

internal import XDRLanguage

extension StubPrinter {
    /// A list of a file's types by their names in the source, for tests that go through all of them.
    func printCatalog(_ file: SchemaFile, _ out: inout Printer) {
        let entries = file.types.compactMap { type -> String? in
            switch type {
            case .structure, .union: break
            case .enumeration(let enumeration): if mapper.optionSets[enumeration.name] != nil { return nil }
            case .alias(let alias): if !mapper.isWordType(alias) { return nil }
            }
            return "(\"\(type.name)\", \(mapper.typeName(type.name)).self),"
        }
        out.line("/// Structures, unions, enumerations and words of `\(file.name).x`, by their names there.")
        out.line("\(options.access.prefix)let \(catalogName(file)): [(name: String, type: any XDRCodable.Type)] = [")
        out.indented { $0.lines(entries) }
        out.line("]")
    }

    /// The lists of all files as one.
    func printWholeCatalog(_ out: inout Printer) {
        out.line("/// Structures, unions, enumerations and words of all files, by their names in the source.")
        out.line("\(options.access.prefix)let xdrCatalog: [(name: String, type: any XDRCodable.Type)] = Array([")
        out.indented { $0.lines(schema.files.map { catalogName($0) + "," }) }
        out.line("].joined())")
    }

    private func catalogName(_ file: SchemaFile) -> String {
        "xdrCatalogOf" + Naming.pascal(String(file.name.map { $0 == "-" ? "_" : $0 }))
    }
}

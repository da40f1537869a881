internal import XDRLanguage

extension StubPrinter {
    /// An open enumeration, or the option set that `@flags` makes of it.
    func printEnumeration(_ enumeration: Enumeration, _ out: inout Printer) {
        let name = mapper.typeName(enumeration.name)
        let access = options.access.prefix
        let bits = mapper.optionSets[enumeration.name]
        let rawType = bits.map { $0 == 8 ? "UInt64" : "UInt32" } ?? "Int32"
        out.documentation(enumeration.documentation.lines)
        let coding = usedEnumerations.contains(enumeration.name) ? ", XDRCodable" : ""
        let conformance = bits == nil ? "XDREnumeration" : "OptionSet, Hashable, Sendable" + coding
        out.block("\(access)struct \(name): \(conformance)") { out in
            out.line("\(access)var rawValue: \(rawType)")
            out.line("\(access)init(rawValue: \(rawType)) { self.rawValue = rawValue }")
            for (enumerator, swiftName) in zip(enumeration.enumerators, enumeratorNames(enumeration)) {
                out.documentation(enumerator.documentation.lines)
                let value =
                    if bits == nil {
                        "Self(rawValue: \(enumerator.value))"
                    } else if enumerator.value == 0 {
                        "[]"
                    } else {
                        "Self(rawValue: \(UInt32(bitPattern: enumerator.value)))"
                    }
                out.line("\(access)static var \(Naming.escaped(swiftName)): Self { \(value) }")
            }
            if bits == nil { printDescription(enumeration, access, &out) }
            if bits != nil, usedEnumerations.contains(enumeration.name) { printUnitCoding(access, rawType, &out) }
        }
        out.line()
    }

    /// The member's name, or the number of one that is not known.
    private func printDescription(_ enumeration: Enumeration, _ access: String, _ out: inout Printer) {
        var named: Set<Int32> = []
        out.block("\(access)var description: String") { out in
            out.block("switch rawValue") { out in
                for (enumerator, name) in zip(enumeration.enumerators, enumeratorNames(enumeration))
                where named.insert(enumerator.value).inserted {
                    out.line("case \(enumerator.value): \"\(name)\"")
                }
                out.line("default: String(rawValue)")
            }
        }
    }

    /// The coding of an option set that is also the type of a field: 4 bytes, as of every enumeration.
    private func printUnitCoding(_ access: String, _ rawType: String, _ out: inout Printer) {
        let value = rawType == "UInt32" ? "rawValue" : "UInt32(truncatingIfNeeded: rawValue)"
        out.line("\(access)static var minimumWireSize: Int { 4 }")
        out.line("\(access)func wireSize() throws(XDRError) -> Int { 4 }")
        out.line("\(access)func encode(to writer: inout XDRWriter) { writer.put(\(value)) }")
        out.block("\(access)init(from reader: inout XDRReader) throws(XDRError)") { out in
            out.line("self.init(rawValue: \(rawType == "UInt32" ? "try reader.uint32()" : "UInt64(try reader.uint32())"))")
        }
    }

    /// The Swift names of an enumeration's members, in order.
    func enumeratorNames(_ enumeration: Enumeration) -> [String] {
        let names = enumeration.enumerators.map(\.name)
        // One that has a name of its own has no say in what the others share.
        let mechanical = enumeration.enumerators.filter { !$0.documentation.has("swift") }.map(\.name)
        let prefix = Naming.commonPrefix(of: mechanical, typeName: enumeration.name)
        return zip(enumeration.enumerators, names).map { enumerator, name in
            enumerator.documentation.argument(of: "swift") ?? Naming.member(Naming.camel(String(name.dropFirst(prefix.count))))
        }
    }
}

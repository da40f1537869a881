internal import XDRLanguage

extension StubPrinter {
    /// A typedef: a type alias, or for short fixed-length opaque data (a UUID) a structure of machine words.
    func printAlias(_ alias: Alias, _ out: inout Printer) {
        let name = mapper.typeName(alias.name)
        let access = options.access.prefix
        guard let words = mapper.wordCount(alias) else {
            let target = mapper.swiftType(alias.type)
            guard target != name, !TypeMapper.isReserved(name) else { return }
            out.documentation(alias.documentation.lines)
            out.line("\(access)typealias \(name) = \(target)")
            out.line()
            return
        }
        out.documentation(alias.documentation.lines)
        out.block("\(access)struct \(name): XDRCodable, Hashable") { out in
            out.line("/// The \(words * 8) bytes, most significant first, 8 to a word.")
            for word in 0..<words { out.line("\(access)var word\(word): UInt64") }
            out.line()
            let parameters = (0..<words).map { "word\($0): UInt64 = 0" }.joined(separator: ", ")
            out.block("\(access)init(\(parameters))") { out in
                for word in 0..<words { out.line("self.word\(word) = word\(word)") }
            }
            out.line("\(access)static var minimumWireSize: Int { \(words * 8) }")
            out.line("\(access)func wireSize() throws(XDRError) -> Int { \(words * 8) }")
            out.block("\(access)func encode(to writer: inout XDRWriter)") { out in
                for word in 0..<words { out.line("writer.put(word\(word))") }
            }
            out.block("init(unchecked reader: inout XDRReader)") { out in
                for word in 0..<words { out.line("word\(word) = reader.uncheckedUInt64()") }
            }
            out.block("\(access)init(from reader: inout XDRReader) throws(XDRError)") { out in
                out.line("try reader.need(\(words * 8))")
                out.line("self.init(unchecked: &reader)")
            }
        }
        out.line()
    }
}

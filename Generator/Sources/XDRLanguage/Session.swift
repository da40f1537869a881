/// One run of the compiler: the sources, what was parsed of them, and what is wrong.
final class Session {
    static let maximumIncludeDepth = 32
    static let maximumSources = 4096

    private enum State { case waiting, parsing, parsed }

    var buffers: [SourceBuffer] = []
    /// `#define`d constants seen so far, so that the same definition in two files is one.
    var macroConstants: [String: Expression] = [:]
    private(set) var diagnostics: [(position: Position, diagnostic: Diagnostic)] = []
    private(set) var hasErrors = false

    private let compiler: Compiler
    private var states: [State] = []
    private var parsed: [FileSyntax?] = []
    private var macrosAfter: [[String: Preprocessor.Macro]] = []
    private var includes: [[Int32]] = []
    private var sourceByPath: [String: Int32?] = [:]
    private var givenCount = 0
    /// Constants of the C code around a file: `-D NAME=value` and lines `%#define NAME value`.
    private var foreignConstants: [String: Expression] = [:]
    private var reportedPositions: Set<Position> = []

    init(_ compiler: Compiler) {
        self.compiler = compiler
    }

    // MARK: Diagnostics

    static let maximumDiagnostics = 50
    var isFull: Bool { diagnostics.count >= Self.maximumDiagnostics }

    /// Takes the first error at a place; a second one there is a consequence of it.
    func error(_ position: Position, _ message: String, notes: [(Position, String)] = []) {
        hasErrors = true
        guard !isFull, reportedPositions.insert(position).inserted else { return }
        let diagnostic = Diagnostic(
            severity: .error, message: message, location: location(position),
            notes: notes.map { position, message in
                Diagnostic.Note(message: message, location: location(position), excerpt: excerpt(position))
            },
            excerpt: excerpt(position))
        diagnostics.append((position, diagnostic))
    }

    func location(_ position: Position) -> SourceLocation {
        buffers[Int(position.source)].location(of: Int(position.offset))
    }

    private func excerpt(_ position: Position) -> Excerpt {
        buffers[Int(position.source)].excerpt(at: Int(position.offset))
    }

    /// A doc comment that belongs to nothing may not hold annotations of ours.
    func checkStray(_ range: Range<Int>, source: Int32) {
        let bytes = buffers[Int(source)].bytes
        guard bytes[range].contains(UInt8(ascii: "@")) else { return }
        for tag in DocCommentParser.parse(bytes, range, source: source).tags
        where AnnotationRule.byName[tag.name.text] != nil {
            error(tag.name.position, "'@\(tag.name.text)' is not directly before a declaration")
        }
    }

    // MARK: Sources

    /// Parses all sources and what they include. Included files stand before the file that includes them first.
    func parse(_ sources: [SourceFile]) -> [FileSyntax] {
        for source in sources where sourceByPath[Self.normalized(source.path)] == nil {
            if let index = add(path: source.path, bytes: source.text) {
                sourceByPath[Self.normalized(source.path)] = index
            }
        }
        givenCount = buffers.count
        var files: [FileSyntax] = []
        var listed: Set<Int32> = []
        func list(_ source: Int32) {
            guard listed.insert(source).inserted else { return }
            for child in includes[Int(source)] where child >= givenCount { list(child) }
            if let file = parsed[Int(source)] { files.append(file) }
        }
        for source in 0..<Int32(givenCount) {
            if states[Int(source)] == .waiting { parse(source, macros: initialMacros(), depth: 0) }
        }
        for source in 0..<Int32(givenCount) { list(source) }
        return files
    }

    // MARK: Constants of C

    /// What a name means to the C compiler that reads what `rpcgen` prints; used where the files have no such constant.
    func foreignConstant(_ name: String) -> Int128? { foreignConstant(name, depth: 0) }

    private func foreignConstant(_ name: String, depth: Int) -> Int128? {
        guard depth < 16, let expression = foreignConstants[name], expression.names.count < 16 else { return nil }
        return try? expression.evaluate { foreignConstant($0, depth: depth + 1) }
    }

    /// Notes the lines `%#define NAME value`; the first of a name counts.
    private func noteForeignConstants(_ bytes: [UInt8]) {
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard line.first == UInt8(ascii: "%") else { continue }
            let rest = line.dropFirst().drop { $0 == 0x20 || $0 == 0x09 }
            guard rest.first == UInt8(ascii: "#") else { continue }
            var tokens = DirectiveTokens(bytes: bytes, range: rest.startIndex + 1..<rest.endIndex)
            guard tokens.current.kind == .identifier, tokens.text(tokens.current) == "define" else { continue }
            tokens.advance()
            let name = tokens.current
            guard name.kind == .identifier else { continue }
            tokens.advance()
            // A parenthesis right behind the name makes it a function.
            if tokens.current.isPunctuator(.parenthesisOpen), tokens.current.start == name.end { continue }
            let text = String(decoding: bytes[name.start..<name.end], as: UTF8.self)
            guard foreignConstants[text] == nil, tokens.current.kind != .endOfFile,
                let value = try? tokens.parseExpression(), tokens.current.kind == .endOfFile
            else { continue }
            foreignConstants[text] = value
        }
    }

    private func initialMacros() -> [String: Preprocessor.Macro] {
        var macros: [String: Preprocessor.Macro] = [:]
        for define in compiler.defines {
            let parts = define.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1)
            guard let name = parts.first else { continue }
            let text = parts.count > 1 ? Array(parts[1]) : [UInt8(ascii: "1")]
            var tokens = DirectiveTokens(bytes: text, range: 0..<text.count)
            let value = try? tokens.parseExpression()
            let key = String(decoding: name, as: UTF8.self)
            macros[key] = .init(value: tokens.current.kind == .endOfFile ? value : nil)
            if tokens.current.kind == .endOfFile, let value { foreignConstants[key] = value }
        }
        return macros
    }

    private func add(path: String, bytes: [UInt8]) -> Int32? {
        let index = Int32(buffers.count)
        let isTooLarge = bytes.count > SourceBuffer.maximumSize
        buffers.append(SourceBuffer(path: path, bytes: isTooLarge ? [] : bytes))
        states.append(isTooLarge ? .parsed : .waiting)
        parsed.append(nil)
        macrosAfter.append([:])
        includes.append([])
        if !isTooLarge { noteForeignConstants(bytes) }
        if isTooLarge {
            error(Position(source: index, offset: 0), "the file is larger than \(SourceBuffer.maximumSize >> 20) MiB")
        }
        return index
    }

    private func parse(_ source: Int32, macros: [String: Preprocessor.Macro], depth: Int) {
        states[Int(source)] = .parsing
        var parser = Parser(
            Preprocessor(session: self, source: source, macros: macros, includeDepth: depth),
            fileName: Self.fileName(buffers[Int(source)].path))
        parsed[Int(source)] = parser.parseFile()
        macrosAfter[Int(source)] = parser.preprocessor.macros
        states[Int(source)] = .parsed
    }

    /// Makes an included file part of the module, once, and its macros known to the includer.
    ///
    /// A file that cannot be found is passed over, and so is one that includes itself again.
    func include(
        _ path: String, from source: Int32, at offset: Int, depth: Int, macros: inout [String: Preprocessor.Macro]
    ) {
        guard let found = find(path, from: source) else { return }
        let position = Position(source: source, offset: offset)
        switch states[Int(found)] {
        case .parsing:
            return
        case .waiting:
            guard depth < Self.maximumIncludeDepth else {
                return error(position, "includes are nested more than \(Self.maximumIncludeDepth) deep")
            }
            guard buffers.count <= Self.maximumSources else {
                return error(position, "more than \(Self.maximumSources) files are included")
            }
            includes[Int(source)].append(found)
            parse(found, macros: macros, depth: depth + 1)
        case .parsed:
            break
        }
        macros.merge(macrosAfter[Int(found)]) { _, new in new }
    }

    private func find(_ path: String, from source: Int32) -> Int32? {
        let includer = buffers[Int(source)].path
        let folder = includer.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(includer[..<$0]) + "/" } ?? ""
        for folder in [folder] + compiler.includePaths.map({ $0 + "/" }) {
            let candidate = path.hasPrefix("/") ? path : folder + path
            let key = Self.normalized(candidate)
            if let known = sourceByPath[key] {
                if let known { return known }
                continue
            }
            let found = compiler.readFile(candidate).flatMap { add(path: candidate, bytes: $0) }
            sourceByPath[key] = .some(found)
            if let found { return found }
        }
        return nil
    }

    // MARK: Paths

    /// Without `.` and `..`, as far as the text tells.
    static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else {
                parts.append(part)
            }
        }
        return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }

    static func fileName(_ path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        return String(name.hasSuffix(".x") ? name.dropLast(2) : name)
    }
}

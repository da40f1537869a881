/// Holds annotations against the closed set, and turns doc comments into the model's documentation.
///
/// Form is checked where a declaration is resolved; names of procedures, enums and constants when all are known.
struct AnnotationCheck {
    private struct Reference {
        var word: DocComment.Word
        var argument: AnnotationRule.Argument
    }

    private let session: Session
    private let acceptsUnknown: Bool
    private var references: [Reference] = []

    init(_ session: Session, acceptsUnknown: Bool) {
        self.session = session
        self.acceptsUnknown = acceptsUnknown
    }

    mutating func check(_ comment: DocComment, on place: AnnotationPlace) -> Documentation {
        var documentation = Documentation(lines: comment.lines)
        var seen: [String: Position] = [:]
        var inserted = 0
        for tag in comment.tags {
            let name = tag.name.text
            guard AnnotationRule.byName[name] != nil else {
                if acceptsUnknown {
                    documentation.lines.insert(tag.line, at: tag.index + inserted)
                    inserted += 1
                } else {
                    session.error(tag.name.position, "there is no annotation '@\(name)'")
                }
                continue
            }
            guard let rule = AnnotationRule.rule(name, on: place) else {
                session.error(tag.name.position, "'@\(name)' has no meaning on \(place.described)")
                continue
            }
            if let first = seen[name], !rule.isRepeatable {
                session.error(
                    tag.name.position, "'@\(name)' is given twice", notes: [(first, "first given here")])
                continue
            }
            seen[name] = tag.name.position
            check(tag, rule)
            documentation.annotations.append(
                Annotation(
                    name: name, arguments: tag.arguments.map(\.text), location: session.location(tag.name.position)))
        }
        return documentation
    }

    private mutating func check(_ tag: DocComment.Tag, _ rule: AnnotationRule) {
        let expected = rule.arguments + (rule.optional.map { [$0] } ?? [])
        guard tag.arguments.count >= rule.arguments.count else {
            let count = rule.arguments.count
            return session.error(
                tag.name.position, "'@\(tag.name.text)' needs \(count) argument\(count == 1 ? "" : "s")")
        }
        for (index, word) in tag.arguments.enumerated() {
            guard let argument = index < expected.count ? expected[index] : rule.rest else {
                return session.error(
                    word.position, "'@\(tag.name.text)' has no argument '\(word.text)'; text goes on a line of its own")
            }
            check(word, argument)
        }
    }

    // MARK: Form

    private mutating func check(_ word: DocComment.Word, _ argument: AnnotationRule.Argument) {
        let bytes = Array(word.text.utf8)
        func require(_ isRight: Bool, _ form: String) {
            if !isRight { session.error(word.position, "'\(word.text)' is not \(form)") }
        }
        switch argument {
        case .identifier:
            require(bytes[...].isIdentifier, "a name")
        case .oneOf(let values):
            let list = values.map { "'\($0)'" }.joined(separator: " or ")
            require(values.contains(word.text), values.count == 1 ? list : "one of \(list)")
        case .objectName:
            require(bytes[...].isWord, "the name of an object")
        case .method:
            require(isMethod(bytes), "of the form name(label:_:)")
        case .release:
            let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            require(
                (2...3).contains(parts.count) && parts.allSatisfy { (1...6).contains($0.count) && $0.allDigits },
                "a release such as 1.2.3")
        case .event:
            let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            require(
                parts.count == 2 && parts[0].isWord && (1...9).contains(parts[1].count) && parts[1].allDigits,
                "of the form object:number")
        case .argumentPath:
            let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            require(parts.count <= 2 && parts.allSatisfy(\.isIdentifier), "of the form argument or argument.parameter")
        case .permission(let allowsFlags):
            let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            let isRight = (2...(allowsFlags ? 3 : 2)).contains(parts.count) && parts.prefix(2).allSatisfy(\.isWord)
            require(isRight, allowsFlags ? "of the form object:permission[:FLAG]" : "of the form object:permission")
            if isRight, parts.count == 3 { addFlags(parts[2], of: word, at: parts[2].startIndex) }
        case .flagsType, .procedure, .constant:
            references.append(Reference(word: word, argument: argument))
        }
    }

    /// `FLAG`, `A|B` or `!A|B`: every part is the name of a constant.
    private mutating func addFlags(_ flags: ArraySlice<UInt8>, of word: DocComment.Word, at start: Int) {
        let names = flags.first == UInt8(ascii: "!") ? flags.dropFirst() : flags
        for part in names.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false) {
            let position = Position(source: word.position.source, offset: Int(word.position.offset) + part.startIndex)
            references.append(
                Reference(
                    word: DocComment.Word(text: String(decoding: part, as: UTF8.self), position: position),
                    argument: .constant))
        }
    }

    /// `name` or `name(label:_:)`.
    private func isMethod(_ bytes: [UInt8]) -> Bool {
        guard let open = bytes.firstIndex(of: UInt8(ascii: "(")) else { return bytes[...].isIdentifier }
        guard bytes.last == UInt8(ascii: ")"), bytes[..<open].isIdentifier else { return false }
        let inner = bytes[(open + 1)..<(bytes.count - 1)]
        if inner.isEmpty { return true }
        guard inner.last == UInt8(ascii: ":") else { return false }
        return inner.dropLast().split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            .allSatisfy(\.isIdentifier)
    }

    // MARK: Names

    /// Reports names that do not exist in the module.
    mutating func checkReferences(in schema: Schema) {
        guard !references.isEmpty else { return }
        let names = SchemaNames(schema)
        for reference in references {
            let text = reference.word.text
            switch reference.argument {
            case .constant where schema.constants[text] == nil:
                session.error(reference.word.position, "there is no constant '\(text)'")
            case .procedure where !names.hasProcedure(text):
                session.error(reference.word.position, "there is no procedure '\(text)'")
            case .flagsType where !names.hasEnumeration(text):
                session.error(reference.word.position, "there is no enum '\(text)'")
            default:
                break
            }
        }
    }
}

extension AnnotationPlace {
    fileprivate var described: String {
        switch self {
        case .procedure: "a procedure"
        case .structure: "a struct"
        case .type: "a type that is no struct"
        case .constant: "a constant"
        case .enumerator: "an enumerator"
        case .field: "a field"
        case .program: "a program"
        }
    }
}

extension ArraySlice<UInt8> {
    fileprivate var isIdentifier: Bool { first?.isLetter == true && allSatisfy(\.isWordByte) }
    /// A name of libvirt's objects and permissions, which may have hyphens.
    fileprivate var isWord: Bool { first?.isLetter == true && allSatisfy { $0.isWordByte || $0 == 0x2d } }
    fileprivate var allDigits: Bool { allSatisfy(\.isDigit) }
}

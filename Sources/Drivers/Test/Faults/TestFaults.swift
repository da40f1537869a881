internal import Libvirt
internal import Synchronization

/// What goes wrong on request, for one connection; README.md describes the file.
final class TestFaults: Sendable {
    enum Action: Equatable {
        case fail(ErrorCode, String)
        /// Microseconds.
        case late(UInt64)
        case hang
        case drop
    }

    private let rules: [TestFaultRule]
    /// Calls that each rule has fitted.
    private let counts: Mutex<[UInt64]>

    /// - Throws: `.systemError` if the file cannot be read, `.invalidArg` naming the line that is wrong.
    convenience init(file path: String) throws {
        let bytes: [UInt8]
        do {
            bytes = try TestFile.contents(of: path, limit: 1 << 20)
        } catch {
            throw VirtError.system("cannot read faults from '\(path)'", error)
        }
        try self.init(text: String(decoding: bytes, as: UTF8.self), name: path)
    }

    init(text: String, name: String) throws {
        var rules: [TestFaultRule] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            do throws(TestFaultRule.Mistake) {
                if let rule = try TestFaultRule(String(line)) { rules.append(rule) }
            } catch {
                throw VirtError.test(.invalidArg, "\(name):\(index + 1): \(error.text)")
            }
        }
        counts = Mutex(Array(repeating: 0, count: rules.count))
        self.rules = rules
    }

    /// What happens to a call: the first rule that fits says it.
    func action(for procedure: String) -> Action? {
        counts.withLock { counts in
            for (index, rule) in rules.enumerated() where rule.isAbout(procedure) {
                counts[index] += 1
                if rule.when.includes(counts[index]) { return rule.action }
            }
            return nil
        }
    }
}

/// One line: which procedure, which of its calls, and what happens to them.
struct TestFaultRule {
    struct Mistake: Error { let text: String }

    enum When: Equatable {
        case always
        case nth(UInt64)
        case every(UInt64)
        case first(UInt64)

        func includes(_ count: UInt64) -> Bool {
            switch self {
            case .always: true
            case .nth(let number): count == number
            case .every(let number): count.isMultiple(of: number)
            case .first(let number): count <= number
            }
        }
    }

    /// What stands between the stars; without any, the whole name.
    private let pieces: [String]
    private(set) var when = When.always
    let action: TestFaults.Action

    /// nil for a line that says nothing.
    init?(_ line: String) throws(Mistake) {
        var words = try Self.words(line)
        if words.isEmpty { return nil }
        let pattern = words.removeFirst()
        guard pattern.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F || $0 == 0x2A })
        else { throw Mistake(text: "'\(pattern)' is no name of a procedure") }
        pieces = pattern.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
        if let word = words.first, let equals = word.firstIndex(of: "=") {
            words.removeFirst()
            guard let number = UInt64(word[word.index(after: equals)...]), number > 0 else {
                throw Mistake(text: "'\(word)' does not say how many")
            }
            switch word[..<equals] {
            case "nth": when = .nth(number)
            case "every": when = .every(number)
            case "times": when = .first(number)
            default: throw Mistake(text: "'\(word)' must be nth=N, every=N or times=N")
            }
        }
        action = try Self.action(words)
    }

    private static func action(_ words: [String]) throws(Mistake) -> TestFaults.Action {
        switch (words.first, words.count) {
        case ("hang", 1): return .hang
        case ("drop", 1): return .drop
        case ("late", 2):
            guard let milliseconds = UInt64(words[1]), milliseconds <= UInt64.max / 1000 else {
                throw Mistake(text: "'\(words[1])' is no number of milliseconds")
            }
            return .late(milliseconds * 1000)
        case ("fail", 2), ("fail", 3):
            guard let code = Int32(words[1]), code > 0 else {
                throw Mistake(text: "'\(words[1])' is no number of an error")
            }
            return .fail(ErrorCode(rawValue: code), words.count > 2 ? words[2] : "a fault that was asked for")
        default:
            throw Mistake(
                text: "the action '\(words.joined(separator: " "))' must be fail CODE \"TEXT\", late MS, hang or drop")
        }
    }

    func isAbout(_ procedure: String) -> Bool {
        guard pieces.count > 1, let first = pieces.first, let last = pieces.last else { return pieces == [procedure] }
        guard procedure.hasPrefix(first) else { return false }
        var rest = procedure.dropFirst(first.count)
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let range = rest.firstRange(of: piece) else { return false }
            rest = rest[range.upperBound...]
        }
        return rest.hasSuffix(last)
    }

    /// Words, of which one in quotes may hold blanks; `#` ends the line.
    private static func words(_ line: String) throws(Mistake) -> [String] {
        var (words, word): ([String], String?) = ([], nil)
        var isQuoted = false
        for character in line {
            if isQuoted {
                if character == "\"" { isQuoted = false } else { word?.append(character) }
                continue
            }
            if character == "#" { break }
            if character == "\"" {
                isQuoted = true
                word = word ?? ""
            } else if character.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if isQuoted { throw Mistake(text: "a quotation mark is missing") }
        return words + (word.map { [$0] } ?? [])
    }
}

internal import Libvirt

/// The rules of one file, in its order: the first that matches decides, and without one the answer is no.
///
/// docs/access-control.md is the description for people.
package struct AccessRuleFile: Sendable {
    package let path: String
    let rules: [AccessRule]

    /// - Throws: ``VirtError`` with file, line and what is wrong there, for the first line that is.
    package init(_ text: String, path: String) throws {
        self.path = path
        var rules: [AccessRule] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            do throws(RuleSyntaxError) {
                var parser = try AccessRuleParser(line, number: index + 1)
                if let rule = try parser.rule() { rules.append(rule) }
            } catch {
                throw VirtError(.configUnsupported, domain: .conf, "\(path):\(index + 1): \(error.description)")
            }
        }
        self.rules = rules
    }

    /// - Throws: also if the file cannot be read: without rules nobody could do anything.
    package static func read(_ path: String) throws -> AccessRuleFile {
        guard let bytes = try ConfigurationFile.contents(of: path) else {
            throw VirtError(
                .configUnsupported, domain: .conf,
                "access_drivers names \"rules\", but there is no file '\(path)' with rules")
        }
        return try AccessRuleFile(String(decoding: bytes, as: UTF8.self), path: path)
    }
}

struct RuleSyntaxError: Error {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Reads one line: `allow user=alice to domain:* on name=alice-*`.
struct AccessRuleParser {
    private let number: Int
    private var words: [Word]

    private struct Word {
        var text: String
        /// Parts of quotes are never keywords.
        var isQuoted: Bool
    }

    init(_ line: Substring, number: Int) throws(RuleSyntaxError) {
        self.number = number
        words = try Self.split(line)
    }

    /// The rule of the line; nil if it has none.
    mutating func rule() throws(RuleSyntaxError) -> AccessRule? {
        if words.isEmpty { return nil }
        let verb = words.removeFirst()
        guard let effect = AccessRule.Effect(rawValue: verb.text), !verb.isQuoted else {
            throw RuleSyntaxError("a rule begins with 'allow' or 'deny', not with '\(verb.text)'")
        }
        let subjects = try self.subjects()
        let permissions = try self.permissions()
        return AccessRule(
            line: number, effect: effect, subjects: subjects, permissions: permissions,
            conditions: try conditions(of: permissions))
    }

    // MARK: Parts

    private mutating func subjects() throws(RuleSyntaxError) -> [AccessRule.SubjectKey: AccessRule.Patterns] {
        var result: [AccessRule.SubjectKey: AccessRule.Patterns] = [:]
        var isAnyone = false
        while let word = words.first, word.isQuoted || word.text != "to" {
            words.removeFirst()
            if word.text == "anyone", !word.isQuoted {
                isAnyone = true
                continue
            }
            let (name, patterns) = try pair(word)
            guard let key = AccessRule.SubjectKey(rawValue: name) else {
                let known = AccessRule.SubjectKey.allCases.map(\.rawValue).joined(separator: ", ")
                throw RuleSyntaxError("'\(name)' says nothing about a client; there are: \(known)")
            }
            guard result[key] == nil else { throw RuleSyntaxError("'\(name)' is given twice") }
            try Self.check(key, patterns)
            result[key] = patterns
        }
        guard !words.isEmpty else { throw RuleSyntaxError("'to' is missing, and the permissions behind it") }
        words.removeFirst()
        if isAnyone != result.isEmpty {
            throw RuleSyntaxError(isAnyone ? "'anyone' stands alone" : "for whom? Clients are missing, or 'anyone'")
        }
        return result
    }

    private mutating func permissions() throws(RuleSyntaxError) -> [AccessRule.Permission] {
        var result: [AccessRule.Permission] = []
        while let word = words.first, word.isQuoted || word.text != "on" {
            words.removeFirst()
            if word.text == "*" {
                result.append(AccessRule.Permission(object: Glob("*"), permission: Glob("*")))
                continue
            }
            let parts = word.text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw RuleSyntaxError("'\(word.text)' is no permission: object:permission, such as domain:read")
            }
            for name in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
                let permission = AccessRule.Permission(object: Glob(String(parts[0])), permission: Glob(String(name)))
                guard AccessPermissions.all.contains(where: permission.covers) else {
                    throw RuleSyntaxError("there is no permission '\(parts[0]):\(name)'")
                }
                result.append(permission)
            }
        }
        guard !result.isEmpty else { throw RuleSyntaxError("permissions are missing behind 'to'") }
        return result
    }

    private mutating func conditions(
        of permissions: [AccessRule.Permission]
    ) throws(RuleSyntaxError) -> [String: AccessRule.Patterns] {
        if words.isEmpty { return [:] }
        words.removeFirst()
        var result: [String: AccessRule.Patterns] = [:]
        while let word = words.first {
            words.removeFirst()
            let (name, patterns) = try pair(word)
            let kinds = AccessPermissions.attributes[name] ?? []
            guard !kinds.isEmpty else {
                let known = AccessPermissions.attributes.keys.sorted().joined(separator: ", ")
                throw RuleSyntaxError("no object has '\(name)'; there are: \(known)")
            }
            guard
                permissions.contains(where: { permission in kinds.contains { permission.object.matches($0.rawValue) } })
            else { throw RuleSyntaxError("no object of these permissions has '\(name)': the rule would never match") }
            guard result[name] == nil else { throw RuleSyntaxError("'\(name)' is given twice") }
            result[name] = patterns
        }
        guard !result.isEmpty else { throw RuleSyntaxError("objects are missing behind 'on'") }
        return result
    }

    /// `key=pattern|pattern`
    private func pair(_ word: Word) throws(RuleSyntaxError) -> (String, AccessRule.Patterns) {
        guard let sign = word.text.firstIndex(of: "=") else {
            throw RuleSyntaxError("'\(word.text)' is not of the form name=pattern")
        }
        let patterns = word.text[word.text.index(after: sign)...].split(
            separator: "|", omittingEmptySubsequences: false)
        guard !patterns.contains("") else { throw RuleSyntaxError("'\(word.text)': an empty pattern matches nothing") }
        return (String(word.text[..<sign]), AccessRule.Patterns(patterns: patterns.map { Glob(String($0)) }))
    }

    /// Keys with few values: a misspelt one would let a rule never match.
    private static func check(_ key: AccessRule.SubjectKey, _ patterns: AccessRule.Patterns) throws(RuleSyntaxError) {
        let values: [String]
        switch key {
        case .transport: values = ["unix", "tcp", "tls"]
        case .access: values = ["readonly", "readwrite"]
        default: return
        }
        for pattern in patterns.patterns where !values.contains(where: pattern.matches) {
            throw RuleSyntaxError("'\(key.rawValue)' is \(values.joined(separator: " or ")), not '\(pattern.text)'")
        }
    }

    /// Words between blanks, up to a `#`. Quotes keep blanks, and a backslash in them the next character.
    private static func split(_ line: Substring) throws(RuleSyntaxError) -> [Word] {
        var words: [Word] = []
        var word: Word?
        var isInQuotes = false
        var isEscaped = false
        for character in line.unicodeScalars {
            if isInQuotes {
                if isEscaped || character != "\"" && character != "\\" {
                    word?.text.unicodeScalars.append(character)
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else {
                    isInQuotes = false
                }
            } else if character == "\"" {
                word = word ?? Word(text: "", isQuoted: true)
                word?.isQuoted = true
                isInQuotes = true
            } else if character == "#", word == nil {
                break
            } else if character == " " || character == "\t" || character == "\r" {
                if let whole = word { words.append(whole) }
                word = nil
            } else {
                word = word ?? Word(text: "", isQuoted: false)
                word?.text.unicodeScalars.append(character)
            }
        }
        if isInQuotes { throw RuleSyntaxError("quotes are not closed") }
        if let whole = word { words.append(whole) }
        return words
    }
}

/// `auth.conf`: credentials of clients, so that nobody has to be asked.
///
/// ```
/// [credentials-ops]
/// authname=fred
/// password=secret
///
/// [auth-libvirt-host.example.org]
/// credentials=ops
/// ```
/// A section `[auth-SERVICE-HOST]`, or else `[auth-SERVICE-default]`, names the credentials for a host. What stands
/// behind the `=` is taken to the end of the line, blanks at the end included; `\s`, `\n`, `\t`, `\r` and `\\` stand for
/// what cannot be written. A comment begins with `#` and is a line of its own. Sections of one name are one; of two
/// values for one key the last counts.
package struct AuthenticationFile: Sendable {
    /// For messages; nothing is read from it.
    package let path: String
    private var sections: [String: [String: String]] = [:]

    /// - Throws: ``VirtError`` `.confSyntax` that names file and line.
    package init(parsing bytes: [UInt8], path: String) throws {
        self.path = path
        var section: String?
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() {
            func wrong(_ reason: String) -> VirtError { syntax("line \(number + 1): \(reason)") }
            var line = line
            if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
            line = line.drop(while: Self.isBlank)
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            if first == UInt8(ascii: "[") {
                let end = line.trimmingSuffix(while: Self.isBlank)
                guard end.last == UInt8(ascii: "]"), end.count > 2 else { throw wrong("a section is written [NAME]") }
                let name = String(decoding: end.dropFirst().dropLast(), as: UTF8.self)
                section = name
                if sections[name] == nil { sections[name] = [:] }
                continue
            }
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")), equals > line.startIndex else {
                throw wrong("neither a section nor KEY=VALUE")
            }
            guard let section else { throw wrong("a value before the first section") }
            let key = String(decoding: line[..<equals].trimmingSuffix(while: Self.isBlank), as: UTF8.self)
            guard let value = Self.unescape(line[(equals + 1)...].drop(while: Self.isBlank)) else {
                throw wrong("unknown escape sequence in the value of '\(key)'")
            }
            sections[section]?[key] = value
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static func unescape(_ bytes: ArraySlice<UInt8>) -> String? {
        let escapes: [UInt8: UInt8] = [
            UInt8(ascii: "s"): UInt8(ascii: " "), UInt8(ascii: "n"): UInt8(ascii: "\n"),
            UInt8(ascii: "t"): UInt8(ascii: "\t"), UInt8(ascii: "r"): UInt8(ascii: "\r"),
            UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        ]
        var result: [UInt8] = []
        var isEscaped = false
        for byte in bytes {
            if isEscaped {
                guard let meant = escapes[byte] else { return nil }
                result.append(meant)
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else {
                result.append(byte)
            }
        }
        return isEscaped ? nil : String(decoding: result, as: UTF8.self)
    }

    private func syntax(_ reason: String) -> VirtError {
        VirtError(.confSyntax, domain: .auth, "'\(path)', \(reason)")
    }

    // MARK: looking up

    /// The section that is for a host; nil if none is.
    package func section(service: String, host: String) -> String? {
        ["auth-\(service)-\(host)", "auth-\(service)-default"].first { sections[$0] != nil }
    }

    /// A credential for a host: `authname`, `password`, `realm`.
    ///
    /// - Returns: nil if the file has none.
    /// - Throws: ``VirtError`` `.confSyntax` if a section refers to one that is not there.
    package func credential(_ name: String, service: String, host: String) throws -> String? {
        guard let section = section(service: service, host: host) else { return nil }
        guard let credentials = sections[section]?["credentials"] else {
            throw syntaxOfGroup("Missing item 'credentials' in group '\(section)'")
        }
        guard let values = sections["credentials-\(credentials)"] else {
            throw syntaxOfGroup("Missing group 'credentials-\(credentials)' referenced from group '\(section)'")
        }
        return values[name]
    }

    private func syntaxOfGroup(_ text: String) -> VirtError {
        VirtError(.confSyntax, domain: .auth, "\(text) in '\(path)'")
    }
}

extension Collection where Element == UInt8, SubSequence == ArraySlice<UInt8> {
    fileprivate func trimmingSuffix(while isIncluded: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        var rest = self[...]
        while let last = rest.indices.last.map({ rest[$0] }), isIncluded(last) { rest = rest.dropLast() }
        return rest
    }
}

// MARK: Where it is

extension AuthenticationFile {
    /// Reads the file that counts; blocks for a moment: `LIBVIRT_AUTH_FILE`, the URI's `authfile`, the user's, the system's.
    ///
    /// - Returns: nil if there is none; the places where it could have been are in `searched` either way.
    /// - Throws: ``VirtError`` if it is wrong, or named and missing.
    package static func find(
        named: String?, in environment: ClientEnvironment, searched: inout [String]
    ) throws -> AuthenticationFile? {
        if let path = environment.authenticationFile ?? named {
            searched.append(path)
            guard let bytes = try ConfigurationFile.contents(of: path) else {
                throw VirtError.system(2, "Failed to open file '\(path)'")
            }
            return try AuthenticationFile(parsing: bytes, path: path)
        }
        for path in environment.authenticationFiles {
            searched.append(path)
            // The system's may be for others' eyes.
            if let bytes = try? ConfigurationFile.contents(of: path) {
                return try AuthenticationFile(parsing: bytes, path: path)
            }
        }
        return nil
    }
}

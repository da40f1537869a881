/// A file in libvirt's configuration language: `libvirtd.conf` of the daemon, `libvirt.conf` of clients.
///
/// ```
/// # A comment, to the end of the line.
/// listen_addr = "192.168.0.1"
/// max_clients = 5000 ; audit_level = 1
/// tls_allowed_dn_list = [ "C=DE,CN=*",
///                         "C=FR,CN=*", ]
/// ```
/// A text stands in `"…"` or `'…'` on one line, or in `"""…"""` over several; there are no escapes. Numbers are decimal.
/// If a key is there twice, the first counts.
package struct ConfigurationFile: Sendable {
    package indirect enum Value: Sendable, Equatable {
        /// From -2⁶³ to 2⁶⁴-1.
        case integer(Int128)
        case string(String)
        case list([Value])
    }

    package struct Entry: Sendable, Equatable {
        package let name: String
        package let value: Value
        /// Of the name, from 1.
        package let line: Int
    }

    /// For messages; nothing is read from it.
    package let path: String
    /// All of them, in the order of the file.
    package let entries: [Entry]
    private let indices: [String: Int]

    /// - Throws: ``VirtError`` `.confSyntax` that names file and line.
    package init(parsing bytes: [UInt8], path: String) throws {
        var parser = ConfigurationParser(bytes, path: path)
        self.path = path
        entries = try parser.parse()
        indices = Dictionary(entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The entry that counts for a key.
    package subscript(name: String) -> Entry? { indices[name].map { entries[$0] } }

    /// Entries whose keys are not in `known`: nobody would ask for them.
    package func entries<Names: Collection<String>>(besides known: Names) -> [Entry] {
        let known = Set(known)
        return entries.filter { !known.contains($0.name) }
    }
}

// MARK: Values by type

extension ConfigurationFile {
    /// 0 or 1.
    package func bool(_ name: String) throws -> Bool? {
        guard let entry = self[name] else { return nil }
        guard case .integer(let number) = entry.value, number >= 0 else { throw wrongType(entry, "a bool") }
        guard number <= 1 else { throw wrongValue(entry, "must be 0 or 1") }
        return number == 1
    }

    /// A number within the bounds of its type.
    package func integer<Number: FixedWidthInteger>(_ name: String, as type: Number.Type = Number.self) throws -> Number? {
        guard let entry = self[name] else { return nil }
        guard case .integer(let number) = entry.value, number >= 0 || Number.isSigned else {
            throw wrongType(entry, Number.isSigned ? "a signed integer" : "an unsigned integer")
        }
        guard let value = Number(exactly: number) else {
            throw wrongValue(entry, "must be in range \(Number.min):\(Number.max)")
        }
        return value
    }

    package func string(_ name: String) throws -> String? {
        guard let entry = self[name] else { return nil }
        guard case .string(let text) = entry.value else { throw wrongType(entry, "a string") }
        return text
    }

    /// - Parameter acceptsSingle: Whether a text alone stands for the list of it.
    package func strings(_ name: String, acceptsSingle: Bool = false) throws -> [String]? {
        guard let entry = self[name] else { return nil }
        switch entry.value {
        case .list(let values):
            return try values.map {
                guard case .string(let text) = $0 else { throw wrongType(entry, "a string list", code: .confSyntax) }
                return text
            }
        case .string(let text) where acceptsSingle: return [text]
        default: throw wrongType(entry, acceptsSingle ? "a string or string list" : "a string list")
        }
    }

    /// An error about the value of an entry: `FILE:LINE: value for 'max_clients' parameter RULE`.
    package func wrongValue(_ entry: Entry, _ rule: String) -> VirtError {
        VirtError(.internalError, domain: .conf, "\(path):\(entry.line): value for '\(entry.name)' parameter \(rule)")
    }

    private func wrongType(_ entry: Entry, _ expected: String, code: ErrorCode = .internalError) -> VirtError {
        VirtError(code, domain: .conf, "\(path):\(entry.line): expected \(expected) for '\(entry.name)' parameter")
    }
}

import Foundation
import Testing

/// The tables of facts; their notation is explained in the README beside them.
enum Tables {
    static let folder = ProtocolFiles.root.deletingLastPathComponent().appending(path: "shared/protocol")
    static var exist: Bool { FileManager.default.fileExists(atPath: folder.appending(path: "README.md").path) }

    struct Fact: Sendable {
        var number: UInt32
        var name: String
        var kind: String
        /// In the form of ``WireForm``.
        var arguments: String
        var result: String
        var stream: String
        var descriptors: String
        var priority: String
        var access: [String]
        var filter: [String]
    }

    private static func rows(_ name: String) throws -> [[String]] {
        let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        return text.split(separator: "\n").dropFirst().map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }

    static func constants() throws -> [(name: String, value: Int64)] {
        try ["remote", "admin"].flatMap { try rows("\($0).constants.tsv") }.map { row in
            let value = row[1].hasPrefix("0x") ? Int64(row[1].dropFirst(2), radix: 16) : Int64(row[1])
            return (row[0], try #require(value))
        }
    }

    static func procedures(_ table: Table) throws -> [Fact] {
        var types: [String: String] = [:]
        for name in ["remote", "admin"] {
            for row in try rows("\(name).types.tsv") where !row[2].hasPrefix("as in") { types[row[0]] = row[2] }
        }
        let rows = try rows("\(table.rawValue).procedures.tsv")
        // A message or a result may be a type of others.
        for row in rows {
            if row[2] == "event" { types[row[1] + "_msg"] = row[3] }
            if row[4] != "-" { types[row[1] + "_ret"] = row[4] }
        }
        let expansion = Expansion(types: types)
        return try rows.map { row in
            let inCall = row[3].contains("file descriptors")
            let inReply = row[4].contains("file descriptors") || row[3].contains("accompany the reply")
            return Fact(
                number: try #require(UInt32(row[0])), name: row[1], kind: row[2],
                arguments: expansion.fields(row[3]), result: expansion.fields(row[4]),
                stream: ["to-client": "toClient", "to-server": "toServer", "two-way": "twoWay"][row[5]] ?? row[5],
                descriptors: inCall ? (inReply ? "both" : "call") : inReply ? "reply" : "-", priority: row[6],
                access: row[7].split(separator: " ").map(String.init),
                filter: row[8].split(separator: " ").map(String.init))
        }
    }

    /// Rules in one order and spelling.
    static func rules(_ rules: [String]) -> String {
        rules.filter { $0 != "-" && $0 != "none" }.map { rule in
            // Object and permission may be written with hyphens; flags keep their case and signs.
            let parts = rule.split(separator: ":", maxSplits: 2).map(String.init)
            return (parts.prefix(2).map { $0.replacingOccurrences(of: "-", with: "_") } + parts.dropFirst(2))
                .joined(separator: ":")
        }.sorted().joined(separator: " ")
    }

    /// Replaces names of types by what they are.
    private struct Expansion {
        var types: [String: String]

        /// `name: type; name: type`
        func fields(_ text: String) -> String {
            let plain = withoutRemarks(text).trimmingCharacters(in: .whitespaces)
            if plain == "-" || plain.isEmpty { return "" }
            return plain.split(separator: ";").map { field in
                let parts = field.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
                return parts.count == 2 ? "\(parts[0]): \(type(parts[1]))" : String(field)
            }.joined(separator: "; ")
        }

        private func withoutRemarks(_ text: String) -> String {
            if text.hasPrefix("switch") { return text }
            return text.replacing(#/\([^)]*\)/#, with: "")
        }

        /// Lengths of libvirt's public header, which the table has by name.
        private static let lengths = [
            "VIR_SECURITY_LABEL_BUFLEN": "4097", "VIR_SECURITY_MODEL_BUFLEN": "257", "VIR_SECURITY_DOI_BUFLEN": "257",
        ]

        private func type(_ text: String) -> String {
            let text = Self.lengths.reduce(text) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
            let base = text.prefix { $0 != "<" && $0 != "[" && $0 != "?" }
            return expanded(String(base)) + text.dropFirst(base.count)
        }

        private func expanded(_ name: String) -> String {
            if name == "uuid" { return "opaque[16]" }
            guard let definition = types[name] else { return name }
            if definition.hasPrefix("switch") { return union(definition) }
            if definition.contains(" = ") { return "int" }
            let inside = fields(definition)
            return WireForm.structure(inside)
        }

        /// `switch (type: int) 1 int: int; 2 uint: uint`: names of the arms count for nothing.
        private func union(_ text: String) -> String {
            let arms = text.drop { $0 != ")" }.dropFirst().split(separator: ";").map { arm -> String in
                let parts = withoutRemarks(String(arm)).split { $0 == " " || $0 == ":" }
                return "\(parts[0]) \(parts[2])"
            }
            return "switch int {\(arms.joined(separator: "; "))}"
        }
    }
}

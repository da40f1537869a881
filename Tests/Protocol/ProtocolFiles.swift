import Foundation
import Testing
import XDRLanguage

/// The files of `Protocol/`, and the schema of all of them.
enum ProtocolFiles {
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let folder = root.appending(path: "Protocol")

    static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".x") }.sorted()

    static let compiled: (schema: Schema?, diagnostics: [Diagnostic]) = {
        let sources = names.compactMap { name in
            (try? Data(contentsOf: folder.appending(path: name))).map { SourceFile(path: name, text: Array($0)) }
        }
        return Compiler().compile(sources)
    }()

    static func schema() throws -> Schema { try #require(compiled.schema) }

    /// Every procedure with its program's number.
    static func procedures() throws -> [(program: UInt32, procedure: ProcedureDefinition)] {
        try schema().files.flatMap(\.programs).flatMap { program in
            program.versions.flatMap(\.procedures).map { (program.number, $0) }
        }
    }
}

extension Documentation {
    func has(_ name: String) -> Bool { annotations.contains { $0.name == name } }
    func argument(_ name: String) -> String? { annotations.first { $0.name == name }?.arguments.first }
    func arguments(_ name: String) -> [String] {
        annotations.filter { $0.name == name }.map { $0.arguments.joined(separator: " ") }
    }
}

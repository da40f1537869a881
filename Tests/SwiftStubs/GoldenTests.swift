import Foundation
import SwiftStubs
import Testing
import XDRLanguage

/// Each `.x` file in `Goldens/`, and the Swift beside it that is compiled into this target.
///
/// With `VIRT_REGENERATE=1` the Swift is written instead of compared, so that the difference is read; then build again.
@Suite struct GoldenTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Goldens")
    static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".x") }.map { String($0.dropLast(2)) }.sorted()
    static let artefacts: [Artefact] = [.types, .procedures, .roles, .client, .server]

    @Test(arguments: names) func swiftIsAsCommitted(_ name: String) throws {
        let text = try Data(contentsOf: Self.folder.appending(path: "\(name).x"))
        let (schema, diagnostics) = Compiler().compile([SourceFile(path: "\(name).x", text: Array(text))])
        #expect(diagnostics.map { $0.rendered() } == [])
        var options = Options()
        options.access = .internal
        let printer = try StubPrinter(#require(schema), options: options)
        let file = try #require(schema?.files.first)
        for artefact in Self.artefacts {
            try expect(printer.print(artefact, of: file), in: "\(name).\(artefact.rawValue).swift")
            try expect(printer.printSpanning(artefact), in: "\(name)-all.\(artefact.rawValue).swift")
        }
    }

    /// A file that says nothing is not there.
    private func expect(_ text: String, in name: String) throws {
        let file = Self.folder.appending(path: name)
        let isEmpty = text.split(separator: "\n").allSatisfy { $0.hasPrefix("//") }
        if ProcessInfo.processInfo.environment["VIRT_REGENERATE"] == "1" {
            if isEmpty { try? FileManager.default.removeItem(at: file) } else {
                try Data(text.utf8).write(to: file)
            }
            return
        }
        let committed = try? String(contentsOf: file, encoding: .utf8)
        #expect(committed == (isEmpty ? nil : text), "\(name) differs; VIRT_REGENERATE=1 rewrites it")
    }

    @Test func allAreThere() {
        // Package.swift names them, so that none is forgotten in it.
        #expect(Self.names == ["annotations", "enums", "lists", "names", "recursion", "scalars", "unions", "versions"])
    }
}

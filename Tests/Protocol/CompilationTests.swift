import Foundation
import TestProcesses
import Testing
import XDRLanguage

@Suite struct CompilationTests {
    @Test func noDiagnostics() {
        #expect(ProtocolFiles.names.count == 21)
        #expect(ProtocolFiles.compiled.diagnostics.map { $0.rendered() } == [])
        #expect(ProtocolFiles.compiled.schema != nil)
    }

    /// A change of what is on the wire is a difference of this file, and somebody reads it.
    ///
    /// With `VIRT_REGENERATE=1` it is written instead.
    @Test func layoutIsAsCommitted() throws {
        let listing = layoutListing(try ProtocolFiles.schema())
        let file = ProtocolFiles.folder.appending(path: "layout.txt")
        if ProcessInfo.processInfo.environment["VIRT_REGENERATE"] == "1" {
            try Data(listing.utf8).write(to: file)
            return
        }
        let committed = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
        let differences = listing.split(separator: "\n", omittingEmptySubsequences: false).difference(from: committed)
        let shown = differences.prefix(20).map { change -> String in
            switch change {
            case .insert(let line, let text, _): "+ \(line + 1): \(text)"
            case .remove(let line, let text, _): "- \(line + 1): \(text)"
            }
        }
        #expect(shown == [], "Protocol/layout.txt differs; VIRT_REGENERATE=1 rewrites it")
    }

    /// Stock rpcgen, of rpcsvc-proto, takes every file, and a C compiler takes what it makes of them.
    @Test func rpcgenAcceptsEveryFile() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "protocol-rpcgen-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ProtocolFiles.names {
            try FileManager.default.copyItem(
                at: ProtocolFiles.folder.appending(path: name), to: folder.appending(path: name))
            let stem = String(name.dropLast(2))
            try await Command(["rpcgen", "-h", "-o", "\(stem).h", name], in: folder).runChecked()
            try await Command(["rpcgen", "-c", "-o", "\(stem).c", name], in: folder).runChecked()
        }
        let sources = ProtocolFiles.names.map { "\($0.dropLast(2)).c" }
        let compile = ["cc", "-fsyntax-only", "-w", "-I.", "-I/usr/include/tirpc"]
        try await Command(compile + sources, in: folder).runChecked()
    }
}

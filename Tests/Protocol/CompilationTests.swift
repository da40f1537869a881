import Foundation
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
    @Test func rpcgenAcceptsEveryFile() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "protocol-rpcgen-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func run(_ arguments: [String]) throws -> String {
            let log = folder.appending(path: "log")
            _ = FileManager.default.createFile(atPath: log.path, contents: nil)
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = arguments
            process.currentDirectoryURL = folder
            process.standardOutput = try FileHandle(forWritingTo: log)
            process.standardError = process.standardOutput
            try process.run()
            process.waitUntilExit()
            let text = try String(contentsOf: log, encoding: .utf8)
            return process.terminationStatus == 0 ? "" : "\(arguments.joined(separator: " ")): \(text)"
        }
        for name in ProtocolFiles.names {
            try FileManager.default.copyItem(
                at: ProtocolFiles.folder.appending(path: name), to: folder.appending(path: name))
            let stem = String(name.dropLast(2))
            #expect(try run(["rpcgen", "-h", "-o", "\(stem).h", name]) == "")
            #expect(try run(["rpcgen", "-c", "-o", "\(stem).c", name]) == "")
        }
        let sources = ProtocolFiles.names.map { "\($0.dropLast(2)).c" }
        #expect(try run(["cc", "-fsyntax-only", "-w", "-I.", "-I/usr/include/tirpc"] + sources) == "")
    }
}

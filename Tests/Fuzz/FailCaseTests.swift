import Foundation
import FuzzTargets
import PeerFuzzTargets
import Testing

/// What fuzzing has found once: `Fuzz/FailCases/TARGET`; the targets themselves; and files of other tests.
@Suite struct FailCaseTests {
    private static let targets: [String: @Sendable ([UInt8]) throws -> Void] = [
        "client": ClientTarget.run, "configuration": ConfigurationTarget.run, "decoder": DecoderTarget.run,
        "definitions": DefinitionTarget.run, "framer": FramerTarget.run, "language": LanguageTarget.run,
        "server": ServerTarget.run, "uri": URITarget.run,
    ]

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func files(_ folder: String) -> [String] {
        let base = root.appending(path: folder)
        let found = FileManager.default.enumerator(at: base, includingPropertiesForKeys: [.isRegularFileKey])
        return (found?.compactMap { ($0 as? URL)?.path } ?? []).filter { !$0.hasSuffix(".md") && !isFolder($0) }.sorted()
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    private static func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path).filter {
            isFolder(root.appending(path: "\(folder)/\($0)").path)
        }
    }

    @Test func everyTargetIsReplayed() throws {
        let programs = try Self.names("Fuzz").filter { !["Driver", "FailCases"].contains($0) }
        #expect(Set(programs) == Set(Self.targets.keys))
        #expect(Set(try Self.names("Fuzz/FailCases")).isSubset(of: Self.targets.keys))
    }

    @Test(arguments: targets.keys.sorted())
    func nothingIsFoundAgain(_ name: String) throws {
        let target = try #require(Self.targets[name])
        for file in Self.files("Fuzz/FailCases/\(name)") {
            #expect(throws: Never.self, "\(file)") { try target([UInt8](Data(contentsOf: URL(filePath: file)))) }
        }
    }

    @Test func casesOfOtherTests() throws {
        let files = Self.files("Tests/Conf/Cases")
        #expect(files.count > 100)
        for file in files {
            #expect(throws: Never.self, "\(file)") {
                try DefinitionTarget.run([UInt8](Data(contentsOf: URL(filePath: file))))
            }
        }
    }

    @Test func protocolFiles() throws {
        let files = Self.files("Protocol").filter { $0.hasSuffix(".x") }
        #expect(files.count > 10)
        for file in files {
            #expect(throws: Never.self, "\(file)") {
                // Annotated, as they are meant to be read.
                try LanguageTarget.run([4] + [UInt8](Data(contentsOf: URL(filePath: file))))
            }
        }
    }

    /// Inputs of a few bytes, all of them the same, and a count.
    @Test(arguments: targets.keys.sorted())
    func plainInputs(_ name: String) throws {
        let target = try #require(Self.targets[name])
        for size in [0, 1, 2, 3, 4, 7, 64, 300] {
            for byte in [0, 1, 7, 8, 0x20, 0x7f, 0xff] as [UInt8] {
                #expect(throws: Never.self, "\(size) times \(byte)") {
                    try target([UInt8](repeating: byte, count: size))
                }
            }
            #expect(throws: Never.self, "\(size) that count up") { try target((0..<size).map { UInt8(truncatingIfNeeded: $0) }) }
        }
    }
}

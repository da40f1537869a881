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

    /// Findings in files of the repository. A thread of its own does it: tasks of a target need those of the run time.
    private static func findings(_ name: String, _ files: [String], prefix: [UInt8] = []) async throws -> [String] {
        try await findings(name, try files.map { ($0, prefix + [UInt8](try Data(contentsOf: URL(filePath: $0)))) })
    }

    private static func findings(_ name: String, _ inputs: [(name: String, bytes: [UInt8])]) async throws -> [String] {
        let target = try #require(targets[name])
        return await withCheckedContinuation { continuation in
            Thread {
                var findings: [String] = []
                for (name, bytes) in inputs {
                    do { try target(bytes) } catch { findings.append("\(name): \(error)") }
                }
                continuation.resume(returning: findings)
            }.start()
        }
    }

    @Test(arguments: targets.keys.sorted())
    func nothingIsFoundAgain(_ name: String) async throws {
        #expect(try await Self.findings(name, Self.files("Fuzz/FailCases/\(name)")) == [])
    }

    @Test func casesOfOtherTests() async throws {
        let files = Self.files("Tests/Conf/Cases")
        #expect(files.count > 100)
        #expect(try await Self.findings("definitions", files) == [])
    }

    @Test func protocolFiles() async throws {
        let files = Self.files("Protocol").filter { $0.hasSuffix(".x") }
        #expect(files.count > 10)
        // Annotated, as they are meant to be read.
        #expect(try await Self.findings("language", files, prefix: [4]) == [])
    }

    /// Inputs of a few bytes, all of them the same, and a count.
    @Test(arguments: targets.keys.sorted())
    func plainInputs(_ name: String) async throws {
        var inputs: [(String, [UInt8])] = []
        for size in [0, 1, 2, 3, 4, 7, 64, 300] {
            for byte in [0, 1, 7, 8, 0x20, 0x7f, 0xff] as [UInt8] {
                inputs.append(("\(size) times \(byte)", [UInt8](repeating: byte, count: size)))
            }
            inputs.append(("\(size) that count up", (0..<size).map { UInt8(truncatingIfNeeded: $0) }))
        }
        #expect(try await Self.findings(name, inputs) == [])
    }
}

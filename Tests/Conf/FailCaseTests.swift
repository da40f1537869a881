import FuzzTargets
import Foundation
import Testing

/// What fuzzing has found once: `Fuzz/FailCases/definitions`, and the rule on what the other tests read.
@Suite struct FailCaseTests {
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

    @Test func nothingIsFoundAgain() throws {
        let files = Self.files("Fuzz/FailCases/definitions")
        #expect(!files.isEmpty)
        for file in files {
            #expect(throws: Never.self, "\(file)") {
                try DefinitionTarget.run([UInt8](Data(contentsOf: URL(filePath: file))))
            }
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
}

import Foundation
import TestProcesses
import Testing

/// The tool itself, beside the test bundle in the build folder.
struct Tool {
    static var buildFolder: URL { URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent() }

    static func xdrgen(_ arguments: [String]) async throws -> Command.Outcome {
        try await Command(buildFolder.appending(path: "xdrgen"), arguments).run()
    }

    static func xdrgen(_ arguments: String...) async throws -> Command.Outcome { try await xdrgen(arguments) }
}

/// A folder that is gone when its last user is.
final class ScratchFolder {
    let url = FileManager.default.temporaryDirectory.appending(path: "xdrgen-test-\(UUID())")
    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ text: String, to name: String) throws -> String {
        let file = url.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    func read(_ name: String) throws -> String { try String(contentsOf: url.appending(path: name), encoding: .utf8) }
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
}

@Suite struct CommandTests {
    @Test func unchangedFilesAreNotWritten() async throws {
        let folder = try ScratchFolder()
        let source = try folder.write("struct a { int x; };", to: "in/a.x")
        func generate() async throws {
            #expect(try await Tool.xdrgen("--types", "--output", folder.url.path, source).status == 0)
        }
        try await generate()
        // Read-only: writing would fail.
        let output = folder.url.appending(path: "a.types.swift")
        let long = Date(timeIntervalSince1970: 1_000_000_000)
        func age() throws -> Date? {
            try FileManager.default.attributesOfItem(atPath: output.path)[.modificationDate] as? Date
        }
        try FileManager.default.setAttributes([.modificationDate: long], ofItemAtPath: output.path)
        try await generate()
        #expect(try age() == long)
        _ = try folder.write("struct a { int y; };", to: "in/a.x")
        try await generate()
        #expect(try age() != long)
        #expect(try folder.read("a.types.swift").contains("var y: Int32"))
    }

    @Test func outputsThatWouldMeet() async throws {
        let folder = try ScratchFolder()
        let first = try folder.write("struct a { int x; };", to: "one/a.x")
        let second = try folder.write("struct b { int x; };", to: "two/a.x")
        let all = try folder.write("struct c { int x; };", to: "all.x")
        let twice = try await Tool.xdrgen("--output", folder.url.path, first, second)
        #expect(twice.status == 1)
        #expect(twice.errors.contains("two files are called a.x"))
        #expect(try await Tool.xdrgen("--output", folder.url.path, all).errors.contains("rename the file"))
        #expect(try folder.names() == ["all.x", "one", "two"])
        // To standard output there is no such limit.
        #expect(try await Tool.xdrgen(first, second, all).status == 0)
    }

    @Test func errorsNameThePlace() async throws {
        let folder = try ScratchFolder()
        let clash = try folder.write("struct a_b { int x; };\nstruct A_b { int x; };", to: "clash.x")
        let result = try await Tool.xdrgen(clash)
        #expect(result.status == 1)
        #expect(result.errors.hasPrefix("\(clash):2:8: error: "))
        #expect(result.errors.contains("\(clash):1:8: note: "))
        let wrong = try folder.write("struct a { nope x; };", to: "wrong.x")
        #expect(try await Tool.xdrgen(wrong).errors.hasPrefix("\(wrong):1:12: error: there is no type 'nope'"))
        #expect(try await Tool.xdrgen(folder.url.appending(path: "absent.x").path).errors.contains("No such file"))
    }

    @Test func wrongCommandLines() async throws {
        #expect(try await Tool.xdrgen().status == 2)
        #expect(try await Tool.xdrgen("--nonsense", "a.x").status == 2)
        #expect(try await Tool.xdrgen("--access", "private", "a.x").status == 2)
        #expect(try await Tool.xdrgen("--output").status == 2)
        #expect(try await Tool.xdrgen("--help").output.hasPrefix("USAGE: xdrgen"))
    }

    /// rpcgen leaves such names to the C compiler, so the file has them for it alone.
    @Test func constantsOfC() async throws {
        let folder = try ScratchFolder()
        let source = try folder.write(
            """
            %#define NAME_MAX 8
            %  #define PATH_MAX NAME_MAX * 4 /* as in C */
            %#define FUNCTION(x) x
            struct a { string name<NAME_MAX>; string path<PATH_MAX>; string other<GIVEN>; };

            """, to: "a.x")
        let result = try await Tool.xdrgen("--layout", "-D", "GIVEN=3", source)
        #expect(result.output.contains("name: string<8>\n    path: string<32>\n    other: string<3>\n"))
        #expect(try await Tool.xdrgen("--layout", source).errors.contains("there is no constant 'GIVEN'"))
    }
}

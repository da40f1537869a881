import Testing
import XDRLanguage

@Suite struct PreprocessorTests {
    /// A condition, and whether it holds with `YES` and `TEN=10` defined.
    @Test(arguments: [
        ("#if 1", true), ("#if 0", false), ("#if RPC_HDR", false), ("#ifdef YES", true), ("#ifndef YES", false),
        ("#ifdef NO /* comment\nover lines */", false), ("#if defined(YES)", true), ("#if defined YES", true),
        ("#if !defined(YES)", false), ("#if defined(YES) && !defined(NO)", true), ("#if NO || YES", true),
        ("#if TEN == 10", true), ("#if TEN > 10 || 0x10 < TEN", false), ("#if (TEN + 1) * 2 >= 22L", true),
        ("#if 1 - 1 - 1", true), ("#if TEN \\\n - 10", false), ("  #  if 1", true), ("#define LATE 1\n#if LATE", true),
        ("#define A B\n#define B A\n#if A", false), ("#define X\n#undef X\n#ifdef X", false),
        ("#if 0\n#elif 1", true), ("#if 1\nconst c = 3;\n#elif 1", false), ("#if 0\n#if 1\n#endif\n#else", true),
    ])
    func condition(_ directive: String, _ holds: Bool) {
        let text = layout("\(directive)\nconst yes = 1;\n#endif\nconst always = 1;") { $0.defines = ["YES", "TEN=10"] }
        #expect(text.contains("const yes = 1\n") == holds, "\(text)")
        #expect(text.contains("const always = 1\n"))
    }

    @Test func skippedTextIsNotRead() {
        #expect(
            layout("#ifdef NO\nit's /* #endif */ \"not read { \u{1}\n% %\n#include <x.h>\n#endif\nconst a = 1;\n")
                == "file test\nconst a = 1\n")
    }

    @Test func definesAreConstants() {
        #expect(
            layout(
                """
                #define MAX 10 /* ten */
                #define TWICE (2 * MAX)
                #define FLAG
                #define TEXT "abc"
                #define CALL(x) x
                #define OTHER unknown
                #define MAX 10
                struct s { opaque a[TWICE]; };
                """) == "file test\nconst MAX = 10\nconst TWICE = 20\nstruct s\n    a: opaque[20]\n")
    }

    @Test func includesAreFilesOfTheModule() throws {
        let (schema, diagnostics) = compileFiles(
            [("dir/a.x", "#include \"b.x\"\n#include \"b.x\"\n#include <sys.x>\n#include \"none.x\"\nstruct a { b x; c y; d z; };"),
                ("dir/d.x", "#ifdef B\nstruct d { int x; };\n#endif\n#ifndef B\n#include \"a.x\"\nstruct d { int x; };\n#endif")],
            available: [
                "dir/b.x": "#define B 1\n#include \"sub/c.x\"\nstruct b { c x; };",
                "dir/sub/c.x": "#include \"../b.x\"\n#include \"../a.x\"\nstruct c { int x; };",
            ])
        #expect(diagnostics.map { $0.rendered() } == [])
        #expect(try #require(schema).files.map(\.name) == ["c", "b", "a", "d"])
    }

    @Test func includePathsAreSearched() throws {
        let (schema, _) = compileFiles([("a.x", "#include \"b.x\"")], available: ["lib/b.x": "const b = 1;"]) {
            $0.includePaths = ["other", "lib"]
        }
        #expect(try #require(schema).constants == ["b": 1])
    }

    @Test func lineMarkersSetLocations() {
        #expect(
            complaints("# 12 \"real.x\"\nconst a = ;\n\n#line 40\nconst b = ;\n") == """
                real.x:12:11: error: expected a number or the name of a constant before ';'
                const a = ;
                          ^
                real.x:40:11: error: expected a number or the name of a constant before ';'
                const b = ;
                          ^

                """)
    }

    @Test(arguments: [
        ("#if 1\n", "1:1 conditional is not closed: there is no '#endif' for it"),
        ("#endif\n", "1:1 '#endif' without '#if'"),
        ("#else\n", "1:1 '#else' without '#if'"),
        ("#if 1\n#else\n#else\n#endif\n", "3:1 '#else' after '#else'"),
        ("#if\n#endif\n", "1:4 expected a number or the name of a constant before the end of the file"),
        ("#if 1 / 0\n#endif\n", "1:7 division by zero"),
        ("#ifdef\n#endif\n", "1:1 '#ifdef' needs a name"),
    ])
    func complaint(_ source: String, _ expected: String) {
        #expect(messages(source) == [expected])
    }
}

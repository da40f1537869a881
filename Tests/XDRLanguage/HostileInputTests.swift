import Testing
import XDRLanguage

/// Input made to break the compiler: it answers, and in a time that grows with the input only.
@Suite struct HostileInputTests {
    static func times(_ count: Int, _ text: String) -> String { String(repeating: text, count: count) }

    @Test func nestingIsLimited() {
        let fine = Self.times(64, "struct { ").dropFirst(0) + "int x;" + Self.times(64, "} a;")
        #expect(messages("typedef " + fine) == [])
        let deep = "typedef " + Self.times(65, "struct { ") + "int x;" + Self.times(65, "} a;")
        #expect(messages(deep).first?.hasSuffix("types are nested more than 64 levels deep") == true)
        #expect(messages("typedef " + Self.times(100_000, "struct { ")).isEmpty == false)
        #expect(messages("typedef " + Self.times(100_000, "union switch (int x) { case 1: ")).isEmpty == false)
        #expect(messages(Self.times(100_000, "{")).count == 1)
        #expect(messages(Self.times(100_000, "}")).isEmpty == false)
    }

    @Test(arguments: ["(", "-", "~", "-(", "1+(", "1*2+3<<(", "1|1&"])
    func expressionNestingIsLimited(_ part: String) {
        _ = messages("const a = " + Self.times(100_000, part) + "1;")
        _ = messages("#if " + Self.times(100_000, part) + "1\n#endif")
        #expect(messages("const a = " + Self.times(100, "(") + "1;") == ["1:75 the expression is nested too deeply"])
    }

    @Test func longChains() {
        #expect(layout("const a = 1" + Self.times(100_000, "+1") + ";").contains("const a = 100001\n"))
        let constants = (0..<20_000).map { "const c\($0) = c\($0 + 1) + 1;" }.joined() + "const c20000 = 0;"
        #expect(layout(constants).contains("const c0 = 20000\n"))
        let cycle = (0..<5000).map { "const c\($0) = c\(($0 + 1) % 5000);" }.joined()
        #expect(messages(cycle) == ["1:7 the value of 'c0' depends on itself"])
        let structs = (0..<10_000).map { "struct s\($0) { s\($0 + 1) *x; s\($0 + 1) y; };" }.joined()
        #expect(messages(structs + "struct s10000 { int x; };") == [])
        let pointers = (0..<10_000).map { "struct s\($0) { s\(($0 + 1) % 10_000) *x; };" }.joined()
        #expect(compile(pointers).schema?.recursiveTypes.count == 10_000)
        let aliases = (0..<10_000).map { "typedef a\($0 + 1) a\($0)<>;" }.joined() + "typedef int a10000;"
        #expect(messages(aliases).first?.hasSuffix("more than 64 typedefs follow each other") == true)
        let arrays = (0..<60).map { "typedef a\($0 + 1) a\($0)[4294967295];" }.joined() + "typedef int a60;"
        #expect(messages(arrays).isEmpty == false)
        let macros = (0..<5000).map { "#define M\($0) M\($0 + 1) + M\($0 + 1)\n" }.joined()
        #expect(messages(macros + "#if M0\n#endif\n") == [])
    }

    @Test(arguments: [
        ([0x2f, 0x2a, 0xff, 0x00, 0x0a] as [UInt8], "1:1 comment is not closed"),
        (Array("struct a { int \u{e9}; };".utf8), "1:16 only ASCII may stand outside of comments"),
        (Array("const a\0 = 1;".utf8), "1:8 a NUL byte may stand in a comment only"),
        (Array("const a = \"x\n;".utf8), "1:11 text in quotes is not closed"),
        (Array("const a = \u{1};".utf8), "1:11 unexpected control character"),
        (Array("const a = $;".utf8), "1:11 unexpected character '$'"),
        ([0x2f, 0x2a, 0x2a], "1:1 comment is not closed"),
        ([0x2f, 0x2a, 0x2a, 0x2f], ""),
        (Array("#if 0\n/*".utf8), "1:1 conditional is not closed: there is no '#endif' for it"),
        (Array("#define A \\".utf8), ""),
        (Array("#".utf8), ""),
        (Array("# 99999999999999999999 \"x\"\n# 1 \"".utf8), ""),
        (Array("/* \0 \u{e9} */ // \u{e9}\n%\u{e9}\n".utf8), ""),
    ])
    func oddBytes(_ bytes: [UInt8], _ expected: String) {
        let diagnostics = Compiler().compile([SourceFile(path: "test.x", text: bytes)]).diagnostics
        let first = diagnostics.first.map { "\($0.location.line):\($0.location.column) \($0.message)" } ?? ""
        #expect(first == expected)
    }

    @Test func longNames() {
        #expect(messages("const " + Self.times(256, "a") + " = 1;") == ["1:7 the name is longer than 255 characters"])
        let name = Self.times(255, "n")
        let nested = "struct " + name + " {" + Self.times(10, "struct {") + "int x;" + Self.times(11, "} \(name);")
        #expect(messages(nested).isEmpty == false)
    }

    @Test func includeCyclesEnd() {
        let (schema, _) = compileFiles([("a.x", "#include \"b.x\"")], available: [
            "b.x": "#include \"a.x\"\n#include \"./b.x\"\nconst b = 1;"
        ])
        #expect(schema?.constants == ["b": 1])
    }

    /// Each file includes another, without end.
    @Test func includesAreLimited() {
        let compiler = Compiler(readFile: { path in
            Array("#include \"x\(path)\"\n#include \"y\(path)\"\n".utf8)
        })
        let diagnostics = compiler.compile([SourceFile(path: "a.x", text: Array("#include \"b.x\"".utf8))]).diagnostics
        #expect(diagnostics.first?.message == "includes are nested more than 32 deep")
    }

    @Test func largeFiles() {
        let size = 10 << 20
        for part in ["int x;", "/** @ */", "\n", "\"", "#if 1\n", "#define a 1\n"] {
            _ = messages(Self.times(size / 40 / part.utf8.count, part))
        }
        let fields = "struct a {\n" + (0..<40_000).map { "    unsigned int field_number_\($0);\n" }.joined() + "};"
        #expect(messages(fields) == [])
        #expect(messages(Self.times(size, "\n")) == [])
        #expect(messages(Self.times(SourceBuffer64.maximum + 1, " ")) == ["1:1 the file is larger than 64 MiB"])
    }

    private enum SourceBuffer64 { static let maximum = 64 << 20 }

    /// Every prefix of a file, and the file with each byte replaced, is accepted or refused.
    @Test func mutations() {
        let text = Array(
            "#if A\n#else\n/** @acl a:b\n*/ const A = (1+2)<<3; struct s { s *n; opaque o<A>; }; union u switch (bool b) { case TRUE: int x; default: void; }; program P { version V { /** @since 1.0 */ string F(s, int) = 1; } = 1; } = 2;\n#endif\n"
                .utf8)
        for index in text.indices {
            _ = Compiler().compile([SourceFile(path: "a.x", text: Array(text[..<index]))])
            for byte in [0, 0x22, 0x23, 0x2a, 0x28, 0x3c, 0x3b, 0x7d, 0xff] as [UInt8] {
                var changed = text
                changed[index] = byte
                _ = Compiler().compile([SourceFile(path: "a.x", text: changed)])
            }
        }
    }
}

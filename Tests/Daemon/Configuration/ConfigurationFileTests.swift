import Libvirt
import Testing

/// The language; the texts of errors are those of libvirt 9.0, but for what `ConfigurationParser` says.
@Suite struct ConfigurationFileTests {
    typealias Value = ConfigurationFile.Value

    private func parse(_ text: String) throws -> ConfigurationFile {
        try ConfigurationFile(parsing: Array(text.utf8), path: "F")
    }

    private func message(_ work: () throws -> Void) -> String {
        do {
            try work()
            return "no error"
        } catch { return "\(error)" }
    }

    @Test(arguments: [
        ("", []),
        ("\n \n\t\n# only\n", []),
        ("a=1", [("a", .integer(1), 1)]),
        ("  a = -5  # c\n\tb\t=\t2#c", [("a", .integer(-5), 1), ("b", .integer(2), 2)]),
        ("a=010 ; b=+7;\n", [("a", .integer(10), 1), ("b", .integer(7), 1)]),
        ("a=1\r\nb=2\rc=3", [("a", .integer(1), 1), ("b", .integer(2), 2), ("c", .integer(3), 2)]),
        ("a=18446744073709551615", [("a", .integer(Int128(UInt64.max)), 1)]),
        ("a=-9223372036854775808", [("a", .integer(Int128(Int64.min)), 1)]),
        (#"a="it's \n" "#, [("a", .string(#"it's \n"#), 1)]),
        (#"a='say "x"'"#, [("a", .string(#"say "x""#), 1)]),
        ("a=\"\"", [("a", .string(""), 1)]),
        ("a=\"\"\"x\ny\"z\"\"\"#c\nb=1", [("a", .string("x\ny\"z"), 1), ("b", .integer(1), 3)]),
        ("a=\"\"\"\"\"\"", [("a", .string(""), 1)]),
        (#"a="é""#, [("a", .string("é"), 1)]),
        ("a=[]\nb=[ \n ]", [("a", .list([]), 1), ("b", .list([]), 2)]),
        (#"a=["x",'y',]"#, [("a", .list([.string("x"), .string("y")]), 1)]),
        ("a = [\n \"x\"\n , 1\n]\nb=2", [("a", .list([.string("x"), .integer(1)]), 1), ("b", .integer(2), 5)]),
        ("a=[[1],[]]", [("a", .list([.list([.integer(1)]), .list([])]), 1)]),
        ("aB_9=1", [("aB_9", .integer(1), 1)]),
        ("a=1;# c\n", [("a", .integer(1), 1)]),
    ] as [(String, [(String, Value, Int)])])
    func accepts(_ text: String, _ expected: [(String, Value, Int)]) throws {
        let entries = try parse(text).entries
        #expect(entries.map(\.name) == expected.map(\.0))
        #expect(entries.map(\.value) == expected.map(\.1))
        #expect(entries.map(\.line) == expected.map(\.2))
    }

    @Test(arguments: [
        ("a", "F:1: expecting an assignment"),
        ("a\n=1", "F:1: expecting an assignment"),
        ("a-b=1", "F:1: expecting an assignment"),
        ("#x\n#y\n\n a ! 1", "F:4: expecting an assignment"),
        ("a=", "F:1: expecting a value"),
        ("a= # x", "F:1: expecting a value"),
        ("a=\n1", "F:1: expecting a value"),
        ("a=true", "F:1: expecting a value"),
        ("a==1", "F:1: expecting a value"),
        ("a=[,]", "F:1: expecting a value"),
        ("a=[\"a\",,]", "F:1: expecting a value"),
        ("a=[\"a\",\n#c\n\"b\"]", "F:2: expecting a value"),
        ("a=[\"a\",", "F:1: expecting a value"),
        ("a=0x10", "F:1: expecting a separator"),
        ("a=1.5", "F:1: expecting a separator"),
        ("a=1 b=2", "F:1: expecting a separator"),
        ("a=\"x\"y", "F:1: expecting a separator"),
        ("a='it''s'", "F:1: expecting a separator"),
        ("a=[\"a\"]]", "F:1: expecting a separator"),
        ("a=1\0b=2", "F:1: expecting a separator"),
        ("a=-", "F:1: unterminated number"),
        ("a=- 1", "F:1: unterminated number"),
        ("a=\"x", "F:1: unterminated string"),
        ("a=1\nb=\"x\ny\"", "F:2: unterminated string"),
        ("a=\"x\\", "F:1: unterminated string"),
        ("b=1\na=\"\"\"x\ny\n", "F:2: unterminated string"),
        ("a=[\"a\" \"b\"]", "F:1: expecting a separator in list"),
        ("a=[\n1\n2]", "F:3: expecting a separator in list"),
        ("a=[", "F:1: list is not closed with ]"),
        ("a=[1\n\n", "F:3: list is not closed with ]"),
        ("1a=1", "F:1: expecting a name"),
        ("=1", "F:1: expecting a name"),
        ("a=1;;b=2", "F:1: expecting a name"),
        ("a=1\n]", "F:2: expecting a name"),
        ("\u{feff}a=1", "F:1: expecting a name"),
        ("a=18446744073709551616", "F:1: number does not fit into 64 bits"),
        ("a=-9223372036854775809", "F:1: number does not fit into 64 bits"),
        ("a=\"x\0y\"", "F:1: string is not UTF-8 text"),
    ])
    func refuses(_ text: String, _ expected: String) {
        #expect(message { _ = try parse(text) } == "configuration file syntax error: \(expected)")
    }

    @Test func codesAreLibvirts() throws {
        let error = try #require(throws: VirtError.self) { try parse("a") }
        #expect(error.code.rawValue == 33)
        #expect(error.domain.rawValue == 9)
        #expect(error.details.string2 == "F:1: expecting an assignment")
    }

    @Test func hostileInputIsBounded() {
        let deep = "a=" + String(repeating: "[", count: 100_000)
        #expect(message { _ = try parse(deep) }.hasSuffix("lists are nested too deeply"))
        let digits = "a=" + String(repeating: "9", count: 1_000_000)
        #expect(message { _ = try parse(digits) }.hasSuffix("number does not fit into 64 bits"))
        #expect(
            message { _ = try ConfigurationFile(parsing: Array("a=\"".utf8) + [0xff, 0x22], path: "F") }
                .hasSuffix("F:1: string is not UTF-8 text"))
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("ab1 =\"'[],;#\n\r-+\0".utf8) + [0xff]
        for _ in 0..<5000 {
            let bytes = (0..<40).map { _ in alphabet[Int(generator.next() % UInt64(alphabet.count))] }
            _ = try? ConfigurationFile(parsing: bytes, path: "F")
        }
    }

    @Test(arguments: [
        ("1", "true", "1", "1", nil),
        ("2", "internal error: F:2: value for 'a' parameter must be 0 or 1", "2", "2", nil),
        (
            "-1", "internal error: F:2: expected a bool for 'a' parameter", "-1",
            "internal error: F:2: expected an unsigned integer for 'a' parameter", nil
        ),
        (
            "5000000000", "internal error: F:2: value for 'a' parameter must be 0 or 1",
            "internal error: F:2: value for 'a' parameter must be in range -2147483648:2147483647",
            "internal error: F:2: value for 'a' parameter must be in range 0:4294967295", nil
        ),
        (
            "18446744073709551615", "internal error: F:2: value for 'a' parameter must be 0 or 1",
            "internal error: F:2: value for 'a' parameter must be in range -2147483648:2147483647",
            "internal error: F:2: value for 'a' parameter must be in range 0:4294967295", nil
        ),
        (
            "\"x\"", "internal error: F:2: expected a bool for 'a' parameter",
            "internal error: F:2: expected a signed integer for 'a' parameter",
            "internal error: F:2: expected an unsigned integer for 'a' parameter", "x"
        ),
    ] as [(String, String, String, String, String?)])
    func getters(_ value: String, _ bool: String, _ signed: String, _ unsigned: String, _ string: String?) throws {
        let file = try parse("\na=\(value)\na='second'")
        func outcome<Result>(_ get: () throws -> Result?) -> String {
            do { return try get().map { "\($0)" } ?? "nil" } catch { return "\(error)" }
        }
        #expect(outcome { try file.bool("a") } == bool)
        #expect(outcome { try file.integer("a", as: Int32.self) } == signed)
        #expect(outcome { try file.integer("a", as: UInt32.self) } == unsigned)
        #expect(
            outcome { try file.string("a") } == string ?? "internal error: F:2: expected a string for 'a' parameter")
        #expect(try file.bool("b") == nil)
    }

    @Test func lists() throws {
        let file = try parse("a=['x']\nb='y'\nc=['x',1]\nd=1")
        #expect(try file.strings("a") == ["x"])
        #expect(try file.strings("b", acceptsSingle: true) == ["y"])
        #expect(
            message { _ = try file.strings("b") } == "internal error: F:2: expected a string list for 'b' parameter")
        #expect(
            message { _ = try file.strings("c") }
                == "configuration file syntax error: F:3: expected a string list for 'c' parameter")
        #expect(
            message { _ = try file.strings("d", acceptsSingle: true) }
                == "internal error: F:4: expected a string or string list for 'd' parameter")
    }

    @Test func theFirstOfDuplicatesCounts() throws {
        let file = try parse("a=1\na=2\nb=3")
        #expect(try file.integer("a", as: Int.self) == 1)
        #expect(file.entries.count == 3)
        #expect(file.entries(besides: ["b"]).map(\.line) == [1, 2])
    }

    @Test func readsFiles() throws {
        #expect(try ConfigurationFile.read("/nonexistent/file") == nil)
        let error = try #require(throws: VirtError.self) { _ = try ConfigurationFile.read("/etc") }
        #expect(error.message == "Failed to read file '/etc': Is a directory")
    }
}

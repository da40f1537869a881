import Testing
import VirtUtil

@Suite("JSON")
struct JSONTests {
    @Test(
        "comes back as it was",
        arguments: [
            "null", "true", "false", "0", "-1", "-0", "9223372036854775807", "-9223372036854775808",
            "9223372036854775808", "18446744073709551615", "123456789012345678", "1234567890123456789", "1.50",
            "1e5", "-1.5E-10", "\"\"", "\"a\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001F\"", "\"Zoë 𝄞\"", "[]", "{}",
            "[1,[2,{}],\"x\"]", "{\"b\":1,\"a\":{\"c\":[null]}}", "{\"\":0}",
        ])
    func comesBack(text: String) throws {
        let value = try JSONValue(parsing: text)
        #expect(value.text == text)
        #expect(try JSONValue(parsing: value.indentedText) == value)
    }

    @Test(
        "is read",
        arguments: [
            (" \t\r\n[ 1 , 2 ] \n", "[1,2]"), ("{ \"a\" : 1 }", "{\"a\":1}"), ("\"\\u00e9\\/\"", "\"é/\""),
            ("\"\\ud834\\uDD1E\"", "\"𝄞\""), ("\"x\\u0041é\"", "\"xAé\""), ("\"\\u0000\"", "\"\\u0000\""),
        ])
    func isRead(text: String, printed: String) throws {
        #expect(try JSONValue(parsing: text).text == printed)
    }

    @Test(
        "is refused",
        arguments: [
            ("", .unexpectedEnd, 0), (" ", .unexpectedEnd, 1), ("nul", .unexpectedEnd, 3),
            ("nulL", .unexpectedCharacter, 3), ("True", .unexpectedCharacter, 0), ("1 2", .trailingCharacters, 2),
            ("nullx", .trailingCharacters, 4), ("[1,]", .unexpectedCharacter, 3), ("[1", .unexpectedEnd, 2),
            ("[1 2]", .unexpectedCharacter, 3), ("{\"a\":1,}", .unexpectedCharacter, 7),
            ("{a:1}", .unexpectedCharacter, 1), ("{\"a\" 1}", .unexpectedCharacter, 5), ("{", .unexpectedEnd, 1),
            ("{\"a\":1,\"b\":2,\"a\":3}", .duplicateName, 13), ("01", .badNumber, 0), ("-", .unexpectedEnd, 1),
            ("-x", .badNumber, 0), ("1.", .unexpectedEnd, 2), ("1.x", .badNumber, 0), ("1e", .unexpectedEnd, 2),
            ("1e+", .unexpectedEnd, 3), ("+1", .unexpectedCharacter, 0), (".5", .unexpectedCharacter, 0),
            ("0x1", .trailingCharacters, 1), ("NaN", .unexpectedCharacter, 0), ("\"", .unexpectedEnd, 1),
            ("\"\\", .unexpectedEnd, 2), ("\"\\x\"", .badEscape, 1), ("\"\\u12\"", .badEscape, 1),
            ("\"\\u123", .unexpectedEnd, 6), ("\"\\ud834\"", .badEscape, 1), ("\"\\ud834\\n\"", .badEscape, 1),
            ("\"\\ud834\\u0041\"", .badEscape, 1), ("\"\\udd1e\"", .badEscape, 1),
            ("\"a\nb\"", .controlCharacter, 2), ("\"\\n\n\"", .controlCharacter, 3), ("'a'", .unexpectedCharacter, 0),
            ("// x\n1", .unexpectedCharacter, 0), ("\u{FEFF}1", .unexpectedCharacter, 0),
        ] as [(String, JSONError.Reason, Int)])
    func isRefused(text: String, reason: JSONError.Reason, offset: Int) {
        #expect(throws: JSONError(reason: reason, offset: offset)) { try JSONValue(parsing: text) }
    }

    @Test(
        "bytes that are no UTF-8",
        arguments: [[0x80], [0xC0, 0xAF], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]] as [[UInt8]])
    func badUTF8(bytes: [UInt8]) {
        for escape in ["", "\\n"] {
            let text = [UInt8(ascii: "\"")] + Array(escape.utf8) + bytes + [UInt8(ascii: "\"")]
            #expect(throws: JSONError(reason: .badUTF8, offset: 1)) { try JSONValue(parsing: text) }
        }
    }

    @Test func limits() throws {
        var limits = JSONLimits()
        limits.depth = 3
        #expect(try JSONValue(parsing: "[[[1]]]", limits: limits).text == "[[[1]]]")
        #expect(throws: JSONError(reason: .tooDeep, offset: 3)) { try JSONValue(parsing: "[[[[", limits: limits) }
        limits.values = 3
        #expect(throws: JSONError(reason: .tooManyValues, offset: 5)) {
            try JSONValue(parsing: "[1,1,1]", limits: limits)
        }
        limits.bytes = 4
        #expect(throws: JSONError(reason: .tooLong, offset: 4)) { try JSONValue(parsing: "     ", limits: limits) }
        let deep = String(repeating: "[", count: 1 << 20)
        #expect(throws: JSONError(reason: .tooDeep, offset: 128)) { try JSONValue(parsing: deep) }
    }

    /// An object of many members is read in a time that grows with their number, not its square.
    @Test func manyMembers() throws {
        let names = (0..<100_000).map { "\"member\($0)\":\($0)" }
        let text = "{\(names.joined(separator: ","))}"
        #expect(try JSONValue(parsing: text).text == text)
        #expect(throws: JSONError(reason: .duplicateName, offset: text.utf8.count)) {
            try JSONValue(parsing: "\(text.dropLast()),\"member7\":0}")
        }
    }

    /// Whatever is cut off or changed in a document is refused or read, and ends no process.
    @Test func damagedTexts() {
        let text = Array("{\"a\":[1,-2.5e3,\"x\\u00e9\\ud834\\udd1e\",true,null,{}],\"é\":{\"b\":\"\\n\"}}".utf8)
        for length in text.indices { #expect(throws: JSONError.self) { try JSONValue(parsing: text.prefix(length)) } }
        for index in text.indices {
            for byte in [0, 0x22, 0x5C, 0x7B, 0x5D, 0x2D, 0x80, 0xFF] as [UInt8] {
                var damaged = text
                damaged[index] = byte
                guard let value = try? JSONValue(parsing: damaged) else { continue }
                #expect((try? JSONValue(parsing: value.text)) == value)
            }
        }
    }

    @Test func members() throws {
        var object = JSONObject([("a", .integer(1)), ("b", .bool(true))])
        object["c"] = .string("x")
        object["a"] = .null
        object["b"] = nil
        #expect(JSONValue.object(object).text == "{\"a\":null,\"c\":\"x\"}")
        let value = try JSONValue(parsing: "{\"n\":18446744073709551615,\"m\":-1,\"d\":1.5,\"s\":\"t\"}")
        #expect(value["n"]?.unsigned == .max && value["n"]?.integer == nil)
        #expect(value["m"]?.integer == -1 && value["m"]?.unsigned == nil && value["m"]?.double == -1)
        #expect(value["d"]?.double == 1.5 && value["d"]?.integer == nil)
        #expect(value["s"]?.string == "t" && value["x"] == nil && value["s"]?["t"] == nil)
        #expect(JSONNumber(Double.infinity) == nil && JSONNumber(0.5)?.description == "0.5")
    }

    @Test func indented() throws {
        let value = try JSONValue(parsing: "{\"a\":[1,{}],\"b\":[]}")
        #expect(
            value.indentedText == "{\n  \"a\": [\n    1,\n    {\n\n    }\n  ],\n  \"b\": [\n\n  ]\n}")
    }
}

import Testing

@testable import virtsh

@Suite struct OutputTests {
    @Test func trees() {
        let nodes: [(name: String, parent: String?)] = [("a", nil), ("b", "a"), ("c", "a"), ("d", "b")]
        let lines = [
            "a", "  |", "  +- b", "  |   |", "  |   +- d", "  |     ", "  +- c", "    ",
        ]
        #expect(Tree.text(nodes) == lines.map { $0 + "\n" }.joined())
    }

    @Test(arguments: ["", "f", "fo", "foo", "foob", "fooba", "foobar"])
    func base64(text: String) {
        let bytes = Array(text.utf8)
        #expect(Base64.decode(Array(Base64.encode(bytes).utf8)) == bytes)
    }

    @Test func base64OfTheStandard() {
        #expect(Base64.encode(Array("foobar".utf8)) == "Zm9vYmFy")
        #expect(Base64.encode(Array("fo".utf8)) == "Zm8=")
        #expect(Base64.decode(Array("Zm9v\nYmE=\n".utf8)) == Array("fooba".utf8))
    }

    @Test(arguments: [
        (#"{"return": {"a": [1, -2.5, true, null], "b": "x\n\u00e9\ud83d\ude00"}}"#, true), ("[]", true),
        ("[1,]", false),
        (#"{"a"}"#, false), ("1 2", false), ("\"", false), (#""\ud83d""#, false), ("", false),
        (String(repeating: "[", count: 100_000), false),
    ])
    func json(text: String, isRead: Bool) {
        #expect((JSONText.parse(text) != nil) == isRead)
    }

    @Test func jsonValues() {
        let value = JSONText.parse(#"{"return": {"a": [1, -2.5], "b": "x\n"}}"#)
        #expect(value?.member("return")?.text(indented: false) == #"{"a":[1,-2.5],"b":"x\n"}"#)
    }

    @Test func elements() {
        let disk = XMLElement("disk", ["type": "file", "none": nil], [XMLElement("source", ["file": "/a'b"]), nil])
        #expect(disk.formatted() == "<disk type='file'>\n  <source file='/a&apos;b'/>\n</disk>\n")
    }

    @Test(arguments: [
        ("IP address", "ipAddress"), ("UUID", "uuid"), ("Client ID or DUID", "clientIdOrDuid"), ("Id", "id"),
    ])
    func memberNames(label: String, name: String) {
        #expect(Output.memberName(label) == name)
    }

    @Test func sizes() {
        #expect(Capacity.text(0) == "0.00 B")
        #expect(Capacity.text(1536) == "1.50 KiB")
        #expect(Capacity.text(100 << 30, places: 3) == "100.000 GiB")
    }
}

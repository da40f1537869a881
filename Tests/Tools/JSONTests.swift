import Testing

@testable import virtsh

@Suite struct JSONTests {
    @Test(arguments: [
        (JSON.null, "null"), (true, "true"), (-7, "-7"), (.unsigned(.max), "18446744073709551615"),
        (.number(0.5), "0.5"), (.number(.nan), "null"), (.number(.infinity), "null"), (.array([]), "[]"),
        (.object([]), "{}"), (.array([1, "a", nil]), "[1,\"a\",null]"),
        (.object(["b": 1, "a": .array([2])]), "{\"b\":1,\"a\":[2]}"),
    ])
    func compact(value: JSON, text: String) {
        #expect(value.text(indented: false) == text)
    }

    @Test(arguments: [
        ("a\"b\\c", #""a\"b\\c""#), ("line\nend\r\ttab", #""line\nend\r\ttab""#),
        ("\u{0}\u{1f}\u{7f}", #""\u0000\u001f\u007f""#),
        ("ü日😀", "\"ü日😀\""), ("\u{2028}", #""\u2028""#), ("</x>&", "\"</x>&\""),
    ])
    func escapes(string: String, text: String) {
        #expect(JSON.string(string).text(indented: false) == text)
    }

    @Test func indented() {
        let value = JSON.array([.object(["name": "x", "empty": .array([]), "list": .array([1, 2])])])
        #expect(
            value.text(indented: true) == """
                [
                  {
                    "name": "x",
                    "empty": [],
                    "list": [
                      1,
                      2
                    ]
                  }
                ]
                """)
    }
}

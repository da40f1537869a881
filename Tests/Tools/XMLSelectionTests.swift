import Testing

@testable import virtsh

@Suite struct XMLSelectionTests {
    private static let document = "<domain><name>a &amp; b</name><disk n='1'/><disk n='2'/></domain>"

    @Test func selects() throws {
        let xml = try XMLSelection(document: Self.document)
        #expect(try xml.serialized("//name", wrapped: false) == ["<name>a &amp; b</name>"])
        #expect(try xml.serialized("//disk/@n", wrapped: false) == [" n=\"1\"", " n=\"2\""])
        #expect(try xml.serialized("//none", wrapped: true) == ["<nodes/>"])
        #expect(try xml.serialized("//name", wrapped: true) == ["<nodes>\n  <name>a &amp; b</name>\n</nodes>"])
        #expect(xml.string("string(/domain/name)") == "a & b")
        #expect(xml.count("/domain/disk") == 2)
    }

    @Test func refuses() {
        #expect(throws: ShellError.self) { _ = try XMLSelection(document: "<a>") }
        #expect(throws: ShellError.self) { _ = try XMLSelection(document: "<a/>").serialized("//[", wrapped: false) }
    }
}

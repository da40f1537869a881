import Foundation
import Testing

@testable import VirtUtil

/// Schemas of the test's own; libvirt's are in Tests/Conformance.
@Suite struct XMLSchemaTests {
    @Test func saysWhatDoesNotFit() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "schema-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let grammar = """
            <element name='a' xmlns='http://relaxng.org/ns/structure/1.0'>
              <zeroOrMore><element name='b'><text/></element></zeroOrMore>
            </element>
            """
        try Data(grammar.utf8).write(to: folder.appending(path: "a.rng"))
        func refusal(_ xml: String, _ schema: String) -> ConfError? {
            do {
                try XMLSchema.validate(XMLDocument(xml, name: "t"), against: schema, folder: folder.path)
                return nil
            } catch {
                return error
            }
        }
        #expect(refusal("<a><b>x</b></a>", "a.rng") == nil)
        let odd = try #require(refusal("<a><c/></a>", "a.rng"))
        #expect(odd.code == 92)
        #expect(odd.message.contains("Unable to validate doc against \(folder.path)/a.rng\n"))
        #expect(odd.message.contains("Did not expect element c there"))
        // A document with very many faults does not make a very long answer.
        let many = try #require(refusal("<a>\(String(repeating: "<c/>", count: 20_000))</a>", "a.rng"))
        #expect(many.message.utf8.count < 70_000)
        #expect(refusal("<a/>", "none.rng")?.message.contains("there is no schema \(folder.path)/none.rng") == true)
        try Data("<grammar".utf8).write(to: folder.appending(path: "broken.rng"))
        #expect(refusal("<a/>", "broken.rng")?.message.contains("Unable to parse RNG") == true)
    }
}

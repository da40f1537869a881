import Testing
import VirtUtil

@Suite("XML documents")
struct XMLDocumentTests {
    private func failure(_ text: String) -> ConfError? {
        do throws(ConfError) {
            _ = try XMLDocument(text, name: "(thing)")
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "errors show the line, its text and the column",
        arguments: [
            ("<a><b></a>", "(thing):1: Opening and ending tag mismatch: b line 1 and a\n<a><b></a>\n----------^"),
            ("", "(thing):1: Document is empty\n(null)\n^"),
            ("  ", "(thing):1: Start tag expected, '<' not found\n  \n--^"),
            ("<a>\n  <b\n</a>", "(thing):3: error parsing attribute name\n</a>\n^"),
        ])
    func wording(text: String, message: String) throws {
        let error = try #require(failure(text))
        #expect(error.code == 35)
        #expect(error.domain == 20)
        #expect(error.message == message)
    }

    @Test func readsNodes() throws {
        let document = try XMLDocument(
            "<r a='1' b='&lt;'><x>one</x><!-- no --><y/><x>t<![CDATA[w]]>o</x></r>", name: "r")
        #expect(document.root.name == "r")
        #expect(document.root.attribute("b") == "<")
        #expect(document.root.attribute("c") == nil)
        #expect(document.root.children("x").map(\.text) == ["one", "two"])
        #expect(document.root.child("y")?.next("x")?.text == "two")
    }

    @Test func nodesKeepTheirDocument() throws {
        func node() throws -> XMLNode? { try XMLDocument("<r><x>kept</x></r>", name: "r").root.child("x") }
        #expect(try node()?.text == "kept")
    }

    @Test func elementsOfNamespacesAreNotOurs() throws {
        let document = try XMLDocument("<r xmlns:q='u'><q:x>theirs</q:x><x>ours</x></r>", name: "r")
        #expect(document.root.child("x")?.text == "ours")
    }

    @Test(
        "entities are refused",
        arguments: [
            "<!DOCTYPE r [<!ENTITY a 'b'>]><r>&a;</r>",
            "<!DOCTYPE r [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><r>&a;</r>",
            "<!DOCTYPE r [<!ENTITY % p SYSTEM 'http://127.0.0.1:1/x'>%p;]><r/>",
            "<!DOCTYPE r [<!ENTITY a 'aaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>]><r x='&c;'/>",
            "<r>&undefined;</r>",
        ])
    func entities(text: String) {
        #expect(failure(text)?.code == 35)
    }

    @Test func externalSubsetIsNotFetched() throws {
        let document = try XMLDocument("<!DOCTYPE r SYSTEM 'http://127.0.0.1:1/r.dtd'><r/>", name: "r")
        #expect(document.root.name == "r")
    }

    @Test func deepNestingIsRefused() {
        let depth = 10_000
        let text = String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        #expect(failure(text)?.code == 35)
        let allowed = String(repeating: "<a>", count: 200) + String(repeating: "</a>", count: 200)
        #expect(failure(allowed) == nil)
    }

    @Test func longTextsAreRefused() {
        #expect(failure("<a b='" + String(repeating: "x", count: 20 << 20) + "'/>")?.code == 35)
        #expect(failure("<a b='" + String(repeating: "x", count: 12 << 20) + "'/>")?.code == 35)
    }

    @Test func badBytesAreRefused() {
        for bytes: [UInt8] in [
            Array("<a>".utf8) + [0xFF, 0xFE] + Array("</a>".utf8), Array("<a>".utf8) + [0] + Array("</a>".utf8),
            [0], [0xEF, 0xBB, 0xBF], Array("<?xml version='1.0' encoding='nonsense'?><a/>".utf8),
        ] {
            #expect(throws: ConfError.self) { try XMLDocument(bytes: bytes, name: "x") }
        }
    }

    @Test func metadataIsPrintedAsLibxml2DoesIt() throws {
        let document = try XMLDocument("<m><a:x xmlns:a='u' q='1'><b/><c>t</c></a:x></m>", name: "m")
        #expect(
            document.root.firstElement?.serialized(level: 1)
                == "<a:x xmlns:a=\"u\" q=\"1\">\n    <b/>\n    <c>t</c>\n  </a:x>")
    }

    /// libxml2 only warns of such a namespace.
    @Test func relativeNamespacesAreAccepted() throws {
        let document = try XMLDocument("<m><b xmlns='v'/></m>", name: "m")
        #expect(document.root.firstElement?.namespaceURI == "v")
    }
}

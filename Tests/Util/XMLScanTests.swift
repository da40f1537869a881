import Testing
import VirtUtil

@Suite struct XMLScanTests {
    private let paths = [
        XMLScan.Path("name"), XMLScan.Path("uuid"), XMLScan.Path("source/name", isFallback: true),
        XMLScan.Path("@id", isFallback: true), XMLScan.Path("mac/@address", isFallback: true),
    ]

    private func scan(_ text: String) throws -> XMLScan { try XMLScan(text, name: "(text)", paths: paths) }

    @Test func finds() throws {
        let found = try scan(
            "<?xml version='1.0'?><d id='7'><name>a&amp;&#98;</name><mac address='x'/><uuid> u </uuid></d>")
        #expect(found.root == "d")
        #expect(found.values == ["a&b", " u ", nil, "7", "x"])
    }

    /// Nothing behind the last of what was asked for is read.
    @Test func stops() throws {
        #expect(try scan("<d><name>a</name><uuid>u</uuid>< no XML & at all").values.prefix(2) == ["a", "u"])
        #expect(throws: ConfError.self) { try scan("<d><name>a</name>< no XML & at all") }
    }

    @Test func takesTheFirst() throws {
        #expect(try scan("<d><name>a</name><name>b</name></d>").values[0] == "a")
        #expect(try scan("<d><name/><name>b</name></d>").values[0] == "")
        // Only the root's own, and only without a namespace.
        #expect(
            try scan("<d><x><name>no</name></x><p:name xmlns:p='u'>no</p:name><name>a</name></d>").values[0] == "a")
        #expect(try scan("<d xmlns='u'><name>no</name></d>").values[0] == nil)
    }

    /// Two readers may take it for different texts.
    @Test(arguments: [
        "<d><name>a<b/></name></d>", "<d><name>a<!-- --> </name></d>", "<d><name>a<?x y?></name></d>",
        "<d><name><![CDATA[a]]></name></d>", "<d><source><name>a</name><name>b</name></source></d>",
        "<d><source><name>a</name></source><source><name>b</name></source></d>",
        "<d><mac address='a'/><mac address='b'/></d>", "<d><name>\(String(repeating: "x", count: 5000))</name></d>",
    ])
    func refusesTheAmbiguous(_ text: String) throws {
        let error = #expect(throws: ConfError.self) { try scan(text) }
        #expect(error?.code == 27, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        "", " ", "x", "<d>", "<d><name>a</d>", "<d><name>&x;</name></d>", "\u{0}", "<d a='1' a='2'/>",
        "<!DOCTYPE d [<!ENTITY a 'b'>]><d><name>&a;</name></d>",
        "<!DOCTYPE d [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><d><name>&a;</name></d>",
        "<!DOCTYPE d [<!ENTITY % p SYSTEM 'http://127.0.0.1/'> %p;]><d/>",
        "<!DOCTYPE l [<!ENTITY a 'x'><!ENTITY b '&a;&a;&a;'><!ENTITY c '&b;&b;&b;'>]><d><name>&c;</name></d>",
    ])
    func refusesWhatIsNoXML(_ text: String) throws {
        let error = #expect(throws: ConfError.self) { try scan(text) }
        #expect(error?.code == 35, "\(error?.message ?? "")")
    }

    /// Deep and wide ones cost their bytes and no more.
    @Test func hugeTexts() throws {
        let deep = String(repeating: "<a>", count: 100_000)
        #expect(throws: ConfError.self) { try scan("<d>\(deep)") }
        let wide = String(repeating: "<a b='c'>text</a>", count: 20_000)
        #expect(try scan("<d>\(wide)<name>n</name></d>").values[0] == "n")
        #expect(throws: ConfError.self) { try scan("<d>" + String(repeating: "x", count: 17 << 20) + "</d>") }
    }

    /// The tree has the same texts, whatever blanks and entities are in them.
    @Test(arguments: [
        "<d><name> </name></d>", "<d><name> a\n</name></d>", "<d><name>a&#32;</name></d>",
        "<d><name>&#32; a</name></d>",
        "<d><name></name></d>", "<d><name>a&lt;b</name></d>", "<d>\n<name>x</name>\n</d>",
        "<!DOCTYPE d [<!ATTLIST d id CDATA 'given'>]><d><name>x</name></d>", "<d><name>\u{e4}\u{1F600}</name></d>",
        "<d><name>a\r\nb</name></d>",
    ])
    func agreesWithTheTree(_ text: String) throws {
        let root = try XMLDocument(text, name: "(text)").root
        let found = try scan(text)
        #expect(found.values[0] == root.child("name")?.text)
        #expect(found.values[3] == root.attribute("id"))
    }
}

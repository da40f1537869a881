import Testing
import VirtUtil

@Suite("XML writer")
struct XMLWriterTests {
    @Test func layout() {
        var writer = XMLWriter()
        writer.openElement("a")
        writer.attribute("x", "1")
        writer.openElement("empty")
        writer.closeElement()
        writer.openElement("text")
        writer.characters("t")
        writer.closeElement()
        writer.openElement("open")
        writer.forceContent()
        writer.closeElement()
        writer.closeElement()
        #expect(writer.text == "<a x='1'>\n  <empty/>\n  <text>t</text>\n  <open>\n  </open>\n</a>\n")
    }

    @Test func droppedElementsLeaveNoTrace() {
        var writer = XMLWriter()
        writer.openElement("a")
        writer.openElement("gone")
        writer.openElement("too")
        writer.closeOrDrop()
        writer.closeOrDrop()
        writer.closeElement()
        #expect(writer.text == "<a/>\n")
    }

    @Test func escapes() {
        var writer = XMLWriter()
        writer.openElement("a")
        writer.attribute("x", "<&>'\"\u{1}é\n")
        writer.characters("<&>'\"")
        writer.closeElement()
        #expect(writer.text == "<a x='&lt;&amp;&gt;&apos;&quot;é\n'>&lt;&amp;&gt;&apos;&quot;</a>\n")
    }
}

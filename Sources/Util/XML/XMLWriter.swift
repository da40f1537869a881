/// Prints XML as libvirt does: two spaces a level, single quotes, `<a/>` for an empty element.
///
/// One growing buffer. An element is closed short when nothing was written into it, and taken back altogether by
/// ``closeOrDrop()`` when it has no attributes either.
package struct XMLWriter {
    package private(set) var bytes: [UInt8] = []
    private var open: [Open] = []

    private struct Open {
        var name: StaticString
        /// The name, if it is not a literal.
        var dynamicName: String?
        /// How long the buffer was before this element.
        var start: Int
        var isParentsFirst = false
        var content = Content.none
        var hasAttributes = false
    }

    private enum Content { case none, text, elements }

    package init(capacity: Int = 8192) {
        bytes.reserveCapacity(capacity)
    }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// How many elements are open.
    package var depth: Int { open.count }

    package mutating func openElement(_ name: StaticString) {
        begin(Open(name: name, start: bytes.count))
        append(name)
    }

    package mutating func openElement(_ name: String) {
        begin(Open(name: "", dynamicName: name, start: bytes.count))
        bytes.append(contentsOf: name.utf8)
    }

    package mutating func attribute(_ name: StaticString, _ value: String) {
        bytes.append(0x20)
        append(name)
        finishAttribute(value)
    }

    package mutating func attribute(_ name: String, _ value: String) {
        bytes.append(0x20)
        bytes.append(contentsOf: name.utf8)
        finishAttribute(value)
    }

    /// A declaration of a namespace, in double quotes as libxml2 has it.
    package mutating func namespace(_ prefix: String?, _ uri: String) {
        bytes.append(contentsOf: " xmlns".utf8)
        if let prefix { bytes.append(contentsOf: ":\(prefix)".utf8) }
        bytes.append(contentsOf: "=\"".utf8)
        appendEscaped(uri)
        bytes.append(0x22)
        open[open.count - 1].hasAttributes = true
    }

    /// Characters inside the open element; no elements may follow in it.
    package mutating func characters(_ value: String) {
        guard let top = open.indices.last else { return }
        if open[top].content == .none { bytes.append(0x3E) }
        open[top].content = .text
        appendEscaped(value)
    }

    /// Text that is XML already: its own line inside the open element.
    package mutating func verbatimLine(_ xml: String) {
        _ = startContent()
        indent()
        bytes.append(contentsOf: xml.utf8)
        bytes.append(0x0A)
    }

    /// An empty line inside the open element.
    package mutating func blankLine() {
        _ = startContent()
        bytes.append(0x0A)
    }

    /// Ends the start tag, so that the element is not closed short even if nothing follows.
    package mutating func forceContent() {
        _ = startContent()
    }

    package mutating func closeElement() {
        guard let element = open.popLast() else { return }
        switch element.content {
        case .none:
            bytes.append(0x2F)
        case .text:
            endTag(element)
        case .elements:
            indent()
            endTag(element)
        }
        bytes.append(0x3E)
        bytes.append(0x0A)
    }

    /// Closes the element, or takes it back if it has neither attributes nor content.
    package mutating func closeOrDrop() {
        guard let element = open.last else { return }
        guard element.content == .none, !element.hasAttributes else { return closeElement() }
        open.removeLast()
        bytes.removeLast(bytes.count - element.start)
        if element.isParentsFirst, let parent = open.indices.last { open[parent].content = .none }
    }

    private mutating func begin(_ element: Open) {
        var element = element
        element.isParentsFirst = startContent()
        indent()
        bytes.append(0x3C)
        open.append(element)
    }

    /// Ends the start tag of the open element, if it has no content yet.
    private mutating func startContent() -> Bool {
        guard let top = open.indices.last, open[top].content == .none else { return false }
        bytes.append(0x3E)
        bytes.append(0x0A)
        open[top].content = .elements
        return true
    }

    private mutating func endTag(_ element: Open) {
        bytes.append(0x3C)
        bytes.append(0x2F)
        if let name = element.dynamicName {
            bytes.append(contentsOf: name.utf8)
        } else {
            append(element.name)
        }
    }

    private mutating func indent() {
        bytes.append(contentsOf: repeatElement(0x20, count: 2 * open.count))
    }

    private mutating func finishAttribute(_ value: String) {
        bytes.append(0x3D)
        bytes.append(0x27)
        appendEscaped(value)
        bytes.append(0x27)
        open[open.count - 1].hasAttributes = true
    }

    private mutating func append(_ name: StaticString) {
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// The five markup characters become entities, in text as in attributes; control characters are left out.
    private mutating func appendEscaped(_ value: String) {
        var value = value
        value.withUTF8 { text in
            var start = 0
            for index in text.indices where needsEscape(text[index]) {
                bytes.append(contentsOf: text[start..<index])
                start = index + 1
                switch text[index] {
                case 0x26: append("&amp;")
                case 0x3C: append("&lt;")
                case 0x3E: append("&gt;")
                case 0x22: append("&quot;")
                case 0x27: append("&apos;")
                default: break
                }
            }
            bytes.append(contentsOf: text[start...])
        }
    }
}

private func needsEscape(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x26, 0x3C, 0x3E, 0x22, 0x27: true
    case 0x00..<0x20: byte != 0x09 && byte != 0x0A && byte != 0x0D
    default: false
    }
}

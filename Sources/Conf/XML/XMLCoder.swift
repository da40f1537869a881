package import VirtUtil

/// Reads or writes one element after another, as told by ``XMLMapped/map(_:)``.
///
/// Errors stick: the first one is kept, and what follows cannot replace it. So a description is a plain list of
/// steps, without `try`; ``XMLMapped/init(xml:)`` throws at the end. Bounded all the same, since the document is.
///
/// Not for keeping and not shared between tasks: one coder, one pass.
package final class XMLCoder {
    private enum Direction { case reading, writing }

    private let direction: Direction
    /// The element that is read.
    private var current: XMLNode?
    private var writer: XMLWriter
    package let style: XMLStyle
    package private(set) var error: ConfError?

    package init(reading node: XMLNode, style: XMLStyle = XMLStyle()) {
        direction = .reading
        current = node
        writer = XMLWriter(capacity: 0)
        self.style = style
    }

    package init(writing style: XMLStyle) {
        direction = .writing
        current = nil
        writer = XMLWriter()
        self.style = style
    }

    package var isReading: Bool { direction == .reading }
    package var isWriting: Bool { direction == .writing }
    package var text: String { writer.text }

    /// The element that is read; nil when writing.
    package var node: XMLNode? { current }
    package var elementName: String { current?.name ?? "" }

    // MARK: Errors

    package func fail(_ error: @autoclosure () -> ConfError) {
        if self.error == nil { self.error = error() }
    }

    /// `XML error: …`, from the domain code.
    package func failXML(_ message: @autoclosure () -> String) {
        fail(ConfError(.xml, message()))
    }

    package func failUnsupported(_ message: @autoclosure () -> String) {
        fail(ConfError(.unsupported, message()))
    }

    package func failInternal(_ message: @autoclosure () -> String) {
        fail(ConfError(.internal, message()))
    }

    /// Runs something that throws; its error sticks.
    package func attempt<T>(_ body: () throws(ConfError) -> T) -> T? {
        do {
            return try body()
        } catch {
            fail(error)
            return nil
        }
    }

    package func failAttribute(_ name: some CustomStringConvertible, _ value: String, _ expectation: String = "") {
        fail(
            ConfError(
                .xml, "Invalid value for attribute '\(name)' in element '\(elementName)': '\(value)'.\(expectation)",
                domain: ConfError.fromXML))
    }

    package func failMissing(_ name: some CustomStringConvertible) {
        fail(
            ConfError(
                .xml, "Missing required attribute '\(name)' in element '\(elementName)'", domain: ConfError.fromXML))
    }

    // MARK: Attributes

    /// What the attribute says when reading; nil when writing.
    package func peek(_ name: StaticString) -> String? {
        current?.attribute(name)
    }

    /// Writes an attribute; nothing when reading.
    package func put(_ name: StaticString, _ value: @autoclosure () -> String?) {
        if direction == .writing, let value = value() { writer.attribute(name, value) }
    }

    package func put(_ name: String, _ value: String) {
        if direction == .writing { writer.attribute(name, value) }
    }

    /// Declares a namespace, as libxml2 prints it.
    package func putNamespace(_ prefix: String?, _ uri: String) {
        if direction == .writing { writer.namespace(prefix, uri) }
    }

    package func attribute(_ name: StaticString, _ value: inout String?) {
        if direction == .reading {
            value = current?.attribute(name)
        } else if let value {
            writer.attribute(name, value)
        }
    }

    /// A word. A missing attribute leaves the value as it is.
    ///
    /// - Parameter unknown: Starts the message of a wrong word where libvirt has one of its own, `unknown sound
    ///   model`; the word follows in quotes. Without it the error is the reader's usual one.
    package func attribute<Word: XMLKeyword>(
        _ name: StaticString, _ value: inout Word, required: Bool = false, unknown: StaticString? = nil
    ) {
        if direction == .reading {
            guard let text = current?.attribute(name) else {
                if required { failMissing(name) }
                return
            }
            if let word = Word(rawValue: text) { value = word } else { failWord(name, text, unknown) }
        } else {
            writer.attribute(name, value.rawValue)
        }
    }

    package func attribute<Word: XMLKeyword>(
        _ name: StaticString, _ value: inout Word?, required: Bool = false, unknown: StaticString? = nil
    ) {
        if direction == .reading {
            guard let text = current?.attribute(name) else {
                if required { failMissing(name) }
                return
            }
            if let word = Word(rawValue: text) { value = word } else { failWord(name, text, unknown) }
        } else if let value {
            writer.attribute(name, value.rawValue)
        }
    }

    private func failWord(_ name: StaticString, _ text: String, _ unknown: StaticString?) {
        if let unknown { failUnsupported("\(unknown) '\(text)'") } else { failAttribute(name, text) }
    }

    /// A decimal number.
    package func attribute<Number: FixedWidthInteger>(_ name: StaticString, _ value: inout Number?) {
        if direction == .reading {
            guard let text = current?.attribute(name) else { return }
            if let number = Number(text.trimmedLeadingBlanks) {
                value = number
            } else {
                failAttribute(
                    name, text, Number.isSigned ? " Expected integer value" : " Expected non-negative integer value")
            }
        } else if let value {
            writer.attribute(name, String(value))
        }
    }

    /// A decimal number that must be given, and not be zero.
    package func attribute(_ name: StaticString, _ value: inout UInt32?, positive: Bool) {
        attribute(name, &value)
        guard direction == .reading, positive else { return }
        if value == nil { failMissing(name) }
        if value == 0 {
            fail(
                ConfError(
                    .xml, "Invalid value for attribute '\(name)' in element '\(elementName)': Zero is not permitted",
                    domain: ConfError.fromXML))
        }
    }

    /// A number that may be given as `0x1f`, and is printed so with at least `digits` digits.
    package func attribute<Number: FixedWidthInteger>(_ name: StaticString, _ value: inout Number?, hex digits: Int) {
        if direction == .reading {
            guard let text = current?.attribute(name) else { return }
            if let number = Number(anyBase: text.trimmedLeadingBlanks) {
                value = number
            } else {
                failAttribute(
                    name, text, Number.isSigned ? " Expected integer value" : " Expected non-negative integer value")
            }
        } else if let value {
            writer.attribute(name, hexadecimal(value, digits: digits))
        }
    }

    package func attribute(_ name: StaticString, _ value: inout CPUSet?) {
        if direction == .reading {
            guard let text = current?.attribute(name) else { return }
            value = attempt { () throws(ConfError) in try CPUSet(text) }
        } else if let value {
            writer.attribute(name, value.description)
        }
    }

    package func attribute(_ name: StaticString, _ value: inout DomainUUID?) {
        if direction == .reading {
            guard let text = current?.attribute(name) else { return }
            value = DomainUUID(text)
            if value == nil { failAttribute(name, text) }
        } else if let value {
            writer.attribute(name, value.description)
        }
    }

    // MARK: Text

    /// The characters of the element. Empty counts as none.
    package func characters(_ value: inout String?) {
        if direction == .reading {
            let text = current?.text ?? ""
            value = text.isEmpty ? nil : text
        } else if let value {
            writer.characters(value)
        }
    }

    package func putCharacters(_ value: @autoclosure () -> String) {
        if direction == .writing { writer.characters(value()) }
    }

    /// Prints an end tag even if nothing is inside.
    package func forceEndTag() {
        if direction == .writing { writer.forceContent() }
    }

    package func putBlankLine() {
        if direction == .writing { writer.blankLine() }
    }

    /// XML that was kept as it is.
    package func putVerbatim(_ xml: String) {
        if direction == .writing { writer.verbatimLine(xml) }
    }

    // MARK: Elements

    /// An element that has no value of its own. Not written when nothing is written into it;
    /// `body` is not called when reading a text that does not have it.
    package func element(_ name: StaticString, _ body: () -> Void) {
        if direction == .writing {
            writer.openElement(name)
            body()
            writer.closeOrDrop()
        } else if let child = current?.child(name) {
            read(child, body)
        }
    }

    /// An element whose presence says something.
    package func element(_ name: StaticString, present: inout Bool, _ body: () -> Void = {}) {
        if direction == .writing {
            guard present else { return }
            writer.openElement(name)
            body()
            writer.closeElement()
        } else if let child = current?.child(name) {
            present = true
            read(child, body)
        }
    }

    /// An element with a value of its own.
    package func element<Value: XMLMapped>(_ name: StaticString, _ value: inout Value?) {
        if direction == .writing {
            guard let value else { return }
            write(name, value)
        } else if let child = current?.child(name) {
            value = readValue(child)
        }
    }

    /// An element whose value is kept on the heap.
    package func element<Value: XMLMapped>(_ name: StaticString, _ value: inout Boxed<Value>?) {
        if direction == .writing {
            guard let value else { return }
            write(name, value.value)
        } else if let child = current?.child(name) {
            value = Boxed(readValue(child))
        }
    }

    package func elements<Value: XMLMapped>(_ name: StaticString, _ values: inout [Value]) {
        if direction == .writing {
            for value in values { write(name, value) }
        } else if let current {
            for child in current.children(name) { values.append(readValue(child)) }
        }
    }

    /// `<name>text</name>`.
    package func textElement(_ name: StaticString, _ value: inout String?) {
        if direction == .writing {
            guard let value else { return }
            writer.openElement(name)
            writer.characters(value)
            writer.closeElement()
        } else if let child = current?.child(name) {
            let text = child.text
            if !text.isEmpty { value = text }
        }
    }

    package func textElements(_ name: StaticString, _ values: inout [String]) {
        if direction == .writing {
            for value in values {
                writer.openElement(name)
                writer.characters(value)
                writer.closeElement()
            }
        } else if let current {
            for child in current.children(name) { values.append(child.text) }
        }
    }

    /// Elements that are kept, not understood.
    package func verbatim(_ name: StaticString, _ values: inout [GenericElement]) {
        if direction == .writing {
            for value in values { value.write(to: &writer) }
        } else if let current {
            for child in current.children(name) { values.append(GenericElement(child)) }
        }
    }

    package func verbatim(_ name: StaticString, _ value: inout GenericElement?) {
        if direction == .writing {
            value?.write(to: &writer)
        } else if let child = current?.child(name) {
            value = GenericElement(child)
        }
    }

    /// Writes an element without children with a start and an end tag.
    func putOpen(_ element: GenericElement) {
        writer.openElement(element.name)
        for attribute in element.attributes { writer.attribute(attribute.name, attribute.value) }
        writer.forceContent()
        writer.closeElement()
    }

    func write(_ element: GenericElement) {
        element.write(to: &writer)
    }

    /// Refuses an attribute of a kept element that is not one of the words; a missing one is fine unless required.
    package func check(
        _ element: GenericElement?, _ attribute: StaticString, _ words: Set<String>, required: Bool = false
    ) {
        guard isReading, let element else { return }
        guard let value = element.attribute("\(attribute)") else {
            if required {
                fail(
                    ConfError(
                        .xml, "Missing required attribute '\(attribute)' in element '\(element.name)'",
                        domain: ConfError.fromXML))
            }
            return
        }
        if !words.contains(value) {
            fail(
                ConfError(
                    .xml, "Invalid value for attribute '\(attribute)' in element '\(element.name)': '\(value)'.",
                    domain: ConfError.fromXML))
        }
    }

    package func write<Value: XMLMapped>(_ name: StaticString, _ value: Value) {
        var value = value
        writer.openElement(name)
        value.map(self)
        writer.closeElement()
    }

    func writeElement(_ name: StaticString, _ body: () -> Void) {
        writer.openElement(name)
        body()
        writer.closeElement()
    }

    package func readValue<Value: XMLMapped>(_ child: XMLNode) -> Value {
        var value = Value()
        read(child) { value.map(self) }
        return value
    }

    package func read(_ child: XMLNode, _ body: () -> Void) {
        let outer = current
        current = child
        body()
        current = outer
    }
}

extension FixedWidthInteger {
    /// As C's `strtoul` with base 0: `0x1f`, `017` or `15`.
    init?(anyBase text: String) {
        if text.hasPrefix("0x") || text.hasPrefix("0X") {
            self.init(text.dropFirst(2), radix: 16)
        } else if text.hasPrefix("0"), text.utf8.count > 1 {
            self.init(text.dropFirst(), radix: 8)
        } else {
            self.init(text)
        }
    }
}

func hexadecimal(_ value: some FixedWidthInteger, digits: Int) -> String {
    let text = String(value, radix: 16)
    return "0x" + String(repeating: "0", count: Swift.max(0, digits - text.utf8.count)) + text
}

extension XMLCoder {
    package func putElements(_ elements: [GenericElement]) {
        if isWriting { for element in elements { write(element) } }
    }

    /// Calls `body` for every element inside the one that is read.
    package func forEachElement(_ body: (XMLNode) -> Void) {
        var child = node?.firstElement
        while let current = child {
            body(current)
            child = current.nextElement
        }
    }
}

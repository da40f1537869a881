internal import VirtUtil

/// Steps of documents that a daemon writes: nearly everything in them must be there.
extension XMLCoder {
    /// A text that must be given; it may be empty.
    func attribute(_ name: StaticString, required value: inout String) {
        if isWriting {
            put(name, value)
        } else if let text = peek(name) {
            value = text
        } else {
            failMissing(name)
        }
    }

    func attribute<Number: FixedWidthInteger>(_ name: StaticString, required value: inout Number) {
        var number: Number? = isWriting ? value : nil
        attribute(name, &number)
        guard isReading else { return }
        if let number { value = number } else { failMissing(name) }
    }

    /// The decimal number that the element's text is.
    func characters<Number: FixedWidthInteger>(number value: inout Number) {
        guard isReading else { return putCharacters(String(value)) }
        let text = node?.text ?? ""
        if let number = Number(text) {
            value = number
        } else {
            failXML("element '\(elementName)' needs a number, not '\(text)'")
        }
    }

    /// An element that must be there, and is written even if nothing is in it.
    func required(_ name: StaticString, _ body: () -> Void) {
        if isWriting {
            writeElement(name, body)
        } else if let child = node?.child(name) {
            read(child, body)
        } else {
            failXML("missing element '\(name)' in element '\(elementName)'")
        }
    }

    /// `<name>text</name>` that must be there; the text may be empty.
    func textElement(_ name: StaticString, required value: inout String) {
        required(name) {
            if isReading { value = node?.text ?? "" } else { putCharacters(value) }
        }
    }

    /// An element whose parts have names only; nil if it is not there.
    func names(_ name: StaticString, _ values: inout [String]?) {
        if isReading {
            guard let child = node?.child(name) else { return }
            var names: [String] = []
            read(child) { forEachElement { names.append($0.name) } }
            values = names
        } else if let values {
            writeElement(name) { putElements(values.map { GenericElement(name: $0) }) }
        }
    }
}

package import VirtUtil

extension XMLMapped {
    /// Fills a new definition from a document whose root must have that name.
    mutating func read(_ document: XMLDocument, _ root: StaticString) throws(ConfError) {
        guard document.root.isNamed(root) else {
            throw ConfError(
                .xml, "expecting root element of '\(root)', not '\(document.root.name)'", domain: ConfError.fromXML)
        }
        let coder = XMLCoder(reading: document.root)
        map(coder)
        if let error = coder.error { throw error }
    }
}

extension XMLDocument {
    /// Parses a text in the name of the driver `origin`, a `VIR_FROM_*` number, which errors of the text carry.
    convenience init(_ text: String, name: String, origin: Int32) throws(ConfError) {
        do {
            try self.init(text, name: name)
        } catch {
            var error = error
            if error.domain == ConfError.fromDomain { error.domain = origin }
            throw error
        }
    }
}

extension XMLNode {
    /// The first attribute of that name that any of the elements of one name has, as XPath finds it.
    func first(_ element: StaticString, attribute: StaticString) -> String? {
        children(element).lazy.compactMap { $0.attribute(attribute) }.first
    }

    /// The text of the first element `inner` inside any of the elements `outer`.
    func first(_ outer: StaticString, text inner: StaticString) -> String? {
        children(outer).lazy.compactMap { $0.child(inner)?.text }.first
    }
}

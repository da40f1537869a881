package import VirtUtil

extension XMLMapped {
    /// Fills a new definition from a document whose root must have that name.
    mutating func read(_ document: XMLDocument, _ root: StaticString) throws(ConfError) {
        try document.root.require(root)
        let coder = XMLCoder(reading: document.root)
        map(coder)
        if let error = coder.error { throw error }
    }
}

extension XMLNode {
    /// Refuses a document's root of another name.
    func require(_ name: StaticString) throws(ConfError) {
        guard !isNamed(name) else { return }
        throw ConfError(
            .xml, "expecting root element of '\(name)', not '\(self.name)'", domain: ConfError.fromXML)
    }

    /// The first attribute of that name that any of the elements of one name has, as XPath finds it.
    func first(_ element: StaticString, attribute: StaticString) -> String? {
        children(element).lazy.compactMap { $0.attribute(attribute) }.first
    }

    /// The text of the first element `inner` inside any of the elements `outer`.
    func first(_ outer: StaticString, text inner: StaticString) -> String? {
        children(outer).lazy.compactMap { $0.child(inner)?.text }.first
    }
}

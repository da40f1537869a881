internal import CLibXML2

#if canImport(Glibc)
    internal import Glibc
#endif

/// An element of a document. Keeps the document alive.
package struct XMLNode: Sendable {
    package let document: XMLDocument
    // SAFETY: points into `document`, which is immutable and retained by this value.
    nonisolated(unsafe) let raw: xmlNodePtr

    init(document: XMLDocument, raw: xmlNodePtr) {
        self.document = document
        self.raw = raw
    }

    /// The name, without a namespace prefix.
    package var name: String { String(cString: raw.pointee.name) }
    package var prefix: String? { raw.pointee.ns?.pointee.prefix.map { String(cString: $0) } }
    package var namespaceURI: String? { raw.pointee.ns?.pointee.href.map { String(cString: $0) } }
    package var line: Int { Int(xmlGetLineNo(raw)) }

    package func isNamed(_ name: StaticString) -> Bool {
        equal(raw.pointee.name, name)
    }

    /// The value of an attribute, or nil.
    package func attribute(_ name: StaticString) -> String? {
        var attribute = raw.pointee.properties
        while let current = attribute {
            if equal(current.pointee.name, name) { return content(of: current.pointee.children) }
            attribute = current.pointee.next
        }
        return nil
    }

    package func hasAttribute(_ name: StaticString) -> Bool {
        var attribute = raw.pointee.properties
        while let current = attribute {
            if equal(current.pointee.name, name) { return true }
            attribute = current.pointee.next
        }
        return false
    }

    /// All attributes in the text's order.
    package var attributes: [(name: String, value: String)] {
        var result: [(name: String, value: String)] = []
        var attribute = raw.pointee.properties
        while let current = attribute {
            result.append((String(cString: current.pointee.name), content(of: current.pointee.children)))
            attribute = current.pointee.next
        }
        return result
    }

    /// The characters inside, markup left out.
    package var text: String { content(of: raw.pointee.children) }

    /// The first element inside, of any name.
    package var firstElement: XMLNode? { element(from: raw.pointee.children) }
    /// The next element beside this one.
    package var nextElement: XMLNode? { element(from: raw.pointee.next) }

    /// The first element of that name inside, ignoring elements of a namespace.
    package func child(_ name: StaticString) -> XMLNode? {
        named(name, from: raw.pointee.children)
    }

    /// The next element beside this one of that name.
    package func next(_ name: StaticString) -> XMLNode? {
        named(name, from: raw.pointee.next)
    }

    package func children(_ name: StaticString) -> NamedChildren {
        NamedChildren(upcoming: child(name), name: name)
    }

    /// The element and all inside it, as libxml2 prints it; `level` is how deep it stands in the printed text.
    ///
    /// This is how libvirt gives back the contents of `<metadata>`, which belong to applications.
    package func serialized(level: Int) -> String {
        guard let buffer = xmlBufferCreate() else { return "" }
        defer { xmlBufferFree(buffer) }
        guard xmlNodeDump(buffer, document.raw, raw, Int32(level), 1) >= 0, let bytes = xmlBufferContent(buffer) else {
            return ""
        }
        return String(cString: bytes)
    }

    /// A copy that stands by itself: it declares the namespaces that it uses and elements around it declare.
    ///
    /// - Parameter body: must not keep the copy.
    package func withDetachedCopy<Result>(_ body: (XMLNode) -> Result) -> Result? {
        guard let copy = xmlDocCopyNode(raw, document.raw, 1) else { return nil }
        defer { xmlFreeNode(copy) }
        return body(XMLNode(document: document, raw: copy))
    }

    /// The namespaces that the element declares; without a prefix it is that of unprefixed names.
    package var namespaceDeclarations: [(prefix: String?, uri: String)] {
        var result: [(prefix: String?, uri: String)] = []
        var declaration = raw.pointee.nsDef
        while let current = declaration {
            if let uri = current.pointee.href {
                result.append((current.pointee.prefix.map { String(cString: $0) }, String(cString: uri)))
            }
            declaration = current.pointee.next
        }
        return result
    }

    private func element(from start: xmlNodePtr?) -> XMLNode? {
        var node = start
        while let current = node {
            if current.pointee.type == XML_ELEMENT_NODE { return XMLNode(document: document, raw: current) }
            node = current.pointee.next
        }
        return nil
    }

    private func named(_ name: StaticString, from start: xmlNodePtr?) -> XMLNode? {
        var node = start
        while let current = node {
            if current.pointee.type == XML_ELEMENT_NODE, current.pointee.ns == nil, equal(current.pointee.name, name) {
                return XMLNode(document: document, raw: current)
            }
            node = current.pointee.next
        }
        return nil
    }

    /// The elements of one name inside another.
    package struct NamedChildren: Sequence, IteratorProtocol {
        var upcoming: XMLNode?
        let name: StaticString

        package mutating func next() -> XMLNode? {
            guard let current = upcoming else { return nil }
            upcoming = current.next(name)
            return current
        }
    }
}

private func equal(_ name: UnsafePointer<xmlChar>, _ other: StaticString) -> Bool {
    // SAFETY: literals are NUL-terminated, and so are libxml2's names.
    strcmp(
        UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self),
        UnsafeRawPointer(other.utf8Start).assumingMemoryBound(to: CChar.self)) == 0
}

/// Characters of a list of nodes. One text node is the rule, and costs one copy.
private func content(of first: xmlNodePtr?) -> String {
    guard let first else { return "" }
    if first.pointee.next == nil, first.pointee.type == XML_TEXT_NODE {
        return first.pointee.content.map { String(cString: $0) } ?? ""
    }
    var bytes: [UInt8] = []
    append(first, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
}

/// Recursion ends: the document is at most ``XMLLimits/depth`` deep.
private func append(_ first: xmlNodePtr, to bytes: inout [UInt8]) {
    var node: xmlNodePtr? = first
    while let current = node {
        switch current.pointee.type {
        case XML_TEXT_NODE, XML_CDATA_SECTION_NODE:
            if let content = current.pointee.content {
                bytes.append(contentsOf: UnsafeBufferPointer(start: content, count: Int(xmlStrlen(content))))
            }
        case XML_ELEMENT_NODE:
            if let children = current.pointee.children { append(children, to: &bytes) }
        default: break
        }
        node = current.pointee.next
    }
}

internal import CLibXML2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A parsed document, to select nodes in.
///
/// SAFETY: the document is freed by `deinit` only; pointers into it do not leave the methods that got them. Strings that
/// libxml2 makes come from `malloc`, since nobody gives it another allocator.
struct XMLSelection: ~Copyable {
    private let document: xmlDocPtr

    init(document text: String) throws(ShellError) {
        let bytes = Array(text.utf8)
        let options = Int32(XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue)
        let parsed = bytes.withUnsafeBytes { raw in
            xmlReadMemory(
                raw.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(raw.count), nil, "UTF-8", options)
        }
        guard let parsed else { throw ShellError("the daemon sent XML that cannot be read") }
        document = parsed
    }

    deinit { xmlFreeDoc(document) }

    /// The nodes that an expression selects, as XML, and in an element `nodes` if asked for.
    func serialized(_ expression: String, wrapped: Bool) throws(ShellError) -> [String] {
        guard let context = xmlXPathNewContext(document) else { throw ShellError("out of memory") }
        defer { xmlXPathFreeContext(context) }
        guard let result = xmlXPathEval(expression, context) else {
            throw ShellError("the XPath expression '\(expression)' is not valid")
        }
        defer { xmlXPathFreeObject(result) }
        var nodes: [xmlNodePtr] = []
        if let set = result.pointee.nodesetval {
            for index in 0..<Int(set.pointee.nodeNr) {
                if let node = set.pointee.nodeTab[index] { nodes.append(node) }
            }
        }
        if wrapped { return [try wrap(nodes)] }
        return nodes.map { text(of: $0, in: document) }
    }

    /// The text of an expression that yields text, such as `string(/domain/name)`.
    func string(_ expression: String) -> String? {
        evaluate(expression) { $0.stringval.map { String(cString: $0) } } ?? nil
    }

    /// The text of each node that an expression selects.
    func strings(_ expression: String) -> [String] {
        guard let context = xmlXPathNewContext(document) else { return [] }
        defer { xmlXPathFreeContext(context) }
        guard let result = xmlXPathEval(expression, context) else { return [] }
        defer { xmlXPathFreeObject(result) }
        guard let set = result.pointee.nodesetval else { return [] }
        return (0..<Int(set.pointee.nodeNr)).compactMap { index in
            guard let node = set.pointee.nodeTab[index], let content = xmlNodeGetContent(node) else { return nil }
            defer { free(content) }
            return String(cString: content)
        }
    }

    /// The document, with another text in the first node that an expression selects.
    consuming func replacing(_ expression: String, with text: String) -> String {
        setText(expression, text)
        return (try? serialized("/*", wrapped: false))?.first ?? ""
    }

    // MARK: Changes

    func setAttribute(_ expression: String, _ name: String, _ value: String) {
        withFirstNode(expression) { xmlSetProp($0, name, value) }
    }

    func setText(_ expression: String, _ text: String) {
        withFirstNode(expression) { xmlNodeSetContent($0, XMLText.escape(text)) }
    }

    /// Adds an element with one attribute at the end of another.
    func add(_ element: String, _ attribute: String, _ value: String, to expression: String) {
        withFirstNode(expression) { node in
            if let child = xmlNewChild(node, nil, element, nil) { xmlNewProp(child, attribute, value) }
        }
    }

    func remove(_ expression: String) {
        withFirstNode(expression) { node in
            xmlUnlinkNode(node)
            xmlFreeNode(node)
        }
    }

    /// Nothing happens if no node is selected. The node set is freed first: it must not hold a node that goes.
    private func withFirstNode(_ expression: String, _ change: (xmlNodePtr) -> Void) {
        guard let context = xmlXPathNewContext(document) else { return }
        let result = xmlXPathEval(expression, context)
        var node: xmlNodePtr?
        if let set = result?.pointee.nodesetval, set.pointee.nodeNr > 0 { node = set.pointee.nodeTab[0] }
        if let result { xmlXPathFreeObject(result) }
        xmlXPathFreeContext(context)
        if let node { change(node) }
    }

    /// How many nodes an expression selects.
    func count(_ expression: String) -> Int {
        evaluate("count(\(expression))") { Int($0.floatval) } ?? 0
    }

    private func evaluate<Value>(_ expression: String, _ read: (xmlXPathObject) -> Value) -> Value? {
        guard let context = xmlXPathNewContext(document) else { return nil }
        defer { xmlXPathFreeContext(context) }
        guard let result = xmlXPathEval(expression, context) else { return nil }
        defer { xmlXPathFreeObject(result) }
        return read(result.pointee)
    }

    private func wrap(_ nodes: [xmlNodePtr]) throws(ShellError) -> String {
        guard let holder = xmlNewDoc("1.0") else { throw ShellError("out of memory") }
        defer { xmlFreeDoc(holder) }
        guard let root = xmlNewDocNode(holder, nil, "nodes", nil) else { throw ShellError("out of memory") }
        xmlDocSetRootElement(holder, root)
        for node in nodes {
            guard let copy = xmlDocCopyNode(node, holder, 1) else { throw ShellError("out of memory") }
            xmlAddChild(root, copy)
        }
        return text(of: root, in: holder)
    }

    private func text(of node: xmlNodePtr, in owner: xmlDocPtr) -> String {
        guard let buffer = xmlBufferCreate() else { return "" }
        defer { xmlBufferFree(buffer) }
        guard xmlNodeDump(buffer, owner, node, 0, 1) >= 0, let content = xmlBufferContent(buffer) else { return "" }
        return String(cString: content)
    }
}

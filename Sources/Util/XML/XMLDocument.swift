internal import CLibXML2

#if canImport(Glibc)
    internal import Glibc
#endif

/// A parsed XML text.
///
/// The parser never opens a file or a connection, declares no entities (a text that does is refused), and stops at
/// ``XMLLimits``. The document lives as long as anything refers to it; every ``XMLNode`` does.
///
/// Sendable because it is never changed after `init`.
package final class XMLDocument: @unchecked Sendable {
    // SAFETY: set once, freed once in deinit, read-only in between; nodes keep the document alive.
    let raw: xmlDocPtr

    /// Parses a text.
    ///
    /// - Parameter name: What errors call the text: `(domain_definition)`, or a file's name.
    /// - Throws: Code 35 with the line, its text and a pointer to the column, as libvirt prints them.
    package convenience init(
        _ text: String, name: String, domain: Int32 = ConfError.fromDomain, limits: XMLLimits = .standard
    ) throws(ConfError) {
        var text = text
        let result: Result<xmlDocPtr, ConfError> = text.withUTF8 {
            parse($0, name: name, domain: domain, limits: limits)
        }
        self.init(adopting: try result.get())
    }

    package convenience init(bytes: [UInt8], name: String, limits: XMLLimits = .standard) throws(ConfError) {
        let result: Result<xmlDocPtr, ConfError> = bytes.withUnsafeBufferPointer {
            parse($0, name: name, domain: ConfError.fromDomain, limits: limits)
        }
        self.init(adopting: try result.get())
    }

    private init(adopting raw: xmlDocPtr) {
        self.raw = raw
    }

    deinit {
        xmlFreeDoc(raw)
    }

    /// A document of one element that holds a copy of this one's root.
    package func wrapped(in name: StaticString) -> XMLDocument {
        let text = "<\(name)/>"
        guard let outer = try? XMLDocument(text, name: text),
            let copy = xmlDocCopyNode(xmlDocGetRootElement(raw), outer.raw, 1)
        else { preconditionFailure("\(name) is no name, or there is no memory left") }
        xmlAddChild(xmlDocGetRootElement(outer.raw), copy)
        return outer
    }

    /// The outermost element.
    package var root: XMLNode {
        // `parse` refuses a text without one.
        XMLNode(document: self, raw: xmlDocGetRootElement(raw))
    }
}

/// Collects the first thing a parse complains about.
class ParseReport {
    let name: String
    let domain: Int32
    var first: ConfError?

    init(name: String, domain: Int32) {
        self.name = name
        self.domain = domain
    }

    func fail(_ line: Int32, _ message: String, context: String, column: Int) {
        guard first == nil else { return }
        let text = "\(name):\(line): \(message)\n\(context)\n\(String(repeating: "-", count: column))^"
        first = ConfError(
            code: ConfError.Kind.xmlDetail.code, domain: domain, message: text, detail: text)
    }
}

let libraryReady: Void = xmlInitParser()

private func parse(
    _ text: UnsafeBufferPointer<UInt8>, name: String, domain: Int32, limits: XMLLimits
) -> Result<xmlDocPtr, ConfError> {
    _ = libraryReady
    let report = ParseReport(name: name, domain: domain)
    func failure(_ message: String, context: String = "(null)") -> Result<xmlDocPtr, ConfError> {
        report.fail(1, message, context: context, column: 0)
        return .failure(report.first!)
    }
    guard !text.isEmpty else { return failure("Document is empty") }
    guard text.count <= limits.bytes else { return failure("Document is longer than \(limits.bytes) bytes") }
    guard let parser = xmlNewParserCtxt() else { return failure("out of memory") }
    // SAFETY: the report outlives the parser: it is a local of this function, extended past the last use below.
    parser.pointee._private = Unmanaged.passUnretained(report).toOpaque()
    parser.pointee.sax.pointee.serror = { parser, error in
        guard let parser = parser?.assumingMemoryBound(to: xmlParserCtxt.self), let error else { return }
        // A namespace that is no absolute URI is only warned of.
        if error.pointee.level == XML_ERR_WARNING { return }
        note(parser, line: error.pointee.line, error.pointee.message.map { String(cString: $0) } ?? "parse error")
    }
    // An entity can multiply what was sent, or name a file of ours: declaring one ends the parse.
    parser.pointee.sax.pointee.entityDecl = { parser, _, _, _, _, _ in
        guard let parser = parser?.assumingMemoryBound(to: xmlParserCtxt.self) else { return }
        note(parser, line: parser.pointee.input?.pointee.line ?? 0, "Entity declarations are not allowed")
        xmlStopParser(parser)
    }
    let options = XML_PARSE_NONET.rawValue | XML_PARSE_NOWARNING.rawValue | XML_PARSE_NOBLANKS.rawValue
    let document = text.withMemoryRebound(to: CChar.self) {
        xmlCtxtReadMemory(parser, $0.baseAddress, Int32($0.count), nil, nil, Int32(options))
    }
    let wellFormed = parser.pointee.wellFormed != 0
    xmlFreeParserCtxt(parser)
    return withExtendedLifetime(report) {
        guard let document, wellFormed, report.first == nil else {
            xmlFreeDoc(document)
            return failure("failed to parse the document")
        }
        guard let root = xmlDocGetRootElement(document) else {
            xmlFreeDoc(document)
            return failure("missing root element")
        }
        guard depthIsAtMost(limits.depth, root) else {
            xmlFreeDoc(document)
            return failure("Elements are nested deeper than \(limits.depth)")
        }
        return .success(document)
    }
}

func note(_ parser: UnsafeMutablePointer<xmlParserCtxt>, line: Int32, _ message: String) {
    guard let owner = parser.pointee._private else { return }
    // SAFETY: whoever made the parser stored it and keeps it alive.
    let report = Unmanaged<ParseReport>.fromOpaque(owner).takeUnretainedValue()
    guard report.first == nil else { return }
    var message = Substring(message)
    if message.last == "\n" { message.removeLast() }
    let (context, column) = surroundings(parser)
    report.fail(line, String(message), context: context, column: column)
}

/// The line that the parser is in, and how far into it.
private func surroundings(_ parser: UnsafeMutablePointer<xmlParserCtxt>) -> (String, Int) {
    guard let input = parser.pointee.input, let base = input.pointee.base, let current = input.pointee.cur else {
        return ("(null)", 0)
    }
    func isBreak(_ byte: UInt8) -> Bool { byte == 10 || byte == 13 }
    var start = current
    while start > base, isBreak(start.pointee) { start -= 1 }
    while start > base, !isBreak(start.pointee) { start -= 1 }
    if isBreak(start.pointee) { start += 1 }
    var end = start
    while end.pointee != 0, !isBreak(end.pointee) { end += 1 }
    // A hostile text may be one line of megabytes; nobody reads that.
    let longest = 4096
    let shown = UnsafeBufferPointer(start: start, count: min(end - start, longest))
    // libvirt prints an empty line so.
    let text = shown.isEmpty ? "(null)" : String(decoding: shown, as: UTF8.self)
    return (text, min(max(current - start, 0), longest))
}

private func depthIsAtMost(_ limit: Int, _ root: xmlNodePtr) -> Bool {
    var depth = 1
    var node = root
    while true {
        if node.pointee.type == XML_ELEMENT_NODE, let child = node.pointee.children {
            depth += 1
            if depth > limit + 1 { return false }
            node = child
            continue
        }
        while node.pointee.next == nil {
            guard node != root, let parent = node.pointee.parent, parent != root else { return true }
            node = parent
            depth -= 1
        }
        if node == root { return true }
        node = node.pointee.next
    }
}

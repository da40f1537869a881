internal import CLibXML2

#if canImport(Glibc)
    internal import Glibc
#endif

/// A few texts and attributes out of a document, without a tree of it.
///
/// The reader stops as soon as it has all, and keeps nothing else, so a document costs no more than the bytes that come
/// before. Where it can be read in two ways it is refused: what is found here is what a full parse finds.
package struct XMLScan: Sendable {
    /// A place in a document: elements from the root's children down, and perhaps an attribute of the last.
    package struct Path: Sendable {
        let elements: [String]
        let attribute: String?
        /// An attribute that the last element must have, with its value.
        let condition: (name: String, value: String)?
        /// Whether every element on the way is looked into, not the first of its name alone.
        let followsAll: Bool
        /// Whether the scan may end without it.
        let isFallback: Bool

        package init(
            _ elements: [String], attribute: String? = nil, condition: (name: String, value: String)? = nil,
            followsAll: Bool = false, isFallback: Bool = false
        ) {
            self.elements = elements
            self.attribute = attribute
            self.condition = condition
            self.followsAll = followsAll
            self.isFallback = isFallback
        }

        /// `name`, `usage/volume`, `mac/@address`, `@name` for the root's own. Below the root's children, and with an
        /// attribute, an element may be there once only.
        package init(_ text: String, isFallback: Bool = false) {
            var parts = text.split(separator: "/").map(String.init)
            let attribute = parts.last.flatMap { $0.hasPrefix("@") ? String($0.dropFirst()) : nil }
            if attribute != nil { parts.removeLast() }
            self.init(
                parts, attribute: attribute, followsAll: parts.count > 1 || attribute != nil, isFallback: isFallback)
        }
    }

    /// The outermost element's name, without a prefix.
    package let root: String
    /// What was found, in the order of the paths; nil where nothing was.
    package let values: [String?]

    /// Longest text that is taken: names and UUIDs are short.
    package static let longestValue = 4096

    /// Reads until all paths have been found that are no fallback.
    ///
    /// - Throws: ``ConfError`` as ``XMLDocument`` for what is no XML so far; code 27 where a text that was asked for
    ///   holds more than characters or is longer than ``longestValue``.
    package init(
        _ text: String, name: String, paths: [Path], domain: Int32 = ConfError.fromDomain,
        limits: XMLLimits = .standard
    ) throws(ConfError) {
        var text = text
        let result: Result<(String, [String?]), ConfError> = text.withUTF8 {
            scan($0, ScanReport(name: name, domain: domain, paths: paths), limits)
        }
        (root, values) = try result.get()
    }
}

/// What a scan has seen.
private final class ScanReport: ParseReport {
    let paths: [XMLScan.Path]
    var values: [String?]
    var root: String?
    var depth = 0
    private let deepest: Int
    /// How many of a path's elements, from the first, are open now.
    private var matched: [Int]
    /// How many of a path's elements have been met once, and are not followed again.
    private var closed: [Int]
    /// The path whose text is being read.
    private(set) var capturing: Int?
    private var captured: [UInt8] = []

    init(name: String, domain: Int32, paths: [XMLScan.Path]) {
        self.paths = paths
        deepest = paths.map(\.elements.count).max() ?? 0
        values = Array(repeating: nil, count: paths.count)
        matched = Array(repeating: 0, count: paths.count)
        closed = Array(repeating: 0, count: paths.count)
        super.init(name: name, domain: domain)
    }

    /// What is there and empty may send a reader to a fallback.
    var isComplete: Bool { root != nil && zip(paths, values).allSatisfy { $0.isFallback || $1?.isEmpty == false } }

    /// An element so deep inside that no path leads there.
    func skip() -> Bool {
        guard capturing == nil, depth > deepest else { return false }
        depth += 1
        return true
    }

    /// - Parameter attribute: The value of one of its attributes, by name.
    func start(_ name: String, isPlain: Bool, attribute: (String) -> String?) {
        if capturing != nil { return refuse("holds elements") }
        defer { depth += 1 }
        if depth == 0 {
            root = name
            for (index, path) in paths.enumerated() where path.elements.isEmpty {
                values[index] = path.attribute.flatMap(attribute)
            }
            return
        }
        guard isPlain else { return }
        for (index, path) in paths.enumerated() {
            guard matched[index] == depth - 1, depth <= path.elements.count, path.elements[depth - 1] == name,
                path.followsAll || closed[index] < depth
            else { continue }
            if let condition = path.condition, depth == path.elements.count,
                attribute(condition.name) != condition.value
            {
                continue
            }
            if path.followsAll, depth == path.elements.count, closed[index] == depth {
                first = ConfError(.xml, "element '\(name)' is given more than once", domain: domain)
                return
            }
            matched[index] = depth
            closed[index] = max(closed[index], depth)
            guard depth == path.elements.count else { continue }
            if let name = path.attribute {
                values[index] = attribute(name)
            } else if capturing == nil {
                capturing = index
                captured = []
            }
        }
    }

    func end() {
        depth -= 1
        if let path = capturing, depth == paths[path].elements.count {
            values[path] = String(decoding: captured, as: UTF8.self)
            capturing = nil
        }
        for index in paths.indices where depth > 0 && matched[index] == depth { matched[index] = depth - 1 }
    }

    func characters(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard capturing != nil else { return }
        if captured.count + bytes.count > XMLScan.longestValue {
            return refuse("is longer than \(XMLScan.longestValue) bytes")
        }
        captured.append(contentsOf: bytes)
    }

    /// Comments, instructions, references to entities: two readers may differ about the text around them.
    func interrupt(_ what: String) {
        if capturing != nil { refuse("holds \(what)") }
    }

    private func refuse(_ reason: String) {
        guard first == nil, let capturing, let element = paths[capturing].elements.last else { return }
        first = ConfError(.xml, "element '\(element)' \(reason)", domain: domain)
    }
}

private typealias Parser = UnsafeMutablePointer<xmlParserCtxt>

/// The report of a parser, and afterwards the end of it if there is nothing more to learn.
private func report(_ context: UnsafeMutableRawPointer?, _ body: (ScanReport) -> Void) {
    guard let parser = context?.assumingMemoryBound(to: xmlParserCtxt.self), let owner = parser.pointee._private else {
        return
    }
    // SAFETY: `scan` stored it and keeps it alive.
    let report = Unmanaged<ScanReport>.fromOpaque(owner).takeUnretainedValue()
    guard report.first == nil, !report.isComplete else { return }
    body(report)
    if report.first != nil || report.isComplete { xmlStopParser(parser) }
}

private func scan(
    _ text: UnsafeBufferPointer<UInt8>, _ found: ScanReport, _ limits: XMLLimits
) -> Result<(String, [String?]), ConfError> {
    _ = libraryReady
    func failure(_ message: String) -> Result<(String, [String?]), ConfError> {
        found.fail(1, message, context: "(null)", column: 0)
        return .failure(found.first ?? ConfError(.xml, message, domain: found.domain))
    }
    guard !text.isEmpty else { return failure("Document is empty") }
    guard text.count <= limits.bytes else { return failure("Document is longer than \(limits.bytes) bytes") }
    guard let parser = xmlNewParserCtxt(), let sax = parser.pointee.sax else { return failure("out of memory") }
    // SAFETY: the report outlives the parser: the caller's argument, extended past the last use below.
    parser.pointee._private = Unmanaged.passUnretained(found as ParseReport).toOpaque()
    // No tree is built: only these are told of what is read.
    let version = sax.pointee.initialized
    sax.pointee = xmlSAXHandler()
    sax.pointee.initialized = version
    sax.pointee.startElementNs = { context, name, _, uri, _, _, count, defaulted, attributes in
        guard let name else { return }
        // A tree does not get those that a DTD gives, which come last.
        let count = count - defaulted
        report(context) { found in
            if found.skip() { return }
            found.start(String(cString: name), isPlain: uri == nil) { wanted in
                attribute(wanted, attributes, Int(count))
            }
        }
    }
    sax.pointee.endElementNs = { context, _, _, _ in report(context) { $0.end() } }
    sax.pointee.characters = { context, bytes, count in
        guard let bytes, count > 0 else { return }
        report(context) { $0.characters(UnsafeBufferPointer(start: bytes, count: Int(count))) }
    }
    sax.pointee.ignorableWhitespace = sax.pointee.characters
    sax.pointee.cdataBlock = { context, _, _ in report(context) { $0.interrupt("a CDATA section") } }
    sax.pointee.comment = { context, _ in report(context) { $0.interrupt("a comment") } }
    sax.pointee.processingInstruction = { context, _, _ in report(context) { $0.interrupt("an instruction") } }
    sax.pointee.reference = { context, _ in report(context) { $0.interrupt("a reference") } }
    sax.pointee.entityDecl = { context, _, _, _, _, _ in
        guard let parser = context?.assumingMemoryBound(to: xmlParserCtxt.self) else { return }
        note(parser, line: parser.pointee.input?.pointee.line ?? 0, "Entity declarations are not allowed")
        xmlStopParser(parser)
    }
    sax.pointee.serror = { context, error in
        guard let parser = context?.assumingMemoryBound(to: xmlParserCtxt.self), let error else { return }
        if error.pointee.level == XML_ERR_WARNING { return }
        note(parser, line: error.pointee.line, error.pointee.message.map { String(cString: $0) } ?? "parse error")
    }
    let options = XML_PARSE_NONET.rawValue | XML_PARSE_NOWARNING.rawValue
    let document = text.withMemoryRebound(to: CChar.self) {
        xmlCtxtReadMemory(parser, $0.baseAddress, Int32($0.count), nil, nil, Int32(options))
    }
    xmlFreeDoc(document)
    let wellFormed = parser.pointee.wellFormed != 0
    xmlFreeParserCtxt(parser)
    return withExtendedLifetime(found) {
        guard found.isComplete && found.root != nil || wellFormed && found.first == nil, let root = found.root else {
            return failure("failed to parse the document")
        }
        return .success((root, found.values))
    }
}

/// The value of an attribute of no namespace: five pointers each, of which the first is the name, the second the
/// prefix, and the last two are where the value begins and ends.
private func attribute(
    _ wanted: String, _ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, _ count: Int
) -> String? {
    guard let attributes else { return nil }
    for index in 0..<count {
        guard let name = attributes[index * 5], String(cString: name) == wanted,
            let start = attributes[index * 5 + 3], let end = attributes[index * 5 + 4]
        else { continue }
        return String(decoding: UnsafeBufferPointer(start: start, count: end - start), as: UTF8.self)
    }
    return nil
}

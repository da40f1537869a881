internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// What people and applications write into a definition: notes that the host makes nothing of.
protocol TestNotes {
    var title: String? { get set }
    var description: String? { get set }
    var metadata: VirtConf.DomainMetadata? { get set }
}

extension TestNotes {
    /// A note of a kind: description, title, or an element in a namespace.
    ///
    /// - Returns: nil if there is none.
    func note(_ type: Int32, uri: String?) throws -> String? {
        switch type {
        case 0: description
        case 1: title
        case 2:
            try metadata?.entries.first { $0.namespace == uri }.map { try TestMetadata.withoutNamespace($0.standalone) }
        default: throw TestMetadata.unknown(type)
        }
    }

    /// - Parameter api: the function of libvirt's that is told of in refusals.
    mutating func setNote(_ type: Int32, _ text: String?, key: String?, uri: String?, in api: String) throws {
        let notEmpty = text.flatMap { $0.isEmpty ? nil : $0 }
        switch type {
        case 0: description = notEmpty
        case 1: title = notEmpty
        case 2:
            guard let uri else { throw VirtError.argument("uri", in: api, "uri in \(api) must not be NULL") }
            let entry = try text.flatMap { text in
                guard let key else { throw VirtError.argument("key", in: api, "key in \(api) must not be NULL") }
                return try TestMetadata.entry(text, key: key, uri: uri)
            }
            // Once there, it stays, also without entries.
            if metadata == nil, entry == nil { return }
            var new = metadata ?? VirtConf.DomainMetadata()
            new.entries.removeAll { $0.namespace == uri }
            if let entry { new.entries.append(entry) }
            metadata = new
        default: throw TestMetadata.unknown(type)
        }
    }
}

/// Metadata of applications: an element without namespace from outside, with one inside.
///
/// Works on what libxml2 printed, so that the texts are well-formed and have no CDATA of their own.
enum TestMetadata {
    static func unknown(_ type: Int32) -> VirtError { .domain(.invalidArg, "unknown metadata type '\(type)'") }

    /// A title is one line.
    static func check(_ type: Int32, _ text: String?, in api: String) throws {
        if type == 1, text?.utf8.contains(0x0A) == true {
            throw VirtError.argument("metadata", in: api, "metadata title can't contain newlines")
        }
    }

    /// The element of `text` and what is in it, in the namespace `uri` with the prefix `key`.
    ///
    /// One that brings a namespace of its own keeps it, and is found under that.
    static func entry(_ text: String, key: String, uri: String) throws -> VirtConf.DomainMetadata.Entry? {
        try conf { () throws(ConfError) in
            let root = try XMLDocument(text, name: "(metadata_xml)").root
            let own = root.namespaceURI
            let declaration = " xmlns:\(key)=\"\(escaped(uri))\""
            var isRoot = true
            var qualified = rewriteTags(root.serialized(level: 0)) { name, isEnd in
                let isUnqualified = own == nil && !name.contains(":")
                var result = isUnqualified ? "\(key):\(name)" : String(name)
                // Behind those that the element brings itself.
                if isRoot, !isEnd, own == nil { result += declaration }
                isRoot = false
                return result
            }
            if own != nil { qualified.insert(contentsOf: declaration, at: endOfNamespaces(qualified)) }
            var metadata = VirtConf.DomainMetadata()
            let document = try XMLDocument("<metadata>\(qualified)</metadata>", name: "(metadata_xml)")
            metadata.map(XMLCoder(reading: document.root))
            return metadata.entries.first
        }
    }

    /// The element as it was given.
    static func withoutNamespace(_ xml: String) throws -> String {
        try conf { () throws(ConfError) in
            let root = try XMLDocument(xml, name: "(metadata_xml)").root
            guard let prefix = root.prefix, let uri = root.namespaceURI else { return root.serialized(level: 0) }
            let declaration = " xmlns:\(prefix)=\"\(escaped(uri))\""
            var text = rewriteTags(root.serialized(level: 0)) { name, _ in
                name.hasPrefix(prefix + ":") ? String(name.dropFirst(prefix.count + 1)) : String(name)
            }
            if let end = text.firstIndex(of: ">"), let range = text[..<end].firstRange(of: declaration) {
                text.removeSubrange(range)
            }
            return try XMLDocument(text, name: "(metadata_xml)").root.serialized(level: 0)
        }
    }

    /// Where the namespaces of the first start tag end; libxml2 prints them before the attributes.
    private static func endOfNamespaces(_ text: String) -> String.Index {
        var end = text.firstIndex { $0 == ">" || $0 == "/" || $0.isWhitespace } ?? text.endIndex
        while text[end...].hasPrefix(" xmlns"), let quote = text[end...].firstIndex(where: { $0 == "\"" || $0 == "'" })
        {
            guard let close = text[text.index(after: quote)...].firstIndex(of: text[quote]) else { break }
            end = text.index(after: close)
        }
        return end
    }

    /// Replaces the names of start and end tags.
    private static func rewriteTags(_ text: String, _ name: (Substring, _ isEnd: Bool) -> String) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstIndex(of: "<") {
            result += rest[...start]
            rest = rest[rest.index(after: start)...]
            if rest.hasPrefix("!--"), let end = rest.firstRange(of: "-->") {
                result += rest[..<end.upperBound]
                rest = rest[end.upperBound...]
                continue
            }
            if rest.hasPrefix("?") { continue }
            let isEnd = rest.hasPrefix("/")
            if isEnd {
                result += "/"
                rest = rest.dropFirst()
            }
            let end = rest.firstIndex { $0 == ">" || $0 == "/" || $0.isWhitespace } ?? rest.endIndex
            result += name(rest[..<end], isEnd)
            rest = rest[end...]
        }
        return result + rest
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}

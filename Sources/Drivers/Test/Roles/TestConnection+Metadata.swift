public import Libvirt
internal import VirtConf
internal import VirtUtil

extension TestConnection: Libvirt.DomainMetadata {
    public func domainGetMetadata(
        _ dom: DomainRef, type: DomainMetadataType, uri: String?, flags: DomainModificationImpact
    ) async throws -> String {
        try check(flags, 3, "testDomainGetMetadata")
        return try host.read { state in
            let domain = try state.domain(dom)
            let definition = domain[try domain.target(flags.rawValue)]
            let text: String?
            switch type.rawValue {
            case 0: text = definition.description
            case 1: text = definition.title
            case 2:
                let entry = definition.metadata?.entries.first { $0.namespace == uri }
                text = try entry.map { try TestMetadata.withoutNamespace($0.standalone) }
            default: throw Self.unknownMetadata(type)
            }
            guard let text else {
                throw VirtError.domain(.noDomainMetadata, "Requested metadata element is not present")
            }
            return text
        }
    }

    public func domainSetMetadata(
        _ dom: DomainRef, type: DomainMetadataType, metadata: String?, key: String?, uri: String?,
        flags: DomainModificationImpact
    ) async throws {
        try check(flags, 3, "testDomainSetMetadata")
        if type.rawValue == 1, metadata?.utf8.contains(0x0A) == true {
            throw VirtError.argument(
                "metadata", in: "virDomainSetMetadata", "metadata title can't contain newlines")
        }
        try host.update { state in
            let reference = try state.modify(dom) { domain in
                for target in try domain.targets(flags.rawValue) {
                    try domain[target].setMetadata(type, metadata, key: key, uri: uri)
                }
                return domain.reference
            }
            state.events.append(.domain(.metadataChange(reference, type: type, nsuri: uri)))
        }
    }

    fileprivate static func unknownMetadata(_ type: DomainMetadataType) -> VirtError {
        .domain(.invalidArg, "unknown metadata type '\(type.rawValue)'")
    }
}

extension Definition {
    fileprivate mutating func setMetadata(
        _ type: DomainMetadataType, _ text: String?, key: String?, uri: String?
    ) throws {
        let notEmpty = text.flatMap { $0.isEmpty ? nil : $0 }
        switch type.rawValue {
        case 0: description = notEmpty
        case 1: title = notEmpty
        case 2:
            guard let uri else {
                throw VirtError.argument(
                    "uri", in: "virDomainSetMetadata", "uri in virDomainSetMetadata must not be NULL")
            }
            let entry = try text.flatMap { text in
                guard let key else {
                    throw VirtError.argument(
                        "key", in: "virDomainSetMetadata", "key in virDomainSetMetadata must not be NULL")
                }
                return try TestMetadata.entry(text, key: key, uri: uri)
            }
            // Once there, it stays, also without entries.
            if metadata == nil, entry == nil { return }
            var new = metadata ?? VirtConf.DomainMetadata()
            new.entries.removeAll { $0.namespace == uri }
            if let entry { new.entries.append(entry) }
            metadata = new
        default: throw TestConnection.unknownMetadata(type)
        }
    }
}

/// Metadata of applications: an element without namespace from outside, with one inside.
///
/// Works on what libxml2 printed, so that the texts are well-formed and have no CDATA of their own.
enum TestMetadata {
    /// The element of `text` and what is in it, in the namespace `uri` with the prefix `key`.
    ///
    /// One that brings a namespace of its own keeps it, and is found under that.
    fileprivate static func entry(_ text: String, key: String, uri: String) throws -> VirtConf.DomainMetadata.Entry? {
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
    fileprivate static func withoutNamespace(_ xml: String) throws -> String {
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

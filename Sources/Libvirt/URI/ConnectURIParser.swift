/// Reads a URI by RFC 3986, as far as libvirt's URIs go: a scheme is required, an authority is not.
struct ConnectURIParser {
    private let text: String
    private var rest: Substring

    init(_ text: String) {
        self.text = text
        rest = text[...]
    }

    mutating func parse() throws -> ConnectURI {
        let scheme = try parseScheme()
        let fragment = try cutLast("#").map { try decode($0, of: "fragment") }
        let query = cutLast("?")
        var uri = ConnectURI(
            driver: scheme.driver, transport: scheme.transport, user: nil, host: nil, port: nil, path: "",
            parameters: try parseParameters(query ?? ""), fragment: fragment)
        if rest.hasPrefix("//") {
            rest.removeFirst(2)
            let end = rest.firstIndex(of: "/") ?? rest.endIndex
            let authority = rest[..<end]
            rest = rest[end...]
            try parseAuthority(authority, into: &uri)
        }
        uri.path = try decode(rest, of: "path")
        if !uri.path.isEmpty, !uri.path.hasPrefix("/") { throw invalid("its path does not begin with a slash") }
        return uri
    }

    private func invalid(_ reason: String) -> VirtError { ConnectURI.invalid(text, reason) }

    /// What follows the first `mark`, which is cut off with it.
    private mutating func cutLast(_ mark: Character) -> Substring? {
        guard let index = rest.firstIndex(of: mark) else { return nil }
        defer { rest = rest[..<index] }
        return rest[rest.index(after: index)...]
    }

    private mutating func parseScheme() throws -> (driver: String, transport: ConnectURI.Transport?) {
        guard let end = rest.firstIndex(of: ":") else { throw invalid("it has no scheme, such as qemu:") }
        let scheme = rest[..<end]
        rest = rest[rest.index(after: end)...]
        let isLegal = scheme.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isLegal, let first = scheme.first, first.isLetter else {
            throw invalid("'\(scheme)' cannot be a scheme")
        }
        let parts = scheme.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
        let driver = parts[0].lowercased()
        guard parts.count == 2 else { return (driver, nil) }
        guard !driver.isEmpty else { throw invalid("it names no driver before the transport") }
        guard let transport = ConnectURI.Transport(rawValue: parts[1].lowercased()) else {
            throw invalid(
                "transport '\(parts[1])' in URL not recognised (should be unix|ssh|ext|tls|tcp|libssh2|libssh)")
        }
        return (driver, transport)
    }

    private func parseAuthority(_ authority: Substring, into uri: inout ConnectURI) throws {
        var host = authority
        if let at = host.lastIndex(of: "@") {
            uri.user = try decode(host[..<at], of: "user")
            host = host[host.index(after: at)...]
        }
        var port: Substring?
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { throw invalid("its host lacks the closing bracket") }
            let behind = host[host.index(after: end)...]
            if behind.hasPrefix(":") {
                port = behind.dropFirst()
            } else if !behind.isEmpty {
                throw invalid("'\(behind)' follows the host")
            }
            host = host[host.index(after: host.startIndex)..<end]
            guard !host.isEmpty else { throw invalid("its host is empty") }
        } else if let colon = host.firstIndex(of: ":") {
            port = host[host.index(after: colon)...]
            host = host[..<colon]
            if port?.contains(":") == true { throw invalid("an IPv6 address has to stand in brackets") }
        }
        if !host.isEmpty { uri.host = try decode(host, of: "host") }
        if let port, !port.isEmpty {
            guard let number = Int(port), (1...65535).contains(number), port.utf8.first != UInt8(ascii: "+") else {
                throw invalid("'\(port)' is no port")
            }
            uri.port = number
        }
        if uri.host == nil, uri.user != nil || uri.port != nil { throw invalid("it has a user or port but no host") }
    }

    private func parseParameters(_ query: Substring) throws -> [ConnectURI.Parameter] {
        try query.split(whereSeparator: { $0 == "&" || $0 == ";" }).map { part in
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try decode(pair[0], of: "query")
            if name.isEmpty { throw invalid("a parameter has no name") }
            return ConnectURI.Parameter(name: name, value: pair.count == 2 ? try decode(pair[1], of: "query") : "")
        }
    }

    private func decode(_ part: Substring, of what: String) throws -> String {
        var bytes: [UInt8] = []
        var input = part.utf8.makeIterator()
        while let byte = input.next() {
            guard byte == UInt8(ascii: "%") else {
                if byte <= 0x20 || byte == 0x7f { throw invalid("its \(what) holds a space or control character") }
                bytes.append(byte)
                continue
            }
            guard let high = input.next().flatMap(Self.digit), let low = input.next().flatMap(Self.digit) else {
                throw invalid("its \(what) holds a '%' without two hexadecimal digits")
            }
            guard high != 0 || low != 0 else { throw invalid("its \(what) holds a zero byte") }
            bytes.append(high << 4 | low)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

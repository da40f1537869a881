/// Reads JSON (RFC 8259), such as QEMU's answers. Members keep their order, numbers their text's value.
struct JSONText {
    private var rest: Substring.UTF8View
    /// Deeper nesting is refused: it would be recursion without end.
    private static let depthLimit = 200

    static func parse(_ text: String) -> JSON? {
        var reader = JSONText(rest: text[...].utf8)
        guard let value = reader.value(depth: 0) else { return nil }
        reader.skipBlanks()
        guard reader.rest.isEmpty else { return nil }
        return value
    }

    private mutating func skipBlanks() {
        rest = rest.drop { [0x20, 0x09, 0x0a, 0x0d].contains($0) }
    }

    private mutating func take(_ word: String) -> Bool {
        guard rest.starts(with: word.utf8) else { return false }
        rest = rest.dropFirst(word.utf8.count)
        return true
    }

    private mutating func value(depth: Int) -> JSON? {
        guard depth < Self.depthLimit else { return nil }
        skipBlanks()
        if take("null") { return .null }
        if take("true") { return .bool(true) }
        if take("false") { return .bool(false) }
        switch rest.first {
        case UInt8(ascii: "\""): return string().map { .string($0) }
        case UInt8(ascii: "["):
            return elements("[", "]") { $0.value(depth: depth + 1) }.map { .array($0) }
        case UInt8(ascii: "{"):
            return elements("{", "}") { reader -> JSON.Member? in
                reader.skipBlanks()
                guard let name = reader.string() else { return nil }
                reader.skipBlanks()
                guard reader.take(":"), let value = reader.value(depth: depth + 1) else { return nil }
                return JSON.Member(name: name, value: value)
            }.map { .object($0) }
        default: return number()
        }
    }

    private mutating func elements<Element>(
        _ open: String, _ close: String, _ read: (inout JSONText) -> Element?
    ) -> [Element]? {
        guard take(open) else { return nil }
        var elements: [Element] = []
        skipBlanks()
        if take(close) { return elements }
        while true {
            guard let element = read(&self) else { return nil }
            elements.append(element)
            skipBlanks()
            if take(close) { return elements }
            guard take(",") else { return nil }
        }
    }

    private mutating func number() -> JSON? {
        let digits = rest.prefix { "+-0123456789.eE".utf8.contains($0) }
        guard !digits.isEmpty else { return nil }
        let text = String(Substring(digits))
        rest = rest.dropFirst(digits.count)
        if let integer = Int64(text) { return .integer(integer) }
        if let unsigned = UInt64(text) { return .unsigned(unsigned) }
        return Double(text).map { .number($0) }
    }

    private mutating func string() -> String? {
        guard take("\"") else { return nil }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let text = escape() else { return nil }
                bytes += text.utf8
            default: bytes.append(byte)
            }
        }
        return nil
    }

    private mutating func escape() -> String? {
        guard let byte = rest.popFirst() else { return nil }
        switch byte {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return String(UnicodeScalar(byte))
        case UInt8(ascii: "u"):
            guard let first = unit() else { return nil }
            if (0xd800..<0xdc00).contains(first) {
                guard take("\\u"), let second = unit(), (0xdc00..<0xe000).contains(second) else { return nil }
                let scalar = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                return UnicodeScalar(scalar).map { String($0) }
            }
            return UnicodeScalar(first).map { String($0) }
        default: return nil
        }
    }

    private mutating func unit() -> UInt32? {
        let digits = rest.prefix(4)
        guard digits.count == 4, let value = UInt32(String(Substring(digits)), radix: 16) else { return nil }
        rest = rest.dropFirst(4)
        return value
    }
}

extension JSON {
    func member(_ name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }
}

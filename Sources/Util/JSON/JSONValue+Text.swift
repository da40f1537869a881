extension JSONValue {
    /// The value as one line without spaces.
    package var text: String {
        var writer = JSONWriter(isIndented: false)
        writer.write(self, level: 0)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The value with two spaces for each level, and a line for each element and member.
    package var indentedText: String {
        var writer = JSONWriter(isIndented: true)
        writer.write(self, level: 0)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// Prints as libvirt's JSON library does.
private struct JSONWriter {
    let isIndented: Bool
    var bytes: [UInt8] = []

    init(isIndented: Bool) { self.isIndented = isIndented }

    mutating func write(_ value: JSONValue, level: Int) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .number(let number): append(number.description)
        case .string(let text): write(text)
        case .array(let elements):
            write(elements, "[", "]", level: level) { writer, element, level in writer.write(element, level: level) }
        case .object(let object):
            write(object.members, "{", "}", level: level) { writer, member, level in
                writer.write(member.name)
                writer.append(writer.isIndented ? ": " : ":")
                writer.write(member.value, level: level)
            }
        }
    }

    private mutating func write<Element>(
        _ elements: [Element], _ open: String, _ close: String, level: Int,
        _ write: (inout JSONWriter, Element, Int) -> Void
    ) {
        append(open)
        newLine()
        for (index, element) in elements.enumerated() {
            if index > 0 {
                append(",")
                newLine()
            }
            indent(level + 1)
            write(&self, element, level + 1)
        }
        newLine()
        indent(level)
        append(close)
    }

    private mutating func newLine() { if isIndented { bytes.append(0x0A) } }

    private mutating func indent(_ level: Int) {
        if isIndented { bytes.append(contentsOf: repeatElement(0x20, count: 2 * level)) }
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x08: append("\\b")
            case 0x09: append("\\t")
            case 0x0A: append("\\n")
            case 0x0C: append("\\f")
            case 0x0D: append("\\r")
            case 0..<0x20:
                let digits = Array("0123456789ABCDEF".utf8)
                append("\\u00")
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

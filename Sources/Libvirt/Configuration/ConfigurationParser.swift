/// Reads the language that ``ConfigurationFile`` describes.
///
/// What libvirt 9.0 accepts is accepted and what it refuses is refused, with its words, but for accidents of its own:
/// blank files, and `"""` right at the end of the file, are fine here; numbers of more than 64 bits and texts that are
/// not UTF-8 are not.
struct ConfigurationParser {
    /// Lists in lists have no meaning in any file that there is; deeper ones would only take up the stack.
    static let maximumDepth = 16

    private let bytes: [UInt8]
    private let path: String
    private var position = 0
    private var line = 1

    init(_ bytes: [UInt8], path: String) {
        self.bytes = bytes
        self.path = path
    }

    mutating func parse() throws -> [ConfigurationFile.Entry] {
        var entries: [ConfigurationFile.Entry] = []
        while true {
            skipBlanksAndLines()
            guard let byte = peek else { return entries }
            if byte == UInt8(ascii: "#") { skipComment() } else { entries.append(try entry()) }
        }
    }

    private mutating func entry() throws -> ConfigurationFile.Entry {
        let start = line
        let name = try name()
        skipBlanks()
        guard take(UInt8(ascii: "=")) else { throw failure("expecting an assignment") }
        skipBlanks()
        let value = try value(depth: 0)
        skipBlanks()
        switch peek {
        case nil, .newline, .carriageReturn, UInt8(ascii: "#"): break
        case UInt8(ascii: ";"): position += 1
        default: throw failure("expecting a separator")
        }
        return ConfigurationFile.Entry(name: name, value: value, line: start)
    }

    private mutating func name() throws -> String {
        let start = position
        guard let first = peek, first.isLetter else { throw failure("expecting a name") }
        while let byte = peek, byte.isLetter || byte.isDigit || byte == UInt8(ascii: "_") { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func value(depth: Int) throws -> ConfigurationFile.Value {
        switch peek {
        case UInt8(ascii: "\""):
            return .string(try startsWith("\"\"\"") ? multiLineString() : string(quote: UInt8(ascii: "\"")))
        case UInt8(ascii: "'"): return .string(try string(quote: UInt8(ascii: "'")))
        case UInt8(ascii: "["): return .list(try list(depth: depth + 1))
        case let byte? where byte.isDigit || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+"):
            return .integer(try number())
        default: throw failure("expecting a value")
        }
    }

    private mutating func list(depth: Int) throws -> [ConfigurationFile.Value] {
        guard depth <= Self.maximumDepth else { throw failure("lists are nested too deeply") }
        var values: [ConfigurationFile.Value] = []
        position += 1
        skipBlanksAndLines()
        while peek != UInt8(ascii: "]") {
            if peek == nil && values.isEmpty { throw failure("list is not closed with ]") }
            values.append(try value(depth: depth))
            skipBlanksAndLines()
            switch peek {
            case UInt8(ascii: "]"): break
            case UInt8(ascii: ","):
                position += 1
                skipBlanksAndLines()
            case nil: throw failure("list is not closed with ]")
            default: throw failure("expecting a separator in list")
            }
        }
        position += 1
        return values
    }

    private mutating func number() throws -> Int128 {
        let isNegative = peek == UInt8(ascii: "-")
        if isNegative || peek == UInt8(ascii: "+") { position += 1 }
        let start = position
        var value: Int128 = 0
        while let byte = peek, byte.isDigit {
            value = value * 10 + Int128(byte - UInt8(ascii: "0"))
            guard value <= (isNegative ? Int128(Int64.max) + 1 : Int128(UInt64.max)) else {
                throw failure("number does not fit into 64 bits")
            }
            position += 1
        }
        guard position > start else { throw failure("unterminated number") }
        return isNegative ? -value : value
    }

    private mutating func string(quote: UInt8) throws -> String {
        position += 1
        let start = position
        while let byte = peek, byte != .newline, byte != .carriageReturn {
            position += 1
            if byte == quote { return try text(start..<position - 1, line: line) }
        }
        throw failure("unterminated string")
    }

    private mutating func multiLineString() throws -> String {
        let firstLine = line
        position += 3
        let start = position
        while let byte = peek {
            if startsWith("\"\"\"") {
                defer { position += 3 }
                return try text(start..<position, line: firstLine)
            }
            if byte == .newline { line += 1 }
            position += 1
        }
        // The line where it begins helps more than the end of the file.
        throw failure("unterminated string", line: firstLine)
    }

    /// Texts are paths and names for the system: nothing in them may change or end on the way.
    private func text(_ range: Range<Int>, line: Int) throws -> String {
        let bytes = bytes[range]
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            throw failure("string is not UTF-8 text", line: line)
        }
        return text
    }

    // MARK: Bytes

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func startsWith(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { bytes[position...].starts(with: $0) }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipBlanks() {
        while let byte = peek, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { position += 1 }
    }

    private mutating func skipBlanksAndLines() {
        while let byte = peek {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), .carriageReturn: break
            case .newline: line += 1
            default: return
            }
            position += 1
        }
    }

    private mutating func skipComment() {
        while let byte = peek, byte != .newline, byte != .carriageReturn { position += 1 }
    }

    private func failure(_ text: String, line: Int? = nil) -> VirtError {
        VirtError(.confSyntax, domain: .conf, "\(path):\(line ?? self.line): \(text)")
    }
}

extension UInt8 {
    fileprivate static let newline = UInt8(ascii: "\n")
    fileprivate static let carriageReturn = UInt8(ascii: "\r")
    fileprivate var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }
    fileprivate var isLetter: Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= self | 0x20 }
}

/// What a document may cost before it is refused. Guests and tools that we read from are not trusted.
package struct JSONLimits: Sendable {
    /// Longest text; what QEMU and its agent send in one answer is far below.
    package var bytes = 10 << 20
    /// Deepest nesting of arrays and objects.
    package var depth = 128
    /// Values in all: a text of a few bytes for each would otherwise take much more memory than it is long.
    package var values = 1 << 20

    package init() {}

    package static let standard = JSONLimits()
}

/// Why a text is no JSON, and where.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    package enum Reason: Equatable, Sendable {
        case tooLong, tooDeep, tooManyValues
        case unexpectedEnd, unexpectedCharacter, trailingCharacters
        case badNumber, badEscape, badUTF8, controlCharacter
        case duplicateName
    }

    package let reason: Reason
    /// Bytes before the place.
    package let offset: Int

    package init(reason: Reason, offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    package var description: String {
        let text =
            switch reason {
            case .tooLong: "text is too long"
            case .tooDeep: "values are nested too deeply"
            case .tooManyValues: "too many values"
            case .unexpectedEnd: "text ends too early"
            case .unexpectedCharacter: "unexpected character"
            case .trailingCharacters: "characters behind the value"
            case .badNumber: "malformed number"
            case .badEscape: "malformed escape in a string"
            case .badUTF8: "string is not UTF-8"
            case .controlCharacter: "control character in a string"
            case .duplicateName: "name of a member occurs twice"
            }
        return "\(text) at byte \(offset)"
    }
}

extension JSONValue {
    /// Reads a text that is one value, with white space around it.
    ///
    /// Strict: neither comments nor commas too many, each name once in an object, UTF-8 and pairs of surrogates only.
    package init(parsing text: some Sequence<UInt8>, limits: JSONLimits = .standard) throws(JSONError) {
        var parser = JSONParser(bytes: Array(text), limits: limits)
        self = try parser.document()
    }

    package init(parsing text: String, limits: JSONLimits = .standard) throws(JSONError) {
        try self.init(parsing: text.utf8, limits: limits)
    }
}

private struct JSONParser {
    let bytes: [UInt8]
    let limits: JSONLimits
    var position = 0
    var count = 0

    init(bytes: [UInt8], limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func document() throws(JSONError) -> JSONValue {
        guard bytes.count <= limits.bytes else { throw JSONError(reason: .tooLong, offset: limits.bytes) }
        skipSpace()
        let result = try value(depth: 0)
        skipSpace()
        if position < bytes.count { throw failure(.trailingCharacters) }
        return result
    }

    private func failure(_ reason: JSONError.Reason, at offset: Int? = nil) -> JSONError {
        JSONError(reason: reason, offset: offset ?? position)
    }

    /// The end, or a character that cannot be here.
    private var unexpected: JSONError {
        failure(position < bytes.count ? .unexpectedCharacter : .unexpectedEnd)
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        count += 1
        if count > limits.values { throw failure(.tooManyValues) }
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return .number(try number())
        default: throw unexpected
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for byte in "\(word)".utf8 where !take(byte) { throw unexpected }
        return value
    }

    // MARK: Arrays and objects

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        if depth > limits.depth { throw failure(.tooDeep) }
        position += 1
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array([]) }
        var elements: [JSONValue] = []
        while true {
            elements.append(try value(depth: depth))
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw unexpected }
            skipSpace()
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        if depth > limits.depth { throw failure(.tooDeep) }
        position += 1
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(JSONObject()) }
        var members: [JSONObject.Member] = []
        // Of few members, each is compared with each; of many, that would take for ever.
        var names: Set<String>?
        while true {
            let start = position
            guard next == UInt8(ascii: "\"") else { throw unexpected }
            let name = try string()
            if members.count == 16 { names = Set(members.map(\.name)) }
            let isNew = names?.insert(name).inserted ?? !members.contains { $0.name == name }
            guard isNew else { throw failure(.duplicateName, at: start) }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw unexpected }
            skipSpace()
            members.append(JSONObject.Member(name: name, value: try value(depth: depth)))
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(JSONObject(checked: members)) }
            guard take(UInt8(ascii: ",")) else { throw unexpected }
            skipSpace()
        }
    }

    // MARK: Strings

    private mutating func string() throws(JSONError) -> String {
        position += 1
        let start = position
        var isASCII = true
        // Nearly every string is as it stands here.
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let run = bytes[start..<position]
                position += 1
                return try text(run, isASCII: isASCII, at: start)
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start, isASCII: isASCII) }
            if byte < 0x20 { throw failure(.controlCharacter) }
            if byte >= 0x80 { isASCII = false }
            position += 1
        }
        throw failure(.unexpectedEnd)
    }

    private func text(_ run: ArraySlice<UInt8>, isASCII: Bool, at start: Int) throws(JSONError) -> String {
        if isASCII { return String(decoding: run, as: UTF8.self) }
        guard let text = String(validating: run, as: UTF8.self) else { throw failure(.badUTF8, at: start) }
        return text
    }

    private mutating func escapedString(from start: Int, isASCII: Bool) throws(JSONError) -> String {
        var buffer = Array(bytes[start..<position])
        var isASCII = isASCII
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(buffer[...], isASCII: isASCII, at: start)
            case UInt8(ascii: "\\"):
                let scalar = try escape()
                if scalar.value >= 0x80 { isASCII = false }
                buffer.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
            case 0..<0x20: throw failure(.controlCharacter, at: position - 1)
            default:
                if byte >= 0x80 { isASCII = false }
                buffer.append(byte)
            }
        }
        throw failure(.unexpectedEnd)
    }

    /// What stands behind a backslash.
    private mutating func escape() throws(JSONError) -> Unicode.Scalar {
        guard let byte = next else { throw failure(.unexpectedEnd) }
        let start = position - 1
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let unit = try hexadecimal(start)
            if let scalar = Unicode.Scalar(unit) { return scalar }
            guard unit < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
                throw failure(.badEscape, at: start)
            }
            let low = try hexadecimal(start)
            guard (0xDC00..<0xE000).contains(low),
                let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
            else { throw failure(.badEscape, at: start) }
            return scalar
        default: throw failure(.badEscape, at: start)
        }
    }

    private mutating func hexadecimal(_ start: Int) throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next else { throw failure(.unexpectedEnd) }
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw failure(.badEscape, at: start)
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    // MARK: Numbers

    private mutating func number() throws(JSONError) -> JSONNumber {
        let start = position
        let isNegative = take(UInt8(ascii: "-"))
        let whole = position
        var magnitude: UInt64 = 0
        var isLarge = false
        while let digit = takeDigit() {
            // At most 18 digits, so that no step overflows.
            if position - whole <= 18 { magnitude = magnitude * 10 + UInt64(digit) } else { isLarge = true }
        }
        let digits = position - whole
        if digits == 0 { throw position < bytes.count ? failure(.badNumber, at: start) : failure(.unexpectedEnd) }
        if digits > 1, bytes[whole] == UInt8(ascii: "0") { throw failure(.badNumber, at: start) }
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            isWhole = false
            try digitsOfPart(start)
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isWhole = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digitsOfPart(start)
        }
        if isWhole, !isLarge, !(isNegative && magnitude == 0) {
            return JSONNumber(isNegative ? -Int64(magnitude) : Int64(magnitude))
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let value = Int64(text), value != 0 { return JSONNumber(value) }
        return JSONNumber(checked: text)
    }

    private mutating func takeDigit() -> UInt8? {
        guard let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        position += 1
        return byte - UInt8(ascii: "0")
    }

    private mutating func digitsOfPart(_ start: Int) throws(JSONError) {
        guard takeDigit() != nil else {
            throw position < bytes.count ? failure(.badNumber, at: start) : failure(.unexpectedEnd)
        }
        while takeDigit() != nil {}
    }
}

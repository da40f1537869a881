extension UUID: CustomStringConvertible, LosslessStringConvertible {
    /// `6695eb01-f6a4-8304-79aa-97f2502e193f`
    public var description: String {
        let digits = StaticString("0123456789abcdef")
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for index in 0..<16 {
                if index == 4 || index == 6 || index == 8 || index == 10 {
                    buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                let byte = self[index]
                buffer[position] = digits.utf8Start[Int(byte >> 4)]
                buffer[position + 1] = digits.utf8Start[Int(byte & 15)]
                position += 2
            }
            return position
        }
    }

    /// The byte at a position in 0...15.
    public subscript(index: Int) -> UInt8 {
        precondition((0..<16).contains(index))
        let word = index < 8 ? word0 : word1
        return UInt8(truncatingIfNeeded: word >> UInt64(8 * (7 - index % 8)))
    }

    /// Reads 32 hexadecimal digits; hyphens and spaces may stand between bytes, as libvirt allows.
    public init?(_ text: String) {
        var words: [UInt64] = [0, 0]
        var digits = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "-"), UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\t"):
                if digits % 2 != 0 { return nil }
            default:
                guard digits < 32, let value = Self.value(ofDigit: byte) else { return nil }
                words[digits / 16] = words[digits / 16] << 4 | UInt64(value)
                digits += 1
            }
        }
        guard digits == 32 else { return nil }
        self.init(word0: words[0], word1: words[1])
    }

    private static func value(ofDigit byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// A random UUID, version 4.
    public static func random() -> UUID {
        var generator = SystemRandomNumberGenerator()
        var word0: UInt64 = generator.next()
        var word1: UInt64 = generator.next()
        word0 = word0 & ~0xf000 | 0x4000
        word1 = word1 & ~(3 << 62) | 2 << 62
        return UUID(word0: word0, word1: word1)
    }
}

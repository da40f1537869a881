/// A UUID as libvirt reads and prints them.
package struct DomainUUID: Hashable, Sendable {
    /// Bytes 0 to 7, the first the most significant.
    package var high: UInt64
    /// Bytes 8 to 15.
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new one: version 4, variant 1.
    package static func random() -> DomainUUID {
        var source = SystemRandomNumberGenerator()
        return DomainUUID(
            high: source.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000,
            low: source.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
    }

    /// Reads 32 hexadecimal digits of either case.
    ///
    /// As in libvirt, blanks around them and dashes between any two bytes (or none at all) are accepted.
    package init?(_ text: String) {
        var bytes = text.utf8[...]
        while let first = bytes.first, isBlank(first) { bytes.removeFirst() }
        var digits = 0
        var words: (UInt64, UInt64) = (0, 0)
        while digits < 32 {
            guard let byte = bytes.popFirst() else { return nil }
            if byte == 0x2D, digits.isMultiple(of: 2) { continue }
            guard let value = hexValue(byte) else { return nil }
            if digits < 16 { words.0 = words.0 << 4 | value } else { words.1 = words.1 << 4 | value }
            digits += 1
        }
        guard bytes.allSatisfy(isBlank) else { return nil }
        high = words.0
        low = words.1
    }

    package var isZero: Bool { high == 0 && low == 0 }
}

extension DomainUUID: CustomStringConvertible {
    /// Lower case, with dashes after digits 8, 12, 16 and 20.
    package var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for digit in 0..<32 {
                if digit == 8 || digit == 12 || digit == 16 || digit == 20 {
                    buffer[position] = 0x2D
                    position += 1
                }
                let word = digit < 16 ? high : low
                buffer[position] = hexDigit(word >> UInt64(60 - 4 * (digit & 15)))
                position += 1
            }
            return position
        }
    }
}

func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

func hexValue(_ byte: UInt8) -> UInt64? {
    switch byte {
    case 0x30...0x39: UInt64(byte - 0x30)
    case 0x41...0x46: UInt64(byte - 0x41 + 10)
    case 0x61...0x66: UInt64(byte - 0x61 + 10)
    default: nil
    }
}

func hexDigit(_ value: UInt64) -> UInt8 {
    let digit = UInt8(truncatingIfNeeded: value & 15)
    return digit < 10 ? 0x30 + digit : 0x57 + digit
}

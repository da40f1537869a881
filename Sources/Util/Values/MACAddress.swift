/// An Ethernet address.
package struct MACAddress: Hashable, Sendable {
    /// The six bytes in the low 48 bits, the first the most significant.
    package var bits: UInt64

    package init(bits: UInt64) {
        self.bits = bits & 0xFFFF_FFFF_FFFF
    }

    /// A random address behind a three-byte prefix: 52:54:00 for QEMU and most, 00:0c:29 for VMware.
    package static func random(prefix: UInt32 = 0x525400) -> MACAddress {
        MACAddress(bits: UInt64(prefix) << 24 | UInt64.random(in: 0...0xFF_FFFF))
    }

    /// Reads six groups of one or two hexadecimal digits with colons between them.
    package init?(_ text: String) {
        var bits: UInt64 = 0
        var colons = 0
        var digits = 0
        var group: UInt64 = 0
        for byte in text.utf8 {
            if byte == 0x3A {
                guard digits > 0, colons < 5 else { return nil }
                bits = bits << 8 | group
                colons += 1
                digits = 0
                group = 0
            } else {
                guard digits < 2, let digit = hexValue(byte) else { return nil }
                group = group << 4 | digit
                digits += 1
            }
        }
        guard colons == 5, digits > 0 else { return nil }
        self.bits = bits << 8 | group
    }

    /// The lowest bit of the first byte.
    package var isMulticast: Bool { bits >> 40 & 1 == 1 }
}

extension MACAddress: CustomStringConvertible {
    package var description: String {
        String(unsafeUninitializedCapacity: 17) { buffer in
            var position = 0
            for group in 0..<6 {
                if group > 0 {
                    buffer[position] = 0x3A
                    position += 1
                }
                let byte = bits >> UInt64(40 - 8 * group)
                buffer[position] = hexDigit(byte >> 4)
                buffer[position + 1] = hexDigit(byte)
                position += 2
            }
            return position
        }
    }
}

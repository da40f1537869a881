internal import XDR

/// The picture of a screen: libvirt's where it is installed, else one of our own.
enum TestPicture {
    private static let path = "/usr/share/libvirt/test-screenshot.png"

    static let bytes: OpaqueData = {
        if let installed = try? TestFile.contents(of: path, limit: 1 << 20) { return OpaqueData(installed) }
        return OpaqueData(drawn)
    }()

    /// A grey picture of 320 by 200 points, as PNG (ISO 15948) without compression.
    static let drawn: [UInt8] = {
        let (width, height) = (320, 200)
        // Every line: no filter, then grey levels.
        let line: [UInt8] = [0] + (0..<width).map { UInt8(truncatingIfNeeded: $0 / 2 + 48) }
        let raw = [UInt8]((0..<height).map { _ in line }.joined())
        // zlib (RFC 1950) around stored blocks (RFC 1951).
        var data: [UInt8] = [0x78, 0x01]
        var rest = raw[...]
        while !rest.isEmpty {
            let block = rest.prefix(65535)
            rest = rest.dropFirst(block.count)
            let length = UInt16(block.count)
            data.append(rest.isEmpty ? 1 : 0)
            for value in [length, ~length] { data += [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)] }
            data += block
        }
        data += bigEndian(adler32(raw))
        let header = bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, 0, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header) + chunk("IDAT", data)
            + chunk("IEND", [])
    }()

    private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + data
        return bigEndian(UInt32(data.count)) + body + bigEndian(crc32(body))
    }

    private static func bigEndian(_ number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
    }

    private static func adler32(_ bytes: [UInt8]) -> UInt32 {
        var (low, high): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            low = (low + UInt32(byte)) % 65521
            high = (high + low) % 65521
        }
        return high << 16 | low
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var sum: UInt32 = ~0
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 != 0 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        return ~sum
    }
}

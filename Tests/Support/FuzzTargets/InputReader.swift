/// Takes an input apart into decisions and data; at its end there are zeros and nothing.
package struct InputReader {
    private let bytes: [UInt8]
    private var position = 0

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package var isAtEnd: Bool { position >= bytes.count }

    package mutating func byte() -> UInt8 {
        guard position < bytes.count else { return 0 }
        defer { position += 1 }
        return bytes[position]
    }

    /// Two bytes, the high one first.
    package mutating func word() -> Int { Int(byte()) << 8 | Int(byte()) }

    package mutating func data(_ count: Int) -> [UInt8] {
        let end = min(position + count, bytes.count)
        defer { position = end }
        return Array(bytes[position..<end])
    }

    package mutating func rest() -> [UInt8] { data(bytes.count) }
}

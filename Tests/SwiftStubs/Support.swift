import Testing
import XDR

/// The encoding of a value as units of 4 bytes.
func units<Value: XDRCodable>(_ value: Value) throws -> [UInt32] {
    let buffer = try MessageBuffer(encoding: value)
    return buffer.withUnsafeBytes { bytes in
        stride(from: 0, to: bytes.count, by: 4).map {
            UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
        }
    }
}

func buffer(_ units: [UInt32]) -> MessageBuffer {
    let bytes = units.flatMap { unit in stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: unit >> $0) } }
    return bytes.withUnsafeBytes { MessageBuffer(copying: $0) }
}

func decoded<Value: XDRCodable>(_ type: Value.Type, _ units: [UInt32]) throws(XDRError) -> Value {
    try buffer(units).decode(type)
}

/// Encodes a value as `expected`, decodes that, and encodes what came of it as `expected` again; every beginning of it
/// that is shorter is refused.
func expectRoundTrip<Value: XDRCodable>(
    _ value: Value, _ expected: [UInt32], sourceLocation: SourceLocation = #_sourceLocation
) throws {
    #expect(try units(value) == expected, sourceLocation: sourceLocation)
    #expect(try value.wireSize() == expected.count * 4, sourceLocation: sourceLocation)
    #expect(Value.minimumWireSize <= expected.count * 4, sourceLocation: sourceLocation)
    let back = try decoded(Value.self, expected)
    #expect(try units(back) == expected, sourceLocation: sourceLocation)
    for count in 0..<expected.count {
        #expect(throws: XDRError.self, "\(count) units of \(expected.count)", sourceLocation: sourceLocation) {
            _ = try decoded(Value.self, Array(expected.prefix(count)))
        }
    }
    #expect(throws: XDRError.trailingBytes(4), sourceLocation: sourceLocation) {
        _ = try decoded(Value.self, expected + [0])
    }
}

/// Four characters as a unit.
func unit(_ text: String) -> UInt32 {
    Array((Array(text.utf8) + [0, 0, 0, 0]).prefix(4)).reduce(0) { $0 << 8 | UInt32($1) }
}

/// A cursor over memory that is known to be large enough: stores are not checked.
///
/// Only generated code and ``MessageBuffer`` use it, always after ``XDRCodable/wireSize()`` has measured the value.
@frozen
public struct XDRWriter {
    // SAFETY: whoever makes a writer provides memory of `wireSize()` bytes; the oracle and fuzz tests hold
    // `wireSize()` and `encode(to:)` against each other, and debug builds assert it on each message.
    @usableFromInline internal var cursor: UnsafeMutableRawPointer

    @inlinable
    public init(_ memory: UnsafeMutableRawPointer) { cursor = memory }

    @inlinable @inline(__always)
    public mutating func put(_ value: UInt32) {
        cursor.storeBytes(of: value.bigEndian, as: UInt32.self)
        cursor += 4
    }

    @inlinable @inline(__always)
    public mutating func put(_ value: UInt64) {
        cursor.storeBytes(of: value.bigEndian, as: UInt64.self)
        cursor += 8
    }

    @inlinable @inline(__always)
    public mutating func put(_ value: Int32) { put(UInt32(bitPattern: value)) }
    @inlinable @inline(__always)
    public mutating func put(_ value: Int64) { put(UInt64(bitPattern: value)) }
    @inlinable @inline(__always)
    public mutating func put(_ value: Bool) { put(value ? 1 as UInt32 : 0) }
    @inlinable @inline(__always)
    public mutating func put(_ value: Float) { put(value.bitPattern) }
    @inlinable @inline(__always)
    public mutating func put(_ value: Double) { put(value.bitPattern) }
    // One XDR unit each, as rpcgen encodes them.
    @inlinable @inline(__always)
    public mutating func put(_ value: UInt8) { put(UInt32(value)) }
    @inlinable @inline(__always)
    public mutating func put(_ value: Int8) { put(Int32(value)) }
    @inlinable @inline(__always)
    public mutating func put(_ value: UInt16) { put(UInt32(value)) }
    @inlinable @inline(__always)
    public mutating func put(_ value: Int16) { put(Int32(value)) }

    /// Length, bytes and padding of a string.
    @inlinable
    public mutating func put(_ string: String) {
        var string = string
        let count = string.withUTF8 { $0.count }
        put(UInt32(truncatingIfNeeded: count))
        string.withUTF8 { putPadded(UnsafeRawBufferPointer($0)) }
    }

    /// Length, bytes and padding of variable-length opaque data.
    @inlinable
    public mutating func put(_ data: OpaqueData) {
        put(UInt32(truncatingIfNeeded: data.count))
        data.withUnsafeBytes { putPadded($0) }
    }

    /// Bytes and padding of fixed-length opaque data.
    @inlinable
    public mutating func put(fixed data: OpaqueData) {
        data.withUnsafeBytes { putPadded($0) }
    }

    @inlinable
    internal mutating func putPadded(_ bytes: UnsafeRawBufferPointer) {
        let count = bytes.count
        guard count > 0 else { return }
        let padded = (count + 3) & ~3
        // The last unit is zeroed first, so that its padding is.
        cursor.advanced(by: padded - 4).storeBytes(of: 0, as: UInt32.self)
        cursor.copyMemory(from: bytes.baseAddress.unsafelyUnwrapped, byteCount: count)
        cursor += padded
    }

    /// A count, then each element.
    @inlinable
    public mutating func put<Element: XDRCodable>(_ elements: [Element]) {
        put(UInt32(truncatingIfNeeded: elements.count))
        for element in elements { element.encode(to: &self) }
    }

    /// Each element of a fixed-length array.
    @inlinable
    public mutating func put<Element: XDRCodable>(fixed elements: [Element]) {
        for element in elements { element.encode(to: &self) }
    }

    @inlinable
    public mutating func put(_ strings: [String]) {
        put(UInt32(truncatingIfNeeded: strings.count))
        for string in strings { put(string) }
    }

    /// Whether a value follows, and the value.
    @inlinable
    public mutating func put<Value: XDRCodable>(_ value: Value?) {
        put(value != nil)
        value?.encode(to: &self)
    }

    @inlinable
    public mutating func put(_ value: String?) {
        put(value != nil)
        if let value { put(value) }
    }
}

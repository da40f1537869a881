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
    // It releases nothing: with that known, callers need not retain the string over the call, which took longer than it.
    @inlinable @inline(never) @_effects(releasenone)
    public mutating func put(_ string: String) {
        let start = cursor
        if let end = string.utf8.withContiguousStorageIfAvailable({
            Self.store(counted: UnsafeRawBufferPointer($0), at: start)
        }) {
            cursor = end
        } else {
            putBridged(string)
        }
    }

    /// Text whose bytes do not lie in one piece: strings of Objective-C.
    @usableFromInline
    internal mutating func putBridged(_ string: String) {
        var native = string
        let start = cursor
        cursor = native.withUTF8 { Self.store(counted: UnsafeRawBufferPointer($0), at: start) }
    }

    /// Length, bytes and padding of variable-length opaque data.
    @inlinable
    public mutating func put(_ data: OpaqueData) {
        let start = cursor
        cursor = data.withUnsafeBytes { Self.store(counted: $0, at: start) }
    }

    /// Bytes and padding of fixed-length opaque data.
    @inlinable
    public mutating func put(fixed data: OpaqueData) {
        let start = cursor
        cursor = data.withUnsafeBytes { Self.store($0, at: start) }
    }

    @inlinable @inline(__always)
    internal static func store(
        counted bytes: UnsafeRawBufferPointer, at start: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        start.storeBytes(of: UInt32(truncatingIfNeeded: bytes.count).bigEndian, as: UInt32.self)
        return store(bytes, at: start + 4)
    }

    /// Stores bytes and padding; gives the place behind them.
    @inlinable @inline(__always)
    internal static func store(
        _ bytes: UnsafeRawBufferPointer, at start: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        let count = bytes.count
        guard count > 0 else { return start }
        let end = start + ((count + 3) & ~3)
        // The last unit is zeroed first, so that its padding is.
        (end - 4).storeBytes(of: 0, as: UInt32.self)
        start.copyMemory(from: bytes.baseAddress.unsafelyUnwrapped, byteCount: count)
        return end
    }

    /// A count, then each element.
    @inlinable
    public mutating func put<Element: XDRCodable>(_ elements: [Element]) {
        put(UInt32(truncatingIfNeeded: elements.count))
        put(fixed: elements)
    }

    /// Each element of a fixed-length array.
    @inlinable
    public mutating func put<Element: XDRCodable>(fixed elements: [Element]) {
        // In place: an array's own subscript would retain what the element refers to.
        var writer = self
        elements.withUnsafeBufferPointer { elements in
            guard let first = elements.baseAddress else { return }
            for index in 0..<elements.count { first[index].encode(to: &writer) }
        }
        self = writer
    }

    @inlinable
    public mutating func put(_ strings: [String]) {
        put(UInt32(truncatingIfNeeded: strings.count))
        var writer = self
        strings.withUnsafeBufferPointer { strings in
            guard let first = strings.baseAddress else { return }
            for index in 0..<strings.count { writer.put(first[index]) }
        }
        self = writer
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

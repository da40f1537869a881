/// A cursor over memory that is known to be large enough: stores are not checked.
///
/// Only generated code and ``MessageBuffer`` use it, always after ``XDRCodable/wireSize()`` has measured the value.
@frozen
public struct XDRWriter {
    // SAFETY: whoever makes a writer provides memory of `wireSize()` bytes; the oracle and fuzz tests hold
    // `wireSize()` and `encode(to:)` against each other, and debug builds assert it on each message.
    @usableFromInline internal var cursor: UnsafeMutableRawPointer
    /// Whether a string held a zero byte: its reader in C would take the string to end there, so it must not be sent.
    ///
    /// Seen here and not in the size pass, because here the bytes are at hand.
    @inlinable public var foundZeroByte: Bool { sawZeroByte }
    @usableFromInline internal var sawZeroByte = false

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
        if let (end, found) = string.utf8.withContiguousStorageIfAvailable({
            Self.store(text: UnsafeRawBufferPointer($0), at: start)
        }) {
            cursor = end
            sawZeroByte = sawZeroByte || found
        } else {
            putBridged(string)
        }
    }

    /// Text whose bytes do not lie in one piece: strings of Objective-C.
    @usableFromInline
    internal mutating func putBridged(_ string: String) {
        var native = string
        let start = cursor
        let (end, found) = native.withUTF8 { Self.store(text: UnsafeRawBufferPointer($0), at: start) }
        cursor = end
        sawZeroByte = sawZeroByte || found
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

    /// Stores length, bytes and padding of text; gives the place behind them, and whether there is a zero byte in it.
    @inlinable @inline(__always)
    internal static func store(
        text bytes: UnsafeRawBufferPointer, at start: UnsafeMutableRawPointer
    ) -> (UnsafeMutableRawPointer, Bool) {
        let count = bytes.count
        guard count >= 8, count <= 32 else {
            return (store(counted: bytes, at: start), XDRReader.searchesZeroByte(bytes))
        }
        // Names: as words, of which the last may overlap the one before it, and which are looked at on the way.
        start.storeBytes(of: UInt32(truncatingIfNeeded: count).bigEndian, as: UInt32.self)
        let target = start + 4
        let end = target + ((count + 3) & ~3)
        (end - 4).storeBytes(of: 0, as: UInt32.self)
        var found: UInt64 = 0
        // SAFETY: the words lie within `count` bytes, of which there are as many in both places.
        func move(_ offset: Int) {
            let word = bytes.baseAddress.unsafelyUnwrapped.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            target.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
            found |= (word &- 0x0101_0101_0101_0101) & ~word
        }
        move(0)
        if count > 16 {
            move(8)
            move(count &- 16)
        }
        move(count &- 8)
        return (end, found & 0x8080_8080_8080_8080 != 0)
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

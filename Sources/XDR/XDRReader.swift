#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A cursor over received bytes.
///
/// Nothing is trusted: each length is held against its limit and the bytes left before anything is allocated. Where
/// libvirtd's own decoder (libtirpc) is lenient, so is this one: padding may hold anything, a boolean or an optional's
/// flag other than 0 counts as 1, an enumeration keeps numbers it does not know. Text that is not UTF-8 is repaired
/// with U+FFFD. A zero byte in a string is refused: C peers would silently cut the string there.
@frozen
public struct XDRReader {
    // SAFETY: `cursor` only moves forward by sizes that `need` has held against `end`; generated code calls the
    // `unchecked…` loads only after `need` for all of them. The bytes and their owner outlive the reader, which lives in
    // one call of theirs; so it holds no reference, which would cost more than decoding a small structure.
    @usableFromInline internal var cursor: UnsafeRawPointer
    @usableFromInline internal let end: UnsafeRawPointer
    @usableFromInline internal unowned(unsafe) let owner: MessageBuffer?
    @usableFromInline internal var depth: Int

    /// How deep types that contain themselves may nest.
    public static var maximumDepth: Int { 512 }

    /// - Parameters:
    ///   - bytes: They must stay valid as long as the reader is used.
    ///   - owner: The buffer that holds `bytes`, if opaque data may refer to it; without one it is copied. The reader
    ///     does not keep it alive.
    @inlinable
    public init(_ bytes: UnsafeRawBufferPointer, owner: MessageBuffer? = nil) {
        // Any non-null pointer does for no bytes: nothing is read from it.
        cursor = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 8).unsafelyUnwrapped
        end = cursor.advanced(by: bytes.count)
        self.owner = owner
        depth = 0
    }

    @inlinable @inline(__always)
    public var remaining: Int { end - cursor }

    /// Checks that `count` bytes are left.
    @inlinable @inline(__always)
    public func need(_ count: Int) throws(XDRError) {
        if remaining < count { throw .truncated(needed: count, available: remaining) }
    }

    @inlinable @inline(__always)
    public mutating func uncheckedUInt32() -> UInt32 {
        let value = cursor.loadUnaligned(as: UInt32.self)
        cursor += 4
        return UInt32(bigEndian: value)
    }

    @inlinable @inline(__always)
    public mutating func uncheckedUInt64() -> UInt64 {
        let value = cursor.loadUnaligned(as: UInt64.self)
        cursor += 8
        return UInt64(bigEndian: value)
    }

    @inlinable @inline(__always)
    public mutating func uncheckedInt32() -> Int32 { Int32(bitPattern: uncheckedUInt32()) }
    @inlinable @inline(__always)
    public mutating func uncheckedInt64() -> Int64 { Int64(bitPattern: uncheckedUInt64()) }

    @inlinable @inline(__always)
    public mutating func uint32() throws(XDRError) -> UInt32 {
        try need(4)
        return uncheckedUInt32()
    }

    @inlinable
    public mutating func bool() throws(XDRError) -> Bool { try uint32() != 0 }

    /// A count that is at most `limit` and whose elements, of at least `elementSize` bytes each, may be there.
    @inlinable
    public mutating func count(limit: UInt32, elementSize: Int, field: StaticString) throws(XDRError) -> Int {
        let count = try uint32()
        if count > limit { throw .length(field, Int(count), limit: Int(limit)) }
        let (needed, overflow) = Int(count).multipliedReportingOverflow(by: max(elementSize, 1))
        if overflow || needed > remaining { throw .truncated(needed: needed, available: remaining) }
        return Int(count)
    }

    /// Moves past `count` bytes and their padding, and gives the place where they begin.
    @inlinable @inline(__always)
    internal mutating func padded(_ count: Int) throws(XDRError) -> UnsafeRawBufferPointer {
        let padded = (count + 3) & ~3
        try need(padded)
        let start = cursor
        cursor += padded
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    @inlinable
    public mutating func string(limit: UInt32, field: StaticString) throws(XDRError) -> String {
        try need(4)
        let count = Int(uncheckedUInt32())
        if count > Int(limit) { throw .length(field, count, limit: Int(limit)) }
        let bytes = try padded(count)
        if Self.hasZeroByte(bytes) { throw .zeroByte(field) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// For names: words are looked at in place; other text is left to the C library.
    @inlinable @inline(__always)
    internal static func hasZeroByte(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let count = bytes.count
        guard count >= 8, count <= 32 else { return searchesZeroByte(bytes) }
        // The last word may overlap the one before it.
        var found = zeroes(bytes, 0) | zeroes(bytes, count &- 8)
        if count > 16 { found |= zeroes(bytes, 8) | zeroes(bytes, count &- 16) }
        return found & 0x8080_8080_8080_8080 != 0
    }

    /// A word in which the highest bit of some byte is set if, and only if, some byte of the word at `offset` is zero.
    @inlinable @inline(__always)
    internal static func zeroes(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        // SAFETY: `hasZeroByte` asks for words that lie within `bytes`.
        let word = bytes.baseAddress.unsafelyUnwrapped.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        return (word &- 0x0101_0101_0101_0101) & ~word
    }

    @usableFromInline
    internal static func searchesZeroByte(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return false }
        return memchr(base, 0, bytes.count) != nil
    }

    @inlinable
    public mutating func optionalString(limit: UInt32, field: StaticString) throws(XDRError) -> String? {
        try bool() ? try string(limit: limit, field: field) : nil
    }

    /// Variable-length opaque data: a slice of the owner, or a copy if there is none.
    @inlinable
    public mutating func opaque(limit: UInt32, field: StaticString) throws(XDRError) -> OpaqueData {
        let count = try count(limit: limit, elementSize: 1, field: field)
        return try fixedOpaque(count)
    }

    /// Fixed-length opaque data.
    @inlinable
    public mutating func fixedOpaque(_ count: Int) throws(XDRError) -> OpaqueData {
        OpaqueData(try padded(count), owner: owner)
    }

    @inlinable
    public mutating func array<Element: XDRCodable>(
        of type: Element.Type, limit: UInt32, field: StaticString
    ) throws(XDRError) -> [Element] {
        let count = try count(limit: limit, elementSize: Element.minimumWireSize, field: field)
        return try fixedArray(of: type, count: count)
    }

    @inlinable
    public mutating func fixedArray<Element: XDRCodable>(
        of type: Element.Type, count: Int
    ) throws(XDRError) -> [Element] {
        try need(count * Element.minimumWireSize)
        return try list(count) { reader throws(XDRError) in try Element(from: &reader) }
    }

    /// `count` elements, each put in its place; whoever calls has held `count` against the bytes left.
    @inlinable @inline(__always)
    internal mutating func list<Element>(
        _ count: Int, _ element: (inout XDRReader) throws(XDRError) -> Element
    ) throws(XDRError) -> [Element] {
        guard count > 0 else { return [] }
        var reader = self
        var failure: XDRError?
        let elements = [Element](unsafeUninitializedCapacity: count) { memory, initialized in
            let first = memory.baseAddress.unsafelyUnwrapped
            do throws(XDRError) {
                while initialized < count {
                    // SAFETY: `memory` has room for `count` elements; `initialized` counts those that are there.
                    (first + initialized).initialize(to: try element(&reader))
                    initialized &+= 1
                }
            } catch {
                failure = error
            }
        }
        self = reader
        if let failure { throw failure }
        return elements
    }

    @inlinable
    public mutating func strings(
        limit: UInt32, elementLimit: UInt32, field: StaticString
    ) throws(XDRError) -> [String] {
        let count = try count(limit: limit, elementSize: 4, field: field)
        return try list(count) { reader throws(XDRError) in try reader.string(limit: elementLimit, field: field) }
    }

    @inlinable
    public mutating func optional<Value: XDRCodable>(_ type: Value.Type) throws(XDRError) -> Value? {
        try bool() ? try Value(from: &self) : nil
    }

    /// Enters a type that contains itself; pair with ``leave()``.
    @inlinable
    public mutating func enter() throws(XDRError) {
        depth += 1
        if depth > Self.maximumDepth { throw .depth }
    }

    @inlinable
    public mutating func leave() { depth -= 1 }
}

extension XDRReader {
    /// Bytes without padding, shared with the owner if there is one.
    @inlinable
    public mutating func rawBytes(_ count: Int) throws(XDRError) -> OpaqueData {
        try need(count)
        let start = cursor
        cursor += count
        return OpaqueData(UnsafeRawBufferPointer(start: start, count: count), owner: owner)
    }
}

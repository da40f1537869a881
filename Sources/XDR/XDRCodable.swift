/// A value with an XDR encoding (RFC 4506).
///
/// Encoding takes two passes: ``wireSize()`` measures and checks every limit, then ``encode(to:)`` stores into memory
/// that is known to be large enough. Generated code implements all three requirements; nothing else has to.
public protocol XDRCodable: Sendable {
    /// The fewest bytes that any value of the type takes; bounds what a length in hostile data may allocate.
    static var minimumWireSize: Int { get }

    /// Bytes of the encoding, a multiple of 4.
    ///
    /// - Throws: ``XDRError/length(field:count:limit:)`` if a limit is exceeded.
    func wireSize() throws(XDRError) -> Int

    /// Stores the encoding; exactly ``wireSize()`` bytes, which the writer must have room for.
    ///
    /// Strings with zero bytes are stored too; ``XDRWriter/foundZeroByte`` then tells that this must not be sent.
    func encode(to writer: inout XDRWriter)

    /// Reads a value, checking each length against its limit and the bytes left before allocating.
    init(from reader: inout XDRReader) throws(XDRError)
}

/// The argument or result of a procedure that has none.
public struct XDRVoid: XDRCodable {
    @inlinable public init() {}
    @inlinable public static var minimumWireSize: Int { 0 }
    @inlinable public func wireSize() throws(XDRError) -> Int { 0 }
    @inlinable public func encode(to writer: inout XDRWriter) {}
    @inlinable public init(from reader: inout XDRReader) throws(XDRError) {}
}

extension MessageBuffer {
    /// Appends the encoding of `value`, or nothing.
    ///
    /// - Throws: ``XDRError/length(field:count:limit:)``, ``XDRError/zeroByte(field:)``.
    @inlinable
    public func append<Value: XDRCodable>(_ value: borrowing Value) throws(XDRError) {
        let size = try value.wireSize()
        reserve(size)
        try store(value, size: size)
    }

    /// A buffer with the encoding of `value`, behind `headroom` bytes whose content is undefined.
    @inlinable
    public convenience init<Value: XDRCodable>(encoding value: borrowing Value, headroom: Int = 0) throws(XDRError) {
        let size = try value.wireSize()
        self.init(capacity: headroom + size)
        used = headroom
        try store(value, size: size)
    }

    @inlinable
    internal func store<Value: XDRCodable>(_ value: borrowing Value, size: Int) throws(XDRError) {
        let start = memory.advanced(by: used)
        // SAFETY: `size` is `wireSize()`, for which the callers have made room, and `encode` stores just as many bytes.
        var writer = XDRWriter(start)
        value.encode(to: &writer)
        assert(writer.cursor == start + size, "wireSize() and encode(to:) disagree")
        if writer.sawZeroByte { throw .zeroByte(field: String(describing: Value.self)) }
        used += size
    }

    /// Decodes a value from `range`; opaque data in it refers to this buffer instead of being copied.
    ///
    /// - Parameter allowsTrailingBytes: RPC peers ignore what follows the arguments; so does libvirtd.
    @inlinable
    public func decode<Value: XDRCodable>(
        _ type: Value.Type, from range: Range<Int>? = nil, allowsTrailingBytes: Bool = false
    ) throws(XDRError) -> Value {
        let range = range ?? 0..<used
        precondition(range.lowerBound >= 0 && range.upperBound <= used)
        // SAFETY: the range lies within the initialised bytes, and `self` outlives the reader (it is its owner).
        var reader = XDRReader(
            UnsafeRawBufferPointer(start: memory.advanced(by: range.lowerBound), count: range.count), owner: self)
        let value = try Value(from: &reader)
        if !allowsTrailingBytes, reader.remaining > 0 { throw .trailingBytes(reader.remaining) }
        return value
    }
}

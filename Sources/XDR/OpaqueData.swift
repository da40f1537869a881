/// Opaque data: bytes that the protocol does not look into.
///
/// A slice of the buffer it was received in, or bytes of its own; copying it copies a reference. A small slice keeps
/// the whole buffer alive: ``Array/init(_:)-(OpaqueData)`` makes an independent copy.
@frozen
public struct OpaqueData: Sendable {
    @usableFromInline internal let storage: MessageBuffer?
    @usableFromInline internal let offset: Int
    public let count: Int

    /// No bytes.
    @inlinable
    public init() { self.init(storage: nil, offset: 0, count: 0) }

    @inlinable
    internal init(storage: MessageBuffer?, offset: Int, count: Int) {
        self.storage = storage
        self.offset = offset
        self.count = count
    }

    /// The contents of `buffer`, shared.
    public init(_ buffer: MessageBuffer) { self.init(buffer, range: 0..<buffer.count) }

    /// A part of `buffer`, shared.
    public init(_ buffer: MessageBuffer, range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= buffer.count)
        self.init(storage: buffer, offset: range.lowerBound, count: range.count)
    }

    /// A copy of `bytes`.
    public init(_ bytes: some Sequence<UInt8>) {
        let array = Array(bytes)
        self = array.withUnsafeBytes { OpaqueData($0, owner: nil) }
    }

    /// Bytes that lie in `owner`, or a copy of them if there is no owner.
    @usableFromInline
    internal init(_ bytes: UnsafeRawBufferPointer, owner: MessageBuffer?) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else {
            self.init()
            return
        }
        if let owner {
            self.init(storage: owner, offset: base - UnsafeRawPointer(owner.memory), count: bytes.count)
        } else {
            self.init(storage: MessageBuffer(copying: bytes), offset: 0, count: bytes.count)
        }
    }

    /// The bytes; valid during the call.
    @inlinable
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let storage else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        // SAFETY: `offset` and `count` lie within the initialised bytes of `storage`, which do not change once shared.
        return try body(UnsafeRawBufferPointer(start: storage.memory.advanced(by: offset), count: count))
    }

    /// The bytes at `range`, counted from the beginning of this value, shared.
    public func slice(_ range: Range<Int>) -> OpaqueData {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        guard let storage, !range.isEmpty else { return OpaqueData() }
        return OpaqueData(storage, range: offset + range.lowerBound..<offset + range.upperBound)
    }
}

extension OpaqueData: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { count }
    public subscript(position: Int) -> UInt8 {
        precondition(position >= 0 && position < count)
        return withUnsafeBytes { $0[position] }
    }
    public func withContiguousStorageIfAvailable<Result>(
        _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
    ) rethrows -> Result? {
        try withUnsafeBytes { try body($0.assumingMemoryBound(to: UInt8.self)) }
    }
}

extension OpaqueData: Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
    public static func == (lhs: OpaqueData, rhs: OpaqueData) -> Bool { lhs.elementsEqual(rhs) }
    public func hash(into hasher: inout Hasher) { withUnsafeBytes { hasher.combine(bytes: $0) } }
    public init(arrayLiteral elements: UInt8...) { self.init(elements) }
    public var description: String { "\(count) bytes" }
}

/// Without a limit of its own.
extension OpaqueData: XDRCodable {
    @inlinable public static var minimumWireSize: Int { 4 }
    @inlinable public func wireSize() throws(XDRError) -> Int {
        try XDRSize.opaque(self, limit: .max, field: "opaque")
    }
    @inlinable public func encode(to writer: inout XDRWriter) { writer.put(self) }
    @inlinable public init(from reader: inout XDRReader) throws(XDRError) {
        self = try reader.opaque(limit: .max, field: "opaque")
    }
}

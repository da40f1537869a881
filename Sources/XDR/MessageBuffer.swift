/// A block of raw memory with a length, shared by reference.
///
/// Messages are encoded into one and sent from it; decoded opaque data keeps the buffer it lies in alive instead of
/// being copied. It is written by one owner before it is shared, and not changed after that.
public final class MessageBuffer: @unchecked Sendable {
    // SAFETY: `memory` is allocated in `init`, freed in `deinit` and only grows while the writer is the sole owner
    // (`append`, `reserve`), before the buffer is handed to anyone else; readers only read `[0, count)`.
    // Exclusivity is the same rule, so it is not checked again at run time: the checks took longer than the stores.
    @exclusivity(unchecked) @usableFromInline internal var memory: UnsafeMutableRawPointer
    @exclusivity(unchecked) @usableFromInline internal var size: Int
    @exclusivity(unchecked) @usableFromInline internal var used: Int

    /// An empty buffer with room for `capacity` bytes.
    public init(capacity: Int) {
        self.memory = .allocate(byteCount: max(capacity, 1), alignment: 8)
        self.size = max(capacity, 1)
        self.used = 0
    }

    deinit { memory.deallocate() }

    /// A buffer with a copy of `bytes`.
    public convenience init(copying bytes: UnsafeRawBufferPointer) {
        self.init(capacity: bytes.count)
        append(bytes)
    }

    @inlinable public var isEmpty: Bool { used == 0 }

    /// Bytes that fit without another allocation.
    @inlinable public var capacity: Int { size }

    /// Bytes that are there.
    @inlinable public internal(set) var count: Int {
        get { used }
        @usableFromInline set { used = newValue }
    }

    /// Makes room for `additional` bytes behind `count`; contents stay.
    @inlinable
    public func reserve(_ additional: Int) {
        precondition(additional >= 0)
        if additional > size - used { grow(additional) }
    }

    /// At least doubles, so that many small appends copy each byte a bounded number of times.
    @usableFromInline
    internal func grow(_ additional: Int) {
        let larger = max(used + additional, size * 2)
        let replacement = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 8)
        replacement.copyMemory(from: memory, byteCount: used)
        memory.deallocate()
        memory = replacement
        size = larger
    }

    public func append(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        reserve(bytes.count)
        memory.advanced(by: used).copyMemory(from: base, byteCount: bytes.count)
        used += bytes.count
    }

    /// Forgets the contents, keeps the memory.
    @inlinable public func removeAll() { used = 0 }

    /// The contents; valid during the call.
    @inlinable
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: memory, count: used))
    }
}

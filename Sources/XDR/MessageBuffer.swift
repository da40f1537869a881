/// A block of raw memory with a length, shared by reference.
///
/// Messages are encoded into one and sent from it; decoded opaque data keeps the buffer it lies in alive instead of
/// being copied. It is written by one owner before it is shared, and not changed after that.
public final class MessageBuffer: @unchecked Sendable {
    // SAFETY: `memory` is allocated in `init`, freed in `deinit` and only grows while the writer is the sole owner
    // (`append`, `reserve`), before the buffer is handed to anyone else; readers only read `[0, count)`.
    @usableFromInline internal var memory: UnsafeMutableRawPointer
    public private(set) var capacity: Int
    public internal(set) var count: Int

    /// An empty buffer with room for `capacity` bytes.
    public init(capacity: Int) {
        self.memory = .allocate(byteCount: max(capacity, 1), alignment: 8)
        self.capacity = capacity
        self.count = 0
    }

    deinit { memory.deallocate() }

    /// A buffer with a copy of `bytes`.
    public convenience init(copying bytes: UnsafeRawBufferPointer) {
        self.init(capacity: bytes.count)
        append(bytes)
    }

    public var isEmpty: Bool { count == 0 }

    /// Makes room for `additional` bytes behind `count`; contents stay.
    public func reserve(_ additional: Int) {
        let needed = count + additional
        guard needed > capacity else { return }
        let size = max(needed, capacity * 2)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
        larger.copyMemory(from: memory, byteCount: count)
        memory.deallocate()
        memory = larger
        capacity = size
    }

    public func append(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        reserve(bytes.count)
        memory.advanced(by: count).copyMemory(from: base, byteCount: bytes.count)
        count += bytes.count
    }

    /// Forgets the contents, keeps the memory.
    public func removeAll() { count = 0 }

    /// The contents; valid during the call.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: memory, count: count))
    }
}

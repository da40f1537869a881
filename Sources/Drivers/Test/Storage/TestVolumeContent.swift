internal import XDR

/// The bytes of a volume: only blocks that were written are held, everything else reads as zeros.
struct TestVolumeContent {
    /// Bytes of a block, the unit in which content takes memory and counts as allocated.
    static let blockSize: UInt64 = 4096
    /// Bytes that a volume may have, as on a file system of usual kind.
    static let maximumSize: UInt64 = 1 << 44

    private struct Block {
        let index: UInt64
        /// Always a whole block; what lies behind the end of the volume is zero.
        var bytes: [UInt8]

        var start: UInt64 { index * blockSize }
    }

    /// Bytes from the beginning to the end of the volume.
    private(set) var size: UInt64
    /// By index.
    private var blocks: [Block] = []

    init(size: UInt64) { self.size = size }

    /// Bytes of memory that it takes.
    var held: UInt64 { UInt64(blocks.count) * Self.blockSize }

    /// Bytes of the blocks that begin at `offset` or later.
    func held(from offset: UInt64) -> UInt64 {
        UInt64(blocks.count - position(of: Self.blocks(before: offset))) * Self.blockSize
    }

    /// Bytes of memory that a write would take in addition.
    func growth(writing count: Int, at offset: UInt64) -> UInt64 {
        guard count > 0 else { return 0 }
        let first = offset / Self.blockSize
        let end = Self.blocks(before: offset + UInt64(count))
        return (end - first) * Self.blockSize - UInt64(position(of: end) - position(of: first)) * Self.blockSize
    }

    // MARK: Changing

    /// Writes bytes, which may lengthen the volume. The end must not be behind ``maximumSize``.
    mutating func write(_ data: OpaqueData, at offset: UInt64) {
        // As a whole first: byte by byte it would take a hundred times as long.
        let bytes = data.withContiguousStorageIfAvailable { Array($0) } ?? Array(data)
        var done = 0
        var place = position(of: offset / Self.blockSize)
        while done < bytes.count {
            let index = (offset + UInt64(done)) / Self.blockSize
            let inside = Int((offset + UInt64(done)) % Self.blockSize)
            let count = min(Int(Self.blockSize) - inside, bytes.count - done)
            let piece = bytes[done..<done + count]
            if place == blocks.count || blocks[place].index != index {
                blocks.insert(Block(index: index, bytes: Self.zeros), at: place)
            }
            if count == Int(Self.blockSize) {
                blocks[place].bytes = Array(piece)
            } else {
                blocks[place].bytes.replaceSubrange(inside..<inside + count, with: piece)
            }
            done += count
            place += 1
        }
        size = max(size, offset + UInt64(bytes.count))
    }

    /// Makes the bytes of a range zero; whole blocks are held no more.
    mutating func clear(_ range: Range<UInt64>) {
        guard !range.isEmpty else { return }
        let first = position(of: range.lowerBound / Self.blockSize)
        let end = position(of: Self.blocks(before: range.upperBound))
        var kept: [Block] = []
        for var block in blocks[first..<end] {
            let lower = Int(max(range.lowerBound, block.start) - block.start)
            let upper = Int(min(range.upperBound - block.start, Self.blockSize))
            if lower == 0, upper == Int(Self.blockSize) { continue }
            block.bytes.replaceSubrange(lower..<upper, with: Self.zeros[lower..<upper])
            kept.append(block)
        }
        blocks.replaceSubrange(first..<end, with: kept)
    }

    /// Cuts off what is behind `newSize`, or lengthens the volume with zeros.
    mutating func resize(to newSize: UInt64) {
        if newSize < size { clear(newSize..<Self.roundedUp(size)) }
        size = newSize
    }

    // MARK: Reading

    /// The bytes from `offset` on, at most `count`; fewer at the end of the volume.
    func read(at offset: UInt64, count: Int) -> OpaqueData {
        guard offset < size else { return OpaqueData() }
        let count = Int(min(UInt64(count), size - offset))
        var bytes = [UInt8](repeating: 0, count: count)
        let end = offset + UInt64(count)
        for block in blocks[position(of: offset / Self.blockSize)..<position(of: Self.blocks(before: end))] {
            let lower = max(block.start, offset)
            let upper = min(block.start + Self.blockSize, end)
            bytes.replaceSubrange(
                Int(lower - offset)..<Int(upper - offset),
                with: block.bytes[Int(lower - block.start)..<Int(upper - block.start)])
        }
        return OpaqueData(bytes)
    }

    /// Whether data or a hole begins at `offset`, which is before the end, and how many bytes it has.
    func run(at offset: UInt64) -> (isHole: Bool, length: UInt64) {
        var index = offset / Self.blockSize
        var place = position(of: index)
        guard place < blocks.count else { return (true, size - offset) }
        if blocks[place].index > index { return (true, min(blocks[place].start, size) - offset) }
        while place < blocks.count, blocks[place].index == index {
            index += 1
            place += 1
        }
        return (false, min(index * Self.blockSize, size) - offset)
    }

    // MARK: Blocks

    private static let zeros = [UInt8](repeating: 0, count: Int(blockSize))

    /// Blocks that begin before `offset`: the index of the first that does not.
    private static func blocks(before offset: UInt64) -> UInt64 {
        offset / blockSize + (offset % blockSize == 0 ? 0 : 1)
    }

    private static func roundedUp(_ offset: UInt64) -> UInt64 {
        let rest = offset % blockSize
        let (rounded, overflows) = offset.addingReportingOverflow(rest == 0 ? 0 : blockSize - rest)
        return overflows ? .max : rounded
    }

    /// Where the first block stands whose index is at least `index`.
    private func position(of index: UInt64) -> Int {
        var range = blocks.indices
        // Writing goes on at the end, most of the time.
        guard let last = blocks.last, last.index >= index else { return blocks.count }
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = blocks[middle].index < index ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }
}

/// One file handed to the compiler.
public struct SourceFile: Sendable {
    /// As it shall appear in diagnostics; the file's folder is where its includes are looked for first.
    public var path: String
    public var text: [UInt8]

    public init(path: String, text: [UInt8]) {
        self.path = path
        self.text = text
    }
}

/// A byte of a source: which source of the compilation, and where in it.
struct Position: Hashable {
    var source: Int32
    var offset: Int32

    init(source: Int32, offset: Int) {
        self.source = source
        self.offset = Int32(truncatingIfNeeded: offset)
    }
}

/// A source's bytes, and its lines.
struct SourceBuffer {
    /// Larger files are refused.
    static let maximumSize = 64 << 20

    let path: String
    let bytes: [UInt8]
    private let lineStarts: [Int32]
    private var markers: [LineMarker] = []

    private struct LineMarker {
        /// First byte it speaks of.
        var offset: Int
        var file: String
        /// The line that `offset` is on by its word, less the physical one.
        var shift: Int
    }

    init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
        var starts: [Int32] = [0]
        for (index, byte) in bytes.enumerated() where byte == 0x0a {
            starts.append(Int32(truncatingIfNeeded: index + 1))
        }
        lineStarts = starts
    }

    /// Notes that the line which begins at `offset` is line `line` of `file`, as the C preprocessor says.
    mutating func addMarker(at offset: Int, file: String?, line: Int) {
        let physical = lineIndex(of: offset) + 1
        let file = file ?? markers.last?.file ?? path
        markers.append(LineMarker(offset: offset, file: file, shift: line - physical))
    }

    func location(of offset: Int) -> SourceLocation {
        let index = lineIndex(of: offset)
        var location = SourceLocation(file: path, line: index + 1, column: offset - Int(lineStarts[index]) + 1)
        if let marker = marker(before: offset) {
            location.file = marker.file
            location.line += marker.shift
        }
        return location
    }

    func excerpt(at offset: Int) -> Excerpt {
        let index = lineIndex(of: offset)
        let start = Int(lineStarts[index])
        var end = index + 1 < lineStarts.count ? Int(lineStarts[index + 1]) - 1 : bytes.count
        if end > start, bytes[end - 1] == 0x0d { end -= 1 }
        return Excerpt(bytes, line: start..<end, caret: offset)
    }

    private func lineIndex(of offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if Int(lineStarts[middle]) <= offset { low = middle } else { high = middle }
        }
        return low
    }

    private func marker(before offset: Int) -> LineMarker? {
        var low = 0
        var high = markers.count
        while low < high {
            let middle = (low + high) / 2
            if markers[middle].offset <= offset { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? markers[low - 1] : nil
    }
}

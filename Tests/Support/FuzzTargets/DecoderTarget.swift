internal import XDR

/// What every type of every program must keep, whatever bytes it is read from.
///
/// The first two bytes choose the type. The bytes behind them are refused, or they are a value; then its encoding is as
/// long as what was read, is read as the same value again, and exceeds no limit.
package enum DecoderTarget {
    /// - Throws: ``Finding``.
    package static func run(_ bytes: [UInt8]) throws {
        var input = InputReader(bytes)
        let entry = xdrCatalog[input.word() % xdrCatalog.count]
        try check(entry.name, entry.type, input.rest())
    }

    /// An input that has the type of this name read from `bytes`: a seed.
    package static func seed(_ name: String, _ bytes: [UInt8]) -> [UInt8]? {
        xdrCatalog.firstIndex { $0.name == name }.map { [UInt8($0 >> 8), UInt8($0 & 255)] + bytes }
    }

    private static func check<Value: XDRCodable>(_ name: String, _ type: Value.Type, _ bytes: [UInt8]) throws {
        // As a message that came in pieces is read: opaque data is shared with it.
        let buffer = bytes.withUnsafeBytes { MessageBuffer(copying: $0) }
        let shared = Result { () throws(XDRError) in try read(type, buffer, isShared: true) }
        // As one that lies whole in what was received: opaque data is copied.
        let copied = Result { () throws(XDRError) in try read(type, buffer, isShared: false) }
        guard case .success(let (value, consumed)) = shared, case .success(let (other, otherConsumed)) = copied else {
            let refusals = [shared, copied].map { outcome -> String in
                switch outcome {
                case .success: "read"
                case .failure(let error): "\(error)"
                }
            }
            return try require(refusals[0] == refusals[1], "\(name): shared \(refusals[0]), copied \(refusals[1])")
        }
        try require(consumed == otherConsumed, "\(name): shared and copied are of different length")
        try require(
            consumed >= Value.minimumWireSize && consumed % 4 == 0,
            "\(name): \(consumed) bytes read, which is no size of it")
        guard let first = encoding(value) else {
            // Text that was no UTF-8 is longer when it has been repaired.
            return try require(isRepaired(bytes), "\(name): what was read cannot be written")
        }
        try require(first == encoding(other), "\(name): shared and copied are different")
        let isRepaired = isRepaired(first)
        try require(
            first.count == consumed || isRepaired && first.count > consumed,
            "\(name): \(consumed) bytes read, \(first.count) written")
        let written = first.withUnsafeBytes { MessageBuffer(copying: $0) }
        let again = Result { () throws(XDRError) in try read(type, written, isShared: false) }
        guard case .success(let (second, whole)) = again else {
            throw Finding("\(name): what was written is not read again: \(again)")
        }
        try require(whole == first.count && encoding(second) == first, "\(name): read again, it is something else")
    }

    private static func read<Value: XDRCodable>(
        _ type: Value.Type, _ buffer: MessageBuffer, isShared: Bool
    ) throws(XDRError) -> (Value, Int) {
        try buffer.withUnsafeBytes { (raw) throws(XDRError) in
            var reader = XDRReader(raw, owner: isShared ? buffer : nil)
            let value = try Value(from: &reader)
            return (value, raw.count - reader.remaining)
        }
    }

    private static func encoding(_ value: some XDRCodable) -> [UInt8]? {
        (try? MessageBuffer(encoding: value))?.withUnsafeBytes { Array($0) }
    }

    /// Whether U+FFFD, or what becomes it, is in there.
    private static func isRepaired(_ bytes: [UInt8]) -> Bool {
        String(decoding: bytes, as: UTF8.self).unicodeScalars.contains("\u{fffd}")
    }
}

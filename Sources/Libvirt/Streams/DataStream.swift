public import XDR

/// A two-way flow of bytes beside a call: a console, a volume's content, a screenshot.
///
/// One reader and one writer may use it at the same time. Both wait while the other side does not keep up: nothing
/// piles up.
public protocol DataStream: AnyObject, Sendable {
    /// The next piece, or nil at the end.
    ///
    /// - Throws: ``VirtError`` if the stream was aborted or the connection lost.
    func read() async throws -> StreamChunk?

    /// Sends bytes; returns when they are taken.
    func write(_ data: OpaqueData) async throws

    /// Sends a hole of `length` zero bytes, which a sparse receiver need not store.
    func writeHole(_ length: UInt64) async throws

    /// Says that all is sent, and waits until the other side has confirmed it. Reading may still go on before.
    func finish() async throws

    /// Ends the stream at once; the other side gets an error.
    func abort() async
}

public enum StreamChunk: Sendable, Equatable {
    case data(OpaqueData)
    /// Bytes that are all zero and were not sent.
    case hole(UInt64)
}

extension DataStream {
    public func writeHole(_ length: UInt64) async throws {
        // Without sparse support a hole is its zero bytes.
        var left = length
        let piece = OpaqueData(repeatElement(0, count: Int(min(left, 65536))))
        while left > 0 {
            let count = Int(min(left, UInt64(piece.count)))
            try await write(piece.slice(0..<count))
            left -= UInt64(count)
        }
    }
}

/// The pieces of a stream, as they come.
///
/// Data is not read ahead of the consumer. The sequence ends at the end of data; call ``DataStream/finish()`` then to
/// hear whether the other side is content.
public struct DataStreamChunks: AsyncSequence, Sendable {
    public typealias Element = StreamChunk

    let stream: any DataStream

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: stream) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let stream: any DataStream
        public mutating func next() async throws -> StreamChunk? { try await stream.read() }
    }
}

extension DataStream {
    /// What the other side sends.
    public var chunks: DataStreamChunks { DataStreamChunks(stream: self) }

    /// Sends all pieces of a sequence, which is asked for the next one when the last is taken, and finishes.
    ///
    /// If the sequence fails, the stream is aborted.
    public func writeAll<Pieces: AsyncSequence>(_ pieces: Pieces) async throws where Pieces.Element == StreamChunk {
        do {
            for try await piece in pieces {
                switch piece {
                case .data(let data): try await write(data)
                case .hole(let length): try await writeHole(length)
                }
            }
            try await finish()
        } catch {
            await abort()
            throw error
        }
    }
}

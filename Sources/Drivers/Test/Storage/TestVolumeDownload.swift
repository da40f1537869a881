internal import Libvirt
internal import Synchronization
internal import XDR

/// Reads a volume, as it is at each moment.
final class TestVolumeDownload: DataStream {
    private struct State {
        var position: UInt64
        /// Bytes that are still asked for; nil for all.
        var remaining: UInt64?
        var end: End?
    }

    private enum End { case finished, aborted }

    /// Bytes of a piece: what libvirt sends in one message.
    private static let pieceSize = 262_120

    private let host: TestHost
    private let volume: TestVolumeIdentity
    private let isSparse: Bool
    private let state: Mutex<State>

    /// - Parameter length: Bytes that are asked for; 0 for the rest of the volume.
    init(_ volume: TestVolumeIdentity, of host: TestHost, offset: UInt64, length: UInt64, isSparse: Bool) {
        self.host = host
        self.volume = volume
        self.isSparse = isSparse
        state = Mutex(State(position: offset, remaining: length == 0 ? nil : length))
    }

    /// - Throws: `.noStorageVol` if the volume has been deleted, `.operationAborted` after ``abort()``.
    func read() async throws -> StreamChunk? {
        let (position, remaining, end) = state.withLock { ($0.position, $0.remaining, $0.end) }
        switch end {
        case .finished: return nil
        case .aborted: throw VirtError(.operationAborted, domain: .streams, "stream was aborted")
        case nil: break
        }
        guard let chunk = try chunk(at: position, limit: remaining ?? .max) else { return nil }
        let count =
            switch chunk {
            case .data(let data): UInt64(data.count)
            case .hole(let length): length
            }
        state.withLock { state in
            state.position += count
            state.remaining = state.remaining.map { $0 - min($0, count) }
        }
        return chunk
    }

    private func chunk(at position: UInt64, limit: UInt64) throws -> StreamChunk? {
        try host.read { host in
            guard let volume = host.storage.volume(volume) else {
                throw VirtError(
                    .noStorageVol, domain: .storage, "no storage vol with matching name '\(self.volume.name)'")
            }
            guard limit > 0, position < volume.content.size else { return nil }
            var limit = limit
            if isSparse {
                let run = volume.content.run(at: position)
                limit = min(limit, run.length)
                if run.isHole { return .hole(limit) }
            }
            return .data(volume.content.read(at: position, count: Int(min(limit, UInt64(Self.pieceSize)))))
        }
    }

    func write(_ data: OpaqueData) async throws {
        throw VirtError(.operationInvalid, domain: .streams, "stream is not open for writing")
    }

    func finish() async throws { state.withLock { $0.end = $0.end ?? .finished } }

    func abort() async { state.withLock { $0.end = $0.end ?? .aborted } }
}

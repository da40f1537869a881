internal import Libvirt
internal import Synchronization
internal import XDR

/// Writes what is sent to a volume, as it comes. What was written stays, however the stream ends.
final class TestVolumeUpload: DataStream {
    private struct State {
        var position: UInt64
        /// Bytes that may still come; nil if that is not limited.
        var remaining: UInt64?
        var isEnded = false
        /// Whoever waits for data, of which there is none in this direction.
        var reader: CheckedContinuation<Void, Never>?
    }

    private let host: TestHost
    private let volume: TestVolumeIdentity
    private let isSparse: Bool
    private let state: Mutex<State>

    /// - Parameter length: Bytes that may come; 0 for any number.
    init(_ volume: TestVolumeIdentity, of host: TestHost, offset: UInt64, length: UInt64, isSparse: Bool) {
        self.host = host
        self.volume = volume
        self.isSparse = isSparse
        state = Mutex(State(position: offset, remaining: length == 0 ? nil : length))
    }

    /// Waits for the end; nothing comes this way.
    func read() async throws -> StreamChunk? {
        await withCheckedContinuation { continuation in
            let previous = state.withLock { state -> CheckedContinuation<Void, Never>? in
                if state.isEnded { return continuation }
                defer { state.reader = continuation }
                return state.reader
            }
            previous?.resume()
        }
        return nil
    }

    /// - Throws: `.systemError` if it is more than was announced, after what fits is written; and if a file would
    ///   become too large, a volume that is no file has no more room, or the host holds too much already.
    func write(_ data: OpaqueData) async throws {
        let (position, remaining) = try place()
        let fitting = Int(min(UInt64(data.count), remaining ?? .max))
        if fitting > 0 {
            let piece = data.slice(0..<fitting)
            try host.update { host in
                try host.storage.modify(volume, growth: { $0.growth(writing: fitting, at: position) }) {
                    try $0.write(piece, at: position, isFile: $1)
                }
            }
            advance(UInt64(fitting))
        }
        if fitting < data.count {
            let noSpace: Int32 = 28
            throw VirtError.system(noSpace, "cannot write to stream", domain: .streams)
        }
    }

    /// A hole that is longer than what may still come is cut.
    func writeHole(_ length: UInt64) async throws {
        guard isSparse else {
            throw VirtError(.operationInvalid, domain: .rpc, "Skipping is not supported with this stream")
        }
        let (position, remaining) = try place()
        let length = min(length, remaining ?? length)
        guard length > 0 else { return }
        try host.update { host in
            try host.storage.modify(volume) { volume, isFile in
                try volume.writeHole(length, at: position, isFile: isFile)
            }
        }
        advance(length)
    }

    func finish() async throws { end() }

    func abort() async { end() }

    private func place() throws -> (position: UInt64, remaining: UInt64?) {
        try state.withLock { state in
            if state.isEnded { throw VirtError(.operationInvalid, domain: .streams, "stream is not open") }
            return (state.position, state.remaining)
        }
    }

    private func advance(_ length: UInt64) {
        state.withLock { state in
            state.position += length
            state.remaining = state.remaining.map { $0 - min($0, length) }
        }
    }

    private func end() {
        let (isFirst, reader) = state.withLock { state in
            defer {
                state.isEnded = true
                state.reader = nil
            }
            return (!state.isEnded, state.reader)
        }
        if isFirst { host.update { $0.refresh(volume) } }
        reader?.resume()
    }
}

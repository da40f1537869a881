internal import Libvirt
internal import Synchronization
internal import XDR

/// The user's end of a stream; dropping it unfinished aborts the stream.
final class RPCStream: DataStream {
    private let core: StreamCore
    private let owner: (any AnyObject & Sendable)?

    init(_ core: StreamCore, owner: (any AnyObject & Sendable)?) {
        self.core = core
        self.owner = owner
    }

    deinit { core.abort() }

    func read() async throws -> StreamChunk? { try await core.read() }
    func write(_ data: OpaqueData) async throws { try await core.write(data) }
    func writeHole(_ length: UInt64) async throws { try await core.writeHole(length) }
    func finish() async throws { try await core.finish() }
    func abort() async { core.abort() }
}

/// What the client keeps of a stream: data that nobody has read, and who waits.
///
/// Data that has come is handed out before the error or end behind it.
final class StreamCore: Sendable {
    private enum Phase {
        case open
        /// The server sends no more; we may.
        case serverEnded
        case finished
        case failed(any Error)
    }

    private struct State {
        var phase = Phase.open
        var queue: [StreamChunk] = []
        var head = 0
        var reader: OneReply<StreamChunk?>?
        var finisher: OneReply<Void>?
        var hasSentFinish = false
        var serial: UInt32 = 0

        mutating func next() -> StreamChunk? {
            guard head < queue.count else { return nil }
            let chunk = queue[head]
            queue[head] = .hole(0)
            head += 1
            if head == queue.count {
                queue.removeAll(keepingCapacity: queue.capacity <= 64)
                head = 0
            } else if head >= 64 {
                queue.removeFirst(head)
                head = 0
            }
            return chunk
        }
    }

    private let client: RPCClient
    private let isSparse: Bool
    private let state = Mutex(State())

    init(client: RPCClient, isSparse: Bool) {
        self.client = client
        self.isSparse = isSparse
    }

    var serial: UInt32 {
        get { state.withLock { $0.serial } }
        set { state.withLock { $0.serial = newValue } }
    }

    private static func size(_ chunk: StreamChunk) -> Int {
        switch chunk {
        case .data(let data): data.count
        // A hole holds no bytes; but what is queued for it does.
        case .hole: MemoryLayout<StreamChunk>.size
        }
    }

    // MARK: from the server

    func receive(_ chunk: StreamChunk) {
        let isQueued = state.withLock { state in
            switch state.phase {
            case .open: break
            default: return false
            }
            // The reader may have given up just now: then the chunk stays for the next one.
            if let reader = state.reader {
                state.reader = nil
                if reader.finish(.success(chunk)) { return false }
            }
            state.queue.append(chunk)
            return true
        }
        if isQueued { client.streamBuffered(Self.size(chunk)) }
    }

    func end() { change(to: .serverEnded) }
    func finished() { change(to: .finished) }
    func fail(_ error: any Error) { change(to: .failed(error)) }

    func violation(_ text: String) {
        client.abortStream(serial)
        fail(VirtError.rpc(text))
    }

    private func change(to phase: Phase) {
        let (reader, finisher) = state.withLock { state -> (OneReply<StreamChunk?>?, OneReply<Void>?) in
            switch state.phase {
            case .finished, .failed: return (nil, nil)
            default: break
            }
            state.phase = phase
            defer { state.reader = nil }
            if case .serverEnded = phase { return (state.reader, nil) }
            defer { state.finisher = nil }
            return (state.reader, state.finisher)
        }
        if case .failed(let error) = phase {
            reader?.finish(.failure(error))
            finisher?.finish(.failure(error))
        } else {
            reader?.finish(.success(nil))
            finisher?.finish(.success(()))
        }
    }

    // MARK: from the user

    func read() async throws -> StreamChunk? {
        enum Outcome {
            case chunk(StreamChunk)
            case end
            case wait(OneReply<StreamChunk?>)
        }
        let deadline = currentDeadline
        let outcome: Outcome = try state.withLock { state in
            if let chunk = state.next() { return .chunk(chunk) }
            switch state.phase {
            case .serverEnded, .finished: return .end
            case .failed(let error): throw error
            case .open: break
            }
            guard state.reader == nil else {
                throw VirtError(.operationInvalid, domain: .streams, "two tasks read from one stream")
            }
            let reader = OneReply<StreamChunk?>()
            state.reader = reader
            return .wait(reader)
        }
        switch outcome {
        case .chunk(let chunk):
            client.streamBuffered(-Self.size(chunk))
            return chunk
        case .end: return nil
        case .wait(let reader):
            return try await reader.value(until: deadline, on: client.link) { [self] in
                state.withLock { state in
                    if state.reader === reader { state.reader = nil }
                }
            }
        }
    }

    /// The header of the next message, or why there is none.
    private func header(_ type: MessageType, _ status: MessageStatus) throws -> MessageHeader {
        let serial = try state.withLock { state in
            if case .failed(let error) = state.phase { throw error }
            if state.hasSentFinish {
                throw VirtError(.operationInvalid, domain: .streams, "the stream is finished")
            }
            return state.serial
        }
        guard let header = client.streamHeader(serial, type, status) else {
            throw VirtError(.operationInvalid, domain: .streams, "the stream is closed")
        }
        return header
    }

    func write(_ data: OpaqueData) async throws {
        let deadline = currentDeadline
        var offset = 0
        // Without bytes it would be the mark for the end of data.
        while offset < data.count {
            try Task.checkCancellation()
            try await client.waitForSpace(until: deadline)
            let count = min(Frame.streamChunk, data.count - offset)
            let header = try header(.stream, .continue)
            data.slice(offset..<offset + count).withUnsafeBytes { bytes in
                _ = client.link.send(Frame.encode(header, bytes: bytes))
            }
            offset += count
        }
    }

    func writeHole(_ length: UInt64) async throws {
        guard isSparse else { return try await writeZeros(length) }
        try Task.checkCancellation()
        guard let length = Int64(exactly: length) else {
            throw VirtError(.overflow, domain: .streams, "a hole of \(length) bytes is too large")
        }
        guard length > 0 else { return }
        try await client.waitForSpace(until: currentDeadline)
        client.link.send(
            try Frame.encode(try header(.streamHole, .continue), StreamHole(length: length, flags: 0)))
    }

    private func writeZeros(_ length: UInt64) async throws {
        var left = length
        let zeros = OpaqueData(repeatElement(0, count: Int(min(left, UInt64(Frame.streamChunk)))))
        while left > 0 {
            let count = Int(min(left, UInt64(zeros.count)))
            try await write(zeros.slice(0..<count))
            left -= UInt64(count)
        }
    }

    func finish() async throws {
        let isOver = try state.withLock { state in
            switch state.phase {
            case .finished: return true
            case .failed(let error): throw error
            case .open, .serverEnded: return false
            }
        }
        if isOver { return }
        let header = try header(.stream, .ok)
        let waiter = OneReply<Void>()
        let isFinished = try state.withLock { state in
            switch state.phase {
            case .failed(let error): throw error
            // The server has said so just now, unasked.
            case .finished: return true
            case .open, .serverEnded: break
            }
            if state.hasSentFinish {
                throw VirtError(.operationInvalid, domain: .streams, "the stream is finished")
            }
            state.hasSentFinish = true
            state.finisher = waiter
            return false
        }
        if isFinished { return }
        client.streamFinishing(1)
        defer { client.streamFinishing(-1) }
        client.link.send(Frame.encode(header))
        try await waiter.value(until: currentDeadline, on: client.link) {}
    }

    func abort() {
        let (isOver, dropped) = state.withLock { state in
            let dropped = state.queue[state.head...].reduce(0) { $0 + Self.size($1) }
            state.queue = []
            state.head = 0
            switch state.phase {
            case .finished, .failed: return (true, dropped)
            case .open, .serverEnded: return (false, dropped)
            }
        }
        if dropped > 0 { client.streamBuffered(-dropped) }
        guard !isOver else { return }
        client.abortStream(serial)
        fail(VirtError(.operationAborted, domain: .streams, "the stream was aborted"))
    }
}

internal import Libvirt
internal import Synchronization
internal import VirtRPC
internal import XDR

/// Carries one stream between a client's messages and a driver's stream, both ways at once.
///
/// Towards the client a chunk is read only when the last one has been taken by the kernel. From the client a few chunks
/// may wait for the driver; above that the whole link is left unread, which is the only back-pressure that the protocol
/// has.
final class StreamRelay: Sendable {
    private enum Input: Sendable {
        case chunk(StreamChunk)
        case finish
        case abort
    }

    private struct State {
        var waitingInput: [Input] = []
        var inputReader: CheckedContinuation<Void, Never>?
        var isReadingPaused = false
        var drainWaiter: CheckedContinuation<Void, Never>?
        /// The client has said that it is done: what becomes of reading is not told any more.
        var isFinishing = false
        var isEnded = false
        var tasks: [Task<Void, Never>] = []
    }

    /// Chunks from the client that may wait.
    private static let maximumWaiting = 8
    /// Bytes towards the client that may be unsent before the next chunk is read.
    private static let maximumUnsent = 1 << 20

    private let stream: any DataStream
    private let header: MessageHeader
    private let session: ClientSession
    private let state = Mutex(State())

    init(_ stream: any DataStream, header: MessageHeader, session: ClientSession) {
        self.stream = stream
        self.header = header
        self.session = session
    }

    /// Begins to relay; the reply of the call is sent.
    func start() {
        let tasks = [Task { await self.sendAll() }, Task { await self.receiveAll() }]
        let isOver = state.withLock { state in
            state.tasks = tasks
            return state.isEnded
        }
        if isOver { for task in tasks { task.cancel() } }
    }

    // MARK: From the driver to the client

    private func sendAll() async {
        do {
            while let chunk = try await stream.read() {
                switch chunk {
                case .data(let data):
                    var offset = 0
                    while offset < data.count {
                        let count = min(data.count - offset, Frame.streamChunk)
                        await drained()
                        if isEnded { return }
                        send(data.slice(offset..<offset + count))
                        offset += count
                    }
                case .hole(let length):
                    await drained()
                    if isEnded { return }
                    sendHole(length)
                }
            }
            if isReading { session.link.send(Frame.encode(message(.stream, .continue))) }
        } catch {
            // A stream that the client ends says so to who reads it, too.
            if isReading { fail(error) }
        }
    }

    private func send(_ data: OpaqueData) {
        ServerCounters.add(data.count, to: session.server.counters.streamBytesToClients)
        session.link.send(data.withUnsafeBytes { Frame.encode(message(.stream, .continue), bytes: $0) })
    }

    private func sendHole(_ length: UInt64) {
        let hole = StreamHole(length: Int64(clamping: length), flags: 0)
        if let bytes = try? Frame.encode(message(.streamHole, .continue), hole) { session.link.send(bytes) }
    }

    /// Waits until the client has taken enough.
    private func drained() async {
        guard session.link.pendingBytes > Self.maximumUnsent else { return }
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isEnded || session.link.pendingBytes == 0 { return true }
                state.drainWaiter = continuation
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    func linkDidDrain() {
        let waiter = state.withLock { state in
            defer { state.drainWaiter = nil }
            return state.drainWaiter
        }
        waiter?.resume()
    }

    // MARK: From the client to the driver

    func receive(_ chunk: StreamChunk) { enqueue(.chunk(chunk)) }
    func receiveFinish() { enqueue(.finish) }
    func receiveAbort() { enqueue(.abort) }

    private func enqueue(_ input: Input) {
        let (reader, pauses) = state.withLock { state in
            state.waitingInput.append(input)
            let pauses = state.waitingInput.count >= Self.maximumWaiting && !state.isReadingPaused
            if pauses { state.isReadingPaused = true }
            defer { state.inputReader = nil }
            return (state.inputReader, pauses)
        }
        reader?.resume()
        if pauses { session.holdReading() }
    }

    private func nextInput() async -> Input? {
        while true {
            let (input, resumes, isOver) = state.withLock { state -> (Input?, Bool, Bool) in
                if state.isEnded { return (nil, false, true) }
                guard !state.waitingInput.isEmpty else { return (nil, false, false) }
                let input = state.waitingInput.removeFirst()
                let resumes = state.isReadingPaused && state.waitingInput.count <= Self.maximumWaiting / 2
                if resumes { state.isReadingPaused = false }
                return (input, resumes, false)
            }
            if resumes { session.releaseReading() }
            if isOver { return nil }
            if let input { return input }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.isEnded || !state.waitingInput.isEmpty { return true }
                    state.inputReader = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }

    private func receiveAll() async {
        do {
            while let input = await nextInput() {
                switch input {
                case .chunk(.data(let data)):
                    ServerCounters.add(data.count, to: session.server.counters.streamBytesFromClients)
                    try await stream.write(data)
                case .chunk(.hole(let length)): try await stream.writeHole(length)
                case .finish:
                    state.withLock { $0.isFinishing = true }
                    try await stream.finish()
                    confirm()
                    return
                case .abort:
                    state.withLock { $0.isFinishing = true }
                    await stream.abort()
                    confirm()
                    return
                }
            }
        } catch {
            fail(error)
        }
    }

    // MARK: The end

    /// Says that the stream is closed in order; libvirtd answers an abort in the same way.
    private func confirm() {
        if end() { session.link.send(Frame.encode(message(.stream, .ok))) }
    }

    private func fail(_ error: any Error) {
        guard end() else { return }
        let failure =
            error as? VirtError ?? VirtError(.operationFailed, domain: .streams, "\(error)", cause: error)
        if let bytes = try? Frame.encode(message(.stream, .error), failure.wire) { session.link.send(bytes) }
        Task { [stream] in await stream.abort() }
    }

    /// A message of the client that cannot be understood.
    func abort() { fail(VirtError.rpc("Unable to decode message payload")) }

    func connectionLost() {
        guard end() else { return }
        Task { [stream] in await stream.abort() }
    }

    private var isEnded: Bool { state.withLock { $0.isEnded } }
    private var isReading: Bool { state.withLock { !$0.isEnded && !$0.isFinishing } }

    /// Ends the relay once; false if it has ended before.
    private func end() -> Bool {
        let (isFirst, reader, drain, resumes) = state.withLock { state in
            if state.isEnded {
                return (
                    false, nil as CheckedContinuation<Void, Never>?, nil as CheckedContinuation<Void, Never>?, false
                )
            }
            state.isEnded = true
            defer {
                state.inputReader = nil
                state.drainWaiter = nil
                state.waitingInput = []
            }
            return (true, state.inputReader, state.drainWaiter, state.isReadingPaused)
        }
        guard isFirst else { return false }
        reader?.resume()
        drain?.resume()
        if resumes { session.releaseReading() }
        session.streamDidEnd(header.serial)
        return true
    }

    private func message(_ type: MessageType, _ status: MessageStatus) -> MessageHeader {
        var header = header
        header.type = type
        header.status = status
        return header
    }
}

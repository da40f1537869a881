package import Libvirt
internal import Synchronization
package import XDR

/// The client side of one link: calls, streams, events, keepalive.
///
/// Calls may be made from any task, any number at a time; replies come in any order. A reply is decoded on the link's
/// loop. A call ends once: with its result, the server's error, the reason for which the link was lost, cancellation of
/// its task, or its deadline. The last two leave the link open and the late reply unread.
///
/// Locks: `input`, then `state`, then a stream's own; none is held while user code or a continuation runs, but for the
/// event handler, which runs under `input`.
package final class RPCClient: RPCChannel, LinkHandler {
    /// Bytes of stream data that may wait for their readers before the link is no longer read.
    ///
    /// Above it, the server is held back; so are replies and events behind the data. Therefore reading goes on as long
    /// as somebody waits for a reply, up to ``hardLimit``.
    package static var highWater: Int { 1 << 20 }
    package static var hardLimit: Int { 64 << 20 }
    /// Bytes queued in the link above which stream writers and new calls wait.
    package static var writeMark: Int { 1 << 20 }

    typealias Completion = @Sendable (Result<Reply, any Error>) -> Void

    struct Reply {
        let payload: OpaqueData?
        let frame: Frame?
        let descriptors: [OwnedDescriptor]

        func decode<Value: XDRCodable>(_ type: Value.Type) throws -> Value {
            do {
                if let payload {
                    return try payload.withUnsafeBytes { (bytes) throws(XDRError) in
                        var reader = XDRReader(bytes)
                        return try Value(from: &reader)
                    }
                }
                guard let frame else { throw XDRError.truncated(needed: 0, available: 0) }
                return try frame.decode(type)
            } catch {
                throw VirtError(.rpc, domain: .rpc, "Unable to decode message payload: \(error)", cause: error)
            }
        }
    }

    struct State {
        var machine = ClientMachine()
        var pending: [UInt32: Completion] = [:]
        var streams: [UInt32: StreamCore] = [:]
        var drainWaiters: [UInt64: OneReply<Void>] = [:]
        var nextWaiter: UInt64 = 0
        var end: LinkEnd?
        var keepalive: KeepaliveMachine?
        var timer: (any LinkTimer)?
        var isPaused = false
        /// Of all streams.
        var inboundBytes = 0
        /// Streams that wait for the server to confirm their end, which may be behind their data.
        var finishing = 0
    }

    /// The loop's own.
    struct Input {
        var framer = Framer()
        var descriptors: [OwnedDescriptor] = []
        /// A reply that waits for its descriptors, each of which comes with one byte.
        var incomplete: (header: MessageHeader, payload: OpaqueData, count: Int, missingBytes: Int)?
        var isDead = false
        /// The call behind whose reply nothing is read.
        var holdsBehind: UInt32?
        /// What came behind it.
        var held: [UInt8]?
    }

    package let link: any Link
    let state = Mutex(State())
    let input = Mutex(Input())
    private let ended = AsyncOnce<LinkEnd>()
    let onEvent: @Sendable (_ program: UInt32, _ number: Int32, Frame) -> Void
    private let onEnd: @Sendable (LinkEnd) -> Void

    /// A client of `link`, which has to be told that this is its handler.
    ///
    /// - Parameter onEvent: called on the loop, in the order of the server; must not wait. The frame is valid during
    ///   the call.
    /// - Parameter onEnd: called once, from any thread, when the link is lost or closed.
    package init(
        link: any Link, onEvent: @escaping @Sendable (_ program: UInt32, _ number: Int32, Frame) -> Void = { _, _, _ in },
        onEnd: @escaping @Sendable (LinkEnd) -> Void = { _ in }
    ) {
        self.link = link
        self.onEvent = onEvent
        self.onEnd = onEnd
    }

    // MARK: calls

    package func call<Arguments: XDRCodable, Result: XDRCodable>(
        _ procedure: Procedure<Arguments, Result>, _ arguments: Arguments
    ) async throws -> Result {
        try await perform(procedure, arguments, descriptors: []) { try $0.decode(Result.self) }
    }

    /// A call with file descriptors; they are duplicated, and those of the reply belong to the caller.
    package func call<Arguments: XDRCodable, Result: XDRCodable>(
        _ procedure: Procedure<Arguments, Result>, _ arguments: Arguments, descriptors: [OwnedDescriptor]
    ) async throws -> (Result, [OwnedDescriptor]) {
        try await perform(procedure, arguments, descriptors: descriptors) {
            (try $0.decode(Result.self), $0.descriptors)
        }
    }

    /// A call behind whose reply nothing is read until ``readOn(_:)``: what follows may be encrypted.
    ///
    /// Nothing else may be under way. A call that fails leaves reading as it was.
    package func callAlone<Arguments: XDRCodable, Result: XDRCodable>(
        _ procedure: Procedure<Arguments, Result>, _ arguments: Arguments
    ) async throws -> Result {
        try await perform(procedure, arguments, descriptors: [], isAlone: true) { try $0.decode(Result.self) }
    }

    /// Goes on after a ``callAlone(_:_:)``; what is sent once this has returned, is sent after the change.
    ///
    /// - Parameter change: called on the loop before anything more is read, with what came behind the reply; has to see
    ///   to it that the client gets that, or what it stands for, again. Nil: it is taken as it is.
    package func readOn(_ change: (@Sendable ([UInt8]) -> Void)? = nil) async {
        await withCheckedContinuation { continuation in
            link.execute {
                self.takeHeld(change)
                continuation.resume()
            }
        }
    }

    private func takeHeld(_ change: (@Sendable ([UInt8]) -> Void)?) {
        let held = input.withLock { input in
            defer { input.held = nil }
            return input.held
        }
        guard let held else { return }
        if let change {
            change(held)
        } else if !held.isEmpty {
            held.withUnsafeBytes { link(link, didReceive: $0, descriptors: []) }
        }
        link.setReading(true)
    }

    /// A call that opens a stream.
    ///
    /// - Parameter isSparse: whether the call's flags allow holes; without, they are sent as zeros.
    /// - Parameter owner: what lives as long as the stream.
    package func openStream<Arguments: XDRCodable, Result: XDRCodable>(
        _ procedure: Procedure<Arguments, Result>, _ arguments: Arguments, isSparse: Bool = false,
        owner: (any AnyObject & Sendable)? = nil
    ) async throws -> (Result, any DataStream) {
        let core = StreamCore(client: self, isSparse: isSparse)
        return try await perform(procedure, arguments, descriptors: [], stream: core) {
            (try $0.decode(Result.self), RPCStream(core, owner: owner))
        }
    }

    private func perform<Arguments: XDRCodable, Result: XDRCodable, Value: Sendable>(
        _ procedure: Procedure<Arguments, Result>, _ arguments: Arguments, descriptors: [OwnedDescriptor],
        stream: StreamCore? = nil, isAlone: Bool = false, _ decode: @escaping @Sendable (Reply) throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        let deadline = currentDeadline
        if let deadline, deadline <= .now { throw VirtError.deadlineExceeded }
        // Calls that were given up still go out: whoever makes and cancels them faster than the server takes them waits.
        if link.pendingBytes > Self.writeMark { try await waitForSpace(until: deadline) }
        let duplicates = try duplicate(descriptors)
        let reply = OneReply<Value>()
        let (header, isPaused) = try state.withLock { state throws(VirtError) in
            if let end = state.end { throw end.error }
            let header = state.machine.begin(
                program: procedure.program, version: procedure.version, procedure: procedure.number,
                hasDescriptors: !descriptors.isEmpty, opensStream: stream != nil)
            state.pending[header.serial] = { result in
                reply.finish(Swift.Result { try decode(try result.get()) })
            }
            if let stream {
                stream.serial = header.serial
                state.streams[header.serial] = stream
            }
            return (header, state.isPaused)
        }
        let message: MessageBuffer
        do {
            message = try Frame.encode(header, arguments, descriptors: descriptors.isEmpty ? nil : descriptors.count)
        } catch {
            state.withLock { state in
                state.machine.withdraw(header.serial)
                state.pending.removeValue(forKey: header.serial)
                state.streams.removeValue(forKey: header.serial)
            }
            throw VirtError(.rpc, domain: .rpc, "Unable to encode message payload: \(error)", cause: error)
        }
        if isPaused { link.execute { self.updateReading() } }
        if isAlone { input.withLock { $0.holdsBehind = header.serial } }
        link.send(message, descriptors: duplicates.map { $0.release() })
        return try await reply.value(until: deadline, on: link) { [weak self] in self?.giveUp(header.serial) }
    }

    private func giveUp(_ serial: UInt32) {
        state.withLock { state in
            state.machine.abandon(serial)
            state.pending.removeValue(forKey: serial)
            state.streams.removeValue(forKey: serial)
        }
        checkReading()
    }

    private func duplicate(_ descriptors: [OwnedDescriptor]) throws -> [PassedDescriptor] {
        guard !descriptors.isEmpty else { return [] }
        guard link.transport == .unix || link.transport == .inProcess else {
            throw VirtError(
                .noSupport, domain: .rpc, "file descriptors can be passed over UNIX sockets only")
        }
        guard descriptors.count <= Frame.maximumDescriptors else {
            throw VirtError(
                .rpc, domain: .rpc, "Too many FDs to send \(descriptors.count), expected \(Frame.maximumDescriptors)"
                    + " maximum")
        }
        return try descriptors.map { PassedDescriptor(try $0.duplicate()) }
    }

    // MARK: life

    /// When and why the link was lost; the first reason counts.
    ///
    /// - Throws: `CancellationError`.
    package var closed: LinkEnd {
        get async throws { try await ended.value }
    }

    package var end: LinkEnd? { ended.current }

    /// Calls whose reply has not come, also those that were given up.
    package var unansweredCalls: Int { state.withLock { $0.machine.unansweredCalls } }

    /// Pings a silent server from now on, and gives it up when it does not answer. Its own pings are always answered.
    package func enableKeepalive(interval: Duration, count: Int) {
        guard interval > .zero else { return }
        link.execute { [weak self] in
            guard let self else { return }
            state.withLock { $0.keepalive = KeepaliveMachine(interval: interval, count: count, now: .now) }
            tick()
        }
    }

    private func tick() {
        enum Due { case ping, close, nothing }
        let (due, delay) = state.withLock { state -> (Due, Duration?) in
            guard state.end == nil, var machine = state.keepalive else { return (.nothing, nil) }
            defer { state.keepalive = machine }
            if state.isPaused {
                // Its pings wait behind the data that we do not read; that we send something proves that we live.
                machine.heard(.now)
                return (.ping, machine.interval)
            }
            switch machine.tick(.now) {
            case .wait(let delay): return (.nothing, delay)
            case .ping(let delay): return (.ping, delay)
            case .close: return (.close, nil)
            }
        }
        switch due {
        case .ping: link.send(KeepaliveMachine.ping)
        case .close: terminate(.keepalive, flushing: false)
        case .nothing: break
        }
        guard let delay else { return }
        let timer = link.schedule(after: delay) { [weak self] in self?.tick() }
        let isOver = state.withLock { state in
            state.timer = timer
            return state.end != nil
        }
        if isOver { timer.cancel() }
    }

    /// Ends the link once what was sent is out. Calls under way and streams fail.
    package func close() { terminate(.client, flushing: true) }

    func terminate(_ end: LinkEnd, flushing: Bool) {
        let taken = state.withLock { state -> ([Completion], [StreamCore], [OneReply<Void>], (any LinkTimer)?)? in
            guard state.end == nil else { return nil }
            state.end = end
            defer {
                state.pending = [:]
                state.streams = [:]
                state.drainWaiters = [:]
                state.timer = nil
            }
            return (
                Array(state.pending.values), Array(state.streams.values), Array(state.drainWaiters.values), state.timer
            )
        }
        guard let (completions, streams, waiters, timer) = taken else { return }
        timer?.cancel()
        ended.set(end)
        onEnd(end)
        for completion in completions { completion(.failure(end.error)) }
        for stream in streams { stream.fail(end.error) }
        for waiter in waiters { waiter.finish(.failure(end.error)) }
        link.close(flushing: flushing)
    }
}

/// A descriptor on its way into a link; closed if it does not get there.
private final class PassedDescriptor {
    private var descriptor: Int32?

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Hands it over.
    func release() -> Int32 {
        defer { descriptor = nil }
        return descriptor ?? -1
    }

    deinit {
        if let descriptor { _ = OwnedDescriptor(descriptor) }
    }
}

internal import NIOCore
internal import Synchronization
internal import VirtRPC
internal import XDR

/// A NIO channel as a link: connections that we open over TCP, and everything where there is no epoll.
///
/// Passes no descriptors. What was sent during a handler call, or from other threads meanwhile, is copied into one
/// buffer and written when NIO's pass over the channel ends; no more than the channel takes, so that a slow peer leaves
/// the messages themselves in the queue and not copies of them.
final class NIOLink: ChannelInboundHandler, Link, @unchecked Sendable {
    // SAFETY: `outbox` is locked; everything else that changes belongs to the channel's event loop.
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case open, closing, closed
    }

    private struct Outbox {
        var phase = Phase.open
        var queue: [MessageBuffer] = []
        var head = 0
        var offset = 0
        /// Bytes in the queue, and those the channel has not given to the kernel yet.
        var pending = 0
        var isScheduled = false

        var isEmpty: Bool { head == queue.count }

        /// The next bytes to be written, some messages or a part of one.
        mutating func nextChunk(_ allocator: ByteBufferAllocator) -> ByteBuffer? {
            var size = -offset
            var end = head
            while end < queue.count, size < NIOLink.chunkSize {
                size += queue[end].count
                end += 1
            }
            guard end > head else { return nil }
            size = min(size, NIOLink.chunkSize)
            var chunk = allocator.buffer(capacity: size)
            while head < end {
                let room = size - chunk.readableBytes
                let message = queue[head]
                let count = min(room, message.count - offset)
                message.withUnsafeBytes { _ = chunk.writeBytes($0[offset..<offset + count]) }
                offset += count
                guard offset == message.count else { break }
                offset = 0
                head += 1
            }
            if isEmpty {
                queue.removeAll(keepingCapacity: queue.capacity <= 8)
                head = 0
            } else if head >= 64 {
                queue.removeFirst(head)
                head = 0
            }
            return chunk
        }
    }

    static let chunkSize = 256 * 1024
    private static let flushLimit = TimeAmount.seconds(5)

    let peer: PeerIdentity
    let transport: TransportKind
    private let channel: any Channel
    private let outbox = Mutex(Outbox())

    private var context: ChannelHandlerContext?
    private var handler: (any LinkHandler)?
    private var reading = false
    /// What arrived while nobody wanted to read.
    private var held: [ByteBuffer] = []
    private var inPass = false
    private var pumping = false
    private var sawEnd = false
    private var reason: LinkCloseReason?
    private var unreported: LinkCloseReason?
    private var flushTimer: Scheduled<Void>?

    init(channel: any Channel, peer: PeerIdentity, transport: TransportKind) {
        self.channel = channel
        self.peer = peer
        self.transport = transport
    }

    /// Sets who is told, and begins to read; once, on the loop.
    func attach(_ handler: any LinkHandler) {
        precondition(self.handler == nil, "a link has one handler")
        self.handler = handler
        setReading(true)
        if let reason = unreported {
            unreported = nil
            self.handler = nil
            handler.linkDidClose(self, reason: reason)
        }
    }

    // MARK: Link

    @discardableResult
    func send(_ bytes: MessageBuffer, descriptors: [Int32]) -> Bool {
        guard descriptors.isEmpty else {
            for descriptor in descriptors { closeDescriptor(descriptor) }
            return false
        }
        let gathers = channel.eventLoop.inEventLoop && inPass
        let (accepted, schedules) = outbox.withLock { outbox in
            guard outbox.phase == .open else { return (false, false) }
            guard !bytes.isEmpty else { return (true, false) }
            outbox.queue.append(bytes)
            outbox.pending += bytes.count
            if gathers || outbox.isScheduled { return (true, false) }
            outbox.isScheduled = true
            return (true, true)
        }
        if schedules { channel.eventLoop.execute { self.pump() } }
        return accepted
    }

    var pendingBytes: Int { outbox.withLock { $0.pending } }

    func setReading(_ enabled: Bool) {
        guard reading != enabled, outbox.withLock({ $0.phase }) == .open || !held.isEmpty else { return }
        reading = enabled
        if enabled { deliverHeld() }
        if channel.isActive || context == nil {
            channel.setOption(.autoRead, value: reading).whenFailure { _ in }
        }
    }

    func close(flushing: Bool) {
        let changed = outbox.withLock { outbox in
            switch outbox.phase {
            case .closed: return false
            case .closing: return !flushing
            case .open:
                outbox.phase = .closing
                return true
            }
        }
        guard changed else { return }
        // Never from within: the handler may be running.
        channel.eventLoop.execute { self.closeOnLoop(flushing: flushing, reason: .local) }
    }

    func execute(_ work: @escaping @Sendable () -> Void) {
        if channel.eventLoop.inEventLoop { work() } else { channel.eventLoop.execute(work) }
    }

    func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> any LinkTimer {
        NIOTimer(channel.eventLoop.scheduleTask(in: TimeAmount(delay), work))
    }

    // MARK: sending, on the loop

    private func pump() {
        outbox.withLock { $0.isScheduled = false }
        guard let context, channel.isActive, !pumping else { return }
        pumping = true
        // Bounded, so that one fast reader does not hold the loop.
        var rounds = 0
        var hasMore = true
        while hasMore, channel.isWritable {
            guard rounds < 16 else {
                context.eventLoop.execute { self.pump() }
                break
            }
            rounds += 1
            var wrote = false
            while channel.isWritable, let chunk = outbox.withLock({ $0.nextChunk(channel.allocator) }) {
                wrote = true
                let count = chunk.readableBytes
                let promise = context.eventLoop.makePromise(of: Void.self)
                promise.futureResult.whenSuccess { self.didWrite(count) }
                context.write(wrapOutboundOut(chunk), promise: promise)
            }
            if wrote { context.flush() }
            hasMore = outbox.withLock { !$0.isEmpty }
        }
        pumping = false
    }

    private func didWrite(_ count: Int) {
        let (drained, closing) = outbox.withLock { outbox in
            outbox.pending -= count
            return (outbox.pending == 0 && outbox.phase == .open, outbox.pending == 0 && outbox.phase == .closing)
        }
        if drained { handler?.linkDidDrain(self) }
        if closing { channel.eventLoop.execute { self.channel.close(promise: nil) } }
    }

    private func closeOnLoop(flushing: Bool, reason: LinkCloseReason) {
        if self.reason == nil { self.reason = reason }
        reading = false
        let waits = outbox.withLock { outbox in
            if outbox.phase == .closed { return false }
            outbox.phase = .closing
            return flushing && outbox.pending > 0
        }
        guard waits else {
            channel.close(promise: nil)
            return
        }
        // A channel that is being accepted becomes active later, and then pumps.
        pump()
        if flushTimer == nil {
            flushTimer = channel.eventLoop.scheduleTask(in: Self.flushLimit) { self.channel.close(promise: nil) }
        }
    }

    // MARK: receiving

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        finish(reason ?? .local)
    }

    func channelActive(context: ChannelHandlerContext) {
        pump()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        inPass = true
        if reading, held.isEmpty { deliver(bytes) } else if reason == nil { held.append(bytes) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        inPass = false
        pump()
    }

    private func deliver(_ bytes: ByteBuffer) {
        // SAFETY: the pointer is used within the call only.
        bytes.withUnsafeReadableBytes { handler?.link(self, didReceive: $0, descriptors: []) }
    }

    private func deliverHeld() {
        let wasInPass = inPass
        inPass = true
        while reading, !held.isEmpty { deliver(held.removeFirst()) }
        inPass = wasInPass
        if !inPass { pump() }
        if sawEnd, held.isEmpty { closeOnLoop(flushing: true, reason: .endOfFile) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if channel.isWritable { pump() }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent {
            sawEnd = true
            // The peer has said all it will; what it asked for before is still answered.
            if held.isEmpty { closeOnLoop(flushing: true, reason: .endOfFile) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if reason == nil { reason = .error(Self.text(error)) }
        context.close(promise: nil)
    }

    static func text(_ error: any Error) -> String {
        switch error {
        case let error as IOError: errorText(error.errnoCode)
        case let error as NetError: error.message
        default: "\(error)"
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(reason ?? .endOfFile)
        context.fireChannelInactive()
    }

    private func finish(_ reason: LinkCloseReason) {
        let first = outbox.withLock { outbox in
            guard outbox.phase != .closed else { return false }
            outbox = Outbox()
            outbox.phase = .closed
            return true
        }
        guard first else { return }
        flushTimer?.cancel()
        flushTimer = nil
        guard let told = handler else {
            // Before it had a handler: what arrived is kept for it.
            unreported = reason
            return
        }
        handler = nil
        held = []
        told.linkDidClose(self, reason: reason)
    }
}

private struct NIOTimer: LinkTimer {
    let scheduled: Scheduled<Void>

    init(_ scheduled: Scheduled<Void>) { self.scheduled = scheduled }

    func cancel() { scheduled.cancel() }
}

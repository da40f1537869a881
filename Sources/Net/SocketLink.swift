#if os(Linux)
    internal import CVirtLinux
    internal import Synchronization
    internal import VirtRPC
    internal import XDR
    #if canImport(Musl)
        internal import Musl
    #else
        internal import Glibc
    #endif

    /// A connected UNIX or TCP socket on an ``EpollLoop``.
    ///
    /// Other threads write at once, under the link's lock, when nothing is queued; the loop gathers what its handler
    /// sends and writes it when the handler has returned.
    final class SocketLink: EpollSource, Link, @unchecked Sendable {
        // SAFETY: `outbox` is locked and owns the descriptor: it is used for writing and closed only under the lock.
        // Everything else that changes belongs to the loop's thread; only that thread reads and closes, so that the
        // descriptor it reads from without the lock is open.
        private enum Phase {
            case open
            /// What is queued still goes out, then the link closes; nothing is read any more.
            case closing(LinkCloseReason)
            case closed
        }

        private enum Entry {
            case bytes(MessageBuffer)
            case descriptor(Int32)
        }

        private struct Outbox {
            var phase = Phase.open
            var reading = false
            /// Out of the loop's wait, since the peer is gone and nobody wants to read what it left.
            var parked = false
            /// Waits until the socket takes more.
            var blocked = false
            var interest: UInt32 = 0
            var token: UInt64 = 0
            /// Entries `head...` are to be sent, the first from byte `offset` on.
            var queue: [Entry] = []
            var head = 0
            var offset = 0
            var pending = 0
            /// Why the kernel took nothing more; the loop closes the link for it.
            var sendError: Int32 = 0

            var isEmpty: Bool { head == queue.count }

            mutating func removeFirst() {
                head += 1
                offset = 0
                if head == queue.count {
                    // A burst's memory is not kept by an idle link.
                    queue.removeAll(keepingCapacity: queue.capacity <= 8)
                    head = 0
                } else if head >= 64 {
                    queue.removeFirst(head)
                    head = 0
                }
            }

            mutating func dropQueue() {
                for case .descriptor(let descriptor) in queue[head...] { closeDescriptor(descriptor) }
                queue = []
                head = 0
                offset = 0
                pending = 0
            }
        }

        private enum Flush {
            case idle, drained, blocked
            case failed(Int32)
        }

        let peer: PeerIdentity
        let transport: TransportKind
        let loop: EpollLoop

        private let descriptor: Int32
        private let outbox = Mutex(Outbox())
        private var handler: (any LinkHandler)?
        private var isDirty = false
        private var failure: LinkCloseReason?
        private var flushTimer: (any LinkTimer)?
        /// Why the link closed before it had a handler.
        private var unreported: LinkCloseReason?

        /// How often one link is read in one pass of the loop.
        static let readsPerPass = 4
        private static let partsPerWrite = 64
        private static let writesPerPass = 16
        static let flushLimit = Duration.seconds(5)

        /// Takes over a connected, non-blocking socket; on the loop.
        init(descriptor: Int32, loop: EpollLoop, transport: TransportKind, peer: PeerIdentity) throws(NetError) {
            self.descriptor = descriptor
            self.loop = loop
            self.transport = transport
            self.peer = peer
            super.init()
            let failure = loop.add(self, descriptor: descriptor, events: 0)
            guard failure == 0 else {
                closeDescriptor(descriptor)
                throw .system(-failure, "watch a connection")
            }
            outbox.withLock { $0.token = token }
        }

        /// Sets who is told, and begins to read; once, on the loop.
        func attach(_ handler: any LinkHandler) {
            precondition(self.handler == nil, "a link has one handler")
            if let reason = unreported {
                unreported = nil
                handler.linkDidClose(self, reason: reason)
                return
            }
            self.handler = handler
            setReading(true)
        }

        // MARK: sending

        @discardableResult
        func send(_ bytes: MessageBuffer, descriptors: [Int32]) -> Bool {
            enum Outcome { case queued, sent, refused, failed }
            let onLoop = loop.isCurrent
            let outcome: Outcome = outbox.withLock { outbox in
                guard case .open = outbox.phase, descriptors.isEmpty || transport == .unix else { return .refused }
                let direct = !onLoop && outbox.isEmpty
                var offset = 0
                if direct {
                    let count = bytes.withUnsafeBytes { virt_net_send(descriptor, $0.baseAddress, $0.count) }
                    if count < 0, count != -Int(EAGAIN) {
                        for descriptor in descriptors { closeDescriptor(descriptor) }
                        outbox.sendError = Int32(-count)
                        return .failed
                    }
                    offset = max(count, 0)
                    if offset == bytes.count, descriptors.isEmpty { return .sent }
                    outbox.offset = offset
                }
                if offset < bytes.count {
                    outbox.queue.append(.bytes(bytes))
                } else {
                    outbox.offset = 0
                }
                outbox.pending += bytes.count - offset + descriptors.count
                for descriptor in descriptors { outbox.queue.append(.descriptor(descriptor)) }
                if direct, case .failed = flush(&outbox) { return .failed }
                return .queued
            }
            switch outcome {
            case .sent: return true
            case .queued:
                if onLoop { markDirty() }
                return true
            case .refused:
                for descriptor in descriptors { closeDescriptor(descriptor) }
                return false
            case .failed:
                loop.execute { self.settle() }
                return false
            }
        }

        var pendingBytes: Int { outbox.withLock { $0.pending } }

        private func markDirty() {
            guard !isDirty else { return }
            isDirty = true
            loop.markDirty(self)
        }

        /// Writes until the queue is empty or the socket full; a bounded number of times, so that one fast reader does
        /// not hold the loop. Asks the loop to go on when there is more.
        private func flush(_ outbox: inout Outbox) -> Flush {
            if outbox.sendError != 0 { return .failed(outbox.sendError) }
            if outbox.isEmpty { return .idle }
            if outbox.blocked { return .blocked }
            var writes = 0
            while !outbox.isEmpty, writes < Self.writesPerPass {
                writes += 1
                let count = writeOnce(&outbox)
                if count == -Int(EAGAIN) { break }
                if count < 0 {
                    outbox.sendError = Int32(-count)
                    return .failed(outbox.sendError)
                }
            }
            outbox.blocked = !outbox.isEmpty
            updateInterest(&outbox)
            return outbox.isEmpty ? .drained : .blocked
        }

        private func writeOnce(_ outbox: inout Outbox) -> Int {
            if case .descriptor(let passed) = outbox.queue[outbox.head] {
                let count = virt_net_send_descriptor(descriptor, passed)
                if count == 1 {
                    closeDescriptor(passed)
                    outbox.pending -= 1
                    outbox.removeFirst()
                }
                return count
            }
            // SAFETY: the queue holds the buffers while the kernel reads from them, and nobody changes one that is sent.
            let count = withUnsafeTemporaryAllocation(of: iovec.self, capacity: Self.partsPerWrite) { parts in
                var number = 0
                var index = outbox.head
                while number < Self.partsPerWrite, index < outbox.queue.count {
                    guard case .bytes(let buffer) = outbox.queue[index] else { break }
                    let skip = index == outbox.head ? outbox.offset : 0
                    buffer.withUnsafeBytes { bytes in
                        parts[number] = iovec(
                            iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress! + skip),
                            iov_len: bytes.count - skip)
                    }
                    number += 1
                    index += 1
                }
                if number == 1 { return virt_net_send(descriptor, parts[0].iov_base, parts[0].iov_len) }
                return virt_net_send_parts(descriptor, parts.baseAddress, number)
            }
            guard count >= 0 else { return count }
            outbox.pending -= count
            var left = count
            while !outbox.isEmpty, case .bytes(let buffer) = outbox.queue[outbox.head] {
                let unsent = buffer.count - outbox.offset
                guard left >= unsent else {
                    outbox.offset += left
                    break
                }
                left -= unsent
                outbox.removeFirst()
            }
            return count
        }

        private func updateInterest(_ outbox: inout Outbox) {
            var interest: UInt32 = outbox.blocked ? VIRT_NET_OUT : 0
            if outbox.reading { interest |= VIRT_NET_IN }
            if outbox.parked {
                guard interest != 0 else { return }
                outbox.parked = false
                outbox.interest = interest
                loop.unpark(descriptor: descriptor, events: interest, token: outbox.token)
            } else if interest != outbox.interest {
                outbox.interest = interest
                loop.modify(descriptor: descriptor, events: interest, token: outbox.token)
            }
        }

        // MARK: the loop's side

        override func ready(_ events: UInt32) {
            let reading = outbox.withLock { outbox in
                if events & (VIRT_NET_OUT | VIRT_NET_HANGUP) != 0 { outbox.blocked = false }
                if events & VIRT_NET_HANGUP != 0, !outbox.reading, outbox.isEmpty, !outbox.parked {
                    // Unread bytes may wait for setReading(true), so nothing is closed; but the loop must not spin.
                    // With bytes to send, settling finds that nobody takes them.
                    outbox.parked = true
                    outbox.interest = 0
                    loop.park(descriptor: descriptor)
                }
                return outbox.reading
            }
            if reading, events & (VIRT_NET_IN | VIRT_NET_HANGUP) != 0 { _ = receive() }
            settle()
        }

        /// Reads, and hands over what comes; false when there is nothing more for now.
        private func receive() -> Bool {
            for _ in 0..<Self.readsPerPass {
                var received: Int32 = 0
                let count = virt_net_receive(
                    descriptor, loop.scratch, EpollLoop.scratchSize, loop.scratchDescriptors, &received)
                if count == -Int(EAGAIN) { return false }
                guard count > 0 else {
                    failure = count == 0 ? .endOfFile : .error(errorText(Int32(-count)))
                    return false
                }
                let descriptors = Array(UnsafeBufferPointer(start: loop.scratchDescriptors, count: Int(received)))
                // SAFETY: `count` bytes of the loop's scratch memory are initialised, and valid until the next read.
                handler?.link(
                    self, didReceive: UnsafeRawBufferPointer(start: loop.scratch, count: count),
                    descriptors: descriptors)
                // A read ends behind descriptors even if more bytes wait.
                if count < EpollLoop.scratchSize, received == 0 { return false }
                guard outbox.withLock({ $0.reading }) else { return false }
            }
            return true
        }

        func settleIfDirty() {
            if isDirty { settle() }
        }

        /// Sends what waits, tells the handler what came of it, and closes if that is due.
        private func settle() {
            isDirty = false
            var finished: LinkCloseReason?
            let (result, reading) = outbox.withLock { outbox in
                if case .closed = outbox.phase { return (Flush.idle, false) }
                let result = flush(&outbox)
                if let failure, case .open = outbox.phase { stopReading(&outbox, reason: failure) }
                if case .closing(let reason) = outbox.phase {
                    if case .blocked = result {} else { finished = reason }
                }
                return (result, outbox.reading)
            }
            if let finished { return finish(finished) }
            switch result {
            case .failed(let number):
                // The peer is gone; what it said before is still there to be read.
                var rounds = 0
                while reading, rounds < 64, receive() { rounds += 1 }
                finish(failure ?? .error(errorText(number)))
            case .drained:
                handler?.linkDidDrain(self)
            case .blocked:
                if failure != nil { startFlushTimer() }
            case .idle: break
            }
        }

        private func stopReading(_ outbox: inout Outbox, reason: LinkCloseReason) {
            outbox.phase = .closing(reason)
            outbox.reading = false
            updateInterest(&outbox)
        }

        func setReading(_ enabled: Bool) {
            outbox.withLock { outbox in
                guard case .open = outbox.phase, outbox.reading != enabled else { return }
                outbox.reading = enabled
                updateInterest(&outbox)
            }
        }

        func close(flushing: Bool) {
            let changed = outbox.withLock { outbox in
                switch outbox.phase {
                case .closed: return false
                case .closing: return !flushing
                case .open:
                    stopReading(&outbox, reason: .local)
                    return true
                }
            }
            guard changed else { return }
            if !flushing { outbox.withLock { $0.dropQueue() } }
            // Never from within: the handler may be running.
            loop.executeLater {
                self.settle()
                if flushing { self.startFlushTimer() }
            }
        }

        private func startFlushTimer() {
            let isOpen = outbox.withLock { outbox in
                if case .closed = outbox.phase { false } else { true }
            }
            guard isOpen, flushTimer == nil else { return }
            flushTimer = loop.schedule(after: Self.flushLimit) { [self] in
                let reason: LinkCloseReason? = outbox.withLock { outbox in
                    if case .closing(let reason) = outbox.phase { reason } else { nil }
                }
                if let reason { finish(reason) }
            }
        }

        override func loopStops() { finish(.local) }

        private func finish(_ reason: LinkCloseReason) {
            let first = outbox.withLock { outbox in
                if case .closed = outbox.phase { return false }
                outbox.phase = .closed
                outbox.reading = false
                outbox.dropQueue()
                closeDescriptor(descriptor)
                return true
            }
            guard first else { return }
            loop.remove(self)
            flushTimer?.cancel()
            flushTimer = nil
            let told = handler
            handler = nil
            if let told { told.linkDidClose(self, reason: reason) } else { unreported = reason }
        }

        var taskExecutor: (any TaskExecutor)? { loop.taskExecutor }

        func execute(_ work: @escaping @Sendable () -> Void) { loop.execute(work) }

        func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> any LinkTimer {
            loop.schedule(after: delay, work)
        }
    }
#endif

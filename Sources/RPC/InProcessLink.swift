internal import Libvirt
internal import Synchronization
package import XDR

/// One end of a pair of links within this process, for tests, and for clients of a daemon that is part of them.
///
/// It behaves like a UNIX socket: what is sent waits in the other end's buffer; a full buffer makes bytes pend, and a
/// drain is told when there is room again. Descriptors come with the zero byte that carries them. Each end has a loop of
/// its own, without a thread: work runs one after the other in a task.
package final class InProcessLink: Link {
    private enum Entry {
        case bytes(MessageBuffer, offset: Int)
        case descriptor(OwnedDescriptor)
        case end

        var count: Int {
            switch self {
            case .bytes(let buffer, let offset): buffer.count - offset
            case .descriptor: 1
            case .end: 0
            }
        }
    }

    /// What flows one way.
    private struct Inbox {
        var entries: [Entry] = []
        var count = 0
        /// Whether the sender has been told by ``pendingBytes`` that it has to wait.
        var isOverfull = false
        /// Nobody takes it any more.
        var isClosed = false
    }

    private struct State {
        var handler: (any LinkHandler)?
        var isReading = false
        var isClosed = false
        var isScheduled = false
    }

    package let peer: PeerIdentity
    package var transport: TransportKind { .inProcess }
    private let loop = InProcessLoop()
    private let state = Mutex(State())
    /// What the other end has sent.
    private let inbox = Mutex(Inbox())
    private let other = Mutex<InProcessLink?>(nil)
    private let capacity: Int
    private let pieceSize: Int

    private init(description: String, capacity: Int, pieceSize: Int) {
        peer = PeerIdentity(description: description)
        self.capacity = capacity
        self.pieceSize = pieceSize
    }

    /// Two connected ends; each needs ``attach(_:)`` before it receives.
    ///
    /// - Parameter capacity: bytes that one end holds for a reader before they count as pending at the sender.
    /// - Parameter pieceSize: the most bytes that a handler gets at once; 1 makes a dribbling link.
    package static func pair(
        capacity: Int = 256 << 10, pieceSize: Int = .max
    ) -> (client: InProcessLink, server: InProcessLink) {
        let client = InProcessLink(description: "server in this process", capacity: capacity, pieceSize: pieceSize)
        let server = InProcessLink(description: "client in this process", capacity: capacity, pieceSize: pieceSize)
        client.other.withLock { $0 = server }
        server.other.withLock { $0 = client }
        return (client, server)
    }

    /// Sets who is told, and begins to read; once.
    package func attach(_ handler: any LinkHandler) {
        state.withLock { state in
            precondition(state.handler == nil, "a link has one handler")
            state.handler = handler
            state.isReading = true
        }
        scheduleDelivery()
    }

    @discardableResult
    package func send(_ bytes: MessageBuffer, descriptors: [Int32]) -> Bool {
        let owned = descriptors.map(OwnedDescriptor.init)
        guard !state.withLock({ $0.isClosed }), let other = other.withLock({ $0 }) else { return false }
        let isTaken = other.inbox.withLock { inbox in
            guard !inbox.isClosed else { return false }
            inbox.entries.append(.bytes(bytes, offset: 0))
            for descriptor in owned { inbox.entries.append(.descriptor(descriptor)) }
            inbox.count += bytes.count + owned.count
            if inbox.count > other.capacity { inbox.isOverfull = true }
            return true
        }
        if isTaken { other.scheduleDelivery() }
        return isTaken
    }

    package var pendingBytes: Int {
        guard let other = other.withLock({ $0 }) else { return 0 }
        return other.inbox.withLock { max($0.count - other.capacity, 0) }
    }

    package func setReading(_ enabled: Bool) {
        state.withLock { $0.isReading = enabled }
        if enabled { scheduleDelivery() }
    }

    package func close(flushing: Bool) {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        let other = other.withLock { $0 }
        if let other {
            other.inbox.withLock { inbox in
                if !flushing {
                    inbox.entries = []
                    inbox.count = 0
                }
                inbox.entries.append(.end)
            }
            other.scheduleDelivery()
        }
        loop.enqueue { self.finish(.local) }
    }

    package func execute(_ work: @escaping @Sendable () -> Void) { loop.execute(work) }

    package func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> any LinkTimer {
        loop.schedule(after: delay, work)
    }

    // MARK: the loop's side

    private func scheduleDelivery() {
        let isNeeded = state.withLock { state in
            guard state.handler != nil, state.isReading, !state.isScheduled else { return false }
            state.isScheduled = true
            return true
        }
        if isNeeded { loop.enqueue { self.deliver() } }
    }

    private func deliver() {
        state.withLock { $0.isScheduled = false }
        while true {
            let handler: (any LinkHandler)? = state.withLock { state in
                state.isReading && !state.isClosed ? state.handler : nil
            }
            guard let handler, let entry = takeNext() else { return }
            switch entry {
            case .bytes(let buffer, let offset):
                let end = pieceSize < buffer.count - offset ? offset + pieceSize : buffer.count
                buffer.withUnsafeBytes { bytes in
                    handler.link(
                        self, didReceive: UnsafeRawBufferPointer(rebasing: bytes[offset..<end]), descriptors: [])
                }
            case .descriptor(let descriptor):
                // A descriptor that cannot be duplicated is lost, as with a socket whose receiver has no room.
                let passed = (try? descriptor.duplicate()).map { [$0] } ?? []
                withUnsafeBytes(of: UInt8(0)) { handler.link(self, didReceive: $0, descriptors: passed) }
            case .end:
                state.withLock { $0.isClosed = true }
                return finish(.endOfFile)
            }
        }
    }

    private func takeNext() -> Entry? {
        let (entry, hasDrained) = inbox.withLock { inbox -> (Entry?, Bool) in
            guard let first = inbox.entries.first else { return (nil, false) }
            if case .bytes(let buffer, let offset) = first, buffer.count - offset > pieceSize {
                inbox.entries[0] = .bytes(buffer, offset: offset + pieceSize)
                inbox.count -= pieceSize
            } else {
                inbox.entries.removeFirst()
                inbox.count -= first.count
            }
            let hasDrained = inbox.isOverfull && inbox.count <= capacity
            if hasDrained { inbox.isOverfull = false }
            return (first, hasDrained)
        }
        if hasDrained, let other = other.withLock({ $0 }) {
            other.loop.enqueue {
                let handler = other.state.withLock { $0.isClosed ? nil : $0.handler }
                handler?.linkDidDrain(other)
            }
        }
        return entry
    }

    private func finish(_ reason: LinkCloseReason) {
        let handler = state.withLock { state in
            defer { state.handler = nil }
            return state.handler
        }
        inbox.withLock { $0 = Inbox(isClosed: true) }
        other.withLock { $0 = nil }
        handler?.linkDidClose(self, reason: reason)
    }
}

/// Runs work in order, one at a time, in a task that lives while there is some.
private final class InProcessLoop: Sendable {
    private struct State {
        var work: [@Sendable () -> Void] = []
        var isRunning = false
        /// The task that runs the work, by its hash.
        var runner: Int?
    }

    private let state = Mutex(State())

    /// Task locals would not do: tasks that the work starts inherit them.
    private static var task: Int? { withUnsafeCurrentTask { $0?.hashValue } }

    func execute(_ work: @escaping @Sendable () -> Void) {
        let task = Self.task
        if task != nil, state.withLock({ $0.runner }) == task { work() } else { enqueue(work) }
    }

    func enqueue(_ work: @escaping @Sendable () -> Void) {
        let isFirst = state.withLock { state in
            state.work.append(work)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard isFirst else { return }
        // Not a child of the sender's task: its priority, cancellation and task locals are no business of the receiver.
        Task.detached { [self] in
            state.withLock { $0.runner = Self.task }
            while let next = next() { for work in next { work() } }
        }
    }

    private func next() -> [@Sendable () -> Void]? {
        state.withLock { state in
            guard !state.work.isEmpty else {
                state.isRunning = false
                state.runner = nil
                return nil
            }
            defer { state.work = [] }
            return state.work
        }
    }

    func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> any LinkTimer {
        let isCancelled = Flag()
        let task = Task.detached { [self] in
            try? await Task.sleep(for: delay)
            enqueue { if !isCancelled.isSet { work() } }
        }
        return Timer(task: task, isCancelled: isCancelled)
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isSet: Bool { value.load(ordering: .acquiring) }
        func set() { value.store(true, ordering: .releasing) }
    }

    private struct Timer: LinkTimer {
        let task: Task<Void, Never>
        let isCancelled: Flag
        func cancel() {
            isCancelled.set()
            task.cancel()
        }
    }
}

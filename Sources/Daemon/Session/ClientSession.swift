internal import DequeModule
package import Libvirt
package import Logging
internal import Synchronization
package import VirtRPC
internal import XDR

/// One client: its link, its protocol state, its open connection, its calls and streams.
///
/// The link's loop reads, and runs calls that do not block to their end at once; others run on the workers. Anything
/// that finishes elsewhere answers through the link, which may be written from any thread.
package final class ClientSession: LinkHandler {
    /// What all clients of a listener share.
    package struct Settings: Sendable {
        /// Calls of one client that may run at once; further ones wait, and then stay in its socket.
        package var maximumCalls = 5
        /// Bytes of calls that may wait in memory before the socket is left unread.
        package var maximumWaitingBytes = 1 << 20
        /// Bytes not yet taken by the client, above which its further calls wait.
        package var maximumUnsentReplies = 1 << 20
        /// Bytes not yet taken by the client, above which it is taken for dead when more events come.
        package var maximumUnsentBytes = 16 << 20
        package var keepaliveInterval: Duration = .seconds(5)
        package var keepaliveCount = 5
        /// Whether the socket it came through allows reading only.
        package var isReadOnly = false
        /// What a client has to show before it may call anything.
        package var authentication = DaemonConfiguration.Authentication.none
        /// How long a client may take to show it; people type passwords meanwhile.
        package var authenticationTimeout: Duration = .seconds(120)
        /// Whom SASL lets in.
        package var sasl = SASLPolicy()

        /// How long calls that came together, and do not block, may keep the loop from its other clients.
        package var turn: Duration = .milliseconds(5)

        package init() {}

        package init(_ limits: ServerLimits) {
            maximumCalls = limits.maxClientRequests
            keepaliveInterval = limits.keepaliveInterval
            keepaliveCount = limits.keepaliveCount
        }
    }

    struct State {
        var machine: ServerMachine
        var identity: ClientIdentity
        var isAuthenticated: Bool
        /// SASL under way, and its layer until that covers the link.
        var sasl = SASLState()
        var authenticationTimer: (any LinkTimer)?
        var connection: OpenConnection?
        var isOpening = false
        var isReadOnly: Bool
        /// Calls that wait for their turn, as whole messages with their descriptors.
        var waiting = Deque<(message: MessageBuffer, descriptors: [OwnedDescriptor])>()
        var waitingBytes = 0
        var isRunningWaiting = false
        /// Whether it will go on with them when the loop has looked at others.
        var isWaitingPostponed = false
        /// Whether too many calls wait.
        var isReadingPaused = false
        /// Whether too much that was sent waits to be taken.
        var isFull = false
        /// How many reasons there are not to read.
        var readingHolds = 0
        /// It has been said that the client asks for more than it may.
        var isThrottlingLogged = false
        /// Calls that have not been answered, by a number of our own: serials are the client's choice and may repeat.
        var running: [UInt64: Task<Void, Never>?] = [:]
        var nextCall: UInt64 = 0
        var streams: [UInt32: StreamRelay] = [:]
        var keepalive: KeepaliveMachine?
        var isClosed = false
        var closesAfterReplies = false
    }

    /// Bytes of a message under way, and descriptors that have come for it; the loop's own.
    struct Input {
        var framer = Framer()
        var descriptors: [Int32] = []
        /// When the calls of one read have had their time on the loop; nil before the second of them.
        var turnEnd: ContinuousClock.Instant?
        var callsInTurn = 0
        /// A call that waits for its descriptors, each of which comes with one byte.
        var awaiting: (message: MessageBuffer, missing: Int)?
        /// What came behind a step of authentication: what it is depends on the answer.
        var held: [UInt8]?
    }

    /// Never given out again by its server.
    package let id: UInt64
    /// Seconds since 1970 UTC.
    package let connectedAt: Int64
    package let server: Server
    package let settings: Settings
    let link: any Link
    let logger: Logger
    let events = EventRegistry()
    /// nil where access is not controlled.
    let access: ClientAccess?
    let state: Mutex<State>
    let input = Mutex(Input())

    package init(_ link: any Link, id: UInt64, server: Server, settings: Settings) {
        self.link = link
        self.id = id
        connectedAt = LogRecord.now() / 1000
        self.server = server
        self.settings = settings
        access = server.access.map { ClientAccess($0) }
        var logger = server.logger
        logger[metadataKey: "client"] = "\(link.peer.description)"
        self.logger = logger
        state = Mutex(
            State(
                machine: ServerMachine(programs: server.programs),
                identity: ClientIdentity(link.peer, transport: link.transport),
                isAuthenticated: settings.authentication == .none, isReadOnly: settings.isReadOnly))
        if settings.authentication != .none { limitAuthentication() }
    }

    var isReadOnly: Bool { state.withLock { $0.isReadOnly } }
    package var identity: ClientIdentity { state.withLock { $0.identity } }
    var callsInFlight: Int { state.withLock { $0.running.count } }

    // MARK: The link

    package func link(_ link: any Link, didReceive bytes: UnsafeRawBufferPointer, descriptors: [Int32]) {
        // Only the loop touches the input, so it can be taken out while messages are handled.
        var input = self.input.withLock { input in
            defer { input = Input() }
            return input
        }
        input.descriptors += descriptors
        (input.turnEnd, input.callsInTurn) = (nil, 0)
        let isAuthenticated = state.withLock { state in
            state.keepalive?.heard(.now)
            return state.isAuthenticated
        }
        input.framer.maximumLength = isAuthenticated ? Frame.maximumLength : Frame.maximumAnonymousLength
        do {
            if input.held == nil { try receive(bytes, &input) } else { input.held?.append(contentsOf: bytes) }
            try checkDescriptors(&input)
            self.input.withLock { $0 = input }
        } catch {
            logger.error("\(error)")
            ServerCounters.add(1, to: server.counters.brokenFrames)
            Self.discard(input.descriptors)
            link.close(flushing: true)
        }
        // Others first, then what had to wait for no other reason.
        if let end = input.turnEnd, end <= .now, state.withLock({ !$0.waiting.isEmpty }) { runWaitingLater() }
        // What is answered without a place in the budget: refusals, pings.
        guard isFull, !state.withLock({ $0.isFull }) else { return }
        state.withLock { $0.isFull = true }
        holdReading()
    }

    /// Whether the client leaves what it has asked for untaken.
    var isFull: Bool { link.pendingBytes > settings.maximumUnsentReplies }

    /// Descriptors that no call has announced are not kept: the client could use up the process's.
    private func checkDescriptors(_ input: inout Input) throws(FramingError) {
        if input.awaiting == nil, !input.framer.isInFrame {
            Self.discard(input.descriptors)
            input.descriptors = []
        }
        if input.descriptors.count > Frame.maximumDescriptors {
            throw .descriptors("\(input.descriptors.count) file descriptors came for one call")
        }
    }

    private func receive(_ bytes: UnsafeRawBufferPointer, _ input: inout Input) throws(FramingError) {
        var rest = bytes
        while !rest.isEmpty {
            if input.awaiting != nil {
                let count = try takeDescriptors(rest.count, &input)
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                continue
            }
            var awaiting: (MessageBuffer, Int)?
            var isExchanging = false
            let count = try input.framer.feed(rest) { (frame) throws(FramingError) -> Bool in
                awaiting = try handle(frame, &input.turnEnd, &input.callsInTurn)
                isExchanging = state.withLock { $0.sasl.isExchanging }
                return awaiting == nil && !isExchanging
            }
            input.awaiting = awaiting
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            if isExchanging {
                input.held = Array(rest)
                return holdReading()
            }
        }
    }

    /// Consumes the bytes that carry descriptors; runs the call when all have come.
    private func takeDescriptors(_ available: Int, _ input: inout Input) throws(FramingError) -> Int {
        guard let (message, missing) = input.awaiting else { return 0 }
        let count = min(available, missing)
        if missing > count {
            input.awaiting = (message, missing - count)
            return count
        }
        input.awaiting = nil
        let wanted = Self.descriptorCount(message)
        guard input.descriptors.count >= wanted else {
            throw .descriptors("\(wanted) file descriptors were announced, \(input.descriptors.count) came")
        }
        let owned = input.descriptors.prefix(wanted).map(OwnedDescriptor.init)
        input.descriptors.removeFirst(wanted)
        admit(message, descriptors: owned)
        return count
    }

    /// Handles one message; gives a call back that has to wait for descriptors.
    private func handle(
        _ frame: Frame, _ turnEnd: inout ContinuousClock.Instant?, _ callsInTurn: inout Int
    ) throws(FramingError) -> (MessageBuffer, Int)? {
        let action = state.withLock { $0.machine.receive(frame.header, isEmpty: frame.payload.isEmpty) }
        switch action {
        case .pong: link.send(KeepaliveMachine.pong)
        case .drop: break
        case .refuse(let header, let error): send(error, for: header)
        case .call(let header, let hasDescriptors):
            if hasDescriptors {
                guard let count = try? frame.decode(UInt32.self), count > 0, count <= Frame.maximumDescriptors else {
                    throw .descriptors("a call with an impossible number of file descriptors")
                }
                return (frame.copy(), Int(count))
            }
            callsInTurn += 1
            // Only who makes several calls at once pays for looking at the clock.
            if callsInTurn == 2 { turnEnd = .now + settings.turn }
            let isLate = callsInTurn > 2 && turnEnd.map { $0 <= .now } ?? false
            if !isLate, mayRun() {
                run(frame, header, offset: 0, descriptors: [])
            } else {
                wait(frame.copy(), descriptors: [])
            }
        case .streamData(let serial): relay(serial)?.receive(.data(frame.data()))
        case .streamHole(let serial):
            guard let hole = try? frame.decode(StreamHole.self), hole.length >= 0 else {
                relay(serial)?.abort()
                break
            }
            relay(serial)?.receive(.hole(UInt64(hole.length)))
        case .streamFinish(let serial): relay(serial)?.receiveFinish()
        case .streamAbort(let serial): relay(serial)?.receiveAbort()
        }
        return nil
    }

    package func linkDidDrain(_ link: any Link) {
        let (relays, wasFull, hasWaiting) = state.withLock { state in
            defer { state.isFull = false }
            return (Array(state.streams.values), state.isFull, !state.waiting.isEmpty)
        }
        for relay in relays { relay.linkDidDrain() }
        if hasWaiting { runWaiting() }
        if wasFull { releaseReading() }
    }

    package func linkDidClose(_ link: any Link, reason: LinkCloseReason) {
        let (connection, tasks, relays, isAnonymous, timer) = state.withLock { state in
            state.isClosed = true
            state.waiting = []
            state.sasl = SASLState()
            defer {
                state.connection = nil
                state.running = [:]
                state.streams = [:]
            }
            return (
                state.connection, state.running.values.compactMap { $0 }, Array(state.streams.values),
                !state.isAuthenticated, state.authenticationTimer.take()
            )
        }
        timer?.cancel()
        Self.discard(input.withLock { $0.descriptors })
        for task in tasks { task.cancel() }
        for relay in relays { relay.connectionLost() }
        events.removeAll()
        if case .error(let text) = reason { logger.warning("connection lost: \(text)") }
        if let connection {
            connection.driver.setEventHandler(nil)
            Task { await connection.driver.close() }
        }
        server.sessionDidEnd(self, isAnonymous: isAnonymous)
    }

    private static func discard(_ descriptors: [Int32]) {
        for descriptor in descriptors { _ = OwnedDescriptor(descriptor) }
    }

    private static func descriptorCount(_ message: MessageBuffer) -> Int {
        (try? message.decode(UInt32.self, from: Frame.overhead..<message.count, allowsTrailingBytes: true))
            .map(Int.init) ?? 0
    }
}

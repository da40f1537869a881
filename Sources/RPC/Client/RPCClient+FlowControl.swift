internal import Libvirt
internal import Synchronization
internal import XDR

/// How much may wait, in both directions.
extension RPCClient {
    /// Adjusts reading to what the streams hold; on the loop.
    func updateReading() {
        let isReading = state.withLock { state -> Bool? in
            let hasWaiters = state.machine.waitingCalls > 0 || state.finishing > 0
            let mark = hasWaiters ? Self.hardLimit : Self.highWater
            // What was stopped goes on at half the mark, so that it does not flutter.
            let shouldPause = state.inboundBytes > (state.isPaused ? mark / 2 : mark)
            guard shouldPause != state.isPaused, state.end == nil else { return nil }
            state.isPaused = shouldPause
            if !shouldPause { state.keepalive?.heard(.now) }
            return !shouldPause
        }
        if let isReading { link.setReading(isReading) }
    }

    func checkReading() {
        let needsUpdate = state.withLock { $0.isPaused || $0.inboundBytes > Self.highWater }
        if needsUpdate { link.execute { [weak self] in self?.updateReading() } }
    }

    func streamBuffered(_ change: Int) {
        state.withLock { $0.inboundBytes += change }
        // More has come on the loop, which looks at it when it has handled all of one read.
        if change < 0 { checkReading() }
    }

    /// Counts who waits for the end of a stream; reading goes on for it.
    func streamFinishing(_ change: Int) {
        state.withLock { $0.finishing += change }
        checkReading()
    }

    /// Waits until the link has taken enough of what was sent.
    func waitForSpace(until deadline: ContinuousClock.Instant?) async throws {
        while link.pendingBytes > Self.writeMark {
            let waiter = OneReply<Void>()
            let id = try state.withLock { state throws(VirtError) in
                if let end = state.end { throw end.error }
                state.nextWaiter += 1
                state.drainWaiters[state.nextWaiter] = waiter
                return state.nextWaiter
            }
            // It may have drained before the waiter was there; from now on it cannot without telling it.
            if link.pendingBytes <= Self.writeMark { waiter.finish(.success(())) }
            defer { state.withLock { _ = $0.drainWaiters.removeValue(forKey: id) } }
            try await waiter.value(until: deadline, on: link) {}
        }
    }

    /// The header of a stream's next message; nil if it is over.
    func streamHeader(_ serial: UInt32, _ type: MessageType, _ status: MessageStatus) -> MessageHeader? {
        state.withLock { $0.machine.streamHeader(serial, type, status) }
    }

    /// Ends a stream on our side; the server is told if it still runs there.
    func abortStream(_ serial: UInt32) {
        let header = state.withLock { state in
            let header = state.machine.streamHeader(serial, .stream, .error)
            state.machine.endStream(serial)
            state.streams.removeValue(forKey: serial)
            return header
        }
        if let header { link.send(Frame.encode(header)) }
    }
}

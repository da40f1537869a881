internal import DequeModule
internal import Libvirt
internal import Logging
internal import Synchronization
internal import VirtRPC
internal import XDR

/// The client's calls: which may run, where, and what is answered.
extension ClientSession {
    /// Whether the client's budget has room; the call that asks is counted already.
    func mayRun() -> Bool {
        !isFull && state.withLock { $0.running.count < settings.maximumCalls && $0.waiting.isEmpty }
    }

    func admit(_ message: MessageBuffer, descriptors: [OwnedDescriptor]) {
        guard mayRun() else { return wait(message, descriptors: descriptors) }
        runStored(message, descriptors: descriptors)
    }

    func wait(_ message: MessageBuffer, descriptors: [OwnedDescriptor]) {
        let (mustPause, isNew) = state.withLock { state in
            state.waiting.append((message, descriptors))
            state.waitingBytes += message.count
            defer { state.isThrottlingLogged = true }
            guard state.waitingBytes > settings.maximumWaitingBytes, !state.isReadingPaused else {
                return (false, !state.isThrottlingLogged)
            }
            state.isReadingPaused = true
            return (true, !state.isThrottlingLogged)
        }
        if isNew {
            logger.info("calls of the client wait: it has \(settings.maximumCalls) under way, as many as it may")
        }
        if mustPause { holdReading() }
    }

    private func runStored(_ message: MessageBuffer, descriptors: [OwnedDescriptor]) {
        Frame.withStored(message) { frame in
            run(frame, frame.header, offset: descriptors.isEmpty ? 0 : 4, descriptors: descriptors)
        }
    }

    func run(_ frame: Frame, _ header: MessageHeader, offset: Int, descriptors: [OwnedDescriptor]) {
        guard let entry = server.table(header.prog)?.entry(header.proc) else {
            return refuse(header, .rpc("unknown procedure: \(header.proc)"))
        }
        guard state.withLock({ $0.isAuthenticated }) || AuthenticationProcedures.mayPrecedeAuthentication(entry.info)
        else { return refuse(header, .rpc("authentication required")) }
        let invocation: DispatchTable.Invocation
        do {
            invocation = try entry.prepare(frame, offset)
        } catch {
            logger.debug("\(entry.info.name): \(error)")
            return refuse(header, .rpc("Unable to decode message payload"))
        }
        let call = ServerCall(session: self, header: header, info: entry.info, descriptors: descriptors)
        let isExchange = AuthenticationProcedures.isSASL(entry.info)
        let (id, isNonBlocking) = state.withLock { state in
            state.nextCall += 1
            state.running[state.nextCall] = .some(nil)
            if isExchange { state.sasl.isExchanging = true }
            return (state.nextCall, state.connection?.isNonBlocking ?? true)
        }
        let task =
            if !isExchange, isNonBlocking || entry.info.isHighPriority && entry.info.kind == .session {
                Task.immediate { await self.perform(invocation, call, id) }
            } else {
                Task(executorPreference: server.workers(for: entry.info)) {
                    await self.perform(invocation, call, id)
                }
            }
        state.withLock { state in
            // It may be over already.
            if state.running[id] != nil { state.running[id] = .some(task) }
        }
    }

    private func perform(_ invocation: DispatchTable.Invocation, _ call: ServerCall, _ id: UInt64) async {
        let begun = server.observers.isEmpty ? nil : ContinuousClock.now
        var failure: VirtError?
        do {
            if call.info.kind != .session, let interceptor = state.withLock({ $0.connection?.interceptor }) {
                try await interceptor.willCall(call.info)
            }
            let answer = try await invocation(call)
            if let stream = answer.stream { open(stream, for: call.header) }
            link.send(answer.message, descriptors: try answer.descriptors.map { try $0.duplicate() })
            if answer.stream != nil { relay(call.header.serial)?.start() }
        } catch is ConnectionDropped {
            logger.notice("\(call.info.name): the driver drops the connection")
            link.close(flushing: false)
        } catch {
            let error = Self.virtError(error)
            failure = error
            send(error, for: call.header)
        }
        finished(id)
        if let begun { report(call, since: begun, failure) }
        if AuthenticationProcedures.isSASL(call.info) { link.execute { self.exchangeWasAnswered() } }
    }

    private func report(_ call: ServerCall, since begun: ContinuousClock.Instant, _ error: VirtError?) {
        let record = CallRecord(
            program: call.header.prog, procedure: call.info, client: self.id, serial: call.header.serial,
            duration: begun.duration(to: .now), error: error?.code)
        for observer in server.observers { observer.callDidEnd(record) }
    }

    /// Goes on behind a step of authentication, under the layer that it may have brought; on the loop.
    private func exchangeWasAnswered() {
        let layer = state.withLock { state in
            state.sasl.isExchanging = false
            return state.sasl.takeLayer()
        }
        let held = input.withLock { input in
            defer { input.held = nil }
            return input.held
        }
        if let layer {
            layer(held ?? [])
        } else if let held, !held.isEmpty {
            held.withUnsafeBytes { link(link, didReceive: $0, descriptors: []) }
        }
        if held != nil { releaseReading() }
    }

    private func refuse(_ header: MessageHeader, _ error: VirtError) {
        send(error, for: header)
        finished(nil)
    }

    /// A call is answered: the next may run.
    private func finished(_ id: UInt64?) {
        let (hasWaiting, closes) = state.withLock { state in
            state.machine.answered()
            if let id { state.running[id] = nil }
            return (!state.waiting.isEmpty && !state.isClosed, state.closesAfterReplies && state.running.isEmpty)
        }
        if closes { return link.close(flushing: true) }
        if hasWaiting { link.execute { self.runWaiting() } }
    }

    func runWaiting() {
        // A call that ends at once asks for the next one while this goes on.
        let isFirst = state.withLock { state in
            defer { state.isRunningWaiting = true }
            return !state.isRunningWaiting
        }
        guard isFirst else { return }
        let end = ContinuousClock.now + settings.turn
        while true {
            if end <= .now {
                runWaitingLater()
                break
            }
            let isFull = isFull
            let next = state.withLock { state -> (message: MessageBuffer, descriptors: [OwnedDescriptor])? in
                guard !isFull, state.running.count < settings.maximumCalls else { return nil }
                guard let next = state.waiting.popFirst() else { return nil }
                state.waitingBytes -= next.message.count
                return next
            }
            guard let next else { break }
            runStored(next.message, descriptors: next.descriptors)
        }
        let mustResume = state.withLock { state in
            state.isRunningWaiting = false
            guard state.isReadingPaused, state.waitingBytes * 2 < settings.maximumWaitingBytes else { return false }
            state.isReadingPaused = false
            return true
        }
        if mustResume { releaseReading() }
    }

    /// Lets the loop look at its other clients before.
    func runWaitingLater() {
        let isFirst = state.withLock { state in
            defer { state.isWaitingPostponed = true }
            return !state.isWaitingPostponed
        }
        guard isFirst else { return }
        _ = link.schedule(after: .zero) { [weak self] in
            self?.state.withLock { $0.isWaitingPostponed = false }
            self?.runWaiting()
        }
    }

    /// Leaves what the client sends in its socket, for one reason more; on the loop.
    func holdReading() {
        state.withLock { $0.readingHolds += 1 }
        link.setReading(false)
    }

    /// Takes one reason back.
    func releaseReading() {
        link.execute {
            let isFree = self.state.withLock { state in
                state.readingHolds -= 1
                return state.readingHolds == 0
            }
            if isFree { self.link.setReading(true) }
        }
    }

    /// The seam at which inner errors become libvirt's.
    private static func virtError(_ error: any Error) -> VirtError {
        switch error {
        case let error as VirtError: error
        case let error as XDRError: .rpc("Unable to encode message payload: \(error)")
        case is CancellationError: VirtError(.operationAborted, domain: .rpc, "the client has gone")
        default: VirtError(.internalError, domain: .none, "\(error)", cause: error)
        }
    }

    func send(_ error: VirtError, for header: MessageHeader) {
        var header = header
        header.type = .reply
        header.status = .error
        logger.debug("procedure \(header.proc): \(error.message)")
        // An error whose texts are too long for the wire is said without them.
        let message =
            (try? Frame.encode(header, error.wire))
            ?? (try? Frame.encode(header, VirtError(error.code, domain: error.domain).wire))
        if let message { link.send(message) }
    }
}

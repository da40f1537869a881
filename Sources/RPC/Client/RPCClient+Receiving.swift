package import Libvirt
internal import Synchronization
internal import XDR

/// What the server sends; on the link's loop.
extension RPCClient {
    package func link(_ link: any Link, didReceive bytes: UnsafeRawBufferPointer, descriptors: [Int32]) {
        input.withLock { input in
            let received = descriptors.map(OwnedDescriptor.init)
            guard !input.isDead else { return }
            guard input.held == nil else {
                input.held?.append(contentsOf: bytes)
                return
            }
            input.descriptors += received
            state.withLock { $0.keepalive?.heard(.now) }
            do throws(FramingError) {
                try consume(bytes, &input)
            } catch {
                input.isDead = true
                input.descriptors = []
                terminate(.broken("\(error)"), flushing: false)
            }
        }
        checkReading()
    }

    private func consume(_ bytes: UnsafeRawBufferPointer, _ input: inout Input) throws(FramingError) {
        var rest = bytes
        while !rest.isEmpty {
            if input.incomplete != nil {
                rest = try receiveDescriptors(rest, &input)
                continue
            }
            var incomplete: (MessageHeader, OpaqueData, Int, Int)?
            let holdsBehind = input.holdsBehind
            var holds = false
            let used = try input.framer.feed(rest) { (frame) throws(FramingError) -> Bool in
                guard frame.header.type == .replyWithFds else {
                    try handle(frame.header, Reply(payload: nil, frame: frame, descriptors: []), frame)
                    holds =
                        frame.header.type == .reply && frame.header.status == .ok && frame.header.serial == holdsBehind
                    return !holds
                }
                guard let count = try? frame.decode(UInt32.self), count <= Frame.maximumDescriptors else {
                    throw .descriptors("the server has sent a reply with an impossible number of file descriptors")
                }
                incomplete = (frame.header, frame.data(skipping: 4), Int(count), Int(count))
                return false
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[used...])
            if holds {
                input.holdsBehind = nil
                input.held = Array(rest)
                return link.setReading(false)
            }
            if let incomplete {
                input.incomplete = incomplete
                if incomplete.2 == 0 { rest = try receiveDescriptors(rest, &input) }
            }
        }
    }

    private func receiveDescriptors(
        _ bytes: UnsafeRawBufferPointer, _ input: inout Input
    ) throws(FramingError) -> UnsafeRawBufferPointer {
        guard let (announced, payload, count, expected) = input.incomplete else { return bytes }
        let used = min(expected, bytes.count)
        let missing = expected - used
        var header = announced
        let rest = UnsafeRawBufferPointer(rebasing: bytes[used...])
        guard missing == 0 else {
            input.incomplete = (header, payload, count, missing)
            return rest
        }
        input.incomplete = nil
        guard input.descriptors.count >= count else {
            throw .descriptors("\(count) file descriptors were announced, \(input.descriptors.count) came")
        }
        let descriptors = Array(input.descriptors.prefix(count))
        input.descriptors.removeFirst(count)
        header.type = .reply
        try handle(header, Reply(payload: payload, frame: nil, descriptors: descriptors), nil)
        return rest
    }

    private func handle(_ header: MessageHeader, _ reply: Reply, _ frame: Frame?) throws(FramingError) {
        let payload = frame?.payload ?? UnsafeRawBufferPointer(start: nil, count: 0)
        let (action, completion, stream): (ClientMachine.Action, Completion?, StreamCore?)
        do throws(ClientMachine.Violation) {
            (action, completion, stream) = try state.withLock { state throws(ClientMachine.Violation) in
                let action = try state.machine.receive(header, payload: payload)
                let serial = header.serial
                switch action {
                case .result: return (action, state.pending.removeValue(forKey: serial), nil)
                case .failure:
                    return (
                        action, state.pending.removeValue(forKey: serial), state.streams.removeValue(forKey: serial)
                    )
                case .streamFinished, .streamFailure, .streamViolation:
                    return (action, nil, state.streams.removeValue(forKey: serial))
                case .streamData, .streamHole, .streamEnd: return (action, nil, state.streams[serial])
                default: return (action, nil, nil)
                }
            }
        } catch {
            throw .violation(error.description)
        }
        switch action {
        case .result: completion?(.success(reply))
        case .failure:
            let error = Self.error(reply)
            completion?(.failure(error))
            stream?.fail(error)
        case .streamData: if let frame { stream?.receive(.data(frame.data())) }
        case .streamHole:
            if let hole = try? reply.decode(StreamHole.self), hole.length >= 0 {
                stream?.receive(.hole(UInt64(hole.length)))
            } else {
                stream?.violation("the server has sent a stream hole of impossible length")
            }
        case .streamEnd: stream?.end()
        case .streamFinished: stream?.finished()
        case .streamFailure: stream?.fail(Self.error(reply))
        case .streamViolation(_, let text): stream?.violation(text)
        case .abortStream(let serial):
            link.send(
                Frame.encode(
                    MessageHeader(
                        prog: header.prog, vers: header.vers, proc: header.proc, type: .stream, serial: serial,
                        status: .error)))
        case .event(let program, let number): if let frame { onEvent(program, number, frame) }
        case .pong: link.send(KeepaliveMachine.pong)
        case .drop: break
        }
    }

    private static func error(_ reply: Reply) -> VirtError {
        do {
            return VirtError(try reply.decode(WireError.self))
        } catch {
            return VirtError(.rpc, domain: .rpc, "the server has sent an error that cannot be read", cause: error)
        }
    }

    package func linkDidDrain(_ link: any Link) {
        let waiters = state.withLock { state in
            defer { state.drainWaiters = [:] }
            return Array(state.drainWaiters.values)
        }
        for waiter in waiters { waiter.finish(.success(())) }
    }

    package func linkDidClose(_ link: any Link, reason: LinkCloseReason) {
        input.withLock { input in
            input.isDead = true
            input.descriptors = []
        }
        terminate(LinkEnd(reason), flushing: false)
    }
}

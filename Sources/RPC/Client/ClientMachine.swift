package import Libvirt
internal import XDR

/// What a client makes of each message of its server: a value without I/O.
///
/// | message | reaction |
/// | --- | --- |
/// | length outside 28…33,554,436; reply whose descriptors do not come | close (the framer and the client see to it) |
/// | reply with a serial that was never used, or of another procedure than its call; status "continue" | close |
/// | call; unknown message type | close |
/// | reply to a call that was given up, late | dropped |
/// | the same, and the call has opened a stream | dropped, and the stream is aborted |
/// | stream message with a serial without stream (we may have ended it) | dropped |
/// | stream data behind the end of data; a hole of negative length | the stream is aborted, the link stays |
/// | event of an unknown number | handed on; who takes it ignores it (newer servers have more) |
/// | ping, at any time | pong |
/// | pong | dropped; like all that arrives it proves that the server lives |
package struct ClientMachine: Sendable {
    package enum Action: Sendable, Equatable {
        /// The result of a call.
        case result(UInt32, hasDescriptors: Bool)
        /// The payload is the error that a call has ended with.
        case failure(UInt32)
        case streamData(UInt32)
        case streamHole(UInt32)
        /// The server sends no more.
        case streamEnd(UInt32)
        /// The server agrees that the stream is finished.
        case streamFinished(UInt32)
        /// The payload is the error that a stream has ended with.
        case streamFailure(UInt32)
        /// The server breaks a rule of streams: this one cannot go on.
        case streamViolation(UInt32, String)
        /// A given-up call has opened a stream, which has to be ended.
        case abortStream(UInt32)
        case event(program: UInt32, number: Int32)
        case pong
        /// Something that a race explains.
        case drop
    }

    /// The server does not speak the protocol: the link has to be closed.
    package struct Violation: Error, Sendable, Equatable, CustomStringConvertible {
        package let description: String
        init(_ description: String) { self.description = description }
    }

    private struct Call {
        var program: UInt32
        var version: UInt32
        var procedure: Int32
        var opensStream: Bool
        /// Nobody waits for it any more.
        var isAbandoned = false

        func header(_ type: MessageType, serial: UInt32, status: MessageStatus) -> MessageHeader {
            MessageHeader(
                prog: program, vers: version, proc: procedure, type: type, serial: serial, status: status)
        }
    }

    private struct Stream {
        var call: Call
        var serverHasEnded = false
    }

    private var calls: [UInt32: Call] = [:]
    private var streams: [UInt32: Stream] = [:]
    private var next: UInt32 = 0
    /// Whether serials have begun anew, so that each may have been used.
    private var hasWrapped = false
    /// Calls that somebody waits for.
    package private(set) var waitingCalls = 0
    /// Calls whose reply has not come, also those that were given up.
    package var unansweredCalls: Int { calls.count }

    package init() {}

    // MARK: our side

    /// Gives a new call its header. A call that opens a stream has it from now on: data may overtake the reply.
    package mutating func begin(
        program: UInt32, version: UInt32, procedure: UInt32, hasDescriptors: Bool = false, opensStream: Bool = false
    ) -> MessageHeader {
        // After 2³² calls a serial may still belong to one, or to a stream.
        while calls[next] != nil || streams[next] != nil { advance() }
        let serial = next
        advance()
        let call = Call(
            program: program, version: version, procedure: Int32(bitPattern: procedure), opensStream: opensStream)
        calls[serial] = call
        if opensStream { streams[serial] = Stream(call: call) }
        waitingCalls += 1
        return call.header(hasDescriptors ? .callWithFds : .call, serial: serial, status: .ok)
    }

    private mutating func advance() {
        next &+= 1
        if next == 0 { hasWrapped = true }
    }

    /// Takes back a call that has not been sent.
    package mutating func withdraw(_ serial: UInt32) {
        guard let call = calls.removeValue(forKey: serial) else { return }
        if !call.isAbandoned { waitingCalls -= 1 }
        streams.removeValue(forKey: serial)
    }

    /// Gives a call up whose reply may still come; without effect once it has.
    ///
    /// - Returns: whether somebody waited for it.
    @discardableResult
    package mutating func abandon(_ serial: UInt32) -> Bool {
        guard let call = calls[serial], !call.isAbandoned else { return false }
        waitingCalls -= 1
        streams.removeValue(forKey: serial)
        calls[serial]?.isAbandoned = true
        return true
    }

    package func isWaiting(_ serial: UInt32) -> Bool { calls[serial].map { !$0.isAbandoned } ?? false }

    /// The header of a stream's next message; nil if the stream is over.
    package func streamHeader(_ serial: UInt32, _ type: MessageType, _ status: MessageStatus) -> MessageHeader? {
        streams[serial].map { $0.call.header(type, serial: serial, status: status) }
    }

    /// Forgets a stream: what still comes for it is dropped.
    package mutating func endStream(_ serial: UInt32) { streams.removeValue(forKey: serial) }

    package var hasStreams: Bool { !streams.isEmpty }

    // MARK: the server's side

    package mutating func receive(
        _ header: MessageHeader, payload: UnsafeRawBufferPointer
    ) throws(Violation) -> Action {
        if header.prog == KeepaliveMachine.program {
            return header.type == .message && header.proc == Int32(KeepaliveProgram.ping.number) ? .pong : .drop
        }
        switch header.type {
        case .reply, .replyWithFds: return try receiveReply(header)
        case .message: return .event(program: header.prog, number: header.proc)
        case .stream: return receiveStream(header, isEmpty: payload.isEmpty)
        case .streamHole:
            guard streams[header.serial] != nil else { return .drop }
            return dataIsDue(header.serial) ?? .streamHole(header.serial)
        case .call, .callWithFds:
            throw Violation("the server has called procedure \(header.proc) of program \(header.prog)")
        default:
            throw Violation("the server has sent a message of unknown type \(header.type.rawValue)")
        }
    }

    private mutating func receiveReply(_ header: MessageHeader) throws(Violation) -> Action {
        let serial = header.serial
        guard let call = calls[serial] else {
            if hasWrapped || serial < next { return .drop }
            throw Violation("the server has answered a call that was not made (serial \(serial))")
        }
        // An error may come from a server that does not know the program, and says so with its own numbers.
        guard header.status == .error || (header.prog == call.program && header.proc == call.procedure) else {
            throw Violation("the server has answered procedure \(call.procedure) as procedure \(header.proc)")
        }
        guard header.status == .ok || header.status == .error else {
            throw Violation("the server has sent a reply of status \(header.status.rawValue)")
        }
        calls.removeValue(forKey: serial)
        if call.isAbandoned {
            guard call.opensStream, header.status == .ok else { return .drop }
            return .abortStream(serial)
        }
        waitingCalls -= 1
        if header.status == .error {
            streams.removeValue(forKey: serial)
            return .failure(serial)
        }
        return .result(serial, hasDescriptors: header.type == .replyWithFds)
    }

    private mutating func receiveStream(_ header: MessageHeader, isEmpty: Bool) -> Action {
        let serial = header.serial
        guard streams[serial] != nil else { return .drop }
        switch header.status {
        case .continue:
            if isEmpty {
                streams[serial]?.serverHasEnded = true
                return .streamEnd(serial)
            }
            return dataIsDue(serial) ?? .streamData(serial)
        case .ok:
            streams.removeValue(forKey: serial)
            return .streamFinished(serial)
        default:
            streams.removeValue(forKey: serial)
            return .streamFailure(serial)
        }
    }

    private func dataIsDue(_ serial: UInt32) -> Action? {
        guard streams[serial]?.serverHasEnded == true else { return nil }
        return .streamViolation(serial, "the server has sent stream data behind the end of data")
    }
}

package import Libvirt
package import XDR

/// What a server does with each message of one client: a value without I/O.
///
/// Three kinds of unexpected input, three reactions. What breaks the framing closes the link. A call that cannot be
/// served is answered with an error and the link stays. What may be in flight by a race is dropped:
///
/// | message | reaction |
/// | --- | --- |
/// | length outside 28…33,554,436; call with descriptors that do not come | close |
/// | call of an unknown program, version or procedure; undecodable; status other than OK | error reply |
/// | stream data for a serial without stream (it may have ended) | dropped |
/// | reply, event, unknown type | dropped |
/// | ping as a message, at any time | pong, before any queue or limit |
/// | ping as a call | error reply: unknown program |
package struct ServerMachine: Sendable {
    package enum Action: Sendable {
        /// Run a call of a served program.
        case call(MessageHeader, hasDescriptors: Bool)
        /// Answer at once, without running anything.
        case refuse(MessageHeader, VirtError)
        case streamData(UInt32)
        case streamHole(UInt32)
        /// The client has sent all.
        case streamFinish(UInt32)
        case streamAbort(UInt32)
        case pong
        /// A pong, or something that a race explains.
        case drop
    }

    /// Programs that are served here, by number and version.
    private let programs: [UInt32: UInt32]
    /// Serials of calls that have opened a stream which is not closed yet.
    private var streams: Set<UInt32> = []
    /// Calls that were handed out and not answered yet.
    package private(set) var callsInFlight = 0

    package init(programs: [UInt32: UInt32]) { self.programs = programs }

    package mutating func receive(_ header: MessageHeader, isEmpty: Bool) -> Action {
        if header.prog == KeepaliveProgram.number, header.vers == KeepaliveProgram.version, header.type == .message {
            return header.proc == Int32(KeepaliveProgram.ping.number) ? .pong : .drop
        }
        switch header.type {
        case .call, .callWithFds:
            guard programs[header.prog] == header.vers else {
                return .refuse(
                    header,
                    .rpc(
                        "Cannot find program \(Int32(bitPattern: header.prog)) version \(Int32(bitPattern: header.vers))"))
            }
            guard header.status == .ok else {
                return .refuse(header, .rpc("Unexpected message status \(header.status.rawValue)"))
            }
            callsInFlight += 1
            return .call(header, hasDescriptors: header.type == .callWithFds)
        case .stream:
            guard streams.contains(header.serial) else { return .drop }
            switch header.status {
            case .continue: return isEmpty ? .streamFinish(header.serial) : .streamData(header.serial)
            case .ok: return .streamFinish(header.serial)
            default: return .streamAbort(header.serial)
            }
        case .streamHole:
            return streams.contains(header.serial) ? .streamHole(header.serial) : .drop
        default:
            return .drop
        }
    }

    /// A call has been answered.
    package mutating func answered() { callsInFlight -= 1 }

    package mutating func streamOpened(_ serial: UInt32) { streams.insert(serial) }
    package mutating func streamClosed(_ serial: UInt32) { streams.remove(serial) }
    package var hasStreams: Bool { !streams.isEmpty }
}

extension VirtError {
    /// An error of the RPC layer itself.
    package static func rpc(_ text: String) -> VirtError { VirtError(.rpc, domain: .rpc, text) }
}

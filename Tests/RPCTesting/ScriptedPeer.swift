package import Libvirt
internal import Synchronization
package import VirtRPC
package import XDR

/// The server's side of an in-process link, which does what a test says.
package final class ScriptedPeer: LinkHandler {
    package struct Message: Sendable {
        package var header: MessageHeader
        package var payload: [UInt8]
    }

    private struct State {
        var framer = Framer()
        var messages: [Message] = []
        var descriptors: [Int32] = []
        /// Bytes of descriptors that are to be skipped.
        var skip = 0
        var closed: LinkCloseReason?
        var answers: (@Sendable (Message, ScriptedPeer) -> Void)?
    }

    package let link: InProcessLink
    private let state = Mutex(State())

    package init(_ link: InProcessLink) {
        self.link = link
        link.attach(self)
    }

    /// Makes the peer answer by itself.
    package func answer(_ body: @escaping @Sendable (Message, ScriptedPeer) -> Void) { state.withLock { $0.answers = body } }

    package func link(_ link: any Link, didReceive bytes: UnsafeRawBufferPointer, descriptors: [Int32]) {
        let (new, answers) = state.withLock { state -> ([Message], (@Sendable (Message, ScriptedPeer) -> Void)?) in
            state.descriptors += descriptors
            let before = state.messages.count
            var rest = bytes
            while !rest.isEmpty {
                if state.skip > 0 {
                    let count = min(state.skip, rest.count)
                    state.skip -= count
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                    continue
                }
                var messages: [Message] = []
                var skip = 0
                guard
                    let used = try? state.framer.feed(
                        rest,
                        { (frame) throws(FramingError) -> Bool in
                            messages.append(Message(header: frame.header, payload: Array(frame.payload)))
                            guard frame.header.type == .callWithFds else { return true }
                            skip = Int((try? frame.decode(UInt32.self)) ?? 0)
                            return false
                        })
                else { break }
                state.messages += messages
                state.skip = skip
                rest = UnsafeRawBufferPointer(rebasing: rest[used...])
            }
            return (Array(state.messages[before...]), state.answers)
        }
        if let answers { for message in new { answers(message, self) } }
    }

    package func linkDidDrain(_ link: any Link) {}
    package func linkDidClose(_ link: any Link, reason: LinkCloseReason) { state.withLock { $0.closed = reason } }

    package var messages: [Message] { state.withLock { $0.messages } }
    package var descriptors: [Int32] { state.withLock { $0.descriptors } }
    package var closed: LinkCloseReason? { state.withLock { $0.closed } }

    /// The message at a position, when it has come.
    package func message(_ index: Int) async -> Message? {
        _ = await eventually { self.messages.count > index }
        let messages = messages
        return index < messages.count ? messages[index] : nil
    }

    package func reply<Body: XDRCodable>(to header: MessageHeader, _ body: Body, status: MessageStatus = .ok) {
        var header = header
        header.type = .reply
        header.status = status
        if let bytes = try? Frame.encode(header, body) { link.send(bytes) }
    }

    package func fail(_ header: MessageHeader, _ error: VirtError) { reply(to: header, error.wire, status: .error) }

    package func send(_ header: MessageHeader, type: MessageType, status: MessageStatus, bytes: [UInt8] = []) {
        var header = header
        header.type = type
        header.status = status
        bytes.withUnsafeBytes { _ = link.send(Frame.encode(header, bytes: $0)) }
    }
}

/// Polls until a condition holds, ten thousand times and a millisecond apart: a slow machine is given its time.
package func eventually(_ condition: @Sendable () -> Bool) async -> Bool {
    for _ in 0..<10_000 {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(1))
    }
    return condition()
}

package func connectedPair(
    capacity: Int = 256 << 10, pieceSize: Int = .max, onEvent: @escaping @Sendable (UInt32, Int32) -> Void = { _, _ in }
) -> (RPCClient, ScriptedPeer) {
    let (clientEnd, serverEnd) = InProcessLink.pair(capacity: capacity, pieceSize: pieceSize)
    let client = RPCClient(link: clientEnd, onEvent: { program, number, _ in onEvent(program, number) })
    clientEnd.attach(client)
    return (client, ScriptedPeer(serverEnd))
}

/// A number to a number, and a number to nothing.
package let double = Procedure<UInt32, UInt32>(program: 77, version: 1, number: 5)

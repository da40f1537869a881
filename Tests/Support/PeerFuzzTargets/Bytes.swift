internal import FuzzTargets
internal import Libvirt
internal import VirtRPC
internal import XDR

/// A message as an input describes it.
func message(_ header: MessageHeader, _ payload: [UInt8]) -> [UInt8] {
    payload.withUnsafeBytes { Frame.encode(header, bytes: $0) }.withUnsafeBytes { Array($0) }
}

func encoded(_ value: some XDRCodable) -> [UInt8] {
    (try? MessageBuffer(encoding: value))?.withUnsafeBytes { Array($0) } ?? []
}

/// Messages in what a peer has sent; it may not send anything else.
func messages(in bytes: [UInt8]) throws -> [(header: MessageHeader, payload: [UInt8])] {
    var framer = Framer()
    var found: [(MessageHeader, [UInt8])] = []
    var rest = bytes[...]
    while !rest.isEmpty {
        var descriptors = 0
        let used: Int
        do {
            used = try rest.withUnsafeBytes { raw in
                try framer.feed(raw) { (frame) throws(FramingError) -> Bool in
                    found.append((frame.header, Array(frame.payload)))
                    guard [.callWithFds, .replyWithFds].contains(frame.header.type) else { return true }
                    // A zero byte comes with each.
                    descriptors = Int((try? frame.decode(UInt32.self)) ?? 0)
                    return false
                }
            }
        } catch {
            throw Finding("what was sent is no message: \(error)")
        }
        rest = rest.dropFirst(used + descriptors)
    }
    try require(!framer.isInFrame, "half a message was sent")
    return found
}

package import Libvirt
package import XDR

/// Cuts the incoming bytes into frames.
///
/// A frame that lies whole in what was received is handed out in place. One that does not is gathered in a buffer that
/// grows with what has arrived, never with what the length word promises; it then owns its payload, so that opaque
/// data is shared with it instead of being copied.
package struct Framer {
    private var partial: MessageBuffer?
    /// Of the frame in `partial`; 0 while its length word is not complete.
    private var expected = 0
    /// What a length word may say; at most ``Frame/maximumLength``.
    package var maximumLength = Frame.maximumLength

    package init() {}

    /// Whether bytes of an incomplete frame are held.
    package var isInFrame: Bool { partial != nil }

    /// Takes bytes and calls `body` for each frame that is complete; it says whether to go on.
    ///
    /// - Returns: how many bytes were taken; fewer than given only if `body` said to stop.
    package mutating func feed(
        _ bytes: UnsafeRawBufferPointer, _ body: (Frame) throws(FramingError) -> Bool
    ) throws(FramingError) -> Int {
        var offset = 0
        while offset < bytes.count {
            if let buffer = partial {
                offset += try fill(buffer, from: UnsafeRawBufferPointer(rebasing: bytes[offset...]))
                guard expected > 0, buffer.count == expected else { continue }
                partial = nil
                expected = 0
                let goesOn = try buffer.withUnsafeBytes { (all) throws(FramingError) -> Bool in
                    try body(Self.frame(all, owner: buffer))
                }
                if !goesOn { return offset }
            } else {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
                if rest.count >= 4 {
                    let length = try length(rest)
                    if rest.count >= length {
                        offset += length
                        if !(try body(Self.frame(UnsafeRawBufferPointer(rebasing: rest[..<length]), owner: nil))) {
                            return offset
                        }
                        continue
                    }
                }
                partial = MessageBuffer(capacity: max(rest.count, 64))
            }
        }
        return offset
    }

    /// Moves what belongs to the frame under way; gives the number of bytes.
    private mutating func fill(
        _ buffer: MessageBuffer, from bytes: UnsafeRawBufferPointer
    ) throws(FramingError) -> Int {
        let wanted = expected == 0 ? 4 - buffer.count : expected - buffer.count
        let count = min(wanted, bytes.count)
        buffer.append(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        if expected == 0, buffer.count == 4 {
            expected = try buffer.withUnsafeBytes { (all) throws(FramingError) in try length(all) }
        }
        return count
    }

    private func length(_ bytes: UnsafeRawBufferPointer) throws(FramingError) -> Int {
        let length = UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self))
        if length < Frame.minimumLength || length > maximumLength { throw .length(length) }
        return Int(length)
    }

    /// `bytes` is a whole frame of at least 28 bytes.
    private static func frame(_ bytes: UnsafeRawBufferPointer, owner: MessageBuffer?) -> Frame {
        func word(_ index: Int) -> UInt32 {
            UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
        }
        let header = MessageHeader(
            prog: word(1), vers: word(2), proc: Int32(bitPattern: word(3)),
            type: MessageType(rawValue: Int32(bitPattern: word(4))), serial: word(5),
            status: MessageStatus(rawValue: Int32(bitPattern: word(6))))
        return Frame(
            header: header, payload: UnsafeRawBufferPointer(rebasing: bytes[Frame.overhead...]), owner: owner)
    }
}

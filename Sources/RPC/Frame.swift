package import Libvirt
package import XDR

/// A message as it stands on the wire: length word, header, payload.
package struct Frame {
    package static var headerSize: Int { 24 }
    /// What precedes the payload.
    package static var overhead: Int { 28 }
    package static var minimumLength: UInt32 { 28 }
    package static var maximumLength: UInt32 { UInt32(virNetMessageMax) + 4 }
    /// Room for 64 KiB of SASL data, each byte of which takes four, and some more: nobody who has not authenticated has
    /// more to say.
    package static var maximumAnonymousLength: UInt32 { 512 << 10 }
    /// Bytes of stream data that go into one message.
    package static var streamChunk: Int { Int(virNetMessageLegacyPayloadMax) }
    package static var maximumDescriptors: Int { Int(virNetMessageNumFdsMax) }

    package let header: MessageHeader
    /// Valid while the frame is handled; ``owner`` keeps it alive for longer if there is one.
    package let payload: UnsafeRawBufferPointer
    package let owner: MessageBuffer?

    /// A whole message of a header and the encoding of a body.
    ///
    /// - Parameter descriptors: how many follow it; nil for the types that have none.
    package static func encode<Body: XDRCodable>(
        _ header: MessageHeader, _ body: borrowing Body, descriptors: Int? = nil
    ) throws(XDRError) -> MessageBuffer {
        let size = overhead + (descriptors == nil ? 0 : 4) + (try body.wireSize())
        if size > Int(maximumLength) {
            throw .length(field: "message", count: size, limit: Int(maximumLength))
        }
        let buffer = MessageBuffer(capacity: size)
        try buffer.append(UInt32(size))
        try buffer.append(header)
        if let descriptors { try buffer.append(UInt32(descriptors)) }
        try buffer.append(body)
        return buffer
    }

    /// A message whose payload is raw bytes: stream data.
    package static func encode(_ header: MessageHeader, bytes: UnsafeRawBufferPointer) -> MessageBuffer {
        let buffer = MessageBuffer(capacity: overhead + bytes.count)
        // A header is of fixed size and has no limits to exceed.
        try? buffer.append(UInt32(overhead + bytes.count))
        try? buffer.append(header)
        buffer.append(bytes)
        return buffer
    }

    /// A message without payload.
    package static func encode(_ header: MessageHeader) -> MessageBuffer {
        encode(header, bytes: UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// Decodes the payload; what follows the value is ignored, as libvirtd does.
    package func decode<Body: XDRCodable>(_ type: Body.Type, skipping offset: Int = 0) throws(XDRError) -> Body {
        if payload.count < offset { throw .truncated(needed: offset, available: payload.count) }
        var reader = XDRReader(UnsafeRawBufferPointer(rebasing: payload[offset...]), owner: owner)
        return try Body(from: &reader)
    }

    /// The payload as data that may be kept: shared if the frame has an owner, else a copy.
    package func data(skipping offset: Int = 0) -> OpaqueData {
        var reader = XDRReader(UnsafeRawBufferPointer(rebasing: payload[offset...]), owner: owner)
        return (try? reader.rawBytes(payload.count - offset)) ?? OpaqueData()
    }
}

extension Frame {
    /// The whole message in a buffer of its own.
    package func copy() -> MessageBuffer { owner ?? Frame.encode(header, bytes: payload) }

    /// Reads a message that ``copy()`` made.
    package static func withStored(_ message: MessageBuffer, _ body: (Frame) -> Void) {
        var framer = Framer()
        message.withUnsafeBytes { bytes in
            _ = try? framer.feed(bytes) { (frame) throws(FramingError) -> Bool in
                body(Frame(header: frame.header, payload: frame.payload, owner: message))
                return true
            }
        }
    }
}

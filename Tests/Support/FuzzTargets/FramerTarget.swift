internal import VirtRPC
internal import XDR

/// What cuts bytes into messages: in whatever pieces they come, the messages and the end are the same.
///
/// The first bytes say how large the pieces are, the rest is what comes.
package enum FramerTarget {
    private struct Message: Equatable {
        let header: [UInt8]
        let payload: [UInt8]
    }

    private struct Run: Equatable {
        var messages: [Message] = []
        var failure: String?
        var isInFrame = false
    }

    /// - Throws: ``Finding``.
    package static func run(_ bytes: [UInt8]) throws {
        var input = InputReader(bytes)
        let (size, stop) = (input.word(), Int(input.byte()))
        let stream = input.rest()
        let whole = try feed(stream, pieces: { stream.count }, stopsAfter: .max)
        var state = UInt64(size) | 1
        let random = {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return 1 + Int(state >> 33) % (1 + size)
        }
        for other in [
            try feed(stream, pieces: random, stopsAfter: .max), try feed(stream, pieces: { 1 }, stopsAfter: .max),
            try feed(stream, pieces: { stream.count }, stopsAfter: 1),
            try feed(stream, pieces: random, stopsAfter: stop + 1),
        ] {
            try require(whole == other, "in pieces it is \(other), and \(whole) when it comes at once")
        }
        try check(whole, stream)
    }

    /// The messages are what came, byte for byte.
    private static func check(_ run: Run, _ stream: [UInt8]) throws {
        var rest = stream[...]
        for message in run.messages {
            try require(
                rest.count >= 28 && Array(rest.prefix(28).dropFirst(4)) == message.header, "a header that was not sent")
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            try require(Array(rest.prefix(length).dropFirst(28)) == message.payload, "a payload that was not sent")
            rest = rest.dropFirst(length)
        }
        if run.failure == nil {
            try require(run.isInFrame == !rest.isEmpty, "bytes are kept that nobody sent, or lost")
        } else {
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            try require(rest.count >= 4 && (length < 28 || length > 33_554_436), "length \(length) is refused")
        }
    }

    private static func feed(_ stream: [UInt8], pieces: () -> Int, stopsAfter: Int) throws -> Run {
        var framer = Framer()
        var run = Run()
        var taken = 0
        let buffer = stream.withUnsafeBytes { MessageBuffer(copying: $0) }
        do throws(FramingError) {
            var offset = 0
            while offset < stream.count {
                let end = min(stream.count, offset + max(pieces(), 1))
                // What is not taken, since the receiver said to stop, is given again.
                while offset < end {
                    let used = try buffer.withUnsafeBytes { (raw) throws(FramingError) in
                        try framer.feed(UnsafeRawBufferPointer(rebasing: raw[offset..<end])) {
                            (frame) throws(FramingError) -> Bool in
                            run.messages.append(message(frame))
                            taken += 1
                            return taken % stopsAfter != 0
                        }
                    }
                    if used == 0 { throw .violation("nothing is taken") }
                    offset += used
                }
            }
        } catch {
            run.failure = "\(error)"
        }
        run.isInFrame = run.failure == nil && framer.isInFrame
        return run
    }

    private static func message(_ frame: Frame) -> Message {
        let header = (try? MessageBuffer(encoding: frame.header))?.withUnsafeBytes { Array($0) } ?? []
        var kept = Message(header: header, payload: [])
        // Kept and read again, it is the same.
        Frame.withStored(frame.copy()) { kept = Message(header: header, payload: Array($0.payload)) }
        return kept == Message(header: header, payload: Array(frame.payload)) ? kept : Message(header: [], payload: [])
    }
}

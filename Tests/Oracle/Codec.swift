import XDR

/// What a decoder made of some bytes, and an encoder of that.
struct Outcome: Equatable {
    /// Nil: accepted.
    var refusal: String?
    /// How many bytes were read, and the value's encoding; of accepted ones.
    var consumed = 0
    var encoding: [UInt8] = []

    var verdict: String { refusal ?? "\(consumed) bytes read" }
}

/// Our codec's answer.
func ours(_ type: any XDRCodable.Type, _ bytes: [UInt8]) -> Outcome {
    do {
        return try transcode(type, bytes)
    } catch {
        return Outcome(refusal: "\(error)")
    }
}

private func transcode<Value: XDRCodable>(_ type: Value.Type, _ bytes: [UInt8]) throws -> Outcome {
    // As the RPC layer does: opaque data stays in the buffer.
    let buffer = bytes.withUnsafeBytes { MessageBuffer(copying: $0) }
    let (value, consumed) = try buffer.withUnsafeBytes { raw in
        var reader = XDRReader(raw, owner: buffer)
        return (try Value(from: &reader), raw.count - reader.remaining)
    }
    let encoded = try MessageBuffer(encoding: value)
    return Outcome(consumed: consumed, encoding: encoded.withUnsafeBytes { Array($0) })
}

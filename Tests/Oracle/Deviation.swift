/// Where our codec is meant to differ from libtirpc's.
enum Deviation: String, CaseIterable {
    /// C reads a string up to its first zero byte and loses the rest without a word; we refuse it.
    case zeroByte = "zero byte in a string"
    /// C keeps any bytes; a Swift string is UTF-8, and what is not becomes U+FFFD.
    case repairedText = "text that is not UTF-8"

    /// The deviation that explains the difference, if one does.
    init?(ours: Outcome, theirs: Outcome) {
        if theirs.refusal == nil, ours.refusal?.hasSuffix(Deviation.zeroByte.rawValue) == true {
            self = .zeroByte
        } else if theirs.refusal == nil, ours.refusal == nil, ours.consumed == theirs.consumed,
            Self.repaired(theirs.encoding) == Self.repaired(ours.encoding)
                || Self.hasReplacement(ours.encoding) && !Self.hasReplacement(theirs.encoding)
        {
            self = .repairedText
        } else if theirs.refusal == nil, let refusal = ours.refusal, refusal.contains(" exceeds "),
            Self.hasInvalidText(theirs.encoding)
        {
            // Repaired text is longer, and a value at its limit can no longer be sent on.
            self = .repairedText
        } else {
            return nil
        }
    }

    private static func repaired(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
    private static func hasInvalidText(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) == nil }

    private static func hasReplacement(_ bytes: [UInt8]) -> Bool {
        zip(bytes.indices, bytes.indices.dropFirst(2)).contains { first, last in
            bytes[first...last].elementsEqual([0xef, 0xbf, 0xbd])
        }
    }
}

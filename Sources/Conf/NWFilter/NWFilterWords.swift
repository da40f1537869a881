/// Words of an attribute that may be combined, each a bit.
struct NWFilterWords: Sendable {
    /// In the order of printing.
    let words: [(word: String, bits: UInt8)]
    /// Printed instead of the words if all of these bits are set, whatever else is.
    var whole: (word: String, bits: UInt8)?
    /// Printed if no bit is set.
    var none = ""

    /// States of connections.
    static let states = NWFilterWords(
        words: [("NEW", 1), ("ESTABLISHED", 2), ("RELATED", 4), ("INVALID", 8)], whole: ("NONE", 16))
    /// Flags of TCP packets.
    static let tcpFlags = NWFilterWords(
        words: [("FIN", 1), ("SYN", 2), ("RST", 4), ("PSH", 8), ("ACK", 16), ("URG", 32)], whole: ("ALL", 63),
        none: "NONE")

    /// Words of either case, with commas and blanks anywhere between them, or nothing.
    func read(_ text: Substring) -> UInt8? {
        var known = words
        if let whole { known.append(whole) }
        if !none.isEmpty { known.append((none, 0)) }
        var rest = text.uppercased()[...]
        var bits: UInt8 = 0
        while let first = rest.utf8.first {
            if first == UInt8(ascii: ",") || first == 0x20 || (0x09...0x0D).contains(first) {
                rest = rest.dropFirst()
            } else if let found = known.first(where: { rest.hasPrefix($0.word) }) {
                bits |= found.bits
                rest = rest.dropFirst(found.word.count)
            } else {
                return nil
            }
        }
        return bits
    }

    func text(_ bits: UInt8) -> String {
        if let whole, bits & whole.bits == whole.bits { return whole.word }
        let set = words.filter { bits & $0.bits != 0 }
        return set.isEmpty ? none : set.map(\.word).joined(separator: ",")
    }
}

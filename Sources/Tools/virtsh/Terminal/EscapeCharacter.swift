/// The key that leaves a console: a control character written as `^]`, or a plain character.
struct EscapeCharacter: Sendable, Equatable {
    let byte: UInt8

    static let standard = EscapeCharacter(byte: 0x1d)

    init(byte: UInt8) { self.byte = byte }

    /// Reads `^]` or `x`.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        switch bytes.count {
        case 1 where bytes[0] != UInt8(ascii: "^"): byte = bytes[0]
        case 2 where bytes[0] == UInt8(ascii: "^"):
            let letter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[1]) ? bytes[1] - 32 : bytes[1]
            guard (0x40...0x5f).contains(letter) else { return nil }
            byte = letter & 0x1f
        default: return nil
        }
    }

    /// `^]`, and which keys that is.
    var explanation: String {
        if byte < 0x20 {
            let letter = Character(Unicode.Scalar(byte | 0x40))
            return "^\(letter) (Ctrl + \(letter))"
        }
        return String(Character(Unicode.Scalar(byte)))
    }
}

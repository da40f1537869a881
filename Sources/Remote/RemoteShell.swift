/// Text for the shell of the other side.
///
/// ssh joins its arguments and has the user's login shell read them, whatever that is; what we want is said to `sh`, as
/// one word that every shell reads alike.
enum RemoteShell {
    /// A word that `sh`, csh and fish take for exactly this text.
    ///
    /// Single quotes keep all but themselves; fish also takes a backslash in them for its own, so that both stand
    /// outside.
    static func quote(_ text: String) -> String {
        if !text.isEmpty, text.utf8.allSatisfy(isPlain) { return text }
        var quoted = "'"
        for scalar in text.unicodeScalars {
            switch scalar {
            case "'": quoted += #"'\''"#
            case #"\"#: quoted += #"'\\'"#
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "'"
    }

    /// A script for `sh`, as what a login shell has to read.
    static func command(_ script: String) -> String { "sh -c \(quote(script))" }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"),
            UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "+"), UInt8(ascii: "@"), UInt8(ascii: ","):
            true
        default: false
        }
    }
}

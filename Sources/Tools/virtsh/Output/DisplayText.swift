#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A text as a terminal can show it: what cannot be printed stands as `\xNN`, byte by byte.
struct DisplayText: Sendable, Equatable {
    let text: String
    /// Columns it takes on a terminal.
    let columns: Int

    /// Whether the locale of the process is one of UTF-8; without that, only ASCII can be printed.
    static let localeIsUTF8: Bool = {
        guard let name = nl_langinfo(nl_item(CODESET)) else { return false }
        return String(cString: name) == "UTF-8"
    }()

    init(_ original: String) { self.init(original, isUTF8: Self.localeIsUTF8) }

    init(_ original: String, isUTF8: Bool) {
        var shown = ""
        var columns = 0
        for scalar in original.unicodeScalars {
            if scalar.isASCII ? Self.isPrintable(scalar) : isUTF8 && Self.isPrintable(scalar) {
                shown.unicodeScalars.append(scalar)
                columns += Self.columns(of: scalar)
            } else {
                for byte in String(scalar).utf8 {
                    shown += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
                    columns += 4
                }
            }
        }
        text = shown
        self.columns = columns
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }

    private static func columns(of scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        if scalar.value < 0x1100 { return 1 }
        return scalar.properties.isEmojiPresentation || wide.contains { $0.contains(scalar.value) } ? 2 : 1
    }

    /// Blocks of characters of two columns: Hangul, CJK, Yi, full-width forms (UAX #11, `W` and `F`).
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115f, 0x2329...0x232a, 0x2e80...0x303e, 0x3041...0x3247, 0x3250...0x4dbf, 0x4e00...0xa4cf,
        0xa960...0xa97f, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe10...0xfe19, 0xfe30...0xfe6f, 0xff00...0xff60,
        0xffe0...0xffe6, 0x16fe0...0x18cff, 0x1aff0...0x1b2ff, 0x1f200...0x1f265, 0x20000...0x3fffd,
    ]
}

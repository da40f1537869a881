#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A text as a terminal can show it: what the locale cannot print stands as `\xNN`.
struct DisplayText: Sendable, Equatable {
    let text: String
    /// Columns it takes on a terminal.
    let columns: Int

    init(text: String, columns: Int) {
        self.text = text
        self.columns = columns
    }

    /// Measures in the locale of the process (`setlocale`).
    init(_ original: String) {
        let bytes = Array(original.utf8)
        if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) {
            self.init(text: original, columns: bytes.count)
            return
        }
        var shown: [UInt8] = []
        var columns = 0
        var state = mbstate_t()
        var index = 0
        while index < bytes.count {
            var character: wchar_t = 0
            // SAFETY: the pointer is used during the call only, and the count says how many bytes it may read.
            let length = bytes.withUnsafeBytes { raw in
                mbrtowc(
                    &character, raw.baseAddress.map { $0.assumingMemoryBound(to: CChar.self) + index },
                    bytes.count - index, &state)
            }
            let isWhole = length > 0 && length <= bytes.count - index
            let taken = isWhole ? length : 1
            if isWhole, iswprint(wint_t(bitPattern: character)) != 0 {
                shown += bytes[index..<(index + taken)]
                columns += Int(max(0, wcwidth(character)))
            } else {
                if !isWhole { state = mbstate_t() }
                for byte in bytes[index..<(index + taken)] {
                    shown += "\\x".utf8
                    shown += (byte < 16 ? "0" : "").utf8
                    shown += String(byte, radix: 16).utf8
                    columns += 4
                }
            }
            index += taken
        }
        self.init(text: String(decoding: shown, as: UTF8.self), columns: columns)
    }
}

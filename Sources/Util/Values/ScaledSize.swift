/// Sizes with units, in libvirt's words for them.
package enum ScaledSize {
    /// Bytes in one unit: `b`, `bytes`, then a letter of `kmgtpe` alone or with `iB` (powers of 1024), or with
    /// `B` (powers of 1000). Case does not matter.
    ///
    /// - Parameter standard: What no unit means, in bytes.
    package static func bytesPerUnit(_ unit: String, standard: UInt64) -> UInt64? {
        let letters = unit.utf8.map { $0 | 0x20 }
        if letters.isEmpty { return standard }
        if letters == Array("b".utf8) || letters == Array("byte".utf8) || letters == Array("bytes".utf8) { return 1 }
        let base: UInt64
        switch letters.count {
        case 1: base = 1024
        case 2 where letters[1] == 0x62: base = 1000
        case 3 where letters[1] == 0x69 && letters[2] == 0x62: base = 1024
        default: return nil
        }
        guard let power = Array("kmgtpe".utf8).firstIndex(of: letters[0]) else { return nil }
        return (0..<power).reduce(base) { result, _ in result * base }
    }

    /// A number in a unit, in bytes.
    ///
    /// - Parameter limit: Largest result that is accepted.
    /// - Throws: 8 for a unit that nobody knows, 82 if the result is too large.
    package static func bytes(
        _ value: UInt64, unit: String?, standard: UInt64, limit: UInt64 = .max
    ) throws(ConfError) -> UInt64 {
        let unit = unit ?? ""
        guard let scale = bytesPerUnit(unit, standard: standard) else {
            throw ConfError(.invalidArgument, "unknown suffix '\(unit)'", domain: ConfError.fromNone)
        }
        let (result, overflow) = value.multipliedReportingOverflow(by: scale)
        guard !overflow, result <= limit else {
            throw ConfError(.overflow, "value too large: \(value)\(unit)", domain: ConfError.fromNone)
        }
        return result
    }
}

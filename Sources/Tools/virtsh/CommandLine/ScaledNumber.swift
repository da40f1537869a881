/// A count with a unit, such as `512M`: `k`, `KiB` and so on count 1024, `KB` 1000.
enum ScaledNumber {
    static func bytes(_ text: String, unit: UInt64, limit: UInt64) throws(ShellError) -> UInt64 {
        let trimmed = text.drop { $0 == " " }
        let digits = trimmed.prefix { $0.isASCII && $0.isNumber }
        guard let number = UInt64(digits) else { throw ShellError(lines: []) }
        let suffix = String(trimmed.dropFirst(digits.count))
        let scale = try self.scale(suffix, unit: unit)
        let (bytes, overflows) = number.multipliedReportingOverflow(by: scale)
        guard !overflows, bytes <= limit else {
            throw ShellError("numerical overflow: value too large: \(number)\(suffix)")
        }
        return bytes
    }

    private static func scale(_ suffix: String, unit: UInt64) throws(ShellError) -> UInt64 {
        if suffix.isEmpty { return unit }
        let lowered = suffix.lowercased()
        if lowered == "b" || lowered == "byte" || lowered == "bytes" { return 1 }
        let base: UInt64
        switch lowered.dropFirst() {
        case "", "ib": base = 1024
        case "b": base = 1000
        default: throw ShellError("invalid argument: unknown suffix '\(suffix)'")
        }
        guard let first = lowered.first, let power = ["k", "m", "g", "t", "p", "e"].firstIndex(of: first) else {
            throw ShellError("invalid argument: unknown suffix '\(suffix)'")
        }
        return (0...power).reduce(1) { scale, _ in scale * base }
    }
}

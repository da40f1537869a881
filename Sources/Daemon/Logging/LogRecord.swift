internal import Logging
internal import VirtUtil
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// One message, as it waits to be written.
struct LogRecord: Sendable {
    /// Since 1970.
    var milliseconds: Int64
    var threadID: Int
    var priority: LogPriority
    var label: String
    /// nil for a line about the log itself.
    var place: Place?
    /// On one line, of bounded length.
    var message: String

    struct Place: Sendable {
        var function: String
        var file: String
        var line: UInt

        /// `open` of `open(_:flags:)`.
        var functionName: Substring { function.prefix { $0 != "(" } }
    }

    init(
        priority: LogPriority, label: String, place: Place? = nil, message: String, milliseconds: Int64 = Self.now(),
        threadID: Int = Self.currentThreadID()
    ) {
        self.priority = priority
        self.label = label
        self.place = place
        self.message = Self.printable(message)
        self.milliseconds = milliseconds
        self.threadID = threadID
    }

    /// `2026-11-22 22:43:01.123+0000: 1234: info : open:27 : message`
    var line: String {
        let start = "\(Self.timestamp(milliseconds)): \(threadID): \(priority.word) : "
        guard let place else { return "\(start)\(message)\n" }
        return "\(start)\(place.functionName):\(place.line) : \(message)\n"
    }

    // MARK: Text

    /// What is longer, such as a definition in a debug message, is cut.
    static let longestMessage = 16384

    /// The text on one line: it may hold what a client sent, which must not look like lines of ours.
    static func printable(_ text: String) -> String {
        let bytes = text.utf8
        if bytes.count <= longestMessage, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            guard result.utf8.count < longestMessage else { return result + "…" }
            switch scalar.value {
            case 0x0a: result += "\\n"
            case 0x0d: result += "\\r"
            case 0x09: result += "\t"
            case 0..<0x20, 0x7f..<0xa0:
                result += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// `2026-11-22 22:43:01.123+0000`, in UTC.
    static func timestamp(_ milliseconds: Int64) -> String {
        let (seconds, fraction) = milliseconds.flooredQuotient(1000)
        let (days, second) = seconds.flooredQuotient(86400)
        let (year, month, day) = date(days)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let time = "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
        let zeros = fraction < 10 ? "00" : fraction < 100 ? "0" : ""
        return "\(year)-\(two(month))-\(two(day)) \(time).\(zeros)\(fraction)+0000"
    }

    /// The Gregorian date of a day counted from 1970-01-01. A year here begins in March, so that leap days come last.
    private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, day) = (days + 719_468).flooredQuotient(146_097)
        let yearOfEra = (day - day / 1460 + day / 36524 - day / 146_096) / 365
        let dayOfYear = day - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (
            era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        )
    }

    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    static func currentThreadID() -> Int {
        CurrentThread.id
    }
}

extension Int64 {
    fileprivate func flooredQuotient(_ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

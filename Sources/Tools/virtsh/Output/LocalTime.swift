#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A moment on the calendar.
struct LocalTime: Sendable {
    let seconds: Int
    let milliseconds: Int
    /// Fields in the zone of the process, or in UTC.
    private let year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int
    /// Minutes east of Greenwich.
    private let zone: Int

    init(seconds: Int, milliseconds: Int = 0, isUTC: Bool = false) {
        self.seconds = seconds
        self.milliseconds = milliseconds
        var time = time_t(seconds)
        var fields = tm()
        if isUTC { gmtime_r(&time, &fields) } else { localtime_r(&time, &fields) }
        year = Int(fields.tm_year) + 1900
        month = Int(fields.tm_mon) + 1
        day = Int(fields.tm_mday)
        hour = Int(fields.tm_hour)
        minute = Int(fields.tm_min)
        second = Int(fields.tm_sec)
        zone = Int(fields.tm_gmtoff) / 60
    }

    static var now: LocalTime { now(isUTC: false) }

    static func now(isUTC: Bool) -> LocalTime {
        var moment = timespec()
        clock_gettime(CLOCK_REALTIME, &moment)
        return LocalTime(
            seconds: Int(moment.tv_sec), milliseconds: Int(moment.tv_nsec) / 1_000_000, isUTC: isUTC)
    }

    /// `2026-11-22`
    var date: String { "\(year)-\(Self.padded(month, 2))-\(Self.padded(day, 2))" }
    /// `23:35:38`
    var clock: String { "\(Self.padded(hour, 2)):\(Self.padded(minute, 2)):\(Self.padded(second, 2))" }
    /// `2026-11-22 23:35:38 +0000`
    var withZone: String {
        let minutes = abs(zone)
        return "\(date) \(clock) \(zone < 0 ? "-" : "+")\(Self.padded(minutes / 60, 2))\(Self.padded(minutes % 60, 2))"
    }
    /// `2026-11-22 23:35:38.120+0000`, for a time in UTC.
    var stamp: String { "\(date) \(clock).\(Self.padded(milliseconds, 3))+0000" }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

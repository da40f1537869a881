package import Logging

/// The four priorities that libvirt's logs know.
package enum LogPriority: UInt8, Sendable, Comparable, CaseIterable {
    case debug = 1
    case info
    case warning
    case error

    /// The word in a line of the log.
    var word: String {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        }
    }

    /// syslog's number for it.
    var syslogNumber: Int32 {
        switch self {
        case .debug: 7
        case .info: 6
        case .warning: 4
        case .error: 3
        }
    }

    init(_ level: Logger.Level) {
        self =
            switch level {
            case .trace, .debug: .debug
            case .info, .notice: .info
            case .warning: .warning
            case .error, .critical: .error
            }
    }

    /// The lowest level that still has this priority.
    var level: Logger.Level {
        switch self {
        case .debug: .trace
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }

    /// As in `LIBVIRT_DEBUG`: a digit or a word.
    init?(text: String) {
        guard let priority = Self.allCases.first(where: { $0.word == text || "\($0.rawValue)" == text }) else {
            return nil
        }
        self = priority
    }

    /// As in filters and outputs: a number.
    init?(number text: some StringProtocol) {
        guard let number = UInt8(text), let priority = Self(rawValue: number) else { return nil }
        self = priority
    }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

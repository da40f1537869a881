package import Libvirt
internal import VirtNet

/// A rule of `log_filters`: which priority a message needs whose label fits.
///
/// `1:qemu` fits every label with `qemu` in it; `*` and `?` stand for any text and for one character.
package struct LogFilter: Sendable, Equatable {
    package let priority: LogPriority
    /// What a whole label is compared with.
    package let pattern: String

    /// Reads rules with blanks between them; the first that fits a label counts.
    ///
    /// A `+` in front of a name asked older versions of libvirt for stack traces; it means nothing now.
    package static func parse(_ text: String) throws -> [LogFilter] {
        try text.split(separator: " ").map { item in
            guard let colon = item.firstIndex(of: ":") else {
                throw VirtError(.invalidArg, domain: .none, "Malformed format for filter '\(item)'")
            }
            guard let priority = LogPriority(number: item[..<colon]) else {
                throw VirtError(
                    .invalidArg, domain: .none, "Invalid priority '\(item[..<colon])' for filter '\(item)'")
            }
            let match = item[item.index(after: colon)...]
            let name = match.hasPrefix("+") ? match.dropFirst() : match
            guard !name.isEmpty else {
                throw VirtError(.invalidArg, domain: .none, "Invalid match string '\(match)'")
            }
            return LogFilter(priority: priority, pattern: "*\(name)*")
        }
    }

    func fits(_ label: String) -> Bool { TLSConfiguration.matches(label, pattern: pattern) }

    /// The rules in the language that ``parse(_:)`` reads; libvirt has a blank after each, too.
    static func text(_ filters: [LogFilter]) -> String {
        filters.map { "\($0.priority.rawValue):\($0.pattern) " }.joined()
    }
}

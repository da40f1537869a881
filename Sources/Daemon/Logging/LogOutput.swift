package import Libvirt

/// A place where messages of some priority go: an item of `log_outputs`.
package struct LogOutput: Sendable, Equatable {
    package enum Destination: Sendable, Equatable {
        case standardError
        case file(String)
        /// Under this name.
        case syslog(String)
        case journald
    }

    package let priority: LogPriority
    package let destination: Destination

    package init(priority: LogPriority, destination: Destination) {
        self.priority = priority
        self.destination = destination
    }

    /// Reads items with blanks between them. Of two with the same destination the later counts.
    ///
    /// - Parameter directory: What relative paths of files are relative to: the daemon does not stay in its directory.
    package static func parse(_ text: String, directory: String = "") throws -> [LogOutput] {
        var outputs: [LogOutput] = []
        for item in text.split(separator: " ") {
            let output = try parseItem(item, directory: directory)
            outputs.removeAll { $0.destination == output.destination }
            outputs.append(output)
        }
        return outputs
    }

    private static func parseItem(_ item: Substring, directory: String) throws -> LogOutput {
        func invalid(_ text: String) -> VirtError { VirtError(.invalidArg, domain: .none, text) }
        let parts = item.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 2 else { throw invalid("Malformed format for log output '\(item)'") }
        guard let priority = LogPriority(number: parts[0]) else {
            throw invalid("Invalid log priority '\(parts[0])' for log output '\(item)'")
        }
        // A path may have colons in it.
        let rest = parts.count > 2 ? String(item.dropFirst(parts[0].count + parts[1].count + 2)) : nil
        func output(_ destination: Destination) -> LogOutput { LogOutput(priority: priority, destination: destination) }
        switch (parts[1], rest) {
        case ("stderr", nil): return output(.standardError)
        case ("journald", nil): return output(.journald)
        case ("syslog", let name?) where parts.count == 3: return output(.syslog(name.isEmpty ? "virtd" : name))
        case ("file", let path?) where !path.isEmpty:
            return output(.file(path.hasPrefix("/") || directory.isEmpty ? path : "\(directory)/\(path)"))
        case ("stderr", _), ("journald", _), ("syslog", _), ("file", _):
            throw invalid(
                "Log output '\(item)' does not meet the format requirements for destination type '\(parts[1])'")
        default: throw invalid("Invalid log destination '\(parts[1])' for log output '\(item)'")
        }
    }

    /// The items in the language that ``parse(_:directory:)`` reads.
    static func text(_ outputs: [LogOutput]) -> String {
        outputs.map { output in
            let start = "\(output.priority.rawValue):"
            return switch output.destination {
            case .standardError: start + "stderr"
            case .file(let path): start + "file:" + path
            case .syslog(let name): start + "syslog:" + name
            case .journald: start + "journald"
            }
        }.joined(separator: " ")
    }
}

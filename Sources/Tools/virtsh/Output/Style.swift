/// Colours, on terminals that want them.
struct Style: Sendable {
    enum Ink: Sendable {
        case running, paused, stopped, crashed, failure, heading

        var code: String {
            switch self {
            case .running: "32"
            case .paused: "33"
            case .stopped: "2"
            case .crashed: "31"
            case .failure: "1;31"
            case .heading: "1"
            }
        }
    }

    let isColored: Bool

    /// Whether to colour: the file is a terminal, and `NO_COLOR` is unset or empty.
    static func isColored(isTerminal: Bool, environment: (String) -> String?) -> Bool {
        guard isTerminal, environment("TERM") != "dumb" else { return false }
        return environment("NO_COLOR")?.isEmpty ?? true
    }

    func paint(_ text: String, _ ink: Ink?) -> String {
        guard isColored, let ink, !text.isEmpty else { return text }
        return "\u{1b}[\(ink.code)m\(text)\u{1b}[0m"
    }
}

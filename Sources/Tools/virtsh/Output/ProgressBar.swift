/// A line that shows how far a transfer is: `download  45% [#########           ] 450.0 MiB of 1.0 GiB, 95.2 MiB/s`.
struct ProgressBar: Sendable {
    let title: String
    /// Bytes to come in all; nil if nobody knows.
    let total: UInt64?

    /// The line for a state, cut to the terminal's width.
    func line(done: UInt64, elapsed: Duration, columns: Int) -> String {
        let seconds = elapsed / .seconds(1)
        let rate = seconds > 0.05 ? "\(Self.size(UInt64(Double(done) / seconds)))/s" : ""
        guard let total else {
            return String("\(title) \(Self.size(done)) \(rate)".prefix(max(0, columns - 1)))
        }
        let share = total == 0 ? 1 : min(1, Double(done) / Double(total))
        let percent = Int(share * 100)
        let head = "\(title) \(percent < 10 ? "  " : percent < 100 ? " " : "")\(percent)%"
        let tail = "\(Self.size(done)) of \(Self.size(total))" + (rate.isEmpty ? "" : ", \(rate)")
        let room = min(40, columns - head.count - tail.count - 5)
        guard room >= 5 else { return String("\(head) \(tail)".prefix(max(0, columns - 1))) }
        let filled = Int(share * Double(room))
        let bar = String(repeating: "#", count: filled) + String(repeating: " ", count: room - filled)
        return "\(head) [\(bar)] \(tail)"
    }

    /// A count of bytes with a unit: `512 B`, `1.5 KiB`.
    static func size(_ bytes: UInt64) -> String {
        if bytes < 1024 { return "\(bytes) B" }
        var value = Double(bytes)
        var unit = ""
        for next in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
            if value < 1024 { break }
            value /= 1024
            unit = next
        }
        return "\(Decimal.text(value, places: 1)) \(unit)"
    }
}

/// Draws a ``ProgressBar`` on a terminal, at most ten times a second. Nothing happens elsewhere.
struct ProgressMeter: ~Copyable {
    private let bar: ProgressBar
    private let writer: FileWriter?
    private let columns: Int
    private let start = ContinuousClock.now
    private var lastDrawing: ContinuousClock.Instant?
    private var done: UInt64 = 0

    init(title: String, total: UInt64?, output: Output) {
        bar = ProgressBar(title: title, total: total)
        let isShown = !output.isQuiet && Terminal.isTerminal(output.standardError.descriptor)
        writer = isShown ? output.standardError : nil
        columns = isShown ? Terminal.columns(of: output.standardError.descriptor) : 80
    }

    mutating func advance(by count: UInt64) {
        done += count
        guard let writer else { return }
        let now = ContinuousClock.now
        if let lastDrawing, now - lastDrawing < .milliseconds(100) { return }
        lastDrawing = now
        writer.write("\r" + bar.line(done: done, elapsed: now - start, columns: columns) + "\u{1b}[K")
    }

    deinit {
        guard let writer, lastDrawing != nil else { return }
        writer.write("\r" + bar.line(done: done, elapsed: ContinuousClock.now - start, columns: columns) + "\u{1b}[K\n")
    }
}

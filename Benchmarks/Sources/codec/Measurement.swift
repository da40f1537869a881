/// One comparison; each side does its work `times` times on memory at an offset.
struct Row {
    var name: String
    /// The speed to reach, as a multiple of the peer's.
    var wanted: Double
    var times: Int
    var peerName = "libtirpc"
    var peer: (_ offset: Int, _ times: Int) -> Void
    var swift: (_ offset: Int, _ times: Int) -> Void
}

struct Measurement {
    var rounds: Int

    /// Measures all rows, prints them, and says whether each reached what was wanted.
    func table(_ rows: [Row]) -> Bool {
        print(pad("", 44), pad("peer ns", 12), pad("Swift ns", 12), pad("ratio", 8), "wanted")
        var isMet = true
        for row in rows {
            let (peer, swift) = measure(row)
            let ratio = peer / swift
            if ratio < row.wanted { isMet = false }
            print(
                pad(row.name, 44), pad(decimal(peer), 12), pad(decimal(swift), 12), pad(decimal(ratio), 8),
                "\(decimal(row.wanted))\(ratio < row.wanted ? "  MISSED" : "")")
        }
        return isMet
    }

    /// Nanoseconds of one operation of both sides: the best of all rounds, averaged over the alignments.
    private func measure(_ row: Row) -> (peer: Double, swift: Double) {
        let clock = ContinuousClock()
        func time(_ work: (Int, Int) -> Void, _ offset: Int) -> Double {
            let duration = clock.measure { work(offset, row.times) }
            return Double(duration.components.attoseconds) / 1e9 / Double(row.times)
        }
        var totals = (peer: 0.0, swift: 0.0)
        for offset in CodecBenchmark.offsets {
            var best = (peer: Double.infinity, swift: Double.infinity)
            for round in 0..<rounds {
                if round % 2 == 0 { best.peer = min(best.peer, time(row.peer, offset)) }
                best.swift = min(best.swift, time(row.swift, offset))
                if round % 2 == 1 { best.peer = min(best.peer, time(row.peer, offset)) }
            }
            totals.peer += best.peer
            totals.swift += best.swift
        }
        let count = Double(CodecBenchmark.offsets.count)
        return (totals.peer / count, totals.swift / count)
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private func decimal(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}

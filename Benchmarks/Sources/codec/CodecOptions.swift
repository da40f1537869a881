/// What the command line says.
struct CodecOptions {
    /// Measurements of each row, side and alignment; the best counts.
    var rounds = 40
    /// One row alone, without a clock, for instruction counts: `--only ROW:SIDE:TIMES`.
    var only: (row: Int, side: Side, times: Int)?
    /// Whether a missed ratio is a failure.
    var isGate = false

    enum Side: String { case swift, peer }

    init(_ arguments: some Sequence<String>) {
        var iterator = arguments.makeIterator()
        while let argument = iterator.next() {
            switch argument {
            case "--rounds":
                rounds = iterator.next().flatMap { Int($0) } ?? rounds
            case "--gate":
                isGate = true
            case "--only":
                let parts = (iterator.next() ?? "").split(separator: ":")
                if parts.count == 3, let row = Int(parts[0]), let side = Side(rawValue: String(parts[1])),
                    let times = Int(parts[2])
                {
                    only = (row, side, times)
                }
            default:
                fatalError("unknown option \(argument)")
            }
        }
    }
}

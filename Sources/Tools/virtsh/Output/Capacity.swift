/// A count of bytes as virsh writes it: two places and a unit of 1024s.
enum Capacity {
    static func text(_ bytes: UInt64, places: Int = 2) -> String {
        let (value, unit) = scaled(bytes)
        return "\(Decimal.text(value, places: places)) \(unit)"
    }

    static func scaled(_ bytes: UInt64) -> (value: Double, unit: String) {
        var value = Double(bytes)
        var unit = "B"
        for next in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
            if value < 1024 { break }
            value /= 1024
            unit = next
        }
        return (value, unit)
    }
}

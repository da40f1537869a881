internal import VirtUtil
internal import XDR

/// Sets of CPUs as bits, lowest first: how they stand on the wire.
enum TestBitmap {
    /// The CPUs of a map that exist.
    static func set(_ map: OpaqueData) -> CPUSet {
        var set = CPUSet()
        for (index, byte) in map.prefix(CPUSet.capacity / 8).enumerated() {
            for bit in 0..<8 where byte & 1 << bit != 0 { set.insert(index * 8 + bit) }
        }
        return set
    }

    /// The set in exactly `length` bytes.
    static func bytes(_ set: CPUSet, length: Int) -> [UInt8] {
        (0..<length).map { index in
            (0..<8).reduce(0) { $0 | (set.contains(index * 8 + $1) ? 1 << UInt8($1) : 0) }
        }
    }

    /// The first CPUs of a host.
    static func first(_ count: Int) -> CPUSet {
        var set = CPUSet()
        for cpu in 0..<count { set.insert(cpu) }
        return set
    }
}

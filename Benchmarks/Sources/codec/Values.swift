import XDR

/// What is encoded and decoded. Names have 17 bytes: they do not fit into a `String` itself, so that each costs memory.
enum Values {
    static func domains(_ count: Int) -> Domains {
        Domains(
            domains: (0..<count).map { index in
                Domain(
                    name: name(index),
                    uuid: UUID(word0: 0x0123_4567_89AB_CDEF &* UInt64(index + 1), word1: UInt64(index)),
                    id: Int32(index))
            }, ret: UInt32(count))
    }

    static func parameters(_ count: Int) -> Parameters {
        Parameters(
            params: (0..<count).map { index in
                let value: Value =
                    switch index % 7 {
                    case 0: .i(Int32(index))
                    case 1: .ui(UInt32(index))
                    case 2: .l(Int64(index))
                    case 3: .ul(UInt64(index))
                    case 4: .d(Double(index))
                    case 5: .b(1)
                    default: .s(name(index))
                    }
                return Parameter(field: name(index), value: value)
            })
    }

    static var info: Info { Info(state: 1, maxMem: 8 << 20, memory: 4 << 20, nrVirtCpu: 4, cpuTime: 1_234_567_890_123) }

    static func block(_ count: Int) -> Block {
        Block(buffer: OpaqueData((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }))
    }

    /// `guest-name-000042`
    private static func name(_ index: Int) -> String {
        let digits = String(index)
        return "guest-name-" + String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }
}

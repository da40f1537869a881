/// Damage to the bytes of a value.
enum Mutation {
    /// `value`'s bytes with one to three faults, and what they are.
    static func damaged(_ value: WireGenerator, _ random: inout SeededGenerator) -> (bytes: [UInt8], faults: [String]) {
        var bytes = value.bytes
        var faults: [String] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            faults.append(damage(&bytes, value.marks, &random))
        }
        return (bytes, faults)
    }

    private static func damage(
        _ bytes: inout [UInt8], _ marks: [WireGenerator.Mark], _ random: inout SeededGenerator
    ) -> String {
        switch Int.random(in: 0..<8, using: &random) {
        case 0 where !bytes.isEmpty:
            let offset = Int.random(in: 0..<bytes.count, using: &random)
            bytes[offset] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            return "flipped a bit at \(offset)"
        case 1 where !bytes.isEmpty:
            bytes.removeLast(Int.random(in: 1...min(bytes.count, 12), using: &random))
            return "cut to \(bytes.count) bytes"
        case 2:
            for _ in 0..<Int.random(in: 1...8, using: &random) { bytes.append(UInt8(truncatingIfNeeded: random.next())) }
            return "lengthened to \(bytes.count) bytes"
        default:
            guard let mark = marks.randomElement(using: &random), mark.offset + 4 <= bytes.count else { return "nothing" }
            return damage(&bytes, mark, &random)
        }
    }

    private static func damage(
        _ bytes: inout [UInt8], _ mark: WireGenerator.Mark, _ random: inout SeededGenerator
    ) -> String {
        let offset = mark.offset
        switch mark.kind {
        case .length(let limit):
            let now = bytes.word(at: offset)
            let lengths = [limit, limit &+ 1, .max, .max - 3, 0x8000_0000, now &+ 1, now &- 1, now &+ 4, 0]
            let length = lengths.randomElement(using: &random)!
            bytes.setWord(length, at: offset)
            return "length \(length) at \(offset)"
        case .flag, .choice:
            let words: [UInt32] = [0, 1, 2, 3, 100, .max, 0x8000_0000, UInt32(truncatingIfNeeded: random.next())]
            let word = words.randomElement(using: &random)!
            bytes.setWord(word, at: offset)
            return "word \(word) at \(offset)"
        case .text(let count), .padding(let count):
            let place = offset + Int.random(in: 0..<count, using: &random)
            guard place < bytes.count else { return "nothing" }
            let octet = ([0, 0x80, 0xc3, 0xff, 0x41] as [UInt8]).randomElement(using: &random)!
            bytes[place] = octet
            return "octet \(octet) at \(place)"
        }
    }
}

/// A set of small numbers, written `0-3,^2,8`: host CPUs, NUMA nodes, guest vCPUs.
package struct CPUSet: Hashable, Sendable {
    private var words: [UInt64] = []

    /// Numbers at or above this are refused, so that a text cannot ask for gigabytes.
    package static let capacity = 16384

    package init() {}

    /// Reads the list. An entry `^n` takes a number out that stands before it.
    ///
    /// - Throws: Code 8, as libvirt words it.
    package init(_ text: String) throws(ConfError) {
        guard parse(text.utf8) else {
            throw ConfError(.invalidArgument, "Failed to parse bitmap '\(text)'", domain: ConfError.fromNone)
        }
    }

    private mutating func parse(_ text: String.UTF8View) -> Bool {
        var rest = text[...]
        func skipBlanks() { while let byte = rest.first, isBlank(byte) { rest.removeFirst() } }
        func number() -> Int? {
            var value: Int?
            while let byte = rest.first, (0x30...0x39).contains(byte) {
                value = (value ?? 0) * 10 + Int(byte - 0x30)
                if value! >= Self.capacity { return nil }
                rest.removeFirst()
            }
            return value
        }
        skipBlanks()
        if rest.isEmpty { return false }
        while true {
            skipBlanks()
            let isExclusion = rest.first == 0x5E
            if isExclusion { rest.removeFirst() }
            guard let first = number() else { return false }
            skipBlanks()
            if isExclusion {
                guard contains(first) else { return false }
                remove(first)
            } else if rest.first == 0x2D {
                rest.removeFirst()
                skipBlanks()
                guard let last = number(), last >= first else { return false }
                for value in first...last { insert(value) }
                skipBlanks()
            } else {
                insert(first)
            }
            guard let separator = rest.popFirst() else { return true }
            guard separator == 0x2C else { return false }
        }
    }

    package func contains(_ value: Int) -> Bool {
        value >= 0 && value >> 6 < words.count && words[value >> 6] >> UInt64(value & 63) & 1 == 1
    }

    package mutating func insert(_ value: Int) {
        guard (0..<Self.capacity).contains(value) else { return }
        while words.count <= value >> 6 { words.append(0) }
        words[value >> 6] |= 1 << UInt64(value & 63)
    }

    package mutating func remove(_ value: Int) {
        guard contains(value) else { return }
        words[value >> 6] &= ~(1 << UInt64(value & 63))
        while words.last == 0 { words.removeLast() }
    }

    package var isEmpty: Bool { words.isEmpty }
    package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// The largest number in it.
    package var max: Int? {
        words.last.map { (words.count << 6) - 1 - $0.leadingZeroBitCount }
    }

    package mutating func formUnion(_ other: CPUSet) {
        for (index, word) in other.words.enumerated() {
            if index < words.count { words[index] |= word } else { words.append(word) }
        }
    }

    package func isDisjoint(with other: CPUSet) -> Bool {
        zip(words, other.words).allSatisfy { $0 & $1 == 0 }
    }
}

extension CPUSet: CustomStringConvertible {
    /// Ascending, runs of two and more as `a-b`.
    package var description: String {
        guard let max else { return "" }
        var result = ""
        var value = 0
        while value <= max {
            guard contains(value) else {
                value += 1
                continue
            }
            let first = value
            while contains(value + 1) { value += 1 }
            if !result.isEmpty { result += "," }
            result += first == value ? "\(first)" : "\(first)-\(value)"
            value += 1
        }
        return result
    }
}

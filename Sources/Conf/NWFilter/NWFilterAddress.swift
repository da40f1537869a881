/// An IP address as filters read and print them; no names, no zones.
package struct NWFilterAddress: Sendable, Equatable {
    package enum Family: Sendable { case ipv4, ipv6 }

    package var family: Family
    /// Sixteen bits each, the first the most significant: 2 or 8.
    package var groups: [UInt16]

    package init?(_ text: String, _ family: Family) {
        self.family = family
        guard let groups = family == .ipv4 ? Self.loose(text) ?? Self.mapped(text) : Self.groups(text[...]) else {
            return nil
        }
        self.groups = groups
    }

    // MARK: Reading

    /// IPv4 as C's `inet_aton` has it: up to four numbers, decimal, octal or hexadecimal; the last fills what is left.
    private static func loose(_ text: String) -> [UInt16]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 4 else { return nil }
        var value: UInt32 = 0
        for (index, part) in parts.enumerated() {
            guard let number = anyBase(part) else { return nil }
            let isLast = index == parts.count - 1
            let room: UInt32 = isLast ? .max >> UInt32(8 * index) : 255
            guard number <= room else { return nil }
            value |= isLast ? number : number << UInt32(24 - 8 * index)
        }
        return [UInt16(value >> 16), UInt16(value & 0xFFFF)]
    }

    /// IPv4 inside of IPv6, `::ffff:10.1.2.3`, is taken for either.
    private static func mapped(_ text: String) -> [UInt16]? {
        guard let groups = groups(text[...]), groups[..<6] == [0, 0, 0, 0, 0, 0xFFFF] else { return nil }
        return Array(groups[6...])
    }

    private static func anyBase(_ text: Substring) -> UInt32? {
        var digits = text
        var radix = 10
        if text.hasPrefix("0x") || text.hasPrefix("0X") {
            (digits, radix) = (text.dropFirst(2), 16)
        } else if text.hasPrefix("0") {
            radix = 8
        }
        guard digits.utf8.first != UInt8(ascii: "+"), digits.utf8.first != UInt8(ascii: "-") else { return nil }
        return UInt32(digits, radix: radix)
    }

    private static func groups(_ text: Substring) -> [UInt16]? {
        guard let gap = text.firstRange(of: "::") else {
            let groups = run(text, mayEndDotted: true)
            return groups?.count == 8 ? groups : nil
        }
        let (before, after) = (text[..<gap.lowerBound], text[gap.upperBound...])
        guard let head = before.isEmpty ? [] : run(before, mayEndDotted: false),
            let tail = after.isEmpty ? [] : run(after, mayEndDotted: true), head.count + tail.count < 8
        else { return nil }
        return head + [UInt16](repeating: 0, count: 8 - head.count - tail.count) + tail
    }

    /// Groups with a colon between them; the last may be an IPv4 address.
    private static func run(_ text: Substring, mayEndDotted: Bool) -> [UInt16]? {
        let parts = text.split(separator: ":", maxSplits: 8, omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if mayEndDotted, index == parts.count - 1, part.contains(".") {
                guard let dotted = strict(part) else { return nil }
                groups += dotted
            } else {
                guard part.utf8.count <= 4, part.allSatisfy(\.isHexDigit), let group = UInt16(part, radix: 16) else {
                    return nil
                }
                groups.append(group)
            }
        }
        return groups
    }

    /// Four decimal numbers.
    private static func strict(_ text: Substring) -> [UInt16]? {
        let parts = text.split(separator: ".", maxSplits: 4, omittingEmptySubsequences: false)
        let bytes = parts.compactMap { part in
            part.utf8.allSatisfy { (0x30...0x39).contains($0) } && (part.utf8.count == 1 || !part.hasPrefix("0"))
                ? UInt8(part) : nil
        }
        guard parts.count == 4, bytes.count == 4 else { return nil }
        return [UInt16(bytes[0]) << 8 | UInt16(bytes[1]), UInt16(bytes[2]) << 8 | UInt16(bytes[3])]
    }

    // MARK: Masks

    /// How many bits are set from the front; nil if others are set, too.
    package var prefixLength: UInt32? {
        var length: UInt32 = 0
        var hasEnded = false
        for group in groups {
            let ones = (~group).leadingZeroBitCount
            guard !hasEnded || group == 0, group.nonzeroBitCount == ones else { return nil }
            length += UInt32(ones)
            if ones < 16 { hasEnded = true }
        }
        return length
    }
}

extension NWFilterAddress.Family {
    /// Bits of an address.
    var bits: UInt32 { self == .ipv4 ? 32 : 128 }
}

extension NWFilterAddress: CustomStringConvertible {
    package var description: String {
        if family == .ipv4 { return Self.dotted(groups[0], groups[1]) }
        let zeros = longestZeros
        // IPv4 addresses inside of IPv6.
        if zeros.lowerBound == 0, zeros.count == 6 || (zeros.count == 5 && groups[5] == 0xFFFF) {
            return (zeros.count == 6 ? "::" : "::ffff:") + Self.dotted(groups[6], groups[7])
        }
        func text(_ groups: ArraySlice<UInt16>) -> String {
            groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        if zeros.isEmpty { return text(groups[...]) }
        return text(groups[..<zeros.lowerBound]) + "::" + text(groups[zeros.upperBound...])
    }

    private static func dotted(_ first: UInt16, _ second: UInt16) -> String {
        "\(first >> 8).\(first & 255).\(second >> 8).\(second & 255)"
    }

    /// The first of the longest runs of groups that are zero, of two at least.
    private var longestZeros: Range<Int> {
        var best = 0..<0
        var start = 0
        for index in groups.indices {
            if groups[index] != 0 {
                start = index + 1
            } else if index + 1 - start > best.count {
                best = start..<index + 1
            }
        }
        return best.count < 2 ? 0..<0 : best
    }
}

/// A set of processors, as the protocol has it: a bit for each, the lowest bit of each byte first.
struct CPUMap: Sendable, Equatable {
    /// How many processors a list may be about.
    private static let limit = 16384
    private(set) var members: [Bool]

    init(bytes: some Collection<UInt8>, count: Int) {
        let bytes = Array(bytes)
        members = (0..<count).map { $0 / 8 < bytes.count && bytes[$0 / 8] >> UInt8($0 % 8) & 1 == 1 }
    }

    /// Reads `0-3,^2,7`; `r` is all. Nil if it cannot be read.
    init?(_ text: String, count: Int) {
        if text == "r" {
            members = [Bool](repeating: true, count: count)
            return
        }
        members = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let isExcluded = part.hasPrefix("^")
            let bounds = part.dropFirst(isExcluded ? 1 : 0).split(separator: "-", omittingEmptySubsequences: false)
                .map { Int($0) }
            guard (1...2).contains(bounds.count), let first = bounds[0], let last = bounds[bounds.count - 1],
                first >= 0, first <= last, last < Self.limit
            else { return nil }
            if last >= members.count { members += [Bool](repeating: false, count: last + 1 - members.count) }
            for index in first...last { members[index] = !isExcluded }
        }
        guard members.contains(true) else { return nil }
    }

    /// The highest processor that is in.
    var last: Int? { members.lastIndex(of: true) }

    /// The bytes of the protocol, for as many processors as there are in it.
    var bytes: [UInt8] { bytes(for: (last ?? 0) + 1) }

    func bytes(for count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (count + 7) / 8)
        for (index, isIn) in members.prefix(count).enumerated() where isIn { bytes[index / 8] |= 1 << UInt8(index % 8) }
        return bytes
    }

    /// `yy-y`
    var letters: String { String(members.map { $0 ? "y" : "-" as Character }) }

    /// `0-1,3`
    var ranges: String {
        var parts: [String] = []
        var index = 0
        while index < members.count {
            guard members[index] else {
                index += 1
                continue
            }
            var end = index
            while end + 1 < members.count, members[end + 1] { end += 1 }
            parts.append(index == end ? "\(index)" : "\(index)-\(end)")
            index = end + 1
        }
        return parts.joined(separator: ",")
    }

    var json: JSON { .array(members.indices.filter { members[$0] }.map { .unsigned(UInt64($0)) }) }
}

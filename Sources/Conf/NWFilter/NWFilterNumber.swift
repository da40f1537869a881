package import VirtUtil

/// How a number of a filter rule is written, and which numbers there are.
struct NWFilterNumber: Sendable {
    typealias Words = [(word: String, value: UInt32)]

    /// The greatest number that the field of the packet holds.
    var limit: UInt32 = 0xFFFF
    /// What may be matched, if it is less than the field holds.
    var range: ClosedRange<UInt32>?
    /// Hexadecimal digits are taken, too, and printed so.
    var allowsHexadecimal = true
    /// Numbers that have names. Names are read in either case, and printed whenever the number has one.
    var words: Words = []

    static let byte = NWFilterNumber(limit: 0xFF)
    static let short = NWFilterNumber()
    static let word = NWFilterNumber(limit: 0xFFFF_FFFF)
    static let decimalShort = NWFilterNumber(allowsHexadecimal: false)
    static let vlan = NWFilterNumber(range: 0...4095)
    static let codePoint = NWFilterNumber(limit: 0xFF, range: 0...63)
    static let etherType = NWFilterNumber(
        range: 0x600...0xFFFF,
        words: [("arp", 0x806), ("rarp", 0x8035), ("ipv4", 0x800), ("ipv6", 0x86DD), ("vlan", 0x8100)])
    static let operation = NWFilterNumber(words: [
        ("Request", 1), ("Reply", 2), ("Request_Reverse", 3), ("Reply_Reverse", 4), ("DRARP_Request", 5),
        ("DRARP_Reply", 6), ("DRARP_Error", 7), ("InARP_Request", 8), ("ARP_NAK", 9),
    ])
    static let transport = NWFilterNumber(
        limit: 0xFF,
        words: [
            ("tcp", 6), ("udp", 17), ("udplite", 136), ("esp", 50), ("ah", 51), ("icmp", 1), ("igmp", 2),
            ("sctp", 132), ("icmpv6", 58),
        ])

    /// A decimal number that the field holds is final, in range or not; else digits are hexadecimal, else it is a word.
    func read(_ text: String) -> NWFilterValue.Content? {
        if let number = UInt32(asC: text, radix: 10), number <= limit {
            return contains(number) ? .number(number, isHexadecimal: false) : nil
        }
        if allowsHexadecimal, let number = UInt32(asC: text, radix: 16), number <= limit {
            return contains(number) ? .number(number, isHexadecimal: true) : nil
        }
        let lower = text.lowercased()
        return words.first { $0.word.lowercased() == lower }.map { .number($0.value, isHexadecimal: false) }
    }

    private func contains(_ number: UInt32) -> Bool { range?.contains(number) ?? true }

    func text(_ number: UInt32, isHexadecimal: Bool) -> String {
        if let named = words.first(where: { $0.value == number }) { return named.word }
        return isHexadecimal ? "0x" + String(number, radix: 16) : String(number)
    }
}

extension UInt32 {
    /// As libvirt reads unsigned numbers, by C's `strtoul`: blanks may come first, a minus sign counts from 2^32 down.
    init?(asC text: String, radix: Int) {
        var bytes = text.utf8.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
        let sign = bytes.first
        if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { bytes.removeFirst() }
        if radix == 16, bytes.count > 2, bytes.first == UInt8(ascii: "0"),
            let mark = bytes.dropFirst().first, mark | 0x20 == UInt8(ascii: "x")
        {
            bytes = bytes.dropFirst(2)
        }
        guard let first = bytes.first, Character(UnicodeScalar(first)).isHexDigit,
            let number = UInt32(String(Substring(bytes)), radix: radix)
        else { return nil }
        self = sign == UInt8(ascii: "-") ? 0 &- number : number
    }
}

extension Int32 {
    /// As libvirt reads numbers with a sign, by C's `strtol`: blanks and a plus sign may come first.
    init?(asC text: String) {
        self.init(String(Substring(text.utf8.drop { $0 == 0x20 || (0x09...0x0D).contains($0) })))
    }
}

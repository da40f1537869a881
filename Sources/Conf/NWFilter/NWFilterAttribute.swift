package import VirtUtil

/// An attribute of a protocol's element: a line of the tables in ``NWFilterProtocol``.
struct NWFilterAttribute: Sendable {
    enum Kind: Sendable {
        case number(NWFilterNumber)
        case hardwareAddress
        /// Ones from the front, then zeros.
        case hardwareMask
        case address(NWFilterAddress.Family)
        /// A number of bits, or an address that is a mask.
        case mask(NWFilterAddress.Family)
        case boolean
        case comment, setName, setSides
        case states, tcpFlags
    }

    let name: StaticString
    let kind: Kind
    /// The attribute whose negation this one shares: half of a pair cannot be negated alone.
    var follows: StaticString?

    /// What a text says; nil if it is not legal. `$` begins the name of a variable, in whatever attribute.
    func read(_ text: String) -> NWFilterValue.Content? {
        if text.utf8.first == UInt8(ascii: "$") { return NWFilterVariable(text.dropFirst()).map { .variable($0) } }
        switch kind {
        case .number(let number): return number.read(text)
        case .hardwareAddress: return Self.hardwareAddress(text).map { .hardwareAddress($0) }
        case .hardwareMask:
            guard let mask = Self.hardwareAddress(text),
                (~(mask.bits << 16)).leadingZeroBitCount == mask.bits.nonzeroBitCount
            else { return nil }
            return .hardwareAddress(mask)
        case .address(let family): return NWFilterAddress(text, family).map { .address($0) }
        case .mask(let family):
            if let length = UInt32(asC: text, radix: 10) { return length <= family.bits ? .prefix(length) : nil }
            return NWFilterAddress(text, family)?.prefixLength.map { .prefix($0) }
        case .boolean: return .boolean(["true", "yes", "1"].contains(text))
        case .comment: return .text(Self.shortened(text))
        case .setName: return Self.isSetName(text) ? .text(text) : nil
        case .setSides: return Self.sides(text).map { .sides($0) }
        case .states: return NWFilterWords.states.read(text[...]).map { .states($0) }
        case .tcpFlags:
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let mask = NWFilterWords.tcpFlags.read(parts[0]),
                let set = NWFilterWords.tcpFlags.read(parts[1])
            else { return nil }
            return .tcpFlags(mask: mask, set: set)
        }
    }

    func text(_ content: NWFilterValue.Content) -> String {
        switch content {
        case .variable(let variable): "$\(variable)"
        case .number(let value, let isHexadecimal):
            if case .number(let number) = kind { number.text(value, isHexadecimal: isHexadecimal) } else { "\(value)" }
        case .hardwareAddress(let address): "\(address)"
        case .address(let address): "\(address)"
        case .prefix(let length): "\(length)"
        case .boolean(let flag): flag ? "true" : "false"
        case .text(let text): text
        case .sides(let sides): sides.map { $0 ? "src" : "dst" }.joined(separator: ",")
        case .states(let bits): NWFilterWords.states.text(bits)
        case .tcpFlags(let mask, let set):
            NWFilterWords.tcpFlags.text(mask) + "/" + NWFilterWords.tcpFlags.text(set)
        }
    }

    // MARK: Parts

    /// What stands behind a blank is not looked at.
    private static func hardwareAddress(_ text: String) -> MACAddress? {
        MACAddress(String(Substring(text.utf8.prefix { $0 != 0x20 && !(0x09...0x0D).contains($0) })))
    }

    /// At most 256 bytes, as iptables takes them, without a broken character at the end.
    private static func shortened(_ text: String) -> String {
        var count = 0
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix { scalar in
                    count += UTF8.width(scalar)
                    return count <= 256
                }))
    }

    private static func isSetName(_ text: String) -> Bool {
        text.utf8.count <= 31
            && text.utf8.allSatisfy { NWFilterVariable.isNameByte($0) || ".:-+ ".utf8.contains($0) }
    }

    /// One to six words with a comma between them.
    private static func sides(_ text: String) -> [Bool]? {
        let words = text.lowercased().split(separator: ",", omittingEmptySubsequences: false)
        guard words.count <= 6, words.allSatisfy({ $0 == "src" || $0 == "dst" }) else { return nil }
        return words.map { $0 == "src" }
    }
}

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// An IPv4 or IPv6 address, without a scope.
package struct IPAddress: Hashable, Sendable {
    package enum Family: Sendable { case ipv4, ipv6 }

    package let family: Family
    /// In network order: 4 or 16.
    package let bytes: [UInt8]

    /// Reads figures only; no name is looked up.
    package init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if text.contains(":") {
            guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
            family = .ipv6
            bytes = withUnsafeBytes(of: &six) { Array($0) }
        } else {
            // SAFETY: both calls write one address of the family into the value they are given.
            // As C's `inet_aton`, with fewer groups or other bases: libvirt's reader takes them, too.
            guard !text.contains(where: \.isWhitespace), inet_aton(text, &four) == 1 else { return nil }
            family = .ipv4
            bytes = withUnsafeBytes(of: &four) { Array($0) }
        }
    }

    private init(family: Family, bytes: [UInt8]) {
        self.family = family
        self.bytes = bytes
    }

    /// How many leading bits are set, if none is set behind them.
    package var maskLength: Int? {
        let length = bytes.firstIndex { $0 != 0xFF } ?? bytes.count
        guard length < bytes.count else { return bytes.count * 8 }
        let ones = (~bytes[length]).leadingZeroBitCount
        guard bytes[length] << ones == 0, bytes[(length + 1)...].allSatisfy({ $0 == 0 }) else { return nil }
        return length * 8 + ones
    }

    /// The network that the first `prefix` bits are of.
    package func masked(_ prefix: Int) -> IPAddress {
        masked(
            by: bytes.indices.map { index in
                UInt8(truncatingIfNeeded: 0xFF00 >> min(max(prefix - index * 8, 0), 8))
            })
    }

    package func masked(_ mask: IPAddress) -> IPAddress { masked(by: mask.bytes) }

    private func masked(by mask: [UInt8]) -> IPAddress {
        IPAddress(family: family, bytes: zip(bytes, mask).map { $0 & $1 })
    }

    /// The last address of the network that the first `prefix` bits are of.
    package func broadcast(_ prefix: Int) -> IPAddress {
        let network = masked(prefix).bytes
        let rest = IPAddress(family: family, bytes: bytes.map { _ in 0xFF }).masked(prefix).bytes.map { ~$0 }
        return IPAddress(family: family, bytes: zip(network, rest).map { $0 | $1 })
    }

    /// The address `offset` further on, counted in the last `count` bytes alone, where it wraps around.
    package func advanced(by offset: UInt32, within count: Int) -> IPAddress {
        var result = bytes
        var carry = offset
        for index in bytes.indices.suffix(count).reversed() {
            let sum = UInt32(result[index]) &+ (carry & 0xFF)
            result[index] = UInt8(truncatingIfNeeded: sum)
            carry = carry >> 8 &+ sum >> 8
        }
        return IPAddress(family: family, bytes: result)
    }
}

extension IPAddress: Comparable {
    package static func < (left: IPAddress, right: IPAddress) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension IPAddress: CustomStringConvertible {
    /// In the shortest form: `10.0.0.1`, `fd00::1`.
    package var description: String {
        var text = [CChar](repeating: 0, count: 64)
        // SAFETY: `bytes` has as many as the family asks for; the text is at most 46 characters long.
        _ = inet_ntop(family == .ipv4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

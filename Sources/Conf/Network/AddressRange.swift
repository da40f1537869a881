internal import VirtUtil

/// Ranges of addresses that a network gives away.
enum AddressRange {
    /// The range, if it can be one, and lies in the network.
    ///
    /// libvirt compares all but the last two bytes, so that a range has at most 65536 addresses of one block.
    static func check(
        _ start: IPAddress, _ end: IPAddress, in network: NetworkIP?
    ) throws(ConfError) -> ClosedRange<IPAddress> {
        let range = "range \(start) - \(end)"
        func refuse(_ text: String) -> ConfError { ConfError(.internal, text, domain: ConfError.fromNone) }
        guard start.family == end.family else { throw refuse("mismatch of address family in \(range)") }
        if let network { try check(start, end, range, network) }
        if start.bytes.dropLast(2) != end.bytes.dropLast(2) { throw refuse("\(range) is too large (> 65535)") }
        guard start <= end else {
            throw refuse(start.family == .ipv4 ? "\(range) is reversed " : "\(range) start larger than end")
        }
        return start...end
    }

    private static func check(
        _ start: IPAddress, _ end: IPAddress, _ range: String, _ network: NetworkIP
    ) throws(ConfError) {
        func refuse(_ text: String) -> ConfError { ConfError(.internal, text, domain: ConfError.fromNone) }
        guard let address = network.address else { return }
        guard address.family == start.family else {
            throw refuse("mismatch of address family in \(range) for network \(address)")
        }
        guard let prefix = network.effectivePrefix else {
            throw refuse("bad prefix -1 for network \(address) when  checking \(range)")
        }
        let first = address.masked(prefix)
        guard start.masked(prefix) == first, end.masked(prefix) == first else {
            throw refuse("\(range) is not entirely within network \(address)/\(prefix)")
        }
        guard address.family == .ipv4 else { return }
        if start == first {
            throw refuse("start of \(range) in network \(address)/\(prefix) is the network address")
        }
        if end == address.broadcast(prefix) {
            throw refuse("end of \(range) in network \(address)/\(prefix) is the broadcast address")
        }
    }
}

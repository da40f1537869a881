package import VirtUtil

/// A table of rules below that of an interface.
struct NWFilterChain {
    /// Used unless a filter says otherwise.
    let priority: Int32

    private static let prefixes: [(String, priority: Int32)] = [
        ("mac", -800), ("vlan", -750), ("stp", 0), ("arp", -500), ("rarp", -400), ("ipv4", -700), ("ipv6", -600),
    ]

    /// - Throws: If there can be no such chain: at most 12 letters, digits and `_.:-`, behind one of the prefixes.
    init(named name: String) throws(ConfError) {
        func refuse(_ text: String) -> ConfError {
            ConfError(.invalidArgument, text, domain: ConfError.fromNWFilter)
        }
        guard name.utf8.count <= 12 else { throw refuse("Name of chain is longer than 12 characters") }
        guard name.utf8.allSatisfy({ NWFilterVariable.isNameByte($0) || ".:-".utf8.contains($0) }) else {
            throw refuse("Chain name contains invalid characters")
        }
        if name == "root" {
            priority = 0
        } else if let prefix = Self.prefixes.first(where: { name.hasPrefix($0.0) }) {
            priority = prefix.priority
        } else {
            let known = Self.prefixes.map(\.0).joined(separator: ", ")
            throw refuse(
                """
                Invalid chain name '\(name)'. Please use a chain name called 'root' or any of the following prefixes: \
                \(known)
                """)
        }
    }
}

/// A variable that stands for a value: `$NAME`, `$NAME[3]`, `$NAME[@2]`.
package struct NWFilterVariable: Sendable, Hashable, CustomStringConvertible {
    package enum Access: Sendable, Hashable {
        /// One rule for each of the variable's values. Variables of the same number go through theirs together.
        case iterator(UInt32)
        /// The value at that place, from 0.
        case element(UInt32)
    }

    package var name: String
    package var access = Access.iterator(0)

    /// Reads what follows the `$`. An empty name is one, too; what stands behind a bracket is not looked at.
    package init?(_ text: Substring) {
        let name = text.utf8.prefix(while: Self.isNameByte)
        var rest = text.utf8[name.endIndex...]
        self.name = String(Substring(name))
        guard let open = rest.popFirst() else { return }
        guard open == UInt8(ascii: "["), let close = rest.firstIndex(of: UInt8(ascii: "]")) else { return nil }
        var inside = rest[..<close].drop(while: Self.isBlank)
        let isIterator = inside.first == UInt8(ascii: "@")
        if isIterator { inside.removeFirst() }
        while let last = inside.last, Self.isBlank(last) { inside.removeLast() }
        guard let number = UInt32(asC: String(Substring(inside)), radix: 10) else { return nil }
        if isIterator, number > 1000 { return nil }
        access = isIterator ? .iterator(number) : .element(number)
    }

    package var description: String {
        switch access {
        case .iterator(0): name
        case .iterator(let number): "\(name)[@\(number)]"
        case .element(let index): "\(name)[\(index)]"
        }
    }

    static func isNameByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}

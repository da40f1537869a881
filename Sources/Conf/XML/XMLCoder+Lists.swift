internal import VirtUtil

extension XMLCoder {
    /// Elements that something of their surroundings is needed for: `map` describes one of them.
    package func elements<Value>(
        _ name: StaticString, _ values: inout [Value], of empty: Value, map: (inout Value) -> Void
    ) {
        if isWriting {
            for var value in values { writeElement(name) { map(&value) } }
        } else if let node {
            for child in node.children(name) {
                var value = empty
                read(child) { map(&value) }
                values.append(value)
            }
        }
    }

    /// An attribute of which an empty value counts as none.
    package func filled(_ name: StaticString) -> String? {
        guard let text = peek(name), !text.isEmpty else { return nil }
        return text
    }

    /// What the first of several elements says that says something, unless that is empty.
    package func firstValue(of attribute: StaticString, in element: StaticString) -> String? {
        let text = node?.children(element).lazy.compactMap { $0.attribute(attribute) }.first
        return text?.isEmpty == false ? text : nil
    }

    /// How many elements of that name are in the one that is read.
    package func count(_ name: StaticString) -> Int {
        node?.children(name).reduce(0) { count, _ in count + 1 } ?? 0
    }

    /// Reads the first element of that name, if there is one.
    package func readFirst(_ name: StaticString, _ body: () -> Void) {
        if isReading, let child = node?.child(name) { read(child, body) }
    }
}

extension UInt32 {
    /// As C's `strtoul`: blanks before it, and a sign, which wraps around.
    ///
    /// - Parameter anyBase: `0x1f` and `017` are numbers, too.
    init?(wrapping text: String, anyBase: Bool = false) {
        let number = text.trimmedLeadingBlanks
        let digits = number.hasPrefix("-") ? String(number.dropFirst()) : number
        guard let value = anyBase ? UInt32(anyBase: digits) : UInt32(digits) else { return nil }
        self = number.hasPrefix("-") ? 0 &- value : value
    }
}

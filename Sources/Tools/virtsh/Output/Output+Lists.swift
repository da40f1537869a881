extension Output {
    /// Prints a table; in JSON, an array of objects whose members are named after the columns.
    ///
    /// In JSON, a cell is a string unless it says otherwise, and `null` where the table has nothing or `-`.
    func print(_ table: Table, withHeader: Bool = true) {
        guard isJSON else {
            printRaw(table.text(withHeader: withHeader && !isQuiet, style: style))
            return
        }
        let names = table.header.map(Self.memberName)
        print(
            .array(
                table.rows.map { row in
                    .object(zip(names, row).map { JSON.Member(name: $0, value: $1.json) })
                }))
    }

    /// `IP address` → `ipAddress`
    static func memberName(_ label: String) -> String {
        let words = label.split { !$0.isLetter && !$0.isNumber }.map(String.init)
        guard let first = words.first else { return "" }
        // A word in capitals stays one word: `UUID` → `uuid`.
        let rest = words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst().lowercased() }
        return first.lowercased() + rest.joined()
    }
}

extension Invocation {
    /// Prints words, one a line; in JSON, an array of strings.
    func printList(_ words: [String]) {
        if output.isJSON { return output.print(.array(words.map { .string($0) })) }
        for word in words { output.print(word) }
    }
}

extension Bool? {
    /// virsh's words; nil if it is not known.
    var yesOrNo: String? { map { $0 ? "yes" : "no" } }
}

extension Array {
    /// In the order of virsh's lists: without regard to the case of ASCII letters.
    func sorted(byName name: (Element) -> String) -> [Element] {
        map { (name($0).asciiLowercased, $0) }.sorted { $0.0.lexicographicallyPrecedes($1.0) }.map(\.1)
    }
}

extension String {
    /// With blanks behind it, up to a width.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }

    /// With something, as a rule blanks, before it.
    func leftPadded(to width: Int, with fill: Character = " ") -> String {
        String(repeating: fill, count: Swift.max(0, width - count)) + self
    }

    fileprivate var asciiLowercased: [UInt8] {
        utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }
}

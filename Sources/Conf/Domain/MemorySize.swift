import VirtUtil

/// A size of memory, printed in KiB: `<memory unit='KiB'>1024</memory>`.
package struct MemorySize: XMLMapped {
    package var kibibytes: UInt64 = 0
    package var dumpCore: OnOff?
    package var slots: UInt32?

    package init() {}

    package init(kibibytes: UInt64) {
        self.kibibytes = kibibytes
    }

    package mutating func map(_ x: XMLCoder) {
        x.attribute("dumpCore", &dumpCore)
        x.attribute("slots", &slots)
        x.put("unit", "KiB")
        x.putCharacters(String(kibibytes))
        // Nothing inside is the same as no element.
        if x.isReading, x.node?.text.isEmpty == false {
            let parent = ["hard_limit", "soft_limit", "min_guarantee", "swap_hard_limit"].contains(x.elementName)
            kibibytes = Self.read(
                x, x.node?.text ?? "", path: "./\(parent ? "memtune/" : "")\(x.elementName)[1]")
        }
    }

    /// Reads a number and the element's `unit` into KiB, rounding up.
    static func read(_ x: XMLCoder, _ text: String, unit: String? = nil, path: String) -> UInt64 {
        guard let number = UInt64(text.trimmedLeadingBlanks) else {
            x.fail(
                ConfError(
                    .xml, "Invalid value '\(text)' for element or attribute '\(path)'", domain: ConfError.fromXML))
            return 0
        }
        let bytes = x.attempt { () throws(ConfError) in
            try ScaledSize.bytes(
                number, unit: unit ?? x.peek("unit"), standard: 1024, limit: UInt64(Int64.max))
        }
        return ((bytes ?? 0) + 1023) >> 10
    }
}

extension String {
    /// As C's `strtoull` sees it: blanks may stand before a number, not behind it.
    var trimmedLeadingBlanks: String {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        return String(text)
    }

    var trimmedBlanks: String {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}

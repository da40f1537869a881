import VirtConf
import VirtUtil

/// What every definition must keep, whatever text it is read from.
///
/// A text is refused with an error, or it is taken. What is printed of it and read again is before long printed the same.
package enum DefinitionTarget {
    /// What kind of object a text is of follows from its root.
    ///
    /// - Throws: ``Finding``.
    package static func run(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let document = try? XMLDocument(text, name: "(fuzz)") else { return }
        switch document.root.name {
        case "domain":
            try check(text) { (xml) throws(ConfError) in try DomainDefinition(xml: xml, defaults: .test).xml() }
        case "network": try check(text) { (xml) throws(ConfError) in try NetworkDefinition(xml: xml).xml() }
        case "interface": try check(text) { (xml) throws(ConfError) in try InterfaceDefinition(xml: xml).xml() }
        case "secret": try check(text) { (xml) throws(ConfError) in try SecretDefinition(xml: xml).xml() }
        case "filter": try check(text) { (xml) throws(ConfError) in try NWFilterDefinition(xml: xml).xml() }
        case "domainbackup":
            try check(text) { (xml) throws(ConfError) in
                try BackupDefinition(document: XMLDocument(xml, name: "(fuzz)")).xml()
            }
        default: try device(text)
        }
    }

    /// Any other element may be a device: it is plugged into a guest, and taken out again.
    private static func device(_ text: String) throws {
        let guest = """
            <domain type='test'><name>d</name><uuid>c0ffee00-0000-0000-0000-000000000001</uuid>\
            <memory>1024</memory><maxMemory slots='4'>65536</maxMemory><os><type>hvm</type></os>\
            <cpu><numa><cell id='0' cpus='0' memory='1024'/></numa></cpu></domain>
            """
        for scope in [DeviceChange.Scope.config, .live] {
            let change = DeviceChange(scope, origin: 0, defaults: .test)
            guard let document = try? DeviceDocument(xml: text, keepsAlias: false),
                var domain = try? DomainDefinition(xml: guest, defaults: .test),
                (try? domain.attach(document, change)) != nil
            else { continue }
            let printed = domain.xml()
            try check(printed) { (xml) throws(ConfError) in
                try DomainDefinition(xml: xml, defaults: .test).xml()
            }
            _ = try? domain.update(document, change)
            _ = try? domain.detach(document, change)
        }
    }

    private static func check(_ text: String, _ reprint: (String) throws(ConfError) -> String) throws {
        guard var last = try? reprint(text) else { return }
        // libvirt's own printing is not always what it prints of that: a second time must be enough.
        var difference: String?
        for _ in 0..<3 {
            // libvirt prints some texts that it refuses (a bandwidth whose average is 0), and so do we.
            guard let next = try? reprint(last) else { return }
            difference = Self.difference(last, next)
            if difference == nil { return }
            last = next
        }
        throw Finding("printed differently again and again: \(difference ?? "")")
    }

    /// The first lines that differ.
    private static func difference(_ first: String, _ second: String) -> String? {
        if first == second { return nil }
        let (mine, other) = (first.split(separator: "\n"), second.split(separator: "\n"))
        let index = zip(mine, other).enumerated().first { $0.element.0 != $0.element.1 }?.offset
        let place = index ?? min(mine.count, other.count)
        func line(_ lines: [Substring]) -> Substring { place < lines.count ? lines[place] : "the end" }
        return "line \(place + 1) is '\(line(mine))', then '\(line(other))'"
    }
}

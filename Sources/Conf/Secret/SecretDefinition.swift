package import VirtUtil

/// A secret as its XML describes it. Its value is never part of the description.
package struct SecretDefinition: XMLMapped {
    /// What a secret opens. The cases stand in the order of libvirt's numbers, from 0.
    package enum Usage: String, XMLKeyword, CaseIterable {
        case none, volume, ceph, iscsi, tls, vtpm
    }

    /// Never written to disk.
    package var isEphemeral = false
    /// The value is never told to a client.
    package var isPrivate = false
    package var uuid = DomainUUID(high: 0, low: 0)
    package var description: String?
    package var usage = Usage.none
    /// The volume's path, the iSCSI target or the name; nil only without usage.
    package var usageID: String?

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        Self.mapFlag("ephemeral", &isEphemeral, x)
        Self.mapFlag("private", &isPrivate, x)
        mapUUID(x)
        x.textElement("description", &description)
        mapUsage(x)
    }

    /// `yes` or `no`; an empty word counts as none.
    private static func mapFlag(_ name: StaticString, _ flag: inout Bool, _ x: XMLCoder) {
        x.put(name, flag ? "yes" : "no")
        guard x.isReading, let word = x.peek(name), !word.isEmpty else { return }
        guard let read = YesNo(rawValue: word) else { return x.failSecret(.xml, "invalid value of '\(name)'") }
        flag = read == .yes
    }

    private mutating func mapUUID(_ x: XMLCoder) {
        var text: String? = x.isReading ? nil : uuid.description
        x.textElement("uuid", &text)
        guard x.isReading else { return }
        guard let text else {
            uuid = .random()
            return
        }
        if let read = DomainUUID(text) { uuid = read } else { x.failSecret(.internal, "malformed uuid element") }
    }

    private mutating func mapUsage(_ x: XMLCoder) {
        guard x.isWriting else { return readUsage(x) }
        guard let part = usage.part else { return }
        x.element("usage") {
            x.put("type", usage.rawValue)
            x.textElement(part.element, &usageID)
        }
    }

    /// Type and id are the first that any of the elements has.
    private mutating func readUsage(_ x: XMLCoder) {
        guard let node = x.node, node.child("usage") != nil else { return }
        guard let word = node.first("usage", attribute: "type"), !word.isEmpty else {
            return x.failSecret(.xml, "unknown secret usage type")
        }
        guard let usage = Usage(rawValue: word) else {
            return x.failSecret(.unsupported, "unknown secret usage type \(word)")
        }
        self.usage = usage
        guard let part = usage.part else { return }
        guard let id = node.first("usage", text: part.element), !id.isEmpty else {
            return x.failSecret(.internal, "\(part.title) usage specified, but \(part.meaning) is missing")
        }
        usageID = id
    }
}

extension SecretDefinition.Usage {
    /// The element that says what exactly is opened, and how libvirt calls the type and that element; nil without
    /// usage.
    fileprivate var part: (element: StaticString, title: String, meaning: String)? {
        switch self {
        case .none: nil
        case .volume: ("volume", "volume", "volume path")
        case .ceph: ("name", "Ceph", "name")
        case .iscsi: ("target", "iSCSI", "target")
        case .tls: ("name", "TLS", "name")
        case .vtpm: ("name", "vTPM", "name")
        }
    }
}

extension SecretDefinition {
    /// Reads and checks a definition.
    ///
    /// - Throws: With the code, origin and text of libvirt's refusal.
    package init(xml: String) throws(ConfError) {
        let document = try XMLDocument(xml, name: "(definition_of_secret)", domain: ConfError.fromSecret)
        self.init()
        try read(document, "secret")
    }

    /// Prints the definition as libvirt would.
    package func xml() -> String {
        let coder = XMLCoder(writing: XMLStyle())
        coder.write("secret", self)
        return coder.text
    }
}

extension XMLCoder {
    fileprivate func failSecret(_ kind: ConfError.Kind, _ message: @autoclosure () -> String) {
        fail(ConfError(kind, message(), domain: ConfError.fromSecret))
    }
}

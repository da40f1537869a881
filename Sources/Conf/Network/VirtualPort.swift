package import VirtUtil

/// `<virtualport>`: what a switch outside of libvirt is told of a port.
package struct VirtualPort: Sendable {
    package enum Kind: String, XMLKeyword {
        case vepa = "802.1Qbg"
        case vnLink = "802.1Qbh"
        case openVSwitch = "openvswitch"
        case midoNet = "midonet"
    }

    /// None where the other side, a network or its port group, says it.
    package var kind: Kind?
    package var managerID: UInt32?
    package var typeID: UInt32?
    package var typeIDVersion: UInt32?
    package var instanceID: DomainUUID?
    package var interfaceID: DomainUUID?
    package var profileID: String?

    package init() {}

    /// Where it stands decides what it must say.
    package struct Rules: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }
        package static let needsType = Rules(rawValue: 1)
        /// All parameters of its type.
        package static let needsAll = Rules(rawValue: 2)
        /// Identifiers of its type that are missing are made up.
        package static let generatesIDs = Rules(rawValue: 4)
    }

    private var isBare: Bool {
        managerID == nil && typeID == nil && typeIDVersion == nil && instanceID == nil && interfaceID == nil
            && profileID == nil
    }

    func write(_ x: XMLCoder) {
        x.put("type", kind?.rawValue)
        guard !isBare else { return }
        x.writeElement("parameters") {
            if kind == .vepa || kind == nil {
                x.put("managerid", managerID.map { String($0) })
                x.put("typeid", typeID.map { String($0) })
                x.put("typeidversion", typeIDVersion.map { String($0) })
                x.put("instanceid", instanceID?.description)
            }
            if kind == .openVSwitch || kind == .midoNet || kind == nil {
                x.put("interfaceid", interfaceID?.description)
            }
            if kind == .openVSwitch || kind == .vnLink || kind == nil { x.put("profileid", profileID) }
        }
    }

    mutating func read(_ x: XMLCoder, _ rules: Rules) {
        func refuse(_ text: String, _ kind: ConfError.Kind = .xml) {
            x.fail(ConfError(kind, text, domain: ConfError.fromNone))
        }
        if let word = x.peek("type") {
            kind = Kind(rawValue: word)
            if kind == nil { refuse("unknown virtualport type \(word)", .unsupported) }
        } else if rules.contains(.needsType) {
            refuse("missing required virtualport type")
        }
        x.readFirst("parameters") {
            number(x, "managerid", &managerID, 0xFF, "value of managerid out of range")
            number(x, "typeid", &typeID, 0xFF_FFFF, "value for typeid out of range")
            number(x, "typeidversion", &typeIDVersion, 0xFF, "value of typeidversion out of range")
            uuid(x, "instanceid", &instanceID)
            uuid(x, "interfaceid", &interfaceID)
            profileID = x.filled("profileid")
            if let profileID, profileID.utf8.count >= 40 { refuse("profileid parameter too long") }
        }
        if rules.contains(.generatesIDs) { generateIDs() }
        guard let kind else { return }
        func fail(_ fault: String) {
            x.fail(ConfError(.xml, "\(fault) in <virtualport type='\(kind.rawValue)'>", domain: ConfError.fromNet))
        }
        if rules.contains(.needsAll), let missing = missingParameter(kind) { fail("missing \(missing)") }
        if let extra = extraParameter(kind) { fail("extra \(extra) unsupported") }
    }

    private mutating func generateIDs() {
        if kind == .vepa || kind == nil { instanceID = instanceID ?? .random() }
        if kind == .openVSwitch || kind == nil { interfaceID = interfaceID ?? .random() }
    }

    private func number(
        _ x: XMLCoder, _ name: StaticString, _ value: inout UInt32?, _ limit: UInt32, _ tooLarge: String
    ) {
        guard let text = x.peek(name) else { return }
        guard let number = UInt32(wrapping: text, anyBase: true) else {
            return x.fail(
                ConfError(.xml, "cannot parse value of \(name) parameter", domain: ConfError.fromNone))
        }
        if number > limit { x.fail(ConfError(.xml, tooLarge, domain: ConfError.fromNone)) }
        value = number
    }

    private func uuid(_ x: XMLCoder, _ name: StaticString, _ value: inout DomainUUID?) {
        guard let text = x.peek(name) else { return }
        value = DomainUUID(text)
        if value == nil {
            x.fail(ConfError(.xml, "cannot parse \(name) parameter as a uuid", domain: ConfError.fromNone))
        }
    }

    private func first(_ parameters: [(String, Bool)]) -> String? { parameters.first { $0.1 }?.0 }

    private func missingParameter(_ kind: Kind) -> String? {
        switch kind {
        case .vepa:
            first([
                ("managerid", managerID == nil), ("typeid", typeID == nil), ("typeidversion", typeIDVersion == nil),
                ("instanceid", instanceID == nil),
            ])
        case .vnLink: first([("profileid", profileID == nil)])
        case .openVSwitch, .midoNet: first([("interfaceid", interfaceID == nil)])
        }
    }

    /// What a port of this kind cannot be given.
    private func extraParameter(_ kind: Kind) -> String? {
        let ofVEPA = [
            ("managerid", managerID != nil), ("typeid", typeID != nil), ("typeidversion", typeIDVersion != nil),
            ("instanceid", instanceID != nil),
        ]
        return switch kind {
        case .vepa: first([("profileid", profileID != nil), ("interfaceid", interfaceID != nil)])
        case .vnLink: first(ofVEPA + [("interfaceid", interfaceID != nil)])
        case .openVSwitch: first(ofVEPA)
        case .midoNet: nil
        }
    }
}

extension VirtualPort? {
    /// `<virtualport>` of the element.
    mutating func map(_ x: XMLCoder, rules: VirtualPort.Rules) {
        if let port = self, x.isWriting {
            x.element("virtualport") { port.write(x) }
        } else {
            x.readFirst("virtualport") {
                var port = VirtualPort()
                port.read(x, rules)
                self = port
            }
        }
    }
}

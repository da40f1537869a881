package import VirtUtil

/// A SCSI adapter of the host, physical or a virtual Fibre Channel port.
package struct StorageAdapter: XMLMapped {
    package enum Kind: String, XMLKeyword {
        case scsiHost = "scsi_host"
        case fibreChannelHost = "fc_host"
    }

    /// A SCSI adapter by its place, which survives a restart of the host where its name may not.
    package struct ParentAddress: Sendable, Equatable {
        package var address: PCIAddress
        package var uniqueID: UInt32
    }

    package var kind: Kind?
    package var name: String?
    package var parentAddress: ParentAddress?
    package var parent: String?
    package var isManaged: YesNo?
    package var parentNodeName: String?
    package var parentPortName: String?
    package var parentFabricName: String?
    /// World wide names, 16 hexadecimal digits.
    package var nodeName: String?
    package var portName: String?

    package init() {}

    /// The document names no adapter at all.
    var isEmpty: Bool { kind == nil }

    package mutating func map(_ x: XMLCoder) {
        x.attribute("type", &kind)
        if x.isReading, kind == nil { return readUntyped(x) }
        switch kind {
        case .fibreChannelHost:
            x.attribute("parent", &parent)
            x.attribute("parent_wwnn", &parentNodeName)
            x.attribute("parent_wwpn", &parentPortName)
            x.attribute("parent_fabric_wwn", &parentFabricName)
            x.attribute("managed", &isManaged)
            x.attribute("wwnn", &nodeName)
            x.attribute("wwpn", &portName)
        case .scsiHost:
            x.attribute("name", &name)
            x.element("parentaddr") { mapParentAddress(x) }
        case nil: break
        }
    }

    /// Without a type it is one by name, and may say nothing of Fibre Channel.
    private mutating func readUntyped(_ x: XMLCoder) {
        if x.peek("wwnn") != nil || x.peek("wwpn") != nil || x.peek("parent") != nil {
            x.failStorage("Use of 'wwnn', 'wwpn', and 'parent' attributes requires use of the adapter 'type'")
        }
        name = x.peek("name")
        if name != nil { kind = .scsiHost }
    }

    private mutating func mapParentAddress(_ x: XMLCoder) {
        guard x.isReading else {
            guard var parentAddress else { return }
            x.put("unique_id", String(parentAddress.uniqueID))
            return x.element("address") { parentAddress.address.map(x) }
        }
        guard x.node?.child("address") != nil else { return x.failStorage("Missing scsi_host PCI address element") }
        var address = PCIAddress()
        // Hosts have domains beyond 16 bits, and what else an address can say does not count here.
        x.element("address") { address.map(x, hasWideDomain: true) }
        address.multifunction = nil
        guard let text = x.peek("unique_id"), let uniqueID = UInt32(text.trimmedLeadingBlanks) else {
            return x.failStorage("Missing or invalid scsi adapter 'unique_id' value")
        }
        parentAddress = ParentAddress(address: address, uniqueID: uniqueID)
    }

    func validate() throws(ConfError) {
        func refuse(_ text: String) -> ConfError { ConfError(.xml, text, domain: ConfError.fromStorage) }
        if kind == .scsiHost {
            if name == nil, parentAddress == nil {
                throw refuse("Either 'name' or 'parent' must be specified for the 'scsi_host' adapter")
            }
            if name != nil, parentAddress != nil {
                throw refuse("Both 'name' and 'parent' cannot be specified for the 'scsi_host' adapter")
            }
            return
        }
        guard let nodeName, let portName else {
            throw refuse("'wwnn' and 'wwpn' must be specified for adapter type 'fchost'")
        }
        try Self.checkName(nodeName)
        try Self.checkName(portName)
        if let parentNodeName, parentPortName == nil {
            throw refuse("when providing parent_wwnn='\(parentNodeName)', the parent_wwpn must also be provided")
        }
        if let parentPortName, parentNodeName == nil {
            throw refuse("when providing parent_wwpn='\(parentPortName)', the parent_wwnn must also be provided")
        }
        for name in [parentNodeName, parentPortName, parentFabricName] {
            if let name { try Self.checkName(name) }
        }
    }

    private static func checkName(_ name: String) throws(ConfError) {
        let digits = name.hasPrefix("0x") ? name.dropFirst(2) : name[...]
        guard digits.utf8.count == 16, digits.allSatisfy(\.isHexDigit) else {
            throw ConfError(.internal, "Malformed wwn: \(name)", domain: ConfError.fromNone)
        }
    }

    /// The number in `scsi_host3`, `fc_host3` or `host3`.
    private static func number(_ name: String?) -> UInt32? {
        guard let name else { return nil }
        for prefix in ["scsi_host", "fc_host", "host"] where name.hasPrefix(prefix) {
            return UInt32(name.dropFirst(prefix.count))
        }
        return nil
    }

    /// Whether both are the same adapter, as far as the definitions tell.
    func isSame(as other: StorageAdapter) -> Bool {
        if kind == other.kind {
            if kind == .fibreChannelHost { return nodeName == other.nodeName && portName == other.portName }
            if let parentAddress { return parentAddress == other.parentAddress }
        }
        // A virtual port is on the adapter that is its parent.
        guard let number = Self.number(name ?? parent) else { return false }
        return number == Self.number(other.name ?? other.parent)
    }
}

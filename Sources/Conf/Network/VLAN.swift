internal import VirtUtil

/// `<vlan>`: tags of IEEE 802.1Q, of a network, a port group or an interface.
package struct VLAN: XMLMapped {
    package enum NativeMode: String, XMLKeyword { case tagged, untagged }

    package var isTrunk = false
    package var tags: [UInt32] = []
    /// What packets without a tag belong to.
    package var native: (tag: UInt32, mode: NativeMode)?

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        if x.isReading { return read(x) }
        if isTrunk { x.put("trunk", "yes") }
        for tag in tags {
            x.element("tag") {
                x.put("id", String(tag))
                if let native, native.tag == tag { x.put("nativeMode", native.mode.rawValue) }
            }
        }
    }

    private mutating func read(_ x: XMLCoder) {
        func refuse(_ text: String) { x.fail(ConfError(.xml, text, domain: ConfError.fromNone)) }
        x.elements("tag", &tags, of: 0) { tag in
            var id: UInt32?
            x.attribute("id", &id)
            guard let id else { return x.failMissing("id") }
            if id > 4095 { return refuse("vlan tag id \(id) too large (maximum 4095)") }
            tag = id
            var mode: NativeMode?
            x.attribute("nativeMode", &mode)
            guard let mode else { return }
            if native != nil { refuse("duplicate native vlan setting") }
            native = (id, mode)
        }
        if tags.isEmpty {
            return refuse("missing tag id - each <vlan> must have at least one <tag id='n'/> subelement")
        }
        isTrunk = tags.count > 1
        guard let word = x.filled("trunk") else { return }
        isTrunk = word == "yes"
        guard !isTrunk else { return }
        if tags.count > 1 {
            refuse("invalid \"trunk='\(word)'\" in <vlan> - trunk='yes' is required for more than one vlan tag")
        }
        if native != nil {
            refuse("invalid configuration in <vlan> - \"trunk='no'\" is not allowed with a native vlan id")
        }
        if word != "no" { refuse("invalid \"trunk='\(word)'\" in <vlan> - must be yes or no") }
    }
}

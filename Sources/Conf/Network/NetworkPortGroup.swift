/// `<portgroup>`: settings that an interface can ask for by name.
package struct NetworkPortGroup: Sendable {
    package var name = ""
    /// For interfaces that ask for none.
    package var isDefault = false
    package var trustGuestRxFilters: YesNo?
    package var vlan: VLAN?
    package var virtualPort: VirtualPort?
    package var bandwidth: Bandwidth?

    package init() {}

    mutating func map(_ x: XMLCoder) {
        x.put("name", name)
        if x.isReading {
            isDefault = x.peek("default") == "yes"
            if let name = x.filled("name") {
                self.name = name
            } else {
                x.failNetwork("Missing required name attribute in portgroup")
            }
        } else if isDefault {
            x.put("default", "yes")
        }
        x.attribute("trustGuestRxFilters", &trustGuestRxFilters)
        x.forceEndTag()
        if x.isWriting { x.element("vlan", &vlan) }
        virtualPort.map(x, rules: [])
        mapBandwidth(x, &bandwidth)
        if x.isReading { x.element("vlan", &vlan) }
    }
}

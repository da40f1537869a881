package import VirtUtil

/// `<networkstatus>`: a network that runs, written down by the daemon.
package struct NetworkStatus: XMLMapped {
    /// Classes of traffic that are taken; the first three are the network's own.
    package var classes = CPUSet()
    /// All that is guaranteed to guests together, in KiB per second.
    package var floorSum: UInt64 = 0
    package var taints: [GenericElement] = []
    package var network = NetworkDefinition()

    package init() {}

    /// - Throws: `.internalError` if there is no network in it, `.xml` for what is no number.
    package init(document: XMLDocument) throws(ConfError) {
        try document.root.require("networkstatus")
        let coder = XMLCoder(reading: document.root)
        self.init()
        map(coder)
        if let error = coder.error { throw error }
    }

    package func xml() -> String {
        let coder = XMLCoder(writing: XMLStyle())
        coder.write("networkstatus", self)
        return coder.text
    }

    package mutating func map(_ x: XMLCoder) {
        x.element("class_id") {
            var set: CPUSet? = classes
            x.attribute("bitmap", &set)
            if let set { classes = set }
        }
        x.element("floor") {
            var sum: UInt64? = floorSum
            x.attribute("sum", &sum)
            floorSum = sum ?? 0
        }
        if x.isWriting {
            x.putElements(taints)
        } else {
            x.forEachElement { if $0.isNamed("taint") { taints.append(GenericElement($0)) } }
            if x.node?.child("network") == nil { x.failInternal("no network in networkstatus") }
        }
        var value: NetworkDefinition? = network
        x.element("network", &value)
        if let value { network = value }
    }
}

internal import VirtUtil

/// Lines for the configuration of dnsmasq, in a namespace of their own.
package struct NetworkOptions: Sendable {
    package static let namespace = "http://libvirt.org/schemas/network/dnsmasq/1.0"

    package var lines: [String] = []

    package init() {}

    mutating func read(_ network: XMLNode) throws(ConfError) {
        var child = network.firstElement
        while let current = child {
            child = current.nextElement
            guard current.name == "options", current.namespaceURI == Self.namespace else { continue }
            var option = current.firstElement
            while let entry = option {
                option = entry.nextElement
                guard entry.name == "option", entry.namespaceURI == Self.namespace else { continue }
                guard let value = entry.attribute("value") else {
                    throw ConfError(.internal, "No dnsmasq options value specified", domain: ConfError.fromNetwork)
                }
                lines.append(value)
            }
        }
    }

    /// The declaration, an attribute of the network's own element.
    func writeNamespace(_ x: XMLCoder) {
        if !lines.isEmpty { x.put("xmlns:dnsmasq", Self.namespace) }
    }

    func write(_ x: XMLCoder) {
        x.element("dnsmasq:options") {
            for line in lines { x.element("dnsmasq:option") { x.put("value", line) } }
        }
    }
}

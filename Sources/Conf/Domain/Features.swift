import VirtUtil

/// `<features>`: switches of the machine, in libvirt's order of printing.
///
/// Kept as elements: most are a name and a state. Names that libvirt does not know are refused.
package struct Features: XMLMapped {
    package var elements: [GenericElement] = []

    package init() {}

    package func has(_ name: String) -> Bool {
        elements.contains { $0.name == name }
    }

    package mutating func map(_ x: XMLCoder) {
        guard x.isReading else {
            for element in elements { x.putFeature(element) }
            return
        }
        var read: [String: GenericElement] = [:]
        x.forEachElement { node in
            guard let feature = FeatureShapes.order.first(where: { $0.name == node.name }) else {
                x.failUnsupported("unexpected feature '\(node.name)'")
                return
            }
            checkParts(node, x)
            var element = feature.shape.read(node, x)
            element.completeFeature()
            read[element.name] = element
        }
        elements = FeatureShapes.order.compactMap { read[$0.name] }
    }

    private func checkParts(_ node: XMLNode, _ x: XMLCoder) {
        guard node.name == "hyperv" else { return }
        let known = FeatureShapes.hyperV.children.map(\.name)
        x.read(node) {
            x.forEachElement { part in
                if !known.contains(part.name) {
                    x.failUnsupported("unsupported HyperV Enlightenment feature: \(part.name)")
                }
                if part.name == "spinlocks", let retries = part.attribute("retries").flatMap({ UInt32($0) }), retries < 4095 {
                    x.failXML("HyperV spinlock retry count must be at least 4095")
                }
            }
        }
    }
}

extension GenericElement {
    fileprivate mutating func completeFeature() {
        switch name {
        case "hap", "vmcoreinfo", "pmu", "pvspinlock", "vmport", "smm":
            if attribute("state") == nil { set("state", "on") }
        case "hyperv": if attribute("mode") == nil { set("mode", "custom") }
        default: break
        }
    }
}

extension XMLCoder {
    /// Features that have parts are never closed short.
    fileprivate func putFeature(_ element: GenericElement) {
        if ["kvm", "hyperv", "xen"].contains(element.name), element.children.isEmpty {
            putOpen(element)
        } else {
            putElements([element])
        }
    }
}

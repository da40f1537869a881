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
        var read: [GenericElement] = []
        x.forEachElement { node in
            guard Self.order.contains(node.name) else {
                x.failUnsupported("unexpected feature '\(node.name)'")
                return
            }
            var element = GenericElement(node)
            if element.name == "hyperv", element.attribute("mode") == nil {
                element.attributes.append(("mode", "custom"))
            }
            element.normalizeFeature()
            check(element, x)
            read.append(element)
        }
        elements = Self.order.flatMap { name in read.last { $0.name == name }.map { [$0] } ?? [] }
    }

    private func check(_ element: GenericElement, _ x: XMLCoder) {
        switch element.name {
        case "hap", "vmcoreinfo", "pmu", "pvspinlock", "vmport", "smm":
            x.check(element, "state", ["on", "off"])
        case "gic": x.check(element, "version", ["2", "3", "host"])
        case "hyperv":
            for part in element.children {
                guard Self.hyperV.contains(part.name) else {
                    x.failUnsupported("unsupported HyperV Enlightenment feature: \(part.name)")
                    return
                }
                x.check(part, "state", ["on", "off"], required: true)
                if part.name == "spinlocks", let retries = part.attribute("retries").flatMap({ UInt32($0) }),
                    retries < 4095
                {
                    x.failXML("HyperV spinlock retry count must be at least 4095")
                }
            }
        case "kvm": for part in element.children { x.check(part, "state", ["on", "off"], required: true) }
        default: break
        }
    }

    private static let hyperV: Set = [
        "relaxed", "vapic", "spinlocks", "vpindex", "runtime", "synic", "stimer", "reset", "vendor_id", "frequencies",
        "reenlightenment", "tlbflush", "ipi", "evmcs", "avic",
    ]

    static let order = [
        "acpi", "apic", "pae", "hap", "vmcoreinfo", "viridian", "privnet", "hyperv", "kvm", "xen", "pvspinlock", "pmu",
        "vmport",
        "gic", "smm", "ioapic", "hpt", "htm", "nested-hv", "msrs", "ccf-assist", "cfpc", "sbbc", "ibs",
        "tcg", "async-teardown", "capabilities",
    ]
}

extension GenericElement {
    fileprivate mutating func normalizeFeature() {
        switch name {
        case "hap", "vmcoreinfo", "pmu", "pvspinlock", "vmport", "smm":
            if attribute("state") == nil { attributes = [("state", "on")] }
        case "tcg":
            for index in children.indices { children[index].scaleText(standard: 1024, to: "KiB", shift: 10) }
        default: break
        }
    }
}

extension XMLCoder {
    /// Features that have parts are never closed short.
    fileprivate func putFeature(_ element: GenericElement) {
        if element.name == "kvm" || element.name == "hyperv" || element.name == "xen", element.children.isEmpty {
            putOpen(element)
        } else {
            putElements([element])
        }
    }
}

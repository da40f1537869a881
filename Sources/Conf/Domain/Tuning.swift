import VirtUtil

/// `<memtune>`: limits in KiB.
package struct MemoryTune: XMLMapped {
    package var hardLimit: MemorySize?
    package var softLimit: MemorySize?
    package var minimumGuarantee: MemorySize?
    package var swapHardLimit: MemorySize?

    /// What libvirt takes for "no limit", and does not print.
    static let unlimitedKiB: UInt64 = 9_007_199_254_740_991

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        limit(x, "hard_limit", &hardLimit)
        limit(x, "soft_limit", &softLimit)
        limit(x, "min_guarantee", &minimumGuarantee)
        limit(x, "swap_hard_limit", &swapHardLimit)
    }

    private func limit(_ x: XMLCoder, _ name: StaticString, _ value: inout MemorySize?) {
        x.element(name, &value)
        if x.isReading, let size = value, size.kibibytes >= Self.unlimitedKiB { value = nil }
    }

    var isEmpty: Bool {
        hardLimit == nil && softLimit == nil && minimumGuarantee == nil && swapHardLimit == nil
    }
}

/// `<memoryBacking>`.
package struct MemoryBacking: XMLMapped {
    package var hugePages: GenericElement?
    package var noSharePages = false
    package var locked = false
    package var rest: [GenericElement] = []

    package init() {}

    var isEmpty: Bool { hugePages == nil && !noSharePages && !locked && rest.isEmpty }

    package mutating func map(_ x: XMLCoder) {
        x.shaped("hugepages", DomainShapes.hugePages, &hugePages)
        if x.isReading, hugePages != nil {
            for index in hugePages!.children.indices { hugePages!.children[index].scaleAttribute("size") }
        }
        x.element("nosharepages", present: &noSharePages)
        x.element("locked", present: &locked)
        guard x.isReading else { return x.putElements(rest) }
        let shapes: [(StaticString, ElementShape)] = [
            ("source", DomainShapes.memorySource), ("access", DomainShapes.memoryAccess),
            ("allocation", DomainShapes.memoryAllocation), ("discard", ElementShape()),
        ]
        for (name, shape) in shapes {
            guard let node = x.node?.child(name) else { continue }
            let element = shape.read(node, x)
            if !element.attributes.isEmpty || element.name == "discard" { rest.append(element) }
        }
    }
}

/// `<cputune>`: kept as elements, sets of CPUs in their shortest form.
package struct CPUTune: XMLMapped {
    package var elements: [GenericElement] = []

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        guard x.isReading else {
            x.putElements(elements)
            return
        }
        for (name, shape) in CPUTuneShapes.order {
            let first = elements.count
            defer { elements[first...].sort { Self.number($0) < Self.number($1) } }
            var scheduled = CPUSet()
            x.forEachElement { node in
                guard node.name == name else { return }
                if name == "vcpusched", let set = node.attribute("vcpus").flatMap({ try? CPUSet($0) }) {
                    if !scheduled.isDisjoint(with: set) {
                        x.fail(ConfError(.xmlDetail, "'vcpusched' attributes 'vcpus' must not overlap"))
                    }
                    scheduled.formUnion(set)
                }
                let element = shape.read(node, x)
                if ["fifo", "rr"].contains(element.attribute("scheduler")), element.attribute("priority") == nil {
                    x.read(node) { x.failMissing("priority") }
                }
                if name == "emulatorpin", element.attribute("cpuset") == nil {
                    x.failInternal("missing cpuset for emulatorpin")
                }
                if name == "vcpupin", let vcpu = element.attribute("vcpu"),
                    elements[first...].contains(where: { $0.attribute("vcpu") == vcpu })
                {
                    x.failInternal("duplicate vcpupin for vcpu '\(vcpu)'")
                }
                elements.append(element)
            }
        }
        for element in elements where element.name == "cachetune" { checkCaches(element.children, x) }
    }

    /// One part of a cache is given for code and data together, or for each.
    private func checkCaches(_ children: [GenericElement], _ x: XMLCoder) {
        let caches = children.filter { $0.name == "cache" }
        for (index, cache) in caches.enumerated() {
            let type = cache.attribute("type") ?? ""
            let collides = caches[..<index].contains { other in
                let theirs = other.attribute("type") ?? ""
                return other.attribute("level") == cache.attribute("level") && other.attribute("id") == cache.attribute("id")
                    && (type == theirs || type == "both" || theirs == "both")
            }
            guard collides else { continue }
            x.fail(
                ConfError(
                    .xml,
                    "Colliding cache allocations for cache level '\(cache.attribute("level") ?? "")' id '\(cache.attribute("id") ?? "")', type '\(type)'",
                    domain: ConfError.fromResourceControl))
        }
    }

    /// Pins are printed in the order of what they pin.
    private static func number(_ element: GenericElement) -> Int {
        (element.attribute("vcpu") ?? element.attribute("iothread")).flatMap { Int($0) } ?? 0
    }
}

/// `<numatune>`: which host memory the guest's comes from.
package struct NUMATune: XMLMapped {
    package var memory: GenericElement?
    package var nodes: [GenericElement] = []

    package init() {}

    /// What an automatic placement of the CPUs implies for the memory.
    static let automatic = GenericElement(name: "memory", attributes: [("mode", "strict"), ("placement", "auto")])

    package mutating func map(_ x: XMLCoder) {
        x.shaped("memory", DomainShapes.numaMemory, &memory)
        x.shaped("memnode", DomainShapes.numaNode, &nodes)
        if x.isReading, nodes.contains(where: { $0.attribute("nodeset") == nil }) {
            x.failXML("Missing required nodeset attribute in memnode element")
        }
        guard x.isReading else { return }
        if memory != nil {
            let nodeset = memory!.normalizedSet("nodeset", x)
            var placement = memory!.attribute("placement")
            if placement == nil, nodeset == nil { placement = "auto" }
            if placement == "static" { placement = nil }
            memory!.attributes = [("mode", memory!.attribute("mode") ?? "strict")]
            if placement == nil { memory!.set("nodeset", nodeset) }
            memory!.set("placement", placement)
        }
        for index in nodes.indices {
            nodes[index].set("nodeset", nodes[index].normalizedSet("nodeset", x))
            nodes[index].order(["cellid", "mode", "nodeset"])
        }
    }
}

/// `<pm>`: which sleep states the guest is offered.
package struct PowerManagement: XMLMapped {
    package var suspendToMemory: YesNo?
    package var suspendToDisk: YesNo?

    package init() {}

    var isEmpty: Bool { suspendToMemory == nil && suspendToDisk == nil }

    package mutating func map(_ x: XMLCoder) {
        x.element("suspend-to-mem") { x.attribute("enabled", &suspendToMemory) }
        x.element("suspend-to-disk") { x.attribute("enabled", &suspendToDisk) }
    }
}

extension GenericElement {
    /// The attribute, a set of numbers, in its shortest form.
    func normalizedSet(_ name: String, _ x: XMLCoder) -> String? {
        guard let text = attribute(name) else { return nil }
        return x.attempt { () throws(ConfError) in try CPUSet(text) }?.description
    }

    /// Turns an attribute with a unit beside it into KiB.
    mutating func scaleAttribute(_ name: String) {
        guard let number = attribute(name).flatMap({ UInt64($0) }),
            let bytes = try? ScaledSize.bytes(
                number, unit: attribute("unit"), standard: 1024, limit: UInt64(Int64.max))
        else { return }
        set(name, String((bytes + 1023) >> 10))
        set("unit", "KiB")
        let others = attributes.filter { $0.name != name && $0.name != "unit" }
        attributes = attributes.filter { $0.name == name } + [("unit", "KiB")] + others
    }

    /// Turns the text, a size, into another unit.
    mutating func scaleText(standard: UInt64, to unit: String, shift: UInt64) {
        guard let number = text.flatMap({ UInt64($0.trimmedBlanks) }),
            let bytes = try? ScaledSize.bytes(
                number, unit: attribute("unit"), standard: standard, limit: UInt64(Int64.max))
        else { return }
        text = String((bytes + (1 << shift) - 1) >> shift)
        set("unit", unit)
    }
}

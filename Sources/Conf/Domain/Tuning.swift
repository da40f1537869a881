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

    package mutating func map(_ x: XMLCoder) {
        x.verbatim("hugepages", &hugePages)
        x.element("nosharepages", present: &noSharePages)
        x.element("locked", present: &locked)
        if x.isReading {
            for name in ["source", "access", "allocation", "discard"] {
                x.forEachElement { if $0.name == name { rest.append(GenericElement($0)) } }
            }
        } else {
            x.putElements(rest)
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
        for name in Self.order {
            x.forEachElement { node in
                guard node.name == name else { return }
                var element = GenericElement(node)
                for index in element.attributes.indices where element.attributes[index].name == "cpuset" {
                    let text = element.attributes[index].value
                    if let set = x.attempt({ () throws(ConfError) in try CPUSet(text) }) {
                        element.attributes[index].value = set.description
                    }
                }
                elements.append(element)
            }
        }
    }

    private static let order = [
        "shares", "period", "quota", "global_period", "global_quota", "emulator_period", "emulator_quota",
        "iothread_period", "iothread_quota", "vcpupin", "emulatorpin", "iothreadpin", "emulatorsched", "vcpusched",
        "iothreadsched", "cachetune", "memorytune",
    ]
}

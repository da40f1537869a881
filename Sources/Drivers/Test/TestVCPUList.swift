internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// The virtual CPUs of a definition one by one, as `<vcpus>` has them.
struct TestVCPUList {
    struct Entry {
        var isEnabled: Bool
        /// It can be taken away while the domain runs.
        var isHotpluggable: Bool
        /// When it was added; the first ones are there from the start.
        var order: UInt32?
    }

    private(set) var entries: [Entry]

    /// - Returns: All of them; those that no element tells of are there from the start, if they are there.
    init(_ definition: Definition) {
        let current = definition.currentVCPUs
        // Numbers above cannot be named.
        entries = (0..<min(definition.maximumVCPUs, UInt32(CPUSet.capacity))).map {
            Entry(isEnabled: $0 < current, isHotpluggable: $0 >= current)
        }
        for element in definition.vcpuList?.children ?? [] {
            guard let id = element.attribute("id").flatMap({ Int($0) }), entries.indices.contains(id) else { continue }
            entries[id].isEnabled = element.attribute("enabled") == "yes"
            entries[id].isHotpluggable = element.attribute("hotpluggable") == "yes"
            entries[id].order = element.attribute("order").flatMap { UInt32($0) }
        }
    }

    /// Adds or takes away CPUs of a definition that does not run.
    mutating func set(_ cpus: [Int], isEnabled: Bool) {
        for cpu in cpus where entries[cpu].isEnabled != isEnabled {
            entries[cpu].isEnabled = isEnabled
            entries[cpu].isHotpluggable = true
            entries[cpu].order = nil
        }
    }

    /// Adds a CPU to a run, or takes one away.
    mutating func plug(_ cpu: Int, isEnabled: Bool) {
        if !entries.contains(where: { $0.order != nil }) {
            var order: UInt32 = 0
            for index in entries.indices where entries[index].isEnabled {
                order += 1
                entries[index].order = order
            }
        }
        let last = entries.compactMap(\.order).max() ?? 0
        entries[cpu] = Entry(isEnabled: isEnabled, isHotpluggable: true, order: isEnabled ? last + 1 : nil)
    }

    /// The first ones are enabled, and no others.
    mutating func keepFirst(_ count: Int) {
        for index in entries.indices where entries[index].isEnabled != (index < count) {
            entries[index] = Entry(isEnabled: index < count, isHotpluggable: true)
        }
    }

    /// The element, and how many CPUs there are.
    func apply(to definition: inout Definition) {
        var list = GenericElement(name: "vcpus")
        list.children = entries.enumerated().map { id, entry in
            GenericElement(
                name: "vcpu",
                attributes: [
                    ("id", String(id)), ("enabled", entry.isEnabled ? "yes" : "no"),
                    ("hotpluggable", entry.isHotpluggable ? "yes" : "no"),
                ] + (entry.order.map { [("order", String($0))] } ?? []))
        }
        definition.vcpuList = list
        var vcpus = definition.vcpus ?? VirtualCPUs()
        let count = UInt32(clamping: entries.filter(\.isEnabled).count)
        vcpus.current = count == vcpus.maximum ? nil : count
        definition.vcpus = vcpus
    }
}

extension Definition {
    /// The CPUs that are there now.
    var onlineVCPUs: [Int] {
        guard vcpuList != nil else { return Array(0..<min(Int(currentVCPUs), CPUSet.capacity)) }
        return TestVCPUList(self).entries.enumerated().filter { $0.element.isEnabled }.map(\.offset)
    }
}

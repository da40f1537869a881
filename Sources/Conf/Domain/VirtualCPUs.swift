package import VirtUtil

/// `<vcpu>`: how many virtual CPUs, and on which host CPUs.
package struct VirtualCPUs: XMLMapped {
    package enum Placement: String, XMLKeyword { case `static`, auto }

    package var placement: Placement = .static
    package var cpuSet: CPUSet?
    package var current: UInt32?
    package var maximum: UInt32 = 1

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.attribute("placement", &placement)
        x.attribute("cpuset", &cpuSet)
        x.attribute("current", &current)
        x.putCharacters(String(maximum))
        guard x.isReading else { return }
        let text = x.node?.text ?? ""
        if let number = UInt32(text.trimmedBlanks) {
            maximum = number
        } else {
            x.failXML("maximum vcpus count must be an integer")
        }
        if maximum == 0 { x.failInternal("CPU IDs in <numa> exceed the <vcpu> count") }
        if let current, current > maximum {
            x.failUnsupported("maximum vCPU count must not be less than current vCPU count")
        }
        if current == maximum { current = nil }
        if placement == .auto { cpuSet = nil }
    }
}

internal import VirtUtil

extension NUMATopology {
    /// What a node has to itself.
    private static let local: UInt32 = 10
    private static let unreachable: UInt32 = 255

    /// It is as far there as back, unless both are said.
    mutating func completeDistances(_ x: XMLCoder) {
        var table: [Int: [Int: UInt32]] = [:]
        for (index, cell) in cells.enumerated() {
            guard let distances = cell.distances else { continue }
            if distances.children.isEmpty { return x.failXML("NUMA distances defined without siblings") }
            for sibling in distances.children {
                let (id, value) = (sibling.number("id"), sibling.number("value"))
                guard let id, Int(id) < cells.count else {
                    return x.failXML(
                        "'sibling_id \(id ?? 0)' does not refer to a valid cell within NUMA 'cell id \(index)'")
                }
                let other = Int(id)
                let isLocal = value == Self.local
                guard let value, (Self.local...Self.unreachable).contains(value), isLocal == (other == index) else {
                    return x.failXML(
                        "'value \(value ?? 0)' is invalid for 'sibling id \(id)' under NUMA 'cell id \(index)'")
                }
                table[index, default: [:]][other] = value
                table[index, default: [:]][index] = Self.local
                table[other, default: [:]][other] = Self.local
                if table[other]?[index] == nil { table[other, default: [:]][index] = value }
            }
        }
        for (index, row) in table {
            var element = GenericElement(name: "distances")
            element.children = row.sorted { $0.key < $1.key }.map { id, value in
                GenericElement(name: "sibling", attributes: [("id", String(id)), ("value", String(value))])
            }
            cells[index].distances = element
        }
    }

    /// Processors that belong to no node belong to the first.
    mutating func completeCPUs(count: Int) {
        guard !cells.isEmpty else { return }
        var missing = CPUSet()
        for cpu in 0..<count where !cells.contains(where: { $0.cpus?.contains(cpu) == true }) { missing.insert(cpu) }
        if missing.isEmpty { return }
        cells[0].cpus = cells[0].cpus ?? CPUSet()
        cells[0].cpus?.formUnion(missing)
    }
}

extension GenericElement {
    fileprivate func number(_ name: String) -> UInt32? { attribute(name).flatMap { UInt32($0) } }
}

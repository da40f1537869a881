package import VirtUtil

/// `<topology>` of a host: its NUMA cells.
package struct HostTopology: XMLMapped {
    package var cells: [HostCell] = []
    package var interconnects: GenericElement?

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        let count = cells.count
        x.required("cells") {
            x.put("num", String(count))
            x.forceEndTag()
            x.elements("cell", &cells)
            x.shaped("interconnects", NUMATopology.interconnects, &interconnects)
        }
    }
}

/// A NUMA cell of a host, with its processors.
package struct HostCell: XMLMapped {
    /// Pages of one size.
    package struct Pages: XMLMapped {
        package var sizeKiB: UInt64 = 0
        package var count: UInt64 = 0

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.put("unit", "KiB")
            x.attribute("size", required: &sizeKiB)
            x.characters(number: &count)
        }
    }

    /// How far it is to a cell; 10 is itself.
    package struct Distance: XMLMapped {
        package var cell: UInt32 = 0
        package var value: UInt32 = 0

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.attribute("id", required: &cell)
            x.attribute("value", required: &value)
        }
    }

    package struct Processor: XMLMapped {
        package var id: UInt32 = 0
        package var socket: UInt32?
        package var die: UInt32?
        package var core: UInt32?
        /// Processors of the same core, with itself.
        package var siblings: CPUSet?

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.attribute("id", required: &id)
            x.attribute("socket_id", &socket)
            x.attribute("die_id", &die)
            x.attribute("core_id", &core)
            x.attribute("siblings", &siblings)
        }
    }

    package var id: UInt32 = 0
    package var memoryKiB: UInt64?
    package var pages: [Pages] = []
    package var distances: [Distance] = []
    package var caches: [GenericElement] = []
    package var processors: [Processor] = []

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.attribute("id", required: &id)
        if x.isReading {
            x.readFirst("memory") {
                var number: UInt64 = 0
                x.characters(number: &number)
                memoryKiB = number
            }
        } else if let memoryKiB {
            x.required("memory") {
                x.put("unit", "KiB")
                x.putCharacters(String(memoryKiB))
            }
        }
        x.elements("pages", &pages)
        x.element("distances") { x.elements("sibling", &distances) }
        x.shaped("cache", NUMATopology.Cell.cache, &caches)
        let count = processors.count
        x.required("cpus") {
            x.put("num", String(count))
            x.forceEndTag()
            x.elements("cpu", &processors)
        }
    }
}

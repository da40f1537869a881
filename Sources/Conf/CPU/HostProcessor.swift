internal import VirtUtil

/// `<cpu>` of a host: what its processor is and can do.
package struct HostProcessor: XMLMapped {
    /// Family, model and stepping, as the processor itself counts them.
    package struct Signature: XMLMapped, Equatable {
        package var family: UInt32 = 0
        package var model: UInt32 = 0
        package var stepping: UInt32 = 0

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.attribute("family", required: &family)
            x.attribute("model", required: &model)
            x.attribute("stepping", required: &stepping)
        }
    }

    /// The time stamp counter.
    package struct Counter: XMLMapped {
        static let name = "tsc"
        package var hertz: UInt64 = 0
        package var scaling: YesNo?

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.put("name", Self.name)
            x.attribute("frequency", required: &hertz)
            x.attribute("scaling", &scaling)
        }
    }

    package var architecture: String?
    /// `pae` and the like: kinds of guests, not of the processor.
    package var guestFeatures: [String]?
    package var model: String?
    package var vendor: String?
    package var microcode: UInt32?
    package var signature: Signature?
    package var counter: Counter?
    package var topology: GuestCPU.Topology?
    package var cache: GenericElement?
    package var maximumPhysicalAddress: GenericElement?
    package var features: [String] = []
    package var pageSizesKiB: [UInt64] = []

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.textElement("arch", &architecture)
        x.names("features", &guestFeatures)
        x.textElement("model", &model)
        x.textElement("vendor", &vendor)
        x.element("microcode") { x.attribute("version", &microcode) }
        x.element("signature", &signature)
        mapCounter(x)
        x.element("topology", &topology)
        var seen: Set<String> = []
        if x.isWriting { mapLimits(x) }
        x.elements("feature", &features, of: "") { feature in
            if x.isWriting { return x.put("name", feature) }
            feature = x.peek("name") ?? ""
            if feature.isEmpty {
                x.fail(ConfError(.xml, "Invalid CPU feature name", domain: ConfError.fromCPU))
            } else if !seen.insert(feature).inserted {
                x.fail(
                    ConfError(.xml, "CPU feature '\(feature)' specified more than once", domain: ConfError.fromCPU))
            }
        }
        if x.isReading { mapLimits(x) }
        x.elements("pages", &pageSizesKiB, of: 0) {
            x.put("unit", "KiB")
            x.attribute("size", required: &$0)
        }
    }

    private mutating func mapLimits(_ x: XMLCoder) {
        x.shaped("cache", GuestCPU.cache, &cache)
        x.shaped("maxphysaddr", GuestCPU.physicalAddress, &maximumPhysicalAddress)
    }

    /// Counters of other names are passed over.
    private mutating func mapCounter(_ x: XMLCoder) {
        if x.isReading {
            guard let node = x.node?.children("counter").first(where: { $0.attribute("name") == Counter.name }) else {
                return
            }
            counter = x.readValue(node)
        } else if let counter {
            x.write("counter", counter)
        }
    }
}

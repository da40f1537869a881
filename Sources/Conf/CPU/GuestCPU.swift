package import VirtUtil

/// `<cpu>`: the processor that the guest sees.
package struct GuestCPU: XMLMapped {
    package enum Mode: String, XMLKeyword {
        case custom, maximum
        case hostModel = "host-model"
        case hostPassthrough = "host-passthrough"
    }
    package enum Match: String, XMLKeyword { case minimum, exact, strict }
    package enum Check: String, XMLKeyword { case none, partial, full }

    package var mode: Mode?
    package var match: Match?
    package var check: Check?
    package var migratable: OnOff?
    package var model: Model?
    package var vendor: String?
    package var topology: Topology?
    package var cache: GenericElement?
    package var maximumPhysicalAddress: GenericElement?
    package var features: [Feature] = []
    package var numa: NUMATopology?

    static let cache = ElementShape([
        .optional("level", .signed), .required("mode", .words(["emulate", "passthrough", "disable"])),
    ])
    static let physicalAddress = ElementShape([
        .required("mode", .words(["emulate", "passthrough"])), .optional("bits", .unsigned()),
    ])

    package init() {}

    package func xml() -> String {
        let coder = XMLCoder(writing: XMLStyle())
        coder.write("cpu", self)
        return coder.text
    }

    /// Says nothing, and is not printed.
    var isEmpty: Bool {
        mode == nil && match == nil && check == nil && migratable == nil && model == nil && vendor == nil
            && topology == nil && cache == nil && maximumPhysicalAddress == nil && features.isEmpty && numa == nil
    }

    package mutating func map(_ x: XMLCoder) {
        mapProcessor(x)
        x.element("numa", &numa)
    }

    /// All but the memory nodes.
    mutating func mapProcessor(_ x: XMLCoder) {
        if x.isReading { checkAttributes(x) }
        x.attribute("mode", &mode)
        x.attribute("match", &match)
        x.attribute("check", &check)
        x.attribute("migratable", &migratable)
        if x.isReading { checkParts(x) }
        mapParts(x)
        guard x.isReading else { return }
        if let given = model, given.name == nil, given.fallback == .allow, given.vendorID == nil { model = nil }
        if mode == .hostPassthrough || mode == .maximum {
            model = nil
            vendor = nil
        }
        if mode == .hostModel, model?.name == nil { model = nil }
        if mode == nil, model != nil || match != nil { mode = .custom }
        if mode == .custom, match == nil, model != nil { match = .exact }
        if mode == .custom, model == nil {
            mode = nil
            match = nil
        }
        if mode != nil, mode != .custom { match = nil }
        for index in features.indices where features[index].policy == nil { features[index].policy = .require }
    }

    /// The elements inside.
    mutating func mapParts(_ x: XMLCoder) {
        x.element("model", &model)
        x.textElement("vendor", &vendor)
        x.element("topology", &topology)
        // Printed before the features, but seen after them.
        if x.isWriting { mapLimits(x) }
        mapFeatures(x)
        if x.isReading { mapLimits(x) }
    }

    private mutating func mapLimits(_ x: XMLCoder) {
        x.shaped("cache", Self.cache, &cache)
        x.shaped("maxphysaddr", Self.physicalAddress, &maximumPhysicalAddress)
    }

    private mutating func mapFeatures(_ x: XMLCoder) {
        guard x.isReading else { return x.elements("feature", &features) }
        var seen: Set<String> = []
        for node in x.node.map({ Array($0.children("feature")) }) ?? [] {
            let feature: Feature = x.readValue(node)
            if let name = feature.name, !seen.insert(name).inserted {
                failCPU(x, .xml, "CPU feature '\(name)' specified more than once")
            }
            features.append(feature)
        }
    }

    private func checkAttributes(_ x: XMLCoder) {
        let given = x.peek("mode")
        if let given, Mode(rawValue: given) == nil { failCPU(x, .unsupported, "Invalid mode attribute '\(given)'") }
        if x.peek("migratable") != nil, given != Mode.hostPassthrough.rawValue, given != Mode.maximum.rawValue {
            failCPU(
                x, .unsupported,
                "Attribute migratable is only allowed for 'host-passthrough' / 'maximum' CPU mode")
        }
    }

    /// What is wrong inside, in the order in which libvirt sees it.
    private func checkParts(_ x: XMLCoder) {
        guard let node = x.node else { return }
        let name = node.child("model")?.text ?? ""
        if mode == nil || mode == .custom || mode == .hostModel, let model = node.child("model") {
            if let text = model.attribute("fallback"), Model.Fallback(rawValue: text) == nil {
                failCPU(x, .unsupported, "Invalid fallback attribute")
            }
            if let text = model.attribute("vendor_id") {
                if text.utf8.count != 12 { failCPU(x, .xml, "vendor_id must be exactly 12 characters long") }
                if text.contains(",") { failCPU(x, .xml, "vendor id is invalid") }
            }
        }
        if name.isEmpty, node.child("vendor")?.text.isEmpty == false {
            failCPU(x, .xml, "CPU vendor specified without CPU model")
        }
        if name.isEmpty, mode == nil || mode == .custom, node.child("feature") != nil {
            failCPU(x, .xml, "Non-empty feature list specified without CPU model")
        }
        if x.count("cache") > 1 { failCPU(x, .xml, "at most one CPU cache element may be specified") }
    }

    private func failCPU(_ x: XMLCoder, _ kind: ConfError.Kind, _ message: String) {
        x.fail(ConfError(kind, message, domain: ConfError.fromCPU))
    }

    package struct Model: XMLMapped {
        package enum Fallback: String, XMLKeyword { case allow, forbid }
        package var fallback = Fallback.allow
        package var vendorID: String?
        package var name: String?
        package init() {}
        package mutating func map(_ x: XMLCoder) {
            if x.isReading {
                fallback = x.peek("fallback").flatMap(Fallback.init(rawValue:)) ?? .allow
            } else {
                x.attribute("fallback", &fallback)
            }
            x.attribute("vendor_id", &vendorID)
            x.characters(&name)
        }
    }

    package struct Topology: XMLMapped {
        package var sockets: UInt32?
        package var dies: UInt32?
        package var cores: UInt32?
        package var threads: UInt32?
        package init() {}
        package mutating func map(_ x: XMLCoder) {
            x.attribute("sockets", &sockets, positive: true)
            if x.isReading { dies = 1 }
            x.attribute("dies", &dies)
            x.attribute("cores", &cores, positive: true)
            x.attribute("threads", &threads, positive: true)
        }
    }

    package struct Feature: XMLMapped {
        package enum Policy: String, XMLKeyword { case force, require, optional, disable, forbid }
        package var policy: Policy?
        package var name: String?
        package init() {}
        package init(_ name: String, _ policy: Policy) {
            self.name = name
            self.policy = policy
        }
        package mutating func map(_ x: XMLCoder) {
            if x.isReading, let text = x.peek("policy"), Policy(rawValue: text) == nil {
                x.fail(ConfError(.unsupported, "Invalid CPU feature policy", domain: ConfError.fromCPU))
            }
            x.attribute("policy", &policy)
            x.attribute("name", &name)
            if x.isReading, name?.isEmpty ?? true {
                x.fail(ConfError(.xml, "Invalid CPU feature name", domain: ConfError.fromCPU))
            }
        }
    }
}

/// `<cpu><numa>`: the guest's memory nodes.
package struct NUMATopology: XMLMapped {
    package var cells: [Cell] = []
    package var interconnects: GenericElement?

    private static let ends: [ElementShape.Attribute] = [
        .required("initiator", .unsigned()), .required("target", .unsigned()), .optional("cache", .unsigned()),
        .required("type", .words(["access", "read", "write"])), .required("value", .number64), .optional("unit"),
    ]
    static let interconnects = ElementShape([], [.many("latency", ends), .many("bandwidth", ends)])

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.elements("cell", &cells)
        x.shaped("interconnects", Self.interconnects, &interconnects)
        guard x.isReading else { return }
        if cells.isEmpty { x.failXML("NUMA topology defined without NUMA cells") }
        let count = UInt32(cells.count)
        var seen = CPUSet()
        for index in cells.indices {
            let id = cells[index].id ?? UInt32(index)
            if id >= count {
                x.failXML(
                    "Exactly one 'cell' element per guest NUMA cell allowed, non-contiguous ranges or ranges not starting from 0 are not allowed"
                )
                return
            }
            if seen.contains(Int(id)) {
                x.failXML("Duplicate NUMA cell info for cell id '\(id)'")
                return
            }
            seen.insert(Int(id))
            cells[index].id = id
        }
        cells.sort { $0.id! < $1.id! }
        completeDistances(x)
    }

    package struct Cell: XMLMapped {
        package enum Access: String, XMLKeyword { case shared, `private` }
        package var id: UInt32?
        package var cpus: CPUSet?
        package var memoryKiB: UInt64 = 0
        package var access: Access?
        package var discard: YesNo?
        package var distances: GenericElement?
        package var caches: [GenericElement] = []

        private static let distances = ElementShape(
            [],
            [
                .many("sibling", [.required("id", .unsigned()), .required("value", .unsigned())])
            ])
        static let cache = ElementShape(
            [
                .required("level", .unsigned()), .required("associativity", .words(["none", "direct", "full"])),
                .required("policy", .words(["none", "writeback", "writethrough"])),
            ],
            [
                .one("size", [.required("value", .number64), .optional("unit")]),
                .one("line", [.required("value", .number64), .optional("unit")]),
            ])

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.attribute("id", &id)
            x.attribute("cpus", &cpus)
            x.put("memory", String(memoryKiB))
            x.put("unit", "KiB")
            if x.isReading {
                if let text = x.peek("memory") {
                    memoryKiB = MemorySize.read(x, text, path: "./cpu/numa/cell/@memory")
                } else {
                    x.fail(ConfError(.xml, "missing element or attribute './@memory'", domain: ConfError.fromXML))
                }
            }
            x.attribute("memAccess", &access)
            x.attribute("discard", &discard)
            x.shaped("distances", Self.distances, &distances)
            x.shaped("cache", Self.cache, &caches)
        }
    }
}

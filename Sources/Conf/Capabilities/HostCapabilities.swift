package import VirtUtil

/// `<capabilities>`: a host, and the kinds of guests that it runs.
package struct HostCapabilities: XMLMapped {
    package var host = Host()
    package var guests: [GuestCapabilities] = []

    package init() {}

    /// Reads a document as a daemon gives it.
    package init(xml: String) throws(ConfError) {
        try self.init(element: XMLDocument(xml, name: "(capabilities)", domain: ConfError.fromNone).root)
    }

    package init(element root: XMLNode) throws(ConfError) {
        try root.require("capabilities")
        self.init()
        let coder = XMLCoder(reading: root)
        map(coder)
        if let error = coder.error { throw error }
    }

    package func xml() -> String {
        let coder = XMLCoder(writing: XMLStyle())
        coder.write("capabilities", self)
        return coder.text
    }

    package mutating func map(_ x: XMLCoder) {
        x.putBlankLine()
        if x.isReading {
            x.readFirst("host") { host.map(x) }
            x.elements("guest", &guests)
        } else {
            x.write("host", host)
            x.putBlankLine()
            for guest in guests {
                x.write("guest", guest)
                x.putBlankLine()
            }
        }
    }

    /// `<host>`.
    package struct Host: XMLMapped {
        package var uuid: DomainUUID?
        package var cpu = HostProcessor()
        /// Ways to sleep, such as `suspend_mem`; nil where the host could not find out.
        package var powerManagement: [String]?
        package var iommu: YesNo?
        package var migration: Migration?
        package var networkPrefix: String?
        package var topology: HostTopology?
        package var cache: GenericElement?
        package var memoryBandwidth: GenericElement?
        package var securityModels: [SecurityModel] = []

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            var uuid = uuid?.description
            x.textElement("uuid", &uuid)
            if x.isReading, let text = uuid {
                self.uuid = DomainUUID(text)
                if self.uuid == nil { x.failXML("malformed uuid '\(text)' of a host") }
            }
            if x.isReading { x.readFirst("cpu") { cpu.map(x) } } else { x.write("cpu", cpu) }
            x.names("power_management", &powerManagement)
            x.element("iommu") { x.attribute("support", &iommu, required: true) }
            x.element("migration_features", &migration)
            x.textElement("netprefix", &networkPrefix)
            x.element("topology", &topology)
            x.shaped("cache", HostShapes.cache, &cache)
            x.shaped("memory_bandwidth", HostShapes.memoryBandwidth, &memoryBandwidth)
            x.elements("secmodel", &securityModels)
        }
    }

    /// `<migration_features>`.
    package struct Migration: XMLMapped {
        package var isLive = false
        /// Schemes of URIs that a guest can be sent to.
        package var transports: [String] = []

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.element("live", present: &isLive)
            x.element("uri_transports") { x.textElements("uri_transport", &transports) }
        }
    }

    /// `<secmodel>`: what keeps guests apart.
    package struct SecurityModel: XMLMapped {
        package struct BaseLabel: XMLMapped {
            /// The type of domains that it is for.
            package var type = ""
            package var label: String?

            package init() {}

            package mutating func map(_ x: XMLCoder) {
                x.attribute("type", required: &type)
                x.characters(&label)
            }
        }

        package var model = ""
        /// Domain of interpretation; may be empty.
        package var doi = ""
        package var baseLabels: [BaseLabel] = []

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.textElement("model", required: &model)
            x.textElement("doi", required: &doi)
            x.elements("baselabel", &baseLabels)
        }
    }
}

/// Parts of a host that nobody computes with.
enum HostShapes {
    private static let amounts: [ElementShape.Attribute] = [
        .required("granularity", .number64), .optional("min", .number64), .optional("unit"), .optional("type"),
        .required("maxAllocs", .unsigned()),
    ]
    private static let monitors: [ElementShape.Child] = [
        .many(
            "monitor",
            ElementShape(
                [
                    .optional("level", .unsigned()), .optional("reuseThreshold", .unsigned()),
                    .required("maxMonitors", .unsigned()),
                ],
                [.many("feature", [.required("name")])]))
    ]

    static let cache = ElementShape(
        [],
        [
            .many(
                "bank",
                ElementShape(
                    [
                        .required("id", .unsigned()), .required("level", .unsigned()),
                        .required("type", .words(["both", "code", "data"])), .required("size", .number64),
                        .optional("unit"), .required("cpus", .set),
                    ],
                    [.many("control", amounts)]))
        ] + monitors)

    static let memoryBandwidth = ElementShape(
        [],
        [
            .many(
                "node",
                ElementShape(
                    [.required("id", .unsigned()), .required("cpus", .set)], [.many("control", amounts)]))
        ] + monitors)
}

package import VirtUtil

/// `<domainCapabilities>`: what domains of one emulator, machine, architecture and type can have.
package struct DomainCapabilities: XMLMapped {
    package var path: String?
    /// The type of domains.
    package var domain = ""
    package var machine: String?
    package var architecture = ""
    package var maximumVCPUs: UInt32?
    package var ioThreads: YesNo?
    package var os: CapabilitySection?
    package var cpuModes: [CPUMode] = []
    package var memoryBacking: CapabilitySection?
    /// Kinds of devices, in the order of the document.
    package var devices: [CapabilitySection] = []
    package var features: [CapabilitySection] = []

    package init() {}

    /// Reads a document as a daemon gives it.
    package init(xml: String) throws(ConfError) {
        let document = try XMLDocument(xml, name: "(domain_capabilities)", domain: ConfError.fromNone)
        self.init()
        try read(document, "domainCapabilities")
    }

    package func xml() -> String {
        let coder = XMLCoder(writing: XMLStyle())
        coder.write("domainCapabilities", self)
        return coder.text
    }

    package mutating func map(_ x: XMLCoder) {
        x.textElement("path", &path)
        x.textElement("domain", required: &domain)
        x.textElement("machine", &machine)
        x.textElement("arch", required: &architecture)
        x.element("vcpu") { x.attribute("max", &maximumVCPUs) }
        x.element("iothreads") { x.attribute("supported", &ioThreads) }
        x.section("os", &os)
        x.element("cpu") { x.elements("mode", &cpuModes) }
        x.section("memoryBacking", &memoryBacking)
        x.element("devices") { x.sections(&devices) }
        x.element("features") { x.sections(&features) }
    }

    /// One way to choose the guest's processor.
    package struct CPUMode: XMLMapped {
        /// A processor by name.
        package struct Model: XMLMapped {
            package enum Usable: String, XMLKeyword { case yes, no, unknown }
            package var name: String?
            /// Whether the host can run it without help.
            package var usable = Usable.unknown
            package var deprecated: YesNo?
            package var vendor: String?

            package init() {}

            package mutating func map(_ x: XMLCoder) {
                x.attribute("usable", &usable)
                x.attribute("deprecated", &deprecated)
                x.attribute("vendor", &vendor)
                x.characters(&name)
            }
        }

        package var name = GuestCPU.Mode.custom
        package var supported = YesNo.no
        package var enumerations: [CapabilitySection.Enumeration] = []
        /// What `host-model` stands for.
        package var hostModel: GuestCPU?
        /// What `custom` can name.
        package var models: [Model] = []

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.attribute("name", &name, required: true)
            x.attribute("supported", &supported, required: true)
            x.elements("enum", &enumerations)
            if name != .hostModel {
                x.elements("model", &models)
            } else if x.isReading, supported == .yes {
                var cpu = GuestCPU()
                cpu.mapParts(x)
                hostModel = cpu
            } else {
                hostModel?.mapParts(x)
            }
        }
    }
}

/// A device or feature: whether there is any, and which values its parts can have.
package struct CapabilitySection: Sendable {
    /// The values of an attribute or element.
    package struct Enumeration: XMLMapped {
        package var name = ""
        package var values: [String] = []

        package init() {}

        package init(_ name: String, _ values: [String]) {
            self.name = name
            self.values = values
        }

        package mutating func map(_ x: XMLCoder) {
            x.attribute("name", required: &name)
            x.textElements("value", &values)
        }
    }

    package var name: String
    package var supported = YesNo.no
    package var enumerations: [Enumeration] = []
    /// What else there is to say of it, such as SEV's `cbitpos` or paths of a `loader`; printed first.
    package var details: [GenericElement] = []
    /// Sections inside, such as `loader` of `os`.
    package var sections: [CapabilitySection] = []

    package init(_ name: String, _ supported: YesNo, _ enumerations: [Enumeration] = []) {
        self.name = name
        self.supported = supported
        self.enumerations = enumerations
    }

    package func values(_ name: String) -> [String]? {
        enumerations.first { $0.name == name }?.values
    }

    /// Depth is bounded by the document's.
    fileprivate init(reading node: XMLNode, _ x: XMLCoder) {
        self.init(node.name, .no)
        x.read(node) {
            x.attribute("supported", &supported, required: true)
            x.elements("enum", &enumerations)
            x.forEachElement { child in
                if child.isNamed("enum") { return }
                if child.hasAttribute("supported") {
                    sections.append(CapabilitySection(reading: child, x))
                } else {
                    details.append(GenericElement(child))
                }
            }
        }
    }

    fileprivate var element: GenericElement {
        var result = GenericElement(name: name, attributes: [("supported", supported.rawValue)])
        result.children = details
        for enumeration in enumerations {
            var element = GenericElement(name: "enum", attributes: [("name", enumeration.name)])
            for value in enumeration.values {
                var child = GenericElement(name: "value")
                child.text = value
                element.children.append(child)
            }
            result.children.append(element)
        }
        result.children += sections.map(\.element)
        return result
    }
}

extension XMLCoder {
    fileprivate func section(_ name: StaticString, _ value: inout CapabilitySection?) {
        if isReading {
            if let child = node?.child(name) { value = CapabilitySection(reading: child, self) }
        } else if let value {
            putElements([value.element])
        }
    }

    /// All elements inside the one that is read.
    fileprivate func sections(_ values: inout [CapabilitySection]) {
        if isReading {
            forEachElement { values.append(CapabilitySection(reading: $0, self)) }
        } else {
            putElements(values.map(\.element))
        }
    }
}

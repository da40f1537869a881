internal import VirtUtil

/// `<guest>`: a kind of guests, by how it boots and for which processor it is made.
package struct GuestCapabilities: XMLMapped {
    /// A machine that an emulator can be.
    package struct Machine: XMLMapped {
        package var name: String?
        /// What an alias stands for.
        package var canonical: String?
        package var maximumCPUs: UInt32?
        package var isDeprecated: YesNo?

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.attribute("canonical", &canonical)
            x.attribute("maxCpus", &maximumCPUs)
            x.attribute("deprecated", &isDeprecated)
            x.characters(&name)
        }
    }

    /// A type of domains, with what it has in place of the architecture's emulator and machines.
    package struct Domain: XMLMapped {
        package var type = ""
        package var emulator: String?
        package var loader: String?
        package var machines: [Machine] = []

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.attribute("type", required: &type)
            x.textElement("emulator", &emulator)
            x.textElement("loader", &loader)
            x.elements("machine", &machines)
        }
    }

    package struct Architecture: XMLMapped {
        package var name = ""
        package var wordSize: UInt64 = 0
        package var emulator: String?
        package var loader: String?
        package var machines: [Machine] = []
        package var domains: [Domain] = []

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.attribute("name", required: &name)
            x.required("wordsize") { x.characters(number: &wordSize) }
            x.textElement("emulator", &emulator)
            x.textElement("loader", &loader)
            x.elements("machine", &machines)
            x.elements("domain", &domains)
        }
    }

    /// Something that guests can have or not: `<acpi default='on' toggle='yes'/>`.
    package struct Feature: Sendable {
        package var name: String
        /// Whether guests have it that do not say, if that is known.
        package var isDefault: OnOff?
        package var isToggled: YesNo?

        package init(_ name: String, isDefault: OnOff? = nil, isToggled: YesNo? = nil) {
            self.name = name
            self.isDefault = isDefault
            self.isToggled = isToggled
        }
    }

    /// `hvm`, `xen`, `exe`.
    package var osType = ""
    package var architecture = Architecture()
    package var features: [Feature] = []

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.textElement("os_type", required: &osType)
        x.required("arch") { architecture.map(x) }
        if x.isReading {
            x.readFirst("features") {
                x.forEachElement { node in
                    x.read(node) {
                        var feature = Feature(node.name)
                        x.attribute("default", &feature.isDefault)
                        x.attribute("toggle", &feature.isToggled)
                        features.append(feature)
                    }
                }
            }
        } else {
            let elements = features.map { feature in
                var element = GenericElement(name: feature.name)
                element.set("default", feature.isDefault?.rawValue)
                element.set("toggle", feature.isToggled?.rawValue)
                return element
            }
            x.element("features") { x.putElements(elements) }
        }
    }
}

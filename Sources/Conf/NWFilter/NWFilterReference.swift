internal import VirtUtil

/// A filter that another one, or a binding, includes; with values for its variables.
package struct NWFilterReference: XMLMapped, Equatable {
    package var filter = ""
    /// Values by name. A name that was given several times has a list of them.
    package var parameters: [String: [String]] = [:]

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.put("filter", filter)
        guard x.isReading else { return writeParameters(x) }
        guard let name = x.peek("filter") else {
            // libvirt says so of a reference, too.
            return x.failFilter(.internal, "rule node requires action attribute")
        }
        filter = name
        readParameters(x)
    }

    mutating func readParameters(_ x: XMLCoder) {
        x.forEachElement { element in
            if element.isNamed("parameter") { add(element.attribute("name"), element.attribute("value")) }
        }
    }

    /// Names and values of other characters than libvirt allows are passed over.
    private mutating func add(_ name: String?, _ value: String?) {
        guard let name, let value, !name.isEmpty, !value.isEmpty, name.utf8.allSatisfy(NWFilterVariable.isNameByte),
            value.utf8.allSatisfy({
                NWFilterVariable.isNameByte($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":")
            })
        else { return }
        parameters[name, default: []].append(value)
    }

    /// `<filterref>` of a domain's interface; nil if it names no filter.
    package init?(_ element: GenericElement) {
        guard let name = element.attribute("filter"), !name.isEmpty else { return nil }
        filter = name
        for child in element.children where child.name == "parameter" {
            add(child.attribute("name"), child.attribute("value"))
        }
    }

    private func writeParameters(_ x: XMLCoder) {
        for (name, values) in parameters.sorted(by: { $0.key < $1.key }) {
            for value in values {
                x.putElements([GenericElement(name: "parameter", attributes: [("name", name), ("value", value)])])
            }
        }
    }
}

internal import VirtUtil

/// What a definition tells QEMU behind libvirt's back, in a namespace of its own.
package struct EmulatorExtensions: Sendable {
    package static let namespace = "http://libvirt.org/schemas/domain/qemu/1.0"

    /// A property of a device, given at the command line in place of libvirt's, or taken away.
    package struct Property: Sendable {
        package enum Kind: String, XMLKeyword { case string, signed, unsigned, bool, remove }
        package var name: String
        package var kind: Kind
        package var value: String?
    }

    package var arguments: [String] = []
    package var environment: [(name: String, value: String?)] = []
    package var addedCapabilities: [String] = []
    package var removedCapabilities: [String] = []
    package var overrides: [(alias: String, properties: [Property])] = []
    /// What QEMU does when something deprecated is used: `omit`, `reject`, `crash`.
    package var deprecation: String?

    package var isEmpty: Bool {
        arguments.isEmpty && environment.isEmpty && addedCapabilities.isEmpty && removedCapabilities.isEmpty
            && overrides.isEmpty && deprecation == nil
    }

    /// Reads the elements of the namespace below `<domain>`.
    init(_ root: XMLNode) throws(ConfError) {
        for part in root.elements where part.namespaceURI == Self.namespace {
            switch part.name {
            case "commandline": try readCommandLine(part)
            case "capabilities": try readCapabilities(part)
            case "override": try readOverrides(part)
            case "deprecation": deprecation = part.attribute("behavior")
            default: break
            }
        }
    }

    private static func failure(_ kind: ConfError.Kind, _ text: String) -> ConfError {
        ConfError(kind, text, domain: ConfError.fromQEMU)
    }

    private mutating func readCommandLine(_ part: XMLNode) throws(ConfError) {
        for node in part.elements {
            switch node.name {
            case "arg":
                guard let value = node.attribute("value") else {
                    throw Self.failure(.internal, "No qemu command-line argument specified")
                }
                arguments.append(value)
            case "env":
                guard let name = node.attribute("name") else {
                    throw Self.failure(.internal, "No qemu environment name specified")
                }
                try Self.checkVariable(name)
                environment.append((name, node.attribute("value")))
            default: break
            }
        }
    }

    private static func checkVariable(_ name: String) throws(ConfError) {
        func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & ~0x20) || byte == 0x5F }
        guard let first = name.utf8.first else { throw failure(.internal, "Empty qemu environment name specified") }
        if !isLetter(first) {
            throw failure(.internal, "Invalid environment name, it must begin with a letter or underscore")
        }
        if !name.utf8.allSatisfy({ isLetter($0) || (0x30...0x39).contains($0) }) {
            throw failure(.internal, "Invalid environment name, it must contain only alphanumerics and underscore")
        }
    }

    private mutating func readCapabilities(_ part: XMLNode) throws(ConfError) {
        for node in part.elements where node.name == "add" || node.name == "del" {
            guard let name = node.attribute("capability"), !name.isEmpty else {
                throw Self.failure(.internal, "missing capability name")
            }
            if node.name == "add" { addedCapabilities.append(name) } else { removedCapabilities.append(name) }
        }
    }

    private mutating func readOverrides(_ part: XMLNode) throws(ConfError) {
        for device in part.elements where device.name == "device" {
            guard let alias = device.attribute("alias") else {
                throw Self.failure(.xml, "missing 'alias' attribute for qemu:device")
            }
            var properties: [Property] = []
            for end in device.elements where end.name == "frontend" {
                for node in end.elements where node.name == "property" { properties.append(try Property(node)) }
            }
            overrides.append((alias, properties))
        }
    }

    /// The elements as they are printed.
    var elements: [GenericElement] {
        func element(_ name: String, _ attributes: [(name: String, value: String)]) -> GenericElement {
            GenericElement(name: "qemu:\(name)", attributes: attributes)
        }
        var commandLine = element("commandline", [])
        commandLine.children = arguments.map { element("arg", [("value", $0)]) }
        commandLine.children += environment.map { variable in
            element("env", [("name", variable.name)] + (variable.value.map { [("value", $0)] } ?? []))
        }
        var capabilities = element("capabilities", [])
        capabilities.children = addedCapabilities.map { element("add", [("capability", $0)]) }
        capabilities.children += removedCapabilities.map { element("del", [("capability", $0)]) }
        var override = element("override", [])
        override.children = overrides.map { device in
            var end = element("frontend", [])
            end.children = device.properties.map { property in
                let value = property.value.map { [("value", $0)] } ?? []
                return element("property", [("name", property.name), ("type", property.kind.rawValue)] + value)
            }
            var result = element("device", [("alias", device.alias)])
            result.children = [end]
            return result
        }
        let last = deprecation.map { [element("deprecation", [("behavior", $0)])] } ?? []
        return [commandLine, capabilities, override].filter { !$0.children.isEmpty } + last
    }
}

extension EmulatorExtensions.Property {
    fileprivate init(_ node: XMLNode) throws(ConfError) {
        func missing(_ name: String) -> ConfError {
            ConfError(
                .xml, "Missing required attribute '\(name)' in element 'property'", domain: ConfError.fromXML)
        }
        guard let name = node.attribute("name") else { throw missing("name") }
        guard let type = node.attribute("type") else { throw missing("type") }
        guard let kind = Kind(rawValue: type) else {
            throw ConfError(
                .xml, "Invalid value for attribute 'type' in element 'property': '\(type)'.", domain: ConfError.fromXML)
        }
        (self.name, self.kind, value) = (name, kind, node.attribute("value"))
        let isGood: Bool =
            switch kind {
            case .string: value != nil
            case .signed: value.flatMap { Int64($0) } != nil
            case .unsigned: value.flatMap { UInt64($0) } != nil
            case .bool: value == "true" || value == "false" || value == "yes" || value == "no"
            case .remove: true
            }
        if kind == .remove { value = nil }
        if !isGood {
            throw ConfError(
                .xml, "invalid value '\(value ?? "(null)")' of 'value' attribute of 'qemu:property'",
                domain: ConfError.fromQEMU)
        }
    }
}

extension XMLNode {
    fileprivate var elements: [XMLNode] {
        var result: [XMLNode] = []
        var child = firstElement
        while let current = child {
            result.append(current)
            child = current.nextElement
        }
        return result
    }
}

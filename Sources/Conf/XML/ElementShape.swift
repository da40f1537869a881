package import VirtUtil

/// What an element may hold, as a table: attributes and elements in the order in which libvirt prints them.
///
/// For elements that nobody computes with: they are read into a ``GenericElement`` that has what the table lists, checked
/// and in its canonical form, and nothing else. A value of a table says what libvirt would.
package struct ElementShape: Sendable {
    /// What a text has to be, and how it is printed.
    package enum Value: Sendable {
        case any
        /// One of the words; `unknown` starts libvirt's message where it is not the usual one.
        case words(Set<String>, unknown: String? = nil)
        /// A decimal number up to a limit.
        case unsigned(UInt64 = UInt64(UInt32.max))
        case positive
        case signed
        /// A number in any base, printed as `0x1f` with at least so many digits.
        case hexadecimal(Int)
        case octal(Int)
        /// A number in any base, printed in decimal.
        case decimal
        /// A set of numbers in its shortest form.
        case set
        /// A size whose unit is the element's; without one it counts in `standard` bytes. Printed in units of 2^`shift`.
        case size(standard: UInt64, unit: String, shift: UInt64)

        package static let yesNo = Value.words(["yes", "no"])
        package static let onOff = Value.words(["on", "off"])
        package static let number64 = Value.unsigned(UInt64.max)
        package static let kibibytes = Value.size(standard: 1024, unit: "KiB", shift: 10)
    }

    package struct Attribute: Sendable {
        var name: String
        var value: Value
        var isRequired = false
        /// What is the same as no attribute.
        var nothing: String?
    }

    package struct Child: Sendable {
        var name: String
        var shape: ElementShape
        var isRepeated = false
        /// Not printed when it has neither attributes nor content.
        var isDroppedWhenEmpty = false
    }

    var attributes: [Attribute] = []
    var children: [Child] = []
    var text: Value?

    package init(_ attributes: [Attribute] = [], _ children: [Child] = [], text: Value? = nil) {
        self.attributes = attributes
        self.children = children
        self.text = text
    }

    /// The element as libvirt would keep it. What is wrong sticks to the coder.
    func read(_ node: XMLNode, _ x: XMLCoder) -> GenericElement {
        var element = GenericElement(name: node.name)
        x.read(node) {
            let given = node.attributes
            for attribute in attributes {
                guard let text = given.first(where: { $0.name == attribute.name })?.value else {
                    if attribute.isRequired { x.failMissing(attribute.name) }
                    continue
                }
                let value = attribute.value.normalized(text, of: attribute.name, x)
                if value != attribute.nothing { element.attributes.append((attribute.name, value)) }
            }
            for child in children { readChild(child, x, into: &element) }
            if let text, element.children.isEmpty, !node.text.isEmpty {
                element.text = text.normalized(node.text, of: nil, x)
                if case .size(_, let unit, _) = text { element.set("unit", unit) }
            }
        }
        return element
    }

    private func readChild(_ child: Child, _ x: XMLCoder, into element: inout GenericElement) {
        var isFirst = true
        x.forEachElement { node in
            guard node.name == child.name, isFirst || child.isRepeated else { return }
            isFirst = false
            let value = child.shape.read(node, x)
            if child.isDroppedWhenEmpty, value.attributes.isEmpty, value.children.isEmpty, value.text == nil { return }
            element.children.append(value)
        }
    }
}

extension ElementShape.Value {
    fileprivate func normalized(_ text: String, of attribute: String?, _ x: XMLCoder) -> String {
        func wrong(_ expectation: String = "") -> String {
            if let attribute {
                x.failAttribute(attribute, text, expectation)
            } else {
                x.fail(
                    ConfError(
                        .xml, "Invalid value '\(text)' for element or attribute './\(x.elementName)'",
                        domain: ConfError.fromXML))
            }
            return text
        }
        switch self {
        case .any: return text
        case .words(let words, let unknown):
            if words.contains(text) { return text }
            guard let unknown else { return wrong() }
            x.failUnsupported("\(unknown) '\(text)'")
            return text
        case .unsigned(let limit):
            guard let number = UInt64(text), number <= limit else { return wrong(" Expected non-negative integer value") }
            return String(number)
        case .positive:
            guard let number = UInt32(text) else { return wrong(" Expected non-negative integer value") }
            return number > 0 ? String(number) : wrong(" Zero is not permitted")
        case .signed:
            guard let number = Int64(text) else { return wrong(" Expected integer value") }
            return String(number)
        case .hexadecimal(let digits):
            guard let number = UInt64(anyBase: text) else { return wrong(" Expected non-negative integer value") }
            return VirtConf.hexadecimal(number, digits: digits)
        case .decimal:
            guard let number = UInt64(anyBase: text.trimmedLeadingBlanks) else {
                return wrong(" Expected non-negative integer value")
            }
            return String(number)
        case .octal(let digits):
            guard let number = UInt32(text, radix: 8) else { return wrong(" Expected non-negative integer value") }
            let octal = String(number, radix: 8)
            return String(repeating: "0", count: max(0, digits - octal.utf8.count)) + octal
        case .set: return x.attempt { () throws(ConfError) in try CPUSet(text) }?.description ?? text
        case .size(let standard, _, let shift):
            guard let number = UInt64(text.trimmedLeadingBlanks) else { return wrong() }
            let bytes = x.attempt { () throws(ConfError) in
                try ScaledSize.bytes(number, unit: x.peek("unit"), standard: standard, limit: UInt64(Int64.max))
            }
            return String(((bytes ?? 0) + (1 << shift) - 1) >> shift)
        }
    }
}

extension XMLCoder {
    /// An element of which the table says what is kept.
    package func shaped(_ name: StaticString, _ shape: ElementShape, _ value: inout GenericElement?) {
        if isReading {
            if let child = node?.child(name) { value = shape.read(child, self) }
        } else if let value {
            putElements([value])
        }
    }

    package func shaped(_ name: StaticString, _ shape: ElementShape, _ values: inout [GenericElement]) {
        if isReading {
            if let node { for child in node.children(name) { values.append(shape.read(child, self)) } }
        } else {
            putElements(values)
        }
    }
}

// MARK: Shorter tables

extension ElementShape.Attribute {
    package static func optional(_ name: String, _ value: ElementShape.Value = .any, nothing: String? = nil) -> Self {
        Self(name: name, value: value, nothing: nothing)
    }

    package static func required(_ name: String, _ value: ElementShape.Value = .any) -> Self {
        Self(name: name, value: value, isRequired: true)
    }
}

extension ElementShape.Child {
    package static func one(_ name: String, _ shape: ElementShape) -> Self { Self(name: name, shape: shape) }

    package static func some(_ name: String, _ shape: ElementShape) -> Self {
        Self(name: name, shape: shape, isDroppedWhenEmpty: true)
    }

    package static func many(_ name: String, _ shape: ElementShape) -> Self {
        Self(name: name, shape: shape, isRepeated: true)
    }

    /// An element of attributes only.
    package static func one(_ name: String, _ attributes: [ElementShape.Attribute]) -> Self {
        Self(name: name, shape: ElementShape(attributes))
    }

    package static func some(_ name: String, _ attributes: [ElementShape.Attribute]) -> Self {
        Self(name: name, shape: ElementShape(attributes), isDroppedWhenEmpty: true)
    }

    package static func many(_ name: String, _ attributes: [ElementShape.Attribute]) -> Self {
        Self(name: name, shape: ElementShape(attributes), isRepeated: true)
    }

    /// `<name>text</name>`.
    ///
    /// - Parameter unit: whether its `unit` is kept as it is given.
    package static func text(_ name: String, _ value: ElementShape.Value = .any, unit: Bool = false) -> Self {
        Self(name: name, shape: ElementShape(unit ? [.optional("unit")] : [], text: value), isDroppedWhenEmpty: true)
    }
}

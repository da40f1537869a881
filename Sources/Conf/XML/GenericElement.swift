package import VirtUtil

/// An element that the model keeps without understanding it.
///
/// Printed in canonical form: attributes in the order of the text, blanks between elements dropped.
package struct GenericElement: Sendable {
    private struct Content: Sendable {
        var name: String
        var attributes: [(name: String, value: String)]
        var children: [GenericElement] = []
        var text: String?
    }

    /// Devices have room for a dozen elements that nearly none of them has: each is to take no more than a pointer.
    private var content: Boxed<Content>

    package var name: String {
        _read { yield content.value.name }
        _modify { yield &content.value.name }
    }
    package var attributes: [(name: String, value: String)] {
        _read { yield content.value.attributes }
        _modify { yield &content.value.attributes }
    }
    package var children: [GenericElement] {
        _read { yield content.value.children }
        _modify { yield &content.value.children }
    }
    /// Characters, if there are no elements inside.
    package var text: String? {
        _read { yield content.value.text }
        _modify { yield &content.value.text }
    }

    /// Depth is bounded by the document's.
    package init(_ node: XMLNode) {
        var new = Content(name: node.name, attributes: node.attributes)
        var child = node.firstElement
        while let current = child {
            new.children.append(GenericElement(current))
            child = current.nextElement
        }
        if new.children.isEmpty {
            let characters = node.text
            let isBlank = characters.utf8.allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) }
            if !isBlank { new.text = characters }
        }
        content = Boxed(new)
    }

    package init(name: String, attributes: [(name: String, value: String)] = []) {
        content = Boxed(Content(name: name, attributes: attributes))
    }

    package func attribute(_ name: String) -> String? {
        attributes.first { $0.name == name }?.value
    }

    package func child(_ name: String) -> GenericElement? {
        children.first { $0.name == name }
    }

    package mutating func set(_ name: String, _ value: String?) {
        let index = attributes.firstIndex { $0.name == name }
        switch (index, value) {
        case (let index?, let value?): attributes[index].value = value
        case (let index?, nil): attributes.remove(at: index)
        case (nil, let value?): attributes.append((name, value))
        case (nil, nil): break
        }
    }

    /// Keeps only the attributes named, in that order.
    package mutating func order(_ names: [String]) {
        let given = attributes
        attributes = names.flatMap { name in given.filter { $0.name == name } }
    }

    func write(to writer: inout XMLWriter) {
        writer.openElement(name)
        for attribute in attributes { writer.attribute(attribute.name, attribute.value) }
        if let text { writer.characters(text) }
        for child in children { child.write(to: &writer) }
        writer.closeElement()
    }
}

/// Writing of small XML documents, in the form that virsh gives them.
enum XMLText {
    static func escape(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case "'": escaped += "&apos;"
            case "\"": escaped += "&quot;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}

/// An element with its attributes and children, in order; attributes and elements of nothing are left out.
struct XMLElement: Sendable {
    let name: String
    var attributes: [(String, String)]
    var children: [XMLElement]
    var text: String?

    init(_ name: String, _ attributes: KeyValuePairs<String, String?> = [:], _ children: [XMLElement?] = []) {
        self.name = name
        self.attributes = attributes.compactMap { pair in pair.value.map { (pair.key, $0) } }
        self.children = children.compactMap { $0 }
    }

    /// An element that holds text; nil for no text.
    init?(_ name: String, text: String?) {
        guard let text else { return nil }
        self.name = name
        attributes = []
        children = []
        self.text = text
    }

    mutating func set(_ attribute: String, _ value: String?) {
        if let value { attributes.append((attribute, value)) }
    }

    /// The document, two blanks a level, a line end at its end.
    func formatted(depth: Int = 0) -> String {
        let indent = String(repeating: "  ", count: depth)
        let start = "\(indent)<\(name)" + attributes.map { " \($0)='\(XMLText.escape($1))'" }.joined()
        if let text { return "\(start)>\(XMLText.escape(text))</\(name)>\n" }
        if children.isEmpty { return "\(start)/>\n" }
        return "\(start)>\n" + children.map { $0.formatted(depth: depth + 1) }.joined() + "\(indent)</\(name)>\n"
    }
}

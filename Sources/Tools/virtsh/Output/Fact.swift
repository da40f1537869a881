/// One line of a description: a label and what it says, with its JSON member.
struct Fact: Sendable {
    /// The member; nil for a line of text that JSON holds elsewhere.
    let key: String?
    /// nil: the line continues the one above it.
    let label: String?
    /// nil: the fact is for JSON only.
    let text: String?
    let json: JSON
    let ink: Style.Ink?

    init(_ key: String?, _ label: String?, _ text: String?, _ json: JSON, ink: Style.Ink? = nil) {
        self.key = key
        self.label = label
        self.text = text
        self.json = json
        self.ink = ink
    }

    init(_ key: String, _ label: String, _ text: String, ink: Style.Ink? = nil) {
        self.init(key, label, text, .string(text), ink: ink)
    }

    /// Something that is so, is not so, or is not known (nil).
    init(_ key: String, _ label: String, _ value: Bool?, _ yes: String, _ no: String) {
        self.init(
            key, label, value.map { $0 ? yes : no } ?? "unknown", value.map(JSON.bool) ?? .null)
    }
}

extension Output {
    /// Prints a description, as lines or as one JSON object.
    func print(_ facts: [Fact], labelWidth: Int) {
        if isJSON {
            print(
                .object(
                    facts.compactMap { fact in fact.key.map { JSON.Member(name: $0, value: fact.json) } }))
            return
        }
        for fact in facts {
            guard let text = fact.text else { continue }
            let label = fact.label.map { $0 + ":" } ?? ""
            let fill = String(repeating: " ", count: max(0, labelWidth - label.count))
            print("\(label)\(fill) \(style.paint(text, fact.ink))")
        }
    }
}

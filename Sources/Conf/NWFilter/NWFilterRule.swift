package import VirtUtil

/// What is done with packets that match.
package struct NWFilterRule: XMLMapped {
    package enum Action: String, XMLKeyword {
        case drop, accept, reject
        case goOn = "continue"
        case giveBack = "return"
    }
    /// From the guest's point of view.
    package enum Direction: String, XMLKeyword {
        case incoming = "in"
        case outgoing = "out"
        case both = "inout"
    }

    /// Of filters and rules.
    static let priorities: ClosedRange<Int32> = -1000...1000

    package var action = Action.drop
    package var direction = Direction.both
    /// Rules of lower numbers come first.
    package var priority: Int32 = 500
    /// Whether connections are followed, so that answers of allowed requests pass.
    package var followsConnections = true
    /// Nil matches everything.
    package var kind: NWFilterProtocol?
    /// As many as the protocol has attributes, in their order.
    package var values: [NWFilterValue?] = []

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        mapWord("action", &action, x)
        mapWord("direction", &direction, x)
        x.put("priority", String(priority))
        x.put("statematch", followsConnections ? nil : "false")
        if x.isReading { read(x) } else { writeMatches(x) }
    }

    private func mapWord<Word: XMLKeyword>(_ name: StaticString, _ value: inout Word, _ x: XMLCoder) {
        x.put(name, value.rawValue)
        guard x.isReading else { return }
        guard let text = x.peek(name) else { return x.failFilter(.internal, "rule node requires \(name) attribute") }
        if let word = Word(rawValue: text) {
            value = word
        } else {
            x.failFilter(.unsupported, "unknown rule \(name) attribute value")
        }
    }

    /// A priority that is no number, or too great, is passed over.
    private mutating func read(_ x: XMLCoder) {
        if let number = x.peek("priority").flatMap({ Int32(asC: $0) }), Self.priorities.contains(number) {
            priority = number
        }
        if let word = x.peek("statematch") { followsConnections = word != "0" && word.lowercased() != "false" }
        x.forEachElement { element in
            guard x.error == nil, let kind = NWFilterProtocol.named(by: element), self.kind == nil || self.kind == kind
            else { return }
            if self.kind == nil {
                self.kind = kind
                values = Array(repeating: nil, count: kind.attributes.count)
            }
            readMatches(element, kind, x)
            checkPorts(kind, x)
        }
        completeSet()
        shareNegations()
    }

    /// The first element decides the protocol; further ones of the same name add to it. Of several illegal values
    /// libvirt tells the last.
    private mutating func readMatches(_ element: XMLNode, _ kind: NWFilterProtocol, _ x: XMLCoder) {
        let isNegated = element.attribute("match") == "no"
        var illegal: (name: StaticString, text: String)?
        for (index, attribute) in kind.attributes.enumerated() {
            guard let text = element.attribute(attribute.name) else { continue }
            if let content = attribute.read(text) {
                values[index] = NWFilterValue(content: content, isNegated: isNegated)
            } else {
                illegal = (attribute.name, text)
            }
        }
        if let illegal { x.failFilter(.internal, "\(illegal.name) has illegal value \(illegal.text)") }
    }

    /// Ports make sense only where the protocol inside is given, and has them.
    private func checkPorts(_ kind: NWFilterProtocol, _ x: XMLCoder) {
        guard let title = kind.portsNeedTransport else { return }
        let ports: [StaticString] = ["srcportstart", "srcportend", "dstportstart", "dstportend"]
        guard ports.contains(where: { self[$0] != nil }) else { return }
        if case .number(let transport, _)? = self["protocol"]?.content, [6, 17, 33, 132].contains(transport) { return }
        x.failFilter(
            .internal,
            """
            \(title) rule with port specification requires protocol specification with protocol to be either one of \
            tcp(6), udp(17), dccp(33), or sctp(132)
            """)
    }

    private mutating func completeSet() {
        guard let kind, !kind.keepsSetSides, let set = index(of: "ipset"), let sides = index(of: "ipsetflags") else {
            return
        }
        if values[set] != nil, values[sides] == nil {
            values[sides] = NWFilterValue(content: .sides([true]))
        } else {
            values[set] = nil
            values[sides] = nil
        }
    }

    private mutating func shareNegations() {
        guard let kind else { return }
        for (index, attribute) in kind.attributes.enumerated() {
            guard let leader = attribute.follows, values[index] != nil else { continue }
            let isNegated = self[leader]?.isNegated ?? false
            values[index]?.isNegated = isNegated
        }
    }

    /// One element for each run of values that are negated, or are not.
    private func writeMatches(_ x: XMLCoder) {
        guard let kind else { return }
        var element = GenericElement(name: kind.rawValue)
        var isNegated: Bool?
        for (value, attribute) in zip(values, kind.attributes) {
            guard let value else { continue }
            if isNegated != value.isNegated {
                if isNegated != nil { x.putElements([element]) }
                element = GenericElement(name: kind.rawValue, attributes: value.isNegated ? [("match", "no")] : [])
                isNegated = value.isNegated
            }
            element.attributes.append(("\(attribute.name)", attribute.text(value.content)))
        }
        x.putElements([element])
    }

    // MARK: Looking in

    private func index(of name: StaticString) -> Int? {
        kind?.attributes.firstIndex { "\($0.name)" == "\(name)" }
    }

    /// The value of an attribute of the protocol.
    package subscript(name: StaticString) -> NWFilterValue? { index(of: name).flatMap { values[$0] } }

    /// The variables that must have values before the rule can be put in force.
    package var variables: [NWFilterVariable] {
        values.compactMap { value in
            if case .variable(let variable)? = value?.content { variable } else { nil }
        }
    }
}

package import VirtUtil

/// A packet filter as its XML describes it: rules, and other filters that it includes.
package struct NWFilterDefinition: XMLMapped {
    package enum Entry: Sendable {
        case rule(NWFilterRule)
        case reference(NWFilterReference)
    }

    package var name = ""
    /// Where the rules are put: `root`, or a chain whose name begins with that of a protocol.
    package var chain = "root"
    /// When the chain is gone through; chains of lower numbers come first.
    package var priority: Int32 = 0
    package var uuid = DomainUUID(high: 0, low: 0)
    /// In the order of the text.
    package var entries: [Entry] = []

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.put("name", name)
        x.put("chain", chain)
        x.put("priority", priority == 0 ? nil : String(priority))
        if x.isReading {
            guard let name = x.peek("name"), !name.isEmpty else {
                return x.failFilter(.internal, "filter has no name")
            }
            self.name = name
            readChain(x)
        }
        mapUUID(x)
        mapEntries(x)
    }

    private mutating func readChain(_ x: XMLCoder) {
        var given: Int32?
        if let text = x.peek("priority"), !text.isEmpty {
            guard let number = Int32(asC: text) else {
                return x.failFilter(.invalidArgument, "Could not parse chain priority '\(text)'")
            }
            guard NWFilterRule.priorities.contains(number) else {
                return x.failFilter(
                    .invalidArgument, "Priority '\(number)' is outside valid range of [-1000,1000]")
            }
            given = number
        }
        // The priority of the chain that is meant without a word is not to be changed.
        guard let chain = x.peek("chain"), !chain.isEmpty else { return }
        guard let found = x.attempt({ () throws(ConfError) in try NWFilterChain(named: chain) }) else { return }
        self.chain = chain
        priority = given ?? found.priority
    }

    private mutating func mapUUID(_ x: XMLCoder) {
        var text: String? = x.isReading ? nil : uuid.description
        x.textElement("uuid", &text)
        guard x.isReading else { return }
        guard let text else {
            uuid = .random()
            return
        }
        if let read = DomainUUID(text) { uuid = read } else { x.failFilter(.xml, "malformed uuid element") }
    }

    private mutating func mapEntries(_ x: XMLCoder) {
        guard x.isReading else {
            for entry in entries {
                switch entry {
                case .rule(let rule): x.write("rule", rule)
                case .reference(let reference): x.write("filterref", reference)
                }
            }
            return
        }
        x.forEachElement { element in
            if element.isNamed("rule") {
                entries.append(.rule(x.readValue(element)))
            } else if element.isNamed("filterref") {
                entries.append(.reference(x.readValue(element)))
            }
        }
    }

    // MARK: Looking in

    package var rules: [NWFilterRule] {
        entries.compactMap { if case .rule(let rule) = $0 { rule } else { nil } }
    }

    package var references: [NWFilterReference] {
        entries.compactMap { if case .reference(let reference) = $0 { reference } else { nil } }
    }
}

extension NWFilterDefinition {
    /// Reads and checks a definition. Whether the filters that it includes are there is not asked.
    ///
    /// - Throws: With the code, origin and text of libvirt's refusal.
    package init(xml: String) throws(ConfError) {
        let document = try XMLDocument(xml, name: "(nwfilter_definition)", domain: ConfError.fromNWFilter)
        self.init()
        try read(document, "filter")
    }

    /// Prints the definition as libvirt would.
    package func xml() -> String {
        let coder = XMLCoder(writing: XMLStyle())
        coder.write("filter", self)
        return coder.text
    }
}

extension XMLCoder {
    func failFilter(_ kind: ConfError.Kind, _ message: @autoclosure () -> String) {
        fail(ConfError(kind, message(), domain: ConfError.fromNWFilter))
    }
}

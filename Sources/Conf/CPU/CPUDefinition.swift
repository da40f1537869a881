package import VirtUtil

/// `<cpu>` by itself, as those write it who compare processors: one that a host has, or one that a guest asks for.
package struct CPUDefinition: Sendable {
    package enum Form: Sendable { case host, guest }

    package var form = Form.guest
    package var architecture: String?
    package var mode: GuestCPU.Mode?
    package var match: GuestCPU.Match?
    package var model: String?
    package var vendor: String?
    package var features: [(name: String, policy: GuestCPU.Feature.Policy)] = []

    package init() {}

    package init(host: HostProcessor) {
        form = .host
        architecture = host.architecture
        model = host.model
        vendor = host.vendor
        features = host.features.map { ($0, .require) }
    }

    package init(guest: GuestCPU) {
        mode = guest.mode
        match = guest.match
        model = guest.model?.name
        vendor = guest.vendor
        features = guest.features.compactMap { feature in feature.name.map { ($0, feature.policy ?? .require) } }
    }

    /// Reads a document.
    ///
    /// - Parameter form: what it has to be; without it the document decides: a host's tells the architecture.
    /// - Throws: With the code, origin and text of libvirt's refusal.
    package init(xml: String, form: Form? = nil) throws(ConfError) {
        let document = try XMLDocument(xml, name: "(CPU_definition)", domain: ConfError.fromCPU)
        try self.init(element: document.root, form: form)
    }

    package init(element root: XMLNode, form: Form? = nil) throws(ConfError) {
        guard root.isNamed("cpu") else {
            throw Self.error(.xml, "XML does not contain expected 'cpu' element")
        }
        let coder = XMLCoder(reading: root)
        let form = if let form { form } else { try Self.form(of: root) }
        switch form {
        case .host:
            var cpu = HostProcessor()
            try Self.checkHost(root)
            cpu.map(coder)
            self.init(host: cpu)
        case .guest:
            var cpu = GuestCPU()
            cpu.mapProcessor(coder)
            self.init(guest: cpu)
            if mode == nil { match = root.attribute("match").flatMap(GuestCPU.Match.init(rawValue:)) }
            // The host's own processor needs neither model nor vendor, but is held against what the text says.
            if let text = root.child("model")?.text, !text.isEmpty { model = text }
            if let text = root.child("vendor")?.text, !text.isEmpty { vendor = text }
        }
        if let error = coder.error { throw error }
    }

    private static func form(of root: XMLNode) throws(ConfError) -> Form {
        guard root.child("arch") != nil else { return .guest }
        if root.hasAttribute("match") {
            throw error(.xml, "'arch' element cannot be used inside 'cpu' element with 'match' attribute'")
        }
        return .host
    }

    private static func checkHost(_ root: XMLNode) throws(ConfError) {
        if root.hasAttribute("mode") { throw error(.unsupported, "Attribute mode is only allowed for guest CPU") }
        if root.hasAttribute("migratable") {
            throw error(
                .unsupported, "Attribute migratable is only allowed for 'host-passthrough' / 'maximum' CPU mode")
        }
        guard let architecture = root.child("arch")?.text, !architecture.isEmpty else {
            throw error(.xml, "Missing CPU architecture")
        }
        guard CPUArchitecture.family(architecture) != nil else {
            throw error(.unsupported, "Unknown architecture \(architecture)")
        }
        if let text = root.child("microcode")?.attribute("version"), UInt32(text) == nil {
            throw error(.unsupported, "invalid microcode version")
        }
        if root.child("model")?.text.isEmpty ?? true { throw error(.xml, "Missing CPU model name") }
    }

    static func error(_ kind: ConfError.Kind, _ message: String) -> ConfError {
        ConfError(kind, message, domain: ConfError.fromCPU)
    }
}

package import VirtUtil

/// What a driver adds to a definition that it takes: the places where drivers differ.
package struct DomainDefaults: Sendable {
    /// The architecture of a guest that names none.
    package var architecture: String
    /// Names for interfaces that have none, `testnet0` and so on; nil leaves them nameless.
    package var interfaceNamePrefix: String?
    /// Who would run the guest; nil where a driver emulates nothing.
    var emulator: EmulatorFinder?
    /// Where sockets of channels are that were made up for one run; a definition does not keep their paths.
    var libraryFolder: String?
    /// The security driver whose label it is when a definition does not say.
    var securityModel: String?

    package init(architecture: String, interfaceNamePrefix: String? = nil) {
        self.architecture = architecture
        self.interfaceNamePrefix = interfaceNamePrefix
    }

    /// The test driver's: a 32-bit host.
    package static let test = DomainDefaults(architecture: "i686", interfaceNamePrefix: "testnet")
}

extension DomainDefinition {
    /// Reads, completes and checks a persistent definition.
    ///
    /// - Throws: With the code, origin and text of libvirt's refusal.
    package init(xml: String, defaults: DomainDefaults) throws(ConfError) {
        try self.init(document: XMLDocument(xml, name: "(domain_definition)"), defaults: defaults)
    }

    package init(document: XMLDocument, defaults: DomainDefaults) throws(ConfError) {
        let root = document.root
        try root.require("domain")
        var style = XMLStyle()
        style.isInactive = true
        let coder = XMLCoder(reading: root, style: style)
        self.init()
        map(coder)
        if let error = coder.error { throw error }
        if defaults.emulator != nil {
            let extensions = try EmulatorExtensions(root)
            if !extensions.isEmpty { emulatorExtensions = extensions }
        }
        for disk in devices.disks { try disk.checkTarget() }
        if defaults.emulator != nil { try alignMemoryDevices() }
        try completeMemory(countsNodes: defaults.emulator != nil)
        try complete(with: defaults)
        try validate()
    }

    /// Prints the definition as libvirt would.
    package func xml(style: XMLStyle = XMLStyle()) -> String {
        let coder = XMLCoder(writing: style)
        coder.write("domain", self)
        return coder.text
    }
}

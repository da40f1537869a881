package import VirtUtil

/// An emulator of the QEMU family, as far as a definition depends on what it can do.
package struct Emulator: Sendable {
    /// A board that it emulates.
    package struct Machine: Sendable {
        package var name: String
        /// A name without a version, `pc` or `q35`.
        package var alias: String?
        /// The board of a guest that names none.
        package var isDefault: Bool
        /// The processor of a guest that names none, `qemu64`.
        package var defaultCPU: String?
        package var maximumCPUs: UInt32?

        package init(
            name: String, alias: String? = nil, isDefault: Bool = false, defaultCPU: String? = nil,
            maximumCPUs: UInt32? = nil
        ) {
            self.maximumCPUs = maximumCPUs
            self.name = name
            self.alias = alias
            self.isDefault = isDefault
            self.defaultCPU = defaultCPU
        }
    }

    package var path: String
    /// Of the guests that it runs; nothing is refused if there are none.
    package var architectures: Set<String>
    package var machines: [Machine]
    /// Names of devices, as the emulator's list of devices has them.
    package var devices: Set<String>
    /// Whether the host's PCI device at an address is on PCI Express; so is one that nothing is known of.
    package var isExpress: @Sendable (PCIAddress) -> Bool = { _ in true }

    package init(path: String, architectures: Set<String>, machines: [Machine], devices: Set<String>) {
        self.path = path
        self.architectures = architectures
        self.machines = machines
        self.devices = devices
    }

    package func has(_ device: String) -> Bool { devices.contains(device) }

    /// The board of that name or alias; without a name, the default.
    package func machine(_ name: String?) -> Machine? {
        guard let name else { return machines.first { $0.isDefault } }
        return machines.first { $0.name == name } ?? machines.first { $0.alias == name }
    }
}

extension DomainDefaults {
    /// Finds the emulator for an architecture; a definition may name its path.
    ///
    /// Throws if there is none, with the words of whoever looked.
    package typealias EmulatorFinder =
        @Sendable (
            _ architecture: String, _ path: String?
        ) throws(ConfError) -> Emulator

    /// What libvirt's QEMU driver adds.
    ///
    /// - Parameters:
    ///   - architecture: The host's.
    ///   - libraryFolder: The driver's own; paths of channels in it are made up anew for every run.
    ///   - securityModel: The first of the host's security drivers.
    package static func qemu(
        architecture: String, libraryFolder: String = "/var/lib/libvirt/qemu", securityModel: String? = nil,
        emulator: @escaping EmulatorFinder
    ) -> DomainDefaults {
        var defaults = DomainDefaults(architecture: architecture)
        defaults.emulator = emulator
        defaults.libraryFolder = libraryFolder
        defaults.securityModel = securityModel
        return defaults
    }
}

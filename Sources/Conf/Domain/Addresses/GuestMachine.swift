/// The board that a definition chooses: which buses it has decides what devices become and where they go.
struct GuestMachine {
    let emulator: Emulator
    let architecture: String
    /// With its version, `pc-q35-7.2`.
    let name: String

    var isX86: Bool { architecture == "x86_64" || architecture == "i686" }
    var isARM: Bool { architecture == "aarch64" || architecture.hasPrefix("armv") }
    var isRISCV: Bool { architecture.hasPrefix("riscv") }
    var isPPC64: Bool { architecture.hasPrefix("ppc64") }
    var isS390: Bool { architecture.hasPrefix("s390") }

    var isQ35: Bool { isX86 && isOf("pc-q35", alias: "q35") }
    var isI440FX: Bool {
        isX86 && (isOf("pc-i440fx", alias: "pc") || name.hasPrefix("pc-0.") || name.hasPrefix("pc-1."))
    }
    var isISAPC: Bool { isX86 && name == "isapc" }
    var isMicroVM: Bool { isX86 && name == "microvm" }
    var isARMVirt: Bool { isARM && isOf("virt", alias: "virt") }
    var isRISCVVirt: Bool { isRISCV && isOf("virt", alias: "virt") }
    /// A board without a history: devices of today are its defaults.
    var isVirt: Bool { isARMVirt || isRISCVVirt }
    var isPSeries: Bool { isPPC64 && isOf("pseries", alias: "pseries") }
    var isCCW: Bool { isS390 && isOf("s390-ccw-virtio", alias: "s390-ccw") }

    private func isOf(_ family: String, alias: String) -> Bool {
        name == alias || name == family || name.hasPrefix("\(family)-")
    }

    /// Devices are plugged into a PCI Express root.
    var hasPCIExpress: Bool { isQ35 || isVirt }
    var hasPCIRoot: Bool {
        isI440FX || isPPC64 || isS390 || ["alpha", "ppc", "sh4", "sh4eb", "sparc64"].contains(architecture)
            || architecture == "armv6l" && name.hasPrefix("versatile")
    }
    /// Devices may be on a PCI bus. Of other boards nobody knows, and then it is tried.
    var supportsPCI: Bool { !(isARM || isRISCV) || isVirt || name.hasPrefix("versatile") }
    /// Virtio devices may be without a bus.
    var hasVirtioMMIO: Bool { isVirt || isARM && name.hasPrefix("vexpress-") }
    /// Whether a device of the host is on PCI Express, as far as the host can tell.
    var isExpress: @Sendable (PCIAddress) -> Bool { emulator.isExpress }
    var hasIDE: Bool { isI440FX || isISAPC || architecture == "alpha" || architecture == "ppc" && name.hasPrefix("g3") }

    func has(_ device: String) -> Bool { emulator.has(device) }
}

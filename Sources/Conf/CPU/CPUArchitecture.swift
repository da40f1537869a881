package import VirtUtil

/// Architectures, as far as their processors go.
package enum CPUArchitecture {
    package enum Family: Sendable { case x86, power, arm, s390, other }

    /// The family of an architecture that libvirt 9.0 has a name for.
    package static func family(_ name: String) -> Family? { families[name] }

    private static let families: [String: Family] = {
        var result: [String: Family] = [:]
        func add(_ names: String, _ family: Family) {
            for name in names.split(whereSeparator: \.isWhitespace) { result[String(name)] = family }
        }
        add("i686 x86_64", .x86)
        add("ppc64 ppc64le", .power)
        add("armv6l armv7l armv7b aarch64", .arm)
        add("s390 s390x", .s390)
        add(
            """
            alpha cris ia64 lm32 m68k microblaze microblazeel mips mipsel mips64 mips64el openrisc parisc parisc64 ppc
            ppcle ppcemb riscv32 riscv64 sh4 sh4eb sparc sparc64 unicore32 xtensa xtensaeb
            """, .other)
        return result
    }()

    static let powerModels = ["POWER6", "POWER7", "POWER8", "POWER9", "POWER10", "POWERPC_e5500", "POWERPC_e6500"]

    static let powerVendors = ["IBM", "Freescale"]

    static func powerVendor(_ model: String) -> String { model.hasPrefix("POWERPC") ? "Freescale" : "IBM" }

    /// Names of the models of an architecture; none where its processors are not told apart by a list.
    ///
    /// - Returns: nil if there is no such architecture.
    /// - Throws: `noSupport` if nothing is known of its processors.
    package static func modelNames(_ architecture: String) throws(ConfError) -> [String]? {
        switch family(architecture) {
        case .x86: return X86Map.standard.models.map(\.name)
        case .power: return powerModels
        case .arm, .s390: return []
        case .other: throw unsupported(architecture)
        case nil: return nil
        }
    }

    static func unsupported(_ architecture: String) -> ConfError {
        ConfError(
            .noSupport, "'\(architecture)' architecture is not supported by CPU driver", domain: ConfError.fromCPU)
    }
}

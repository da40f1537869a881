internal import Libvirt
internal import VirtConf
internal import VirtUtil

extension TestNode {
    /// What a domain can have that is made so; nil leaves the choice to the host.
    ///
    /// - Throws: With the codes and words of libvirt's driver for QEMU, in its order.
    func domainCapabilities(
        emulator: String?, architecture: String?, machine: String?, type: String?
    ) throws -> DomainCapabilities {
        try check(emulator: emulator, architecture: architecture, machine: machine, type: type)
        var result = DomainCapabilities()
        result.path = Self.emulator
        result.domain = DomainDefinition.Hypervisor.test.rawValue
        result.architecture = Self.architecture
        result.maximumVCPUs = Self.maximumVCPUs
        result.ioThreads = .yes
        result.os = CapabilitySection("os", .yes, [CapabilitySection.Enumeration("firmware", [])])
        result.os?.sections = [CapabilitySection("loader", .no)]
        result.cpuModes = try cpuModes
        result.memoryBacking = CapabilitySection("memoryBacking", .no)
        result.devices = Self.devices
        result.features = [
            CapabilitySection("gic", .no), CapabilitySection("vmcoreinfo", .no), CapabilitySection("genid", .yes),
            CapabilitySection("backingStoreInput", .yes), CapabilitySection("backup", .yes),
            CapabilitySection("sev", .no), CapabilitySection("sgx", .no),
        ]
        return result
    }

    private func check(emulator: String?, architecture: String?, machine: String?, type: String?) throws {
        if let type, DomainDefinition.Hypervisor(rawValue: type) == nil {
            throw VirtError.test(.invalidArg, "unknown virttype: \(type)")
        }
        if let architecture, CPUArchitecture.family(architecture) == nil {
            throw VirtError.test(.invalidArg, "unknown architecture: \(architecture)")
        }
        if let emulator, emulator != Self.emulator {
            throw VirtError.test(.systemError, "Cannot check emulator \(emulator): No such file or directory")
        }
        if let architecture, architecture != Self.architecture {
            if let emulator {
                throw VirtError.test(
                    .invalidArg, "Emulator '\(emulator)' does not support arch '\(architecture)'")
            }
            throw VirtError.test(
                .configUnsupported, "unable to find any emulator to serve '\(architecture)' architecture")
        }
        if let machine {
            throw VirtError.test(
                .invalidArg, "the machine '\(machine)' is not supported by emulator '\(Self.emulator)'")
        }
        if let type, type != DomainDefinition.Hypervisor.test.rawValue {
            throw VirtError.test(.invalidArg, "Emulator '\(Self.emulator)' does not support virt type '\(type)'")
        }
    }

    private var cpuModes: [DomainCapabilities.CPUMode] {
        get throws {
            func mode(_ name: GuestCPU.Mode, _ supported: YesNo) -> DomainCapabilities.CPUMode {
                var mode = DomainCapabilities.CPUMode()
                mode.name = name
                mode.supported = supported
                return mode
            }
            let processor = processor
            var hostModel = mode(.hostModel, .yes)
            hostModel.hostModel = try conf { () throws(ConfError) in try CPUDefinition.baseline(of: [processor]) }
            var custom = mode(.custom, .yes)
            custom.models = try X86Map.standard.models.filter(\.describesGuests).map { known in
                var cpu = CPUDefinition()
                cpu.model = known.name
                let comparison = try conf { () throws(ConfError) in
                    try processor.comparison(to: cpu, failing: false)
                }
                var model = DomainCapabilities.CPUMode.Model()
                model.name = known.name
                model.usable = comparison == .incompatible ? .no : .yes
                model.vendor = known.vendor ?? "unknown"
                return model
            }
            return [mode(.hostPassthrough, .no), mode(.maximum, .no), hostModel, custom]
        }
    }

    /// Nothing runs: a domain has whatever its definition can say.
    private static var devices: [CapabilitySection] {
        func values<Word: XMLKeyword & CaseIterable>(
            _ name: String, _: Word.Type
        ) -> CapabilitySection.Enumeration {
            CapabilitySection.Enumeration(name, Word.allCases.map(\.rawValue))
        }
        return [
            CapabilitySection(
                "disk", .yes, [values("diskDevice", Disk.Device.self), values("bus", Disk.Bus.self)]),
            CapabilitySection("graphics", .yes, [values("type", Graphics.Kind.self)]),
            CapabilitySection("video", .yes, [values("modelType", Video.Kind.self)]),
            CapabilitySection("hostdev", .yes, [values("mode", HostDevice.Mode.self)]),
            CapabilitySection(
                "rng", .yes,
                [values("model", RandomGenerator.Model.self), values("backendModel", RandomGenerator.Backend.self)]),
            CapabilitySection("redirdev", .yes, [values("bus", RedirectedDevice.Bus.self)]),
            CapabilitySection("channel", .yes, [values("type", CharacterSource.Kind.self)]),
        ]
    }
}

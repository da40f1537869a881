public import Libvirt
internal import VirtConf
internal import VirtUtil

/// Comparison is more than libvirt's test driver has; it answers as that for QEMU does.
extension TestConnection: CPUModels {
    public func connectCompareCPU(xml: String, flags: ConnectCompareCPUFlags) async throws -> CPUCompareResult {
        try check(flags, 3, "testConnectCompareCPU")
        return try compare(host.read { $0.node.processor }, xml, flags)
    }

    public func connectBaselineCPU(xmlCPUs: [String], flags: ConnectBaselineCPUFlags) async throws -> String {
        try check(flags, 1, "testConnectBaselineCPU")
        return try conf { () throws(ConfError) in
            var cpus: [CPUDefinition] = []
            for xml in xmlCPUs { cpus.append(try CPUDefinition(xml: xml, form: .host)) }
            return try CPUDefinition.baseline(of: cpus, isExpanded: flags.contains(.expandFeatures)).xml()
        }
    }

    public func connectGetCPUModelNames(arch: String, flags: UInt32) async throws -> [String] {
        try check(flags, 0, "testConnectGetCPUModelNames")
        guard let names = try conf({ () throws(ConfError) in try CPUArchitecture.modelNames(arch) }) else {
            throw VirtError.test(.invalidArg, "cannot find architecture \(arch)")
        }
        return names
    }

    fileprivate func compare(
        _ processor: CPUDefinition, _ xml: String, _ flags: ConnectCompareCPUFlags
    ) throws -> CPUCompareResult {
        try validate(xml, "cpu.rng", root: "cpu", if: flags.contains(.validateXML))
        let result = try conf { () throws(ConfError) in
            try processor.comparison(to: CPUDefinition(xml: xml), failing: flags.contains(.failIncompatible))
        }
        return CPUCompareResult(rawValue: result.rawValue)
    }
}

extension TestConnection: HypervisorCPUModels {
    public func connectCompareHypervisorCPU(
        emulator: String?, arch: String?, machine: String?, virttype: String?, xmlCPU: String,
        flags: ConnectCompareCPUFlags
    ) async throws -> CPUCompareResult {
        try check(flags, 3, "testConnectCompareHypervisorCPU")
        let node = host.read { $0.node }
        _ = try node.domainCapabilities(emulator: emulator, architecture: arch, machine: machine, type: virttype)
        return try compare(node.processor, xmlCPU, flags)
    }

    public func connectBaselineHypervisorCPU(
        emulator: String?, arch: String?, machine: String?, virttype: String?, xmlCPUs: [String],
        flags: ConnectBaselineCPUFlags
    ) async throws -> String {
        try check(flags, 3, "testConnectBaselineHypervisorCPU")
        let node = host.read { $0.node }
        let offered = try node.domainCapabilities(
            emulator: emulator, architecture: arch, machine: machine, type: virttype)
        let models = offered.cpuModes.flatMap(\.models).compactMap(\.name)
        return try conf { () throws(ConfError) in
            var cpus: [CPUDefinition] = []
            for xml in xmlCPUs { cpus.append(try CPUDefinition(xml: xml)) }
            return try CPUDefinition.baseline(
                of: cpus, architecture: TestNode.architecture, models: Set(models),
                offered: node.processor.allFeatures(),
                isMigratable: flags.contains(.migratable), isExpanded: flags.contains(.expandFeatures)
            ).xml()
        }
    }
}

extension TestConnection: HypervisorCapabilities {
    public func connectGetDomainCapabilities(
        emulatorbin: String?, arch: String?, machine: String?, virttype: String?,
        flags: ConnectGetDomainCapabilitiesFlags
    ) async throws -> String {
        try check(flags, 0, "testConnectGetDomainCapabilities")
        return try host.read { state in
            try state.node.domainCapabilities(
                emulator: emulatorbin, architecture: arch, machine: machine, type: virttype
            ).xml()
        }
    }
}

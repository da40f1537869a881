public import Libvirt
internal import VirtConf
internal import VirtUtil

extension TestConnection: DomainScheduling {
    public func domainGetSchedulerType(_ dom: DomainRef) async throws -> DomainSchedulerType {
        DomainSchedulerType(type: "fair", nparams: 1)
    }

    public func domainGetSchedulerParameters(_ dom: DomainRef) async throws -> [TypedParameter] {
        try await domainGetSchedulerParametersFlags(dom, flags: [])
    }

    /// Always the same; setting it checks the parameter and changes nothing, as in libvirt.
    public func domainGetSchedulerParametersFlags(
        _ dom: DomainRef, flags: DomainModificationImpact
    ) async throws -> [TypedParameter] {
        try check(flags, 0, "testDomainGetSchedulerParametersFlags")
        try host.read { _ = try $0.domain(dom) }
        return [TypedParameter("weight", .uint(50))]
    }

    public func domainSetSchedulerParameters(_ dom: DomainRef, params: [TypedParameter]) async throws {
        try await domainSetSchedulerParametersFlags(dom, params: params, flags: [])
    }

    public func domainSetSchedulerParametersFlags(
        _ dom: DomainRef, params: [TypedParameter], flags: DomainModificationImpact
    ) async throws {
        try check(flags, 0, "testDomainSetSchedulerParametersFlags")
        _ = try CheckedParameters(params, ["weight": .uint])
        try host.read { _ = try $0.domain(dom) }
    }
}

extension TestConnection: DomainNUMATuning {
    private static let modes = ["strict", "preferred", "interleave", "restrictive"]

    public func domainGetNUMAParameters(
        _ dom: DomainRef, flags: DomainModificationImpact
    ) async throws -> [TypedParameter] {
        try check(flags, 7, "testDomainGetNumaParameters")
        return try host.read { state in
            let domain = try state.domain(dom)
            let memory = domain[try domain.target(flags.rawValue)].numaTune?.memory
            let mode = Self.modes.firstIndex(of: memory?.attribute("mode") ?? "") ?? 0
            return [
                TypedParameter("numa_mode", .int(Int32(mode))),
                TypedParameter("numa_nodeset", .string(memory?.attribute("nodeset") ?? "")),
            ]
        }
    }

    public func domainSetNUMAParameters(
        _ dom: DomainRef, params: [TypedParameter], flags: DomainModificationImpact
    ) async throws {
        try check(flags, 3, "testDomainSetNumaParameters")
        let values = try CheckedParameters(params, ["numa_mode": .int, "numa_nodeset": .string])
        try host.update { state in
            try state.modify(dom) { domain in
                let target = try domain.target(flags.rawValue)
                if let mode = values.int("numa_mode"), !Self.modes.indices.contains(Int(mode)) {
                    throw VirtError.test(.invalidArg, "unsupported numatune mode: '\(mode)'")
                }
                let nodes = try values.string("numa_nodeset").map { text in
                    try conf { () throws(ConfError) in try CPUSet(text) }
                }
                var tune = domain[target].numaTune ?? NUMATune()
                let given = tune.memory
                if target == .live, let mode = values.int("numa_mode"), let given,
                    given.attribute("mode") != Self.modes[Int(mode)]
                {
                    throw VirtError.test(.operationInvalid, "can't change numatune mode for running domain")
                }
                var memory = given ?? GenericElement(name: "memory", attributes: [("mode", "strict")])
                if let mode = values.int("numa_mode") { memory.set("mode", Self.modes[Int(mode)]) }
                if let nodes { memory.set("nodeset", nodes.description) }
                if memory.attribute("nodeset") == nil {
                    if values.names.isEmpty { return }
                    throw VirtError.domain(
                        .configUnsupported,
                        "nodeset for NUMA memory tuning must be set if 'placement' is 'static'")
                }
                tune.memory = memory
                domain[target].numaTune = tune
            }
        }
    }
}

extension TestConnection: DomainPerfEvents {
    private static let events = [
        "cmt", "mbmt", "mbml", "cpu_cycles", "instructions", "cache_references", "cache_misses",
        "branch_instructions", "branch_misses", "bus_cycles", "stalled_cycles_frontend", "stalled_cycles_backend",
        "ref_cpu_cycles", "cpu_clock", "task_clock", "page_faults", "context_switches", "cpu_migrations",
        "page_faults_min", "page_faults_maj", "alignment_faults", "emulation_faults",
    ]

    public func domainGetPerfEvents(
        _ dom: DomainRef, flags: DomainModificationImpact
    ) async throws -> [TypedParameter] {
        try check(flags, 7, "testDomainGetPerfEvents")
        return try host.read { state in
            let domain = try state.domain(dom)
            let enabled = domain[try domain.target(flags.rawValue)].performance?.children ?? []
            return Self.events.map { name in
                let isOn = enabled.contains {
                    $0.attribute("name") == name && $0.attribute("enabled") == "yes"
                }
                return TypedParameter(name, .boolean(isOn ? 1 : 0))
            }
        }
    }

    public func domainSetPerfEvents(
        _ dom: DomainRef, params: [TypedParameter], flags: DomainModificationImpact
    ) async throws {
        try check(flags, 3, "testDomainSetPerfEvents")
        let known = Dictionary(uniqueKeysWithValues: Self.events.map { ($0, CheckedParameters.Kind.boolean) })
        let values = try CheckedParameters(params, known)
        try host.update { state in
            try state.modify(dom) { domain in
                let target = try domain.target(flags.rawValue)
                let old = domain[target].performance?.children ?? []
                var element = GenericElement(name: "perf")
                element.children = Self.events.compactMap { name in
                    let word =
                        values.bool(name).map { $0 ? "yes" : "no" }
                        ?? old.first { $0.attribute("name") == name }?.attribute("enabled")
                    return word.map {
                        GenericElement(name: "event", attributes: [("name", name), ("enabled", $0)])
                    }
                }
                domain[target].performance = element.children.isEmpty ? nil : element
            }
        }
    }
}

extension TestConnection: DomainInterfaceTuning {
    public func domainGetInterfaceParameters(
        _ dom: DomainRef, device: String, flags: DomainModificationImpact
    ) async throws -> [TypedParameter] {
        try check(flags, 7, "testDomainGetInterfaceParameters")
        return try host.read { state in
            let domain = try state.domain(dom)
            let definition = domain[try domain.target(flags.rawValue)]
            let bandwidth = definition.devices.interfaces[try definition.interfaceIndex(device)].bandwidth
            return Self.bandwidthNames.map { name in
                let rate = name.direction == "inbound" ? bandwidth?.inbound : bandwidth?.outbound
                let value = rate?[name.attribute] ?? 0
                return TypedParameter("\(name.direction).\(name.attribute)", .uint(UInt32(exactly: value) ?? 0))
            }
        }
    }

    public func domainSetInterfaceParameters(
        _ dom: DomainRef, device: String, params: [TypedParameter], flags: DomainModificationImpact
    ) async throws {
        try check(flags, 3, "testDomainSetInterfaceParameters")
        let known = Dictionary(
            uniqueKeysWithValues: Self.bandwidthNames.map {
                ("\($0.direction).\($0.attribute)", CheckedParameters.Kind.uint)
            })
        let values = try CheckedParameters(params, known)
        try host.update { state in
            try state.modify(dom) { domain in
                let target = try domain.target(flags.rawValue)
                let index = try domain[target].interfaceIndex(device)
                let old = domain[target].devices.interfaces[index].bandwidth
                var new = Bandwidth()
                new.inbound = Self.rate("inbound", values, old?.inbound)
                new.outbound = Self.rate("outbound", values, old?.outbound)
                let isEmpty = new.inbound == nil && new.outbound == nil
                domain[target].devices.interfaces[index].bandwidth = isEmpty ? nil : new
            }
        }
    }

    /// Who names the average or the floor says all of a direction; a peak alone changes nothing.
    private static func rate(_ direction: String, _ values: CheckedParameters, _ old: Bandwidth.Rate?) -> Bandwidth.Rate? {
        func value(_ attribute: String) -> UInt64? { values.uint("\(direction).\(attribute)").map { UInt64($0) } }
        guard value("average") != nil || value("floor") != nil else { return old }
        var rate = Bandwidth.Rate()
        rate.average = value("average") ?? 0
        rate.peak = value("peak") ?? 0
        rate.floor = value("floor") ?? 0
        rate.burst = value("burst") ?? 0
        return rate.average > 0 || rate.floor > 0 ? rate : nil
    }

    private static let bandwidthNames: [(direction: String, attribute: String)] = [
        ("inbound", "average"), ("inbound", "peak"), ("inbound", "burst"), ("inbound", "floor"),
        ("outbound", "average"), ("outbound", "peak"), ("outbound", "burst"),
    ]
}

extension Bandwidth.Rate {
    fileprivate subscript(_ attribute: String) -> UInt64 {
        switch attribute {
        case "average": average
        case "peak": peak
        case "floor": floor
        default: burst
        }
    }
}

extension Definition {
    /// The interface of that target name or MAC address.
    func interfaceIndex(_ device: String) throws -> Int {
        let mac = MACAddress(device)
        let index = devices.interfaces.firstIndex { interface in
            mac.map { interface.mac?.address == $0 } ?? (interface.targetName == device)
        }
        guard let index else {
            throw VirtError.domain(.invalidArg, "'\(device)' is not a known interface")
        }
        return index
    }
}

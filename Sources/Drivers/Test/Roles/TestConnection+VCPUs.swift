public import Libvirt
internal import VirtConf
internal import VirtUtil
public import XDR

extension TestConnection: DomainVCPUs {
    public func domainGetMaxVCPUs(_ dom: DomainRef) async throws -> Int32 {
        try await domainGetVCPUsFlags(dom, flags: DomainVCPUFlags(rawValue: 5))
    }

    public func domainGetVCPUsFlags(_ dom: DomainRef, flags: DomainVCPUFlags) async throws -> Int32 {
        try check(flags, 7, "testDomainGetVcpusFlags")
        return try host.read { state in
            let domain = try state.domain(dom)
            let definition = domain[try domain.target(flags.rawValue)]
            return Int32(clamping: flags.rawValue & 4 != 0 ? definition.maximumVCPUs : definition.currentVCPUs)
        }
    }

    /// What runs where. Every virtual CPU is on the last host CPU that it may use.
    public func domainGetVCPUs(
        _ dom: DomainRef, maxinfo: Int32, maplen: Int32
    ) async throws -> DomainVcpuPlacement {
        try host.read { state in
            let domain = try state.domain(dom)
            if !domain.isActive {
                throw VirtError.test(.operationInvalid, "cannot list vcpus for an inactive domain")
            }
            let definition = domain.definition
            let cpuTime = state.clock.now / 10
            let length = Self.mapLength(maplen)
            var info: [VCPUInfo] = []
            var maps: [UInt8] = []
            let count = min(definition.maximumVCPUs, UInt32(clamping: max(maxinfo, 0)))
            for number in definition.onlineVCPUs.map({ UInt32(clamping: $0) }) where number < count {
                let set = definition.allowedCPUs(number)
                info.append(
                    VCPUInfo(
                        number: number, state: .running, cpuTime: cpuTime, cpu: Int32(clamping: set.max ?? -1)))
                maps += TestBitmap.bytes(set, length: length)
            }
            return DomainVcpuPlacement(info: info, cpumaps: OpaqueData(maps))
        }
    }

    public func domainSetVCPUs(_ dom: DomainRef, nvcpus: UInt32) async throws {
        try await domainSetVCPUsFlags(dom, nvcpus: nvcpus, flags: DomainVCPUFlags(rawValue: 1))
    }

    public func domainSetVCPUsFlags(_ dom: DomainRef, nvcpus: UInt32, flags: DomainVCPUFlags) async throws {
        try check(flags, 7, "testDomainSetVcpusFlags")
        let maximum = TestNode.maximumVCPUs
        if nvcpus > maximum {
            throw VirtError.test(
                .invalidArg, "requested cpu amount exceeds maximum supported amount (\(nvcpus) > \(maximum))")
        }
        let setsMaximum = flags.rawValue & 4 != 0
        try host.update { state in
            try state.modify(dom) { domain in
                let targets = try domain.targets(flags.rawValue)
                for target in targets {
                    let limit = domain[target].maximumVCPUs
                    if nvcpus > limit, target == .live || !setsMaximum {
                        throw VirtError.test(
                            .invalidArg, "requested cpu amount exceeds maximum (\(nvcpus) > \(limit))")
                    }
                }
                for target in targets {
                    var vcpus = domain[target].vcpus ?? VirtualCPUs()
                    var current = vcpus.current ?? vcpus.maximum
                    if target == .config, setsMaximum { vcpus.maximum = nvcpus } else { current = nvcpus }
                    current = min(current, vcpus.maximum)
                    vcpus.current = current == vcpus.maximum ? nil : current
                    domain[target].vcpus = vcpus
                    guard domain[target].vcpuList != nil else { continue }
                    var list = TestVCPUList(domain[target])
                    list.keepFirst(Int(current))
                    list.apply(to: &domain[target])
                }
            }
        }
    }

    /// Bytes of a map that a peer asked for; more than any host has CPUs is not made.
    static func mapLength(_ length: Int32) -> Int { min(max(Int(length), 0), 2048) }
}

extension TestConnection: DomainPinning {
    public func domainPinVCPU(_ dom: DomainRef, vcpu: UInt32, cpumap: OpaqueData) async throws {
        try await domainPinVCPUFlags(dom, vcpu: vcpu, cpumap: cpumap, flags: [])
    }

    public func domainPinVCPUFlags(
        _ dom: DomainRef, vcpu: UInt32, cpumap: OpaqueData, flags: DomainModificationImpact
    ) async throws {
        try check(flags, 0, "testDomainPinVcpuFlags")
        let set = TestBitmap.set(cpumap)
        try host.update { state in
            try state.modify(dom) { domain in
                if !domain.isActive {
                    throw VirtError.test(.operationInvalid, "cannot pin vcpus on an inactive domain")
                }
                guard domain.definition.onlineVCPUs.contains(Int(vcpu)) else {
                    throw VirtError.test(
                        .invalidArg, "requested vcpu '\(vcpu)' is not present in the domain")
                }
                domain[.live].pin("vcpupin", ("vcpu", vcpu), to: set)
            }
        }
    }

    public func domainGetVCPUPinInfo(
        _ dom: DomainRef, ncpumaps: Int32, maplen: Int32, flags: DomainModificationImpact
    ) async throws -> DomainVcpuPinInfo {
        try host.read { state in
            let domain = try state.domain(dom)
            let definition = domain[try domain.target(flags.rawValue)]
            let count = min(definition.maximumVCPUs, UInt32(clamping: max(ncpumaps, 0)))
            var maps: [UInt8] = []
            for number in 0..<count {
                maps += TestBitmap.bytes(definition.allowedCPUs(number), length: Self.mapLength(maplen))
            }
            return DomainVcpuPinInfo(cpumaps: OpaqueData(maps), num: Int32(clamping: count))
        }
    }
}

extension TestConnection: DomainEmulatorPinning {
    public func domainPinEmulator(
        _ dom: DomainRef, cpumap: OpaqueData, flags: DomainModificationImpact
    ) async throws {
        try check(flags, 3, "testDomainPinEmulator")
        let set = TestBitmap.set(cpumap)
        try host.update { state in
            try state.modify(dom) { domain in
                let target = try domain.target(flags.rawValue)
                if set.isEmpty { throw VirtError.test(.invalidArg, "Empty cpu list for pinning") }
                domain[target].pin("emulatorpin", nil, to: set)
            }
        }
    }

    public func domainGetEmulatorPinInfo(
        _ dom: DomainRef, maplen: Int32, flags: DomainModificationImpact
    ) async throws -> DomainEmulatorPinInfo {
        try check(flags, 3, "testDomainGetEmulatorPinInfo")
        return try host.read { state in
            let domain = try state.domain(dom)
            let definition = domain[try domain.target(flags.rawValue)]
            let set = definition.pinned("emulatorpin", nil) ?? definition.defaultCPUs
            return DomainEmulatorPinInfo(
                cpumaps: OpaqueData(TestBitmap.bytes(set, length: Self.mapLength(maplen))), ret: 1)
        }
    }
}

extension Definition {
    /// Where its threads may run that are not pinned.
    var defaultCPUs: CPUSet { vcpus?.cpuSet ?? TestBitmap.first(TestNode.hostCPUs) }

    func allowedCPUs(_ vcpu: UInt32) -> CPUSet { pinned("vcpupin", ("vcpu", vcpu)) ?? defaultCPUs }

    /// The set of a pinning element, by name and by the attribute that says of what; nil: it is not pinned.
    func pinned(_ name: String, _ key: (name: String, value: UInt32)?) -> CPUSet? {
        let element = cpuTune?.elements.first { element in
            element.name == name && (key.map { element.attribute($0.name) == String($0.value) } ?? true)
        }
        guard let text = element?.attribute("cpuset") else { return nil }
        return text.isEmpty ? CPUSet() : try? CPUSet(text)
    }

    mutating func pin(_ name: String, _ key: (name: String, value: UInt32)?, to set: CPUSet) {
        var tune = cpuTune ?? CPUTune()
        tune.elements.removeAll { element in
            element.name == name && (key.map { element.attribute($0.name) == String($0.value) } ?? true)
        }
        let keys = key.map { [($0.name, String($0.value))] } ?? []
        let element = GenericElement(name: name, attributes: keys + [("cpuset", set.description)])
        let place = Self.tuneOrder.firstIndex(of: name) ?? 0
        let position = tune.elements.firstIndex { other in
            let otherPlace = Self.tuneOrder.firstIndex(of: other.name) ?? Int.max
            if otherPlace != place { return otherPlace > place }
            guard let key, let value = UInt32(other.attribute(key.name) ?? "") else { return false }
            return value > key.value
        }
        tune.elements.insert(element, at: position ?? tune.elements.endIndex)
        cpuTune = tune
    }

    mutating func unpin(_ name: String, _ key: (name: String, value: UInt32)) {
        guard var tune = cpuTune else { return }
        tune.elements.removeAll { $0.name == name && $0.attribute(key.name) == String(key.value) }
        cpuTune = tune.elements.isEmpty ? nil : tune
    }

    /// The order in which `<cputune>` is printed.
    private static let tuneOrder = [
        "shares", "period", "quota", "global_period", "global_quota", "emulator_period", "emulator_quota",
        "iothread_period", "iothread_quota", "vcpupin", "emulatorpin", "iothreadpin", "emulatorsched", "vcpusched",
        "iothreadsched", "cachetune", "memorytune",
    ]
}

public import Libvirt
internal import VirtConf
internal import VirtUtil
public import XDR

extension TestConnection: Libvirt.DomainMemory {
    public func domainGetMaxMemory(_ dom: DomainRef) async throws -> UInt64 {
        try host.read { try $0.domain(dom).definition.memoryKiB }
    }

    public func domainSetMaxMemory(_ dom: DomainRef, memory: UInt64) async throws {
        try await domainSetMemoryFlags(dom, memory: memory, flags: DomainMemoryModFlags(rawValue: 4))
    }

    public func domainSetMemory(_ dom: DomainRef, memory: UInt64) async throws {
        try await domainSetMemoryFlags(dom, memory: memory, flags: DomainMemoryModFlags(rawValue: 1))
    }

    public func domainSetMemoryFlags(_ dom: DomainRef, memory: UInt64, flags: DomainMemoryModFlags) async throws {
        try check(flags, 7, "testDomainSetMemoryFlags")
        try host.update { state in
            try state.modify(dom) { domain in
                let target = try domain.target(flags.rawValue)
                if flags.rawValue & 4 != 0 {
                    if target == .live {
                        throw VirtError.test(
                            .operationInvalid, "cannot resize the maximum memory on an active domain")
                    }
                    domain[target].setMaximumMemory(memory)
                } else {
                    if memory > domain[target].memoryKiB {
                        throw VirtError.test(.invalidArg, "cannot set memory higher than max memory")
                    }
                    domain[target].currentMemory = MemorySize(kibibytes: memory)
                }
            }
        }
    }
}

extension Definition {
    /// The current size shrinks with it.
    fileprivate mutating func setMaximumMemory(_ kibibytes: UInt64) {
        var size = memory ?? MemorySize()
        size.kibibytes = kibibytes
        memory = size
        if currentMemoryKiB > kibibytes { currentMemory = MemorySize(kibibytes: kibibytes) }
    }
}

extension TestConnection: DomainMemoryTuning {
    public func domainGetMemoryParameters(
        _ dom: DomainRef, flags: DomainModificationImpact
    ) async throws -> [TypedParameter] {
        try check(flags, 7, "testDomainGetMemoryParameters")
        let tune = try host.read { state in
            let domain = try state.domain(dom)
            return domain[try domain.target(flags.rawValue)].memoryTune ?? MemoryTune()
        }
        return [
            TypedParameter("hard_limit", .ullong(tune.hardLimit?.kibibytes ?? MemoryTune.unlimited)),
            TypedParameter("soft_limit", .ullong(tune.softLimit?.kibibytes ?? MemoryTune.unlimited)),
            TypedParameter("swap_hard_limit", .ullong(tune.swapHardLimit?.kibibytes ?? MemoryTune.unlimited)),
        ]
    }

    public func domainSetMemoryParameters(
        _ dom: DomainRef, params: [TypedParameter], flags: DomainModificationImpact
    ) async throws {
        try check(flags, 3, "testDomainSetMemoryParameters")
        let values = try CheckedParameters(
            params, ["hard_limit": .ullong, "soft_limit": .ullong, "swap_hard_limit": .ullong])
        try host.update { state in
            try state.modify(dom) { domain in
                let target = try domain.target(flags.rawValue)
                var tune = domain[target].memoryTune ?? MemoryTune()
                let hard = values.ullong("hard_limit")
                let swap = values.ullong("swap_hard_limit")
                let newHard = hard ?? tune.hardLimit?.kibibytes ?? MemoryTune.unlimited
                let newSwap = swap ?? tune.swapHardLimit?.kibibytes ?? MemoryTune.unlimited
                if hard != nil || swap != nil, newHard > newSwap {
                    throw VirtError.test(
                        .invalidArg,
                        "memory hard_limit tunable value must be lower than or equal to swap_hard_limit")
                }
                if let hard { tune.hardLimit = MemoryTune.limit(hard) }
                if let swap { tune.swapHardLimit = MemoryTune.limit(swap) }
                if let soft = values.ullong("soft_limit") { tune.softLimit = MemoryTune.limit(soft) }
                let isEmpty =
                    tune.hardLimit == nil && tune.softLimit == nil && tune.minimumGuarantee == nil
                    && tune.swapHardLimit == nil
                domain[target].memoryTune = isEmpty ? nil : tune
            }
        }
    }
}

extension MemoryTune {
    /// What libvirt takes for no limit, in KiB.
    fileprivate static let unlimited: UInt64 = 9_007_199_254_740_991

    fileprivate static func limit(_ kibibytes: UInt64) -> MemorySize? {
        kibibytes >= unlimited ? nil : MemorySize(kibibytes: kibibytes)
    }
}

extension TestConnection: DomainMemoryPeek {
    /// Byte N of the memory is N modulo 256.
    public func domainMemoryPeek(
        _ dom: DomainRef, offset: UInt64, size: UInt32, flags: DomainMemoryFlags
    ) async throws -> OpaqueData {
        if flags.rawValue != 1, flags.rawValue != 2 {
            throw VirtError.test(
                .invalidArg, "flags parameter must be VIR_MEMORY_VIRTUAL or VIR_MEMORY_PHYSICAL")
        }
        try host.read { try $0.domain(dom).check(.query) }
        guard size <= 4_194_304 else {
            throw VirtError.test(.invalidArg, "size must be at most 4194304")
        }
        return OpaqueData((0..<UInt64(size)).map { UInt8(truncatingIfNeeded: offset &+ $0) })
    }
}

public import Libvirt
internal import VirtConf

/// A measuring of how fast a guest writes to its memory.
struct TestDirtyRate {
    let mode: DomainDirtyRateCalcFlags
    /// Microseconds since 1970.
    let start: UInt64
    let seconds: Int32

    func isMeasuring(at now: UInt64) -> Bool { now < start &+ UInt64(seconds) * 1_000_000 }
}

extension TestConnection: DomainDirtyRate {
    /// It takes so many seconds of the host's clock; the statistics tell of it.
    public func domainStartDirtyRateCalc(
        _ dom: DomainRef, seconds: Int32, flags: DomainDirtyRateCalcFlags
    ) async throws {
        if flags.contains([.dirtyBitmap, .dirtyRing]) {
            let (bitmap, ring) = ("VIR_DOMAIN_DIRTYRATE_MODE_DIRTY_BITMAP", "VIR_DOMAIN_DIRTYRATE_MODE_DIRTY_RING")
            throw VirtError.argument(
                "flags", in: "virDomainStartDirtyRateCalc", "Flags '\(bitmap)' and '\(ring)' are mutually exclusive")
        }
        try check(flags, 3, "testDomainStartDirtyRateCalc")
        guard (1...60).contains(seconds) else {
            throw VirtError.test(
                .configUnsupported, "seconds=\(seconds) is invalid, please choose value within [1, 60].")
        }
        try host.update { state in
            let now = state.clock.now
            try state.modify(dom) { domain in
                try domain.check(.query)
                if flags.contains(.dirtyRing), !domain.definition.hasDirtyRing {
                    throw VirtError.test(
                        .operationUnsupported,
                        "dirty-ring calculation mode requires dirty-ring feature enabled.")
                }
                if domain.activity.content.dirtyRate?.isMeasuring(at: now) == true {
                    throw VirtError.test(
                        .internalError,
                        "unable to execute QEMU command 'calc-dirty-rate': the dirty rate is already being measured.")
                }
                domain.activity.content.dirtyRate = TestDirtyRate(mode: flags, start: now, seconds: seconds)
            }
        }
    }
}

extension Definition {
    fileprivate var hasDirtyRing: Bool {
        let kvm = features.elements.first { $0.name == "kvm" }
        return kvm?.children.contains { $0.name == "dirty-ring" && $0.attribute("state") == "on" } ?? false
    }
}

extension TestDomain {
    /// What a guest of its size is taken to write: a 64th of its memory in a second.
    private var dirtyMiBPerSecond: Int64 { Int64(clamping: definition.currentMemoryKiB >> 16) }

    /// As the statistics of all domains have it.
    func dirtyRateStatistics(at now: UInt64) -> [TypedParameter] {
        guard isActive else { return [] }
        let rate = activity.content.dirtyRate
        let status: DomainDirtyRateStatus = rate.map { $0.isMeasuring(at: now) ? .measuring : .measured } ?? .unstarted
        let mode =
            switch rate?.mode {
            case .dirtyBitmap?: "dirty-bitmap"
            case .dirtyRing?: "dirty-ring"
            default: "page-sampling"
            }
        var list = [
            TypedParameter("dirtyrate.calc_status", .int(status.rawValue)),
            TypedParameter("dirtyrate.calc_start_time", .llong(Int64(clamping: (rate?.start ?? 0) / 1_000_000))),
            TypedParameter("dirtyrate.calc_period", .int(rate?.seconds ?? 0)),
            TypedParameter("dirtyrate.calc_mode", .string(mode)),
        ]
        guard status == .measured else { return list }
        list.append(TypedParameter("dirtyrate.megabytes_per_second", .llong(dirtyMiBPerSecond)))
        if rate?.mode == .dirtyRing {
            let count = Int64(definition.currentVCPUs)
            for cpu in 0..<count {
                // The first has what does not go evenly.
                let share = dirtyMiBPerSecond / count + (cpu == 0 ? dirtyMiBPerSecond % count : 0)
                list.append(TypedParameter("dirtyrate.vcpu.\(cpu).megabytes_per_second", .llong(share)))
            }
        }
        return list
    }
}

public import Libvirt
internal import VirtConf

/// Groups of the statistics of all domains, by libvirt's bits.
private enum StatisticsGroup: UInt32, CaseIterable {
    case state = 1
    case cpu = 2
    case balloon = 4
    case vcpu = 8
    case interface = 16
    case block = 32
    case perf = 64
    case ioThread = 128
    case dirtyRate = 512
}

extension TestConnection: DomainBulkStatistics {
    /// Groups that there are not give nothing, unless the flag asks for an error.
    ///
    /// Who asks for no group gets the two that libvirt's test driver has. Those that only ours has must be named.
    public func connectGetAllDomainStats(
        doms: [DomainRef], stats: UInt32, flags: ConnectGetAllDomainStatsFlags
    ) async throws -> [DomainStatsRecord] {
        try check(flags, 0xe000_00ff, "testConnectGetAllDomainStats")
        let known = StatisticsGroup.allCases.reduce(0) { $0 | $1.rawValue }
        let groups = stats == 0 ? StatisticsGroup.state.rawValue | StatisticsGroup.ioThread.rawValue : stats
        if flags.rawValue & 0x8000_0000 != 0, groups & ~known != 0 {
            throw VirtError.test(
                .argumentUnsupported,
                "Stats types bits 0x\(String(groups & ~known, radix: 16)) are not supported by this daemon")
        }
        return host.read { state in
            let filter = ConnectListAllDomainsFlags(rawValue: flags.rawValue & 0xff)
            let domains =
                doms.isEmpty
                ? state.sortedDomains.filter { $0.matches(filter) } : doms.compactMap { state.domains[$0.uuid] }
            return domains.map { domain in
                var params: [TypedParameter] = []
                for group in StatisticsGroup.allCases where groups & group.rawValue != 0 {
                    params += state.statistics(of: domain, group)
                }
                return DomainStatsRecord(dom: domain.reference, params: params)
            }
        }
    }
}

extension TestHostState {
    fileprivate func statistics(of domain: TestDomain, _ group: StatisticsGroup) -> [TypedParameter] {
        switch group {
        case .state:
            [
                TypedParameter("state.state", .int(domain.state.kind.rawValue)),
                TypedParameter("state.reason", .int(domain.state.reason)),
            ]
        case .cpu: cpuStatistics(of: domain)
        case .balloon: domain.balloonStatistics
        case .vcpu: vcpuStatistics(of: domain)
        case .interface: interfaceStatistics(of: domain)
        case .block: blockStatistics(of: domain)
        case .perf: perfStatistics(of: domain)
        case .ioThread: domain.ioThreadStatistics
        case .dirtyRate: domain.dirtyRateStatistics(at: clock.now)
        }
    }

    /// Nanoseconds, as `virDomainGetInfo` has them.
    private func cpuStatistics(of domain: TestDomain) -> [TypedParameter] {
        guard domain.isActive else { return [] }
        let time = clock.now &* 1000
        return [
            TypedParameter("cpu.time", .ullong(time)), TypedParameter("cpu.user", .ullong(time - time / 4)),
            TypedParameter("cpu.system", .ullong(time / 4)),
        ]
    }

    /// Times as `virDomainGetVcpus` has them.
    private func vcpuStatistics(of domain: TestDomain) -> [TypedParameter] {
        var list = [
            TypedParameter("vcpu.current", .uint(domain.definition.currentVCPUs)),
            TypedParameter("vcpu.maximum", .uint(domain.definition.maximumVCPUs)),
        ]
        guard domain.isActive else { return list }
        for cpu in domain.definition.onlineVCPUs {
            list.append(TypedParameter("vcpu.\(cpu).state", .int(1)))
            list.append(TypedParameter("vcpu.\(cpu).time", .ullong(clock.now / 10)))
            list.append(TypedParameter("vcpu.\(cpu).wait", .ullong(0)))
            list.append(TypedParameter("vcpu.\(cpu).delay", .ullong(clock.now / 1000)))
        }
        return list
    }

    private func interfaceStatistics(of domain: TestDomain) -> [TypedParameter] {
        guard domain.isActive else { return [] }
        let interfaces = domain.definition.devices.interfaces
        var list = [TypedParameter("net.count", .uint(UInt32(clamping: interfaces.count)))]
        let counters = TestCounters(clock).interface
        let values: KeyValuePairs = [
            "rx.bytes": counters.rxBytes, "rx.pkts": counters.rxPackets, "rx.errs": counters.rxErrs,
            "rx.drop": counters.rxDrop, "tx.bytes": counters.txBytes, "tx.pkts": counters.txPackets,
            "tx.errs": counters.txErrs, "tx.drop": counters.txDrop,
        ]
        for (index, interface) in interfaces.enumerated() {
            guard let name = interface.targetName else { continue }
            list.append(TypedParameter("net.\(index).name", .string(name)))
            list += values.map { TypedParameter("net.\(index).\($0.key)", .ullong(UInt64($0.value))) }
        }
        return list
    }

    private func blockStatistics(of domain: TestDomain) -> [TypedParameter] {
        let disks = domain.definition.devices.disks
        var list = [TypedParameter("block.count", .uint(UInt32(clamping: disks.count)))]
        let counters = TestCounters(clock).block
        let values: KeyValuePairs = [
            "rd.reqs": counters.rdReq, "rd.bytes": counters.rdBytes, "rd.times": counters.rdTimes,
            "wr.reqs": counters.wrReq, "wr.bytes": counters.wrBytes, "wr.times": counters.wrTimes,
            "fl.reqs": counters.flushes, "fl.times": counters.flushTimes,
        ]
        for (index, disk) in disks.enumerated() {
            list.append(TypedParameter("block.\(index).name", .string(disk.target.name ?? "")))
            if let path = disk.source.path { list.append(TypedParameter("block.\(index).path", .string(path))) }
            if domain.isActive {
                list += values.map { TypedParameter("block.\(index).\($0.key)", .ullong(UInt64($0.value))) }
            }
            guard disk.hasSource else { continue }
            let size = blockSize(of: disk, in: domain)
            list.append(TypedParameter("block.\(index).allocation", .ullong(size.allocation)))
            list.append(TypedParameter("block.\(index).capacity", .ullong(size.capacity)))
            list.append(TypedParameter("block.\(index).physical", .ullong(size.physical)))
        }
        return list
    }

    /// Of the events that are counted.
    private func perfStatistics(of domain: TestDomain) -> [TypedParameter] {
        guard domain.isActive else { return [] }
        return (domain.definition.performance?.children ?? []).compactMap { event in
            guard let name = event.attribute("name"), event.attribute("enabled") == "yes" else { return nil }
            return TypedParameter("perf.\(name)", .ullong(clock.now / 100))
        }
    }
}

extension TestDomain {
    /// In KiB, as `virDomainMemoryStats` has them.
    fileprivate var balloonStatistics: [TypedParameter] {
        func number(_ name: String, _ value: UInt64) -> TypedParameter {
            TypedParameter("balloon.\(name)", .ullong(value))
        }
        var list = [number("current", definition.currentMemoryKiB), number("maximum", definition.memoryKiB)]
        guard isActive else { return list }
        for statistic in memoryStatistics {
            if let name = statistic.tag.balloonName { list.append(number(name, statistic.val)) }
        }
        return list
    }
}

extension DomainMemoryStatTag {
    /// What the statistics of all domains call it; nil for what they have by another name.
    fileprivate var balloonName: String? {
        switch self {
        case .swapIn: "swap_in"
        case .swapOut: "swap_out"
        case .majorFault: "major_fault"
        case .minorFault: "minor_fault"
        case .unused: "unused"
        case .available: "available"
        case .usable: "usable"
        case .lastUpdate: "last-update"
        case .diskCaches: "disk_caches"
        case .hugetlbPgalloc: "hugetlb_pgalloc"
        case .hugetlbPgfail: "hugetlb_pgfail"
        case .rss: "rss"
        default: nil
        }
    }
}

extension TestDomain {
    fileprivate var ioThreadStatistics: [TypedParameter] {
        guard isActive, !ioThreadPolling.isEmpty else { return [] }
        var params = [TypedParameter("iothread.count", .uint(UInt32(ioThreadPolling.count)))]
        for polling in ioThreadPolling {
            let number = polling.number
            params.append(TypedParameter("iothread.\(number).poll-max-ns", .ullong(polling.maximumNanoseconds)))
            params.append(TypedParameter("iothread.\(number).poll-grow", .uint(polling.grow)))
            params.append(TypedParameter("iothread.\(number).poll-shrink", .uint(polling.shrink)))
        }
        return params
    }
}

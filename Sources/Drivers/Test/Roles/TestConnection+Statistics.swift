public import Libvirt
internal import VirtConf

/// Counters that grow with the clock, as libvirt's do: there is no guest to count for.
extension TestConnection: DomainStatistics {
    public func domainMemoryStats(
        _ dom: DomainRef, maxStats: UInt32, flags: UInt32
    ) async throws -> [DomainMemoryStat] {
        try check(flags, 0, "testDomainMemoryStats")
        let current = try host.read { state in
            let domain = try state.domain(dom)
            try domain.check(.query)
            return domain.definition.currentMemoryKiB
        }
        let all: [(DomainMemoryStatTag, UInt64)] = [
            (.actualBalloon, current), (.swapIn, 0), (.swapOut, 0), (.majorFault, 0), (.minorFault, 0),
            (.unused, current / 2), (.available, current), (.usable, current / 2), (.lastUpdate, 627_319_920),
            (.diskCaches, current / 8), (.hugetlbPgalloc, 0), (.hugetlbPgfail, 0), (.rss, current / 2),
        ]
        return all.prefix(Int(maxStats)).map { DomainMemoryStat(tag: $0.0, val: $0.1) }
    }

    public func domainSetMemoryStatsPeriod(
        _ dom: DomainRef, period: Int32, flags: DomainModificationImpact
    ) async throws {
        try check(flags, 3, "testDomainSetMemoryStatsPeriod")
        try host.update { state in
            try state.modify(dom) { domain in
                let target = try domain.target(flags.rawValue)
                let balloon = domain[target].devices.balloon
                guard let balloon, balloon.model != .none else {
                    throw VirtError.test(
                        .internalError, "No memory balloon device configured, can not set the collection period")
                }
                domain[target].devices.balloon?.statisticsPeriod = period > 0 ? UInt32(period) : nil
            }
        }
    }

    public func domainInterfaceStats(_ dom: DomainRef, device: String) async throws -> DomainInterfaceStatistics {
        try host.read { state in
            let domain = try state.domain(dom)
            try domain.check(.query)
            _ = try domain.definition.interfaceIndex(device)
            return TestCounters(state.clock).interface
        }
    }

    /// Two processors, of all that a host may have.
    public func domainGetCPUStats(
        _ dom: DomainRef, nparams: UInt32, startCPU: Int32, ncpus: UInt32, flags: UInt32
    ) async throws -> DomainCPUStatistics {
        // Whether values may be text is the wire's business.
        try check(flags & ~4, 0, "testDomainGetCPUStats")
        try host.read { try $0.domain(dom).check(.query) }
        if startCPU == -1 {
            let all = [
                TypedParameter("cpu_time", .ullong(48_772_617_035)),
                TypedParameter("user_time", .ullong(5_540_000_000)),
                TypedParameter("system_time", .ullong(6_460_000_000)),
            ]
            let wanted = Array(all.prefix(Int(nparams)))
            return DomainCPUStatistics(params: wanted, nparams: Int32(nparams == 0 ? all.count : wanted.count))
        }
        let total = Int32(TestSystem.processors)
        if ncpus == 0 { return DomainCPUStatistics(params: [], nparams: total) }
        if nparams == 0 { return DomainCPUStatistics(params: [], nparams: 2) }
        guard startCPU >= 0, startCPU < total else {
            throw VirtError.test(.invalidArg, "start_cpu \(startCPU) larger than maximum of \(total - 1)")
        }
        let end = Int32(min(Int64(total), Int64(startCPU) + Int64(ncpus)))
        let each = min(Int(nparams), 2)
        let params = (startCPU..<end).flatMap { cpu in
            [
                TypedParameter("cpu_time", .ullong(24_386_308_517 + UInt64(cpu))),
                TypedParameter("vcpu_time", .ullong(23_151_740_627 + UInt64(cpu))),
            ].prefix(each)
        }
        return DomainCPUStatistics(params: params, nparams: Int32(each))
    }

    public func domainBlockStats(_ dom: DomainRef, path: String) async throws -> DomainBlockStatistics {
        if path.isEmpty {
            throw VirtError.test(.operationUnsupported, "summary statistics are not supported yet")
        }
        return try host.read { state in
            let domain = try state.domain(dom)
            try domain.check(.query)
            guard domain.definition.disk(path) != nil else {
                throw VirtError.test(.invalidArg, "invalid path: \(path)")
            }
            return TestCounters(state.clock).block
        }
    }
}

extension TestConnection: DomainBulkStatistics {
    private static let stateGroup: UInt32 = 1
    private static let ioThreadGroup: UInt32 = 128

    /// Groups that there are not give nothing, unless the flag asks for an error.
    public func connectGetAllDomainStats(
        doms: [DomainRef], stats: UInt32, flags: ConnectGetAllDomainStatsFlags
    ) async throws -> [DomainStatsRecord] {
        try check(flags, 0xe000_00ff, "testConnectGetAllDomainStats")
        let known = Self.stateGroup | Self.ioThreadGroup
        let groups = stats == 0 ? known : stats
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
                if groups & Self.stateGroup != 0 {
                    params.append(TypedParameter("state.state", .int(domain.state.kind.rawValue)))
                    params.append(TypedParameter("state.reason", .int(domain.state.reason)))
                }
                if groups & Self.ioThreadGroup != 0 { params += domain.ioThreadStatistics }
                return DomainStatsRecord(dom: domain.reference, params: params)
            }
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

extension TestConnection: DomainBlockInspection {
    /// A disk of 1 TiB, nearly all of it allocated; of a volume or after a resize, one of that size.
    public func domainGetBlockInfo(_ dom: DomainRef, path: String, flags: UInt32) async throws -> DomainBlockInfo {
        try check(flags, 0, "testDomainGetBlockInfo")
        return try host.read { state in
            let domain = try state.domain(dom)
            guard let disk = domain.definition.disk(path).map({ domain.definition.devices.disks[$0] }) else {
                throw VirtError.test(.invalidArg, "invalid path \(path) not assigned to domain")
            }
            guard let capacity = state.givenCapacity(of: disk, in: domain) else {
                return DomainBlockInfo(
                    allocation: 1_099_511_627_776, capacity: TestHostState.standardCapacity,
                    physical: 1_099_511_627_776)
            }
            return DomainBlockInfo(allocation: capacity, capacity: capacity, physical: capacity)
        }
    }

    /// The first disk has an unspecified error, the second no space, and so on.
    public func domainGetDiskErrors(
        _ dom: DomainRef, maxerrors: UInt32, flags: UInt32
    ) async throws -> DomainDiskErrors {
        try host.read { state in
            let domain = try state.domain(dom)
            try domain.check(.query)
            let disks = domain.definition.devices.disks
            if maxerrors == 0 { return DomainDiskErrors(errors: [], nerrors: Int32(clamping: disks.count)) }
            let errors = disks.prefix(Int(maxerrors)).enumerated().map { index, disk in
                DomainDiskError(disk: disk.target.name ?? "", error: index % 2 == 0 ? .unspec : .noSpace)
            }
            return DomainDiskErrors(errors: errors, nerrors: Int32(clamping: errors.count))
        }
    }
}

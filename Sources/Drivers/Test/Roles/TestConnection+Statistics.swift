public import Libvirt
internal import VirtConf

/// Counters that grow with the clock, as libvirt's do: there is no guest to count for.
extension TestConnection: DomainStatistics {
    public func domainMemoryStats(
        _ dom: DomainRef, maxStats: UInt32, flags: UInt32
    ) async throws -> [DomainMemoryStat] {
        try check(flags, 0, "testDomainMemoryStats")
        return try host.read { state in
            let domain = try state.domain(dom)
            try domain.check(.query)
            return Array(domain.memoryStatistics.prefix(Int(maxStats)))
        }
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

    /// In the order of QEMU's driver, and errors, which that does not know. Without a path, of all disks together. Times are in nanoseconds.
    public func domainBlockStatsFlags(_ dom: DomainRef, path: String, flags: UInt32) async throws -> [TypedParameter] {
        try check(flags & ~4, 0, "testDomainBlockStatsFlags")
        return try host.read { state in
            let domain = try state.domain(dom)
            try domain.check(.query)
            if !path.isEmpty, domain.definition.disk(path) == nil {
                throw VirtError.test(.invalidArg, "invalid path: \(path)")
            }
            let count = path.isEmpty ? Int64(domain.definition.devices.disks.count) : 1
            let block = TestCounters(state.clock).block
            let values: KeyValuePairs = [
                "wr_bytes": block.wrBytes, "wr_operations": block.wrReq, "rd_bytes": block.rdBytes,
                "rd_operations": block.rdReq, "flush_operations": block.flushes, "wr_total_times": block.wrTimes,
                "rd_total_times": block.rdTimes, "flush_total_times": block.flushTimes, "errs": block.errs,
            ]
            return values.map { TypedParameter($0.key, .llong($0.value.multipliedCapped(by: count))) }
        }
    }
}

extension TestDomain {
    /// In KiB, and a time.
    var memoryStatistics: [DomainMemoryStat] {
        let current = definition.currentMemoryKiB
        let all: [(DomainMemoryStatTag, UInt64)] = [
            (.actualBalloon, current), (.swapIn, 0), (.swapOut, 0), (.majorFault, 0), (.minorFault, 0),
            (.unused, current / 2), (.available, current), (.usable, current / 2), (.lastUpdate, 627_319_920),
            (.diskCaches, current / 8), (.hugetlbPgalloc, 0), (.hugetlbPgfail, 0), (.rss, current / 2),
        ]
        return all.map { DomainMemoryStat(tag: $0.0, val: $0.1) }
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
            return state.blockSize(of: disk, in: domain)
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

extension TestHostState {
    /// A disk of 1 TiB, nearly all of it allocated; of a volume or after a resize, one of that size.
    func blockSize(of disk: Disk, in domain: TestDomain) -> DomainBlockInfo {
        guard let capacity = givenCapacity(of: disk, in: domain) else {
            return DomainBlockInfo(
                allocation: 1_099_511_627_776, capacity: Self.standardCapacity, physical: 1_099_511_627_776)
        }
        return DomainBlockInfo(allocation: capacity, capacity: capacity, physical: capacity)
    }
}

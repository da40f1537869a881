public import Libvirt
internal import VirtUtil

/// How the host looks for memory that guests could share.
struct TestMemorySharing {
    var pagesToScan: UInt32 = 100
    /// Milliseconds.
    var sleep: UInt32 = 20
    var mergesAcrossNodes: UInt32 = 1
}

extension TestConnection: HostMemoryStatistics {
    /// In KiB. Of the whole host (-1), what running guests do not have is free.
    public func nodeGetMemoryStats(cellNum: Int32, flags: UInt32) async throws -> [NodeMemoryStatistic] {
        if cellNum < -1 {
            throw VirtError.argument(
                "cellNum", in: "virNodeGetMemoryStats",
                "cellNum in virNodeGetMemoryStats only accepts -1 as a negative value")
        }
        try check(flags, 0, "virHostMemGetStats", domain: .none)
        return try host.read { state in
            func list(_ values: KeyValuePairs<String, UInt64>) -> [NodeMemoryStatistic] {
                values.map { NodeMemoryStatistic(field: $0.key, value: $0.value) }
            }
            if cellNum == -1 {
                let total = state.node.memory
                let used = state.domains.values.reduce(0 as UInt64) { sum, domain in
                    domain.isActive ? sum.addingCapped(domain.definition.currentMemoryKiB) : sum
                }
                // More can be promised to guests than there is.
                let free = total - min(used, total)
                return list(["total": total, "free": free, "buffers": free / 16, "cached": free / 8])
            }
            let cells = state.node.cells
            guard cellNum < cells.count else {
                throw VirtError.argument(
                    "cellNum", in: "virHostMemGetStats", domain: .none,
                    "cellNum in virHostMemGetStats must be less than or equal to \(cells.count - 1)")
            }
            let cell = cells[Int(cellNum)]
            return list(["total": cell.memory, "free": cell.freeMemory])
        }
    }
}

extension UInt64 {
    fileprivate func addingCapped(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

extension TestConnection: HostMemoryTuning {
    /// Guests have no memory here that could be shared: only what is set is more than 0.
    public func nodeGetMemoryParameters(flags: TypedParameterFlags) async throws -> [TypedParameter] {
        try check(flags.rawValue & ~4, 0, "virHostMemGetParameters", domain: .none)
        let sharing = host.read { $0.node.sharing }
        return [
            TypedParameter("shm_pages_to_scan", .uint(sharing.pagesToScan)),
            TypedParameter("shm_sleep_millisecs", .uint(sharing.sleep)),
            TypedParameter("shm_pages_shared", .ullong(0)), TypedParameter("shm_pages_sharing", .ullong(0)),
            TypedParameter("shm_pages_unshared", .ullong(0)), TypedParameter("shm_pages_volatile", .ullong(0)),
            TypedParameter("shm_full_scans", .ullong(0)),
            TypedParameter("shm_merge_across_nodes", .uint(sharing.mergesAcrossNodes)),
        ]
    }

    public func nodeSetMemoryParameters(params: [TypedParameter], flags: UInt32) async throws {
        try check(flags, 0, "virHostMemSetParameters", domain: .none)
        let values = try CheckedParameters(
            params, ["shm_pages_to_scan": .uint, "shm_sleep_millisecs": .uint, "shm_merge_across_nodes": .uint])
        host.update { state in
            if let number = values.uint("shm_pages_to_scan") { state.node.sharing.pagesToScan = number }
            if let number = values.uint("shm_sleep_millisecs") { state.node.sharing.sleep = number }
            if let number = values.uint("shm_merge_across_nodes") { state.node.sharing.mergesAcrossNodes = number }
        }
    }
}

extension TestConnection: HostSEV {
    /// The host's capabilities name no encryption of memory.
    public func nodeGetSEVInfo(flags: TypedParameterFlags) async throws -> [TypedParameter] {
        throw VirtError.test(.operationUnsupported, "QEMU does not support SEV guest")
    }
}

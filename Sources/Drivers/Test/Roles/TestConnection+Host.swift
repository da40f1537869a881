public import Libvirt
internal import VirtConf
internal import XDR

extension TestConnection: HypervisorInformation {
    public func connectGetType() async throws -> String { "TEST" }
    public func connectGetVersion() async throws -> UInt64 { 2 }
    public func connectGetHostname() async throws -> String { TestSystem.hostname }
}

extension TestConnection: HostInformation {
    public func nodeGetInfo() async throws -> NodeInfo {
        let node = host.read { $0.node }
        var model = node.model.utf8.prefix(31).map { Int8(bitPattern: $0) }
        model += [Int8](repeating: 0, count: 32 - model.count)
        return NodeInfo(
            model: model, memory: node.memory, cpus: node.activeCPUs, mhz: node.megahertz, nodes: node.nodes,
            sockets: node.sockets, cores: node.cores, threads: node.threads)
    }

    public func connectGetCapabilities() async throws -> String {
        host.read { $0.node.capabilities.xml() }
    }

    public func connectGetMaxVCPUs(type: String?) async throws -> Int32 { Int32(TestNode.maximumVCPUs) }
}

extension TestConnection: HostSystemInformation {
    public func connectGetSysinfo(flags: UInt32) async throws -> String {
        try check(flags, 0, "testConnectGetSysinfo")
        return TestDocuments.systemInformation
    }
}

extension TestConnection: HostSecurity {
    public func nodeGetSecurityModel() async throws -> NodeSecurityModel {
        NodeSecurityModel(model: Self.text("testSecurity"), doi: Self.text(""))
    }

    /// Characters of a text with the zero that C ends it with.
    static func text(_ text: String) -> [Int8] { text.utf8.map { Int8(bitPattern: $0) } + [0] }
}

extension TestConnection: HostCPU {
    /// The same for every processor, also for those that are not there.
    public func nodeGetCPUStats(cpuNum: Int32, flags: UInt32) async throws -> [NodeCPUStatistic] {
        try check(flags, 0, "testNodeGetCPUStats")
        return [
            NodeCPUStatistic(field: "user", value: 9_797_400_000),
            NodeCPUStatistic(field: "kernel", value: 34_678_723_400_000),
            NodeCPUStatistic(field: "idle", value: 87_264_900_000),
            NodeCPUStatistic(field: "iowait", value: 763_600_000),
        ]
    }

    /// Eight processors of which three are online; unlike ``nodeGetInfo()``, as in libvirt.
    public func nodeGetCPUMap(needMap: Int32, needOnline: Int32, flags: UInt32) async throws -> NodeCPUMap {
        try check(flags, 0, "testNodeGetCPUMap")
        return NodeCPUMap(
            cpumap: needMap != 0 ? [0b10101] : [], online: needOnline != 0 ? 3 : 0, ret: 8)
    }
}

extension TestConnection: HostMemory {
    public func nodeGetFreeMemory() async throws -> UInt64 {
        host.read { state in state.node.cells.reduce(0) { $0 + $1.freeMemory } / 2 }
    }

    public func nodeGetCellsFreeMemory(startCell: Int32, maxcells: Int32) async throws -> [UInt64] {
        try host.read { state in
            let cells = state.node.cells
            guard startCell >= 0, startCell < cells.count else {
                throw VirtError.test(.invalidArg, "Range exceeds available cells")
            }
            return cells[Int(startCell)...].prefix(Int(max(maxcells, 0))).map(\.freeMemory)
        }
    }
}

extension TestConnection: HostPages {
    /// Numbers that depend on nothing but how many were asked for.
    public func nodeGetFreePages(
        pages: [UInt32], startCell: Int32, cellCount: UInt32, flags: UInt32
    ) async throws -> [UInt64] {
        try check(flags, 0, "testNodeGetFreePages")
        let (total, overflow) = pages.count.multipliedReportingOverflow(by: Int(cellCount))
        guard !overflow, total <= 1024 else {
            throw VirtError.test(.invalidArg, "too many counts of pages: \(pages.count) in \(cellCount) cells")
        }
        var count: UInt64 = 6
        return (0..<total).map { _ in
            count = count &* 2 &+ 7
            return count
        }
    }
}

extension TestConnection: HostPower {
    /// Moves a clock that is moved by hand: the host is away for so many seconds.
    ///
    /// Nothing else here could sleep, nor can libvirt's test driver.
    public func nodeSuspendForDuration(target: UInt32, duration: UInt64, flags: UInt32) async throws {
        try host.update { state in
            guard state.clock.isManual else { throw VirtError.noSupport("virNodeSuspendForDuration") }
            try check(flags, 0, "testNodeSuspendForDuration")
            guard target < 3 else {
                throw VirtError.argument("target", in: "testNodeSuspendForDuration", "unknown suspend target \(target)")
            }
            let (microseconds, overflow) = duration.multipliedReportingOverflow(by: 1_000_000)
            state.clock.advance(by: overflow ? .max : microseconds)
        }
    }
}

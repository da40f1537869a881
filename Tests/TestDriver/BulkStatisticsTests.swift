import Libvirt
import Testing

@testable import TestDriver

@Suite("Statistics of all domains")
struct BulkStatisticsTests {
    private static let devices = """
        <disk type='file'><source file='/images/a'/><target dev='vda' bus='virtio'/></disk>\
        <interface type='user'><target dev='tap0'/></interface>
        """

    private func statistics(_ connection: TestConnection, _ domain: DomainRef, _ groups: UInt32, _ flags: UInt32 = 0)
        async throws -> [String: String]
    {
        let records = try await connection.connectGetAllDomainStats(
            doms: [domain], stats: groups, flags: ConnectGetAllDomainStatsFlags(rawValue: flags))
        return Dictionary(uniqueKeysWithValues: (records.first?.params ?? []).map { ($0.field, word($0.value)) })
    }

    /// What libvirt's test driver answers does not change.
    @Test func whoNamesNothingGetsWhatLibvirtHas() async throws {
        let connection = newConnection()
        #expect(
            try await statistics(connection, try await connection.test, 0).keys.sorted() == [
                "state.reason", "state.state",
            ])
        let all: UInt32 = 0x8000_0000
        #expect(
            await failure { _ = try await statistics(connection, try await connection.test, 1 << 20, all) }
                == "74/12 argument unsupported: Stats types bits 0x100000 are not supported by this daemon")
        #expect(try await statistics(connection, try await connection.test, 2, all).count == 3)
    }

    @Test(
        "groups",
        arguments: [
            (2, ["cpu.system", "cpu.time", "cpu.user"], []),
            (
                4,
                [
                    "balloon.available", "balloon.current", "balloon.disk_caches", "balloon.hugetlb_pgalloc",
                    "balloon.hugetlb_pgfail", "balloon.last-update", "balloon.major_fault", "balloon.maximum",
                    "balloon.minor_fault", "balloon.rss", "balloon.swap_in", "balloon.swap_out", "balloon.unused",
                    "balloon.usable",
                ], ["balloon.current", "balloon.maximum"]
            ),
            (
                8, ["vcpu.0.delay", "vcpu.0.state", "vcpu.0.time", "vcpu.0.wait", "vcpu.current", "vcpu.maximum"],
                ["vcpu.current", "vcpu.maximum"]
            ),
            (
                16,
                [
                    "net.0.name", "net.0.rx.bytes", "net.0.rx.drop", "net.0.rx.errs", "net.0.rx.pkts", "net.0.tx.bytes",
                    "net.0.tx.drop", "net.0.tx.errs", "net.0.tx.pkts", "net.count",
                ], []
            ),
            (
                32,
                [
                    "block.0.allocation", "block.0.capacity", "block.0.fl.reqs", "block.0.fl.times", "block.0.name",
                    "block.0.path", "block.0.physical", "block.0.rd.bytes", "block.0.rd.reqs", "block.0.rd.times",
                    "block.0.wr.bytes", "block.0.wr.reqs", "block.0.wr.times", "block.count",
                ],
                [
                    "block.0.allocation", "block.0.capacity", "block.0.name", "block.0.path", "block.0.physical",
                    "block.count",
                ]
            ),
            (64, ["perf.cmt"], []),
            (
                512,
                [
                    "dirtyrate.calc_mode", "dirtyrate.calc_period", "dirtyrate.calc_start_time",
                    "dirtyrate.calc_status",
                ], []
            ),
        ] as [(UInt32, [String], [String])])
    func groups(group: UInt32, running: [String], off: [String]) async throws {
        let connection = newConnection()
        let text = xml(
            "g", "<perf><event name='cmt' enabled='yes'/><event name='mbmt' enabled='no'/></perf>",
            devices: Self.devices)
        let domain = try await connection.domainDefineXML(xml: text)
        #expect(try await statistics(connection, domain, group).keys.sorted() == off)
        _ = try await connection.domainCreateWithFlags(domain, flags: [])
        #expect(try await statistics(connection, domain, group).keys.sorted() == running)
    }

    @Test func theyMoveWithTheClockAndAgree() async throws {
        let connection = newConnection(isManual: true)
        let domain = try await connection.domainCreateXML(xmlDesc: xml("g", devices: Self.devices), flags: [])
        let before = try await statistics(connection, domain, 2 | 8 | 16 | 32)
        try await connection.nodeSuspendForDuration(target: 0, duration: 10, flags: 0)
        let after = try await statistics(connection, domain, 2 | 8 | 16 | 32)
        func grown(_ name: String) -> UInt64 {
            guard let old = before[name], let new = after[name] else { return 0 }
            return (UInt64(new.dropFirst()) ?? 0) - (UInt64(old.dropFirst()) ?? 0)
        }
        #expect(grown("cpu.time") == 10_000_000_000)
        #expect(grown("vcpu.0.time") == 1_000_000 && grown("net.0.rx.bytes") == 1_000_000)
        #expect(grown("block.0.wr.bytes") == 250_000)
        let cpuTime = try await connection.domainGetInfo(domain).cpuTime
        #expect(after["cpu.time"] == "l\(cpuTime)")
        let interface = try await connection.domainInterfaceStats(domain, device: "tap0")
        #expect(after["net.0.tx.bytes"] == "l\(interface.txBytes)")
        let block = try await connection.domainBlockStatsFlags(domain, path: "vda", flags: 0)
        #expect(
            block.map(\.field) == [
                "wr_bytes", "wr_operations", "rd_bytes", "rd_operations", "flush_operations", "wr_total_times",
                "rd_total_times", "flush_total_times", "errs",
            ])
        let old = try await connection.domainBlockStats(domain, path: "vda")
        #expect(word(block.first?.value) == "\(old.wrBytes)" && after["block.0.wr.bytes"] == "l\(old.wrBytes)")
        #expect(try await connection.domainBlockStatsFlags(domain, path: "", flags: 0).count == 9)
        #expect(
            await failure { _ = try await connection.domainBlockStatsFlags(domain, path: "vdz", flags: 0) }
                == "8/12 invalid argument: invalid path: vdz")
    }

    @Test func dirtyRate() async throws {
        let connection = newConnection(isManual: true)
        let domain = try await connection.test
        func start(_ seconds: Int32, _ flags: UInt32 = 0) async -> String {
            await failure {
                try await connection.domainStartDirtyRateCalc(
                    domain, seconds: seconds, flags: DomainDirtyRateCalcFlags(rawValue: flags))
            }
        }
        for seconds in [0, 61, -1] as [Int32] {
            #expect(
                await start(seconds) == "67/12 unsupported configuration: seconds=\(seconds) is invalid, please choose "
                    + "value within [1, 60].")
        }
        #expect(await start(1, 8) == "8/12 unsupported flags (0x8) in function testDomainStartDirtyRateCalc")
        #expect(await start(1, 3).hasSuffix("are mutually exclusive"))
        #expect(
            await start(1, 2)
                == "84/12 Operation not supported: dirty-ring calculation mode requires dirty-ring feature enabled.")
        #expect(await start(5) == "-")
        #expect(await start(5).hasSuffix("the dirty rate is already being measured."))
        #expect(try await statistics(connection, domain, 512)["dirtyrate.calc_status"] == "1")
        try await connection.nodeSuspendForDuration(target: 0, duration: 5, flags: 0)
        let found = try await statistics(connection, domain, 512)
        #expect(found["dirtyrate.calc_status"] == "2" && found["dirtyrate.calc_period"] == "5")
        #expect(found["dirtyrate.megabytes_per_second"] == "32")
        #expect(await start(1, 1) == "-")
        #expect(try await statistics(connection, domain, 512)["dirtyrate.calc_mode"] == "dirty-bitmap")
        try await connection.domainDestroy(domain)
        #expect(await start(1) == "55/20 Requested operation is not valid: domain is not running")
        _ = try await connection.domainCreateWithFlags(domain, flags: [])
        #expect(try await statistics(connection, domain, 512)["dirtyrate.calc_status"] == "0")
    }
}

import Libvirt
import Testing
import XDR

@testable import TestDriver

/// Values as libvirt 9.0 gives them.
@Suite struct ValueTests {
    func values(_ parameters: [TypedParameter]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: parameters.map { ($0.field, "\($0.value)") })
    }

    @Test func host() async throws {
        let connection = newConnection()
        #expect(try await connection.connectGetType() == "TEST")
        #expect(try await connection.connectGetVersion() == 2)
        let info = try await connection.nodeGetInfo()
        #expect(info.cpus == 16 && info.mhz == 1400 && info.memory == 3_145_728)
        #expect(try await connection.nodeGetFreeMemory() == 3_145_728)
        #expect(try await connection.nodeGetCellsFreeMemory(startCell: 1, maxcells: 4) == [4_194_304])
        #expect(
            try await connection.nodeGetFreePages(pages: [4, 8, 2048, 1_048_576], startCell: 0, cellCount: 1, flags: 0)
                == [19, 45, 97, 201])
        #expect(try await connection.connectGetCPUModelNames(arch: "x86_64", flags: 0).count == 58)
        #expect(try await connection.connectGetCapabilities().hasSuffix("</capabilities>\n"))
    }

    @Test func tuning() async throws {
        let connection = newConnection()
        let test = try await connection.test
        try await connection.domainSetMemoryParameters(
            test, params: [TypedParameter("hard_limit", .ullong(1000))], flags: [])
        let memory = values(try await connection.domainGetMemoryParameters(test, flags: []))
        #expect(memory["hard_limit"] == "ullong(1000)" && memory["soft_limit"] == "ullong(9007199254740991)")
        #expect(
            await failure {
                try await connection.domainSetMemoryParameters(
                    test, params: [TypedParameter("min_guarantee", .ullong(5))], flags: [])
            } == "74/0 argument unsupported: parameter 'min_guarantee' not supported")
        try await connection.domainSetBlkioParameters(
            test, params: [TypedParameter("device_weight", .string("/a,1,/b,2,/a,3"))], flags: [])
        let blkio = values(try await connection.domainGetBlkioParameters(test, flags: []))
        #expect(blkio["device_weight"] == "string(\"/a,3,/b,2\")")
        #expect(
            await failure {
                try await connection.domainSetBlockIOTune(
                    test, disk: "vda", params: [TypedParameter("total_bytes_sec", .ullong(1000))], flags: [])
            } == "8/12 invalid argument: total_bytes_sec cannot be set higher than total_bytes_sec_max ")
        try await connection.domainSetNUMAParameters(
            test, params: [TypedParameter("numa_nodeset", .string("0"))], flags: [])
        #expect(
            await failure {
                try await connection.domainSetNUMAParameters(
                    test, params: [TypedParameter("numa_mode", .int(2))], flags: [])
            } == "55/12 Requested operation is not valid: can't change numatune mode for running domain")
        let text = try await connection.domainGetXMLDesc(test, flags: [])
        for part in [
            "<hard_limit unit='KiB'>1000</hard_limit>", "<path>/a</path>", "<memory mode='strict' nodeset='0'/>",
        ] {
            #expect(text.contains(part))
        }
    }

    @Test func pinning() async throws {
        let connection = newConnection()
        let test = try await connection.test
        try await connection.domainPinVCPU(test, vcpu: 0, cpumap: [0b101])
        let placement = try await connection.domainGetVCPUs(test, maxinfo: 2, maplen: 1)
        #expect(placement.info.map(\.cpu) == [2, 15])
        #expect(placement.cpumaps == [0b101, 0xFF])
        let pins = try await connection.domainGetVCPUPinInfo(test, ncpumaps: 9, maplen: 2, flags: [])
        #expect(pins.num == 2 && pins.cpumaps == [0b101, 0, 0xFF, 0xFF])
        try await connection.domainPinEmulator(test, cpumap: [2], flags: [])
        try await connection.domainPinVCPU(test, vcpu: 1, cpumap: [])
        let text = try await connection.domainGetXMLDesc(test, flags: [])
        #expect(
            text.contains(
                """
                  <cputune>
                    <vcpupin vcpu='0' cpuset='0,2'/>
                    <vcpupin vcpu='1' cpuset=''/>
                    <emulatorpin cpuset='1'/>
                  </cputune>
                """))
        #expect(
            await failure { try await connection.domainPinVCPU(test, vcpu: 9, cpumap: [1]) }
                == "8/12 invalid argument: requested vcpu '9' is not present in the domain")
    }

    @Test func ioThreads() async throws {
        let connection = newConnection()
        let domain = try await connection.domainCreateXML(xmlDesc: xml("i", "<iothreads>2</iothreads>"), flags: [])
        try await connection.domainAddIOThread(domain, iothreadID: 7, flags: [])
        try await connection.domainDelIOThread(domain, iothreadID: 1, flags: [])
        let list = try await connection.domainGetIOThreadInfo(domain, flags: [])
        #expect(list.info.map(\.iothreadID) == [2, 7] && list.info[0].cpumap == [1])
        try await connection.domainSetIOThreadParams(
            domain, iothreadID: 7, params: [TypedParameter("poll_grow", .uint(3))], flags: [])
        let records = try await connection.connectGetAllDomainStats(doms: [domain], stats: 128, flags: [])
        let stats = values(records[0].params)
        #expect(stats["iothread.7.poll-grow"] == "uint(3)" && stats["iothread.7.poll-max-ns"] == "ullong(32768)")
        // Those of the definition are not counted.
        #expect(stats["iothread.count"] == "uint(1)" && stats["iothread.2.poll-max-ns"] == nil)
        #expect(
            await failure { try await connection.domainAddIOThread(domain, iothreadID: 7, flags: []) }
                == "8/20 invalid argument: an IOThread is already using iothread_id '7'")
    }

    @Test func metadata() async throws {
        let connection = newConnection()
        let test = try await connection.test
        let events = Recorder(connection)
        let element = DomainMetadataType(rawValue: 2)
        func set(_ text: String?, _ key: String, _ uri: String) async throws {
            try await connection.domainSetMetadata(test, type: element, metadata: text, key: key, uri: uri, flags: [])
        }
        try await set("<x>3</x>", "k", "http://a")
        try await set("<y b='3'><z/></y>", "kk", "http://bb")
        try await set("<a>t<b c='&lt;'/>u</a>", "m", "http://v")
        #expect(
            try await connection.domainGetXMLDesc(test, flags: []).contains(
                """
                  <metadata>
                    <k:x xmlns:k="http://a">3</k:x>
                    <kk:y xmlns:kk="http://bb" b="3">
                      <kk:z/>
                    </kk:y>
                    <m:a xmlns:m="http://v">t<m:b c="&lt;"/>u</m:a>
                  </metadata>
                """))
        func get(_ uri: String) async throws -> String {
            try await connection.domainGetMetadata(test, type: element, uri: uri, flags: [])
        }
        #expect(try await get("http://bb") == "<y b=\"3\">\n  <z/>\n</y>")
        #expect(try await get("http://v") == "<a>t<b c=\"&lt;\"/>u</a>")
        try await set(nil, "k", "http://a")
        #expect(
            await failure { _ = try await get("http://a") }
                == "80/20 metadata not found: Requested metadata element is not present")
        try await connection.domainSetMetadata(
            test, type: DomainMetadataType(rawValue: 1), metadata: "T", key: nil, uri: nil, flags: [])
        #expect(
            events.take() == [
                "test 1 metadata 2 http://a", "test 1 metadata 2 http://bb", "test 1 metadata 2 http://v",
                "test 1 metadata 2 http://a", "test 1 metadata 1 -",
            ])
    }

    @Test func guest() async throws {
        let connection = newConnection()
        let test = try await connection.test
        let second = try await connection.domainCreateXML(
            xmlDesc: xml(
                "n",
                devices: "<interface type='network'><source network='default'/></interface><interface type='user'/>"),
            flags: [])
        let first = try await connection.domainInterfaceAddresses(test, source: 0, flags: 0)
        #expect(first[0].addrs[0].addr == "192.168.122.3" && first[0].hwaddr == "aa:bb:cc:dd:ee:ff")
        let addresses = try await connection.domainInterfaceAddresses(second, source: 0, flags: 0)
        #expect(addresses.map { $0.addrs[0].addr } == ["192.168.122.23", "192.168.0.2"])
        #expect(try await connection.domainGetHostname(second, flags: []) == "nhost")
        #expect(try await connection.domainFSFreeze(test, mountpoints: ["/"], flags: 0) == 1)
        #expect(try await connection.domainFSFreeze(test, mountpoints: [], flags: 0) == 1)
        #expect(try await connection.domainFSThaw(test, mountpoints: [], flags: 0) == 2)
        #expect(try await connection.domainGetTime(test, flags: 0).seconds == 627_319_920)
        #expect(
            try await connection.domainMemoryPeek(test, offset: 255, size: 3, flags: .init(rawValue: 1)) == [255, 0, 1])
        #expect(
            await failure {
                try await connection.domainSendKey(test, codeset: 0, holdtime: 0, keycodes: [999], flags: 0)
            }
                == "1/12 internal error: invalid keycode 999 of linux codeset")
    }

    @Test func screenshot() async throws {
        let connection = newConnection()
        let (type, stream) = try await connection.domainScreenshot(try await connection.test, screen: 0, flags: 0)
        #expect(type == "image/png")
        var bytes: [UInt8] = []
        while case .data(let piece)? = try await stream.read() { bytes += piece }
        try await stream.finish()
        #expect(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        #expect(TestPicture.drawn.suffix(8) == [0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82])
    }

    @Test func snapshots() async throws {
        let connection = newConnection()
        let test = try await connection.test
        let events = Recorder(connection)
        func create(_ name: String, _ flags: UInt32 = 0) async throws -> DomainSnapshotRef {
            try await connection.domainSnapshotCreateXML(
                test, xmlDesc: "<domainsnapshot><name>\(name)</name></domainsnapshot>", flags: .init(rawValue: flags))
        }
        let first = try await create("s1")
        let second = try await create("s2")
        try await connection.domainSuspend(test)
        let third = try await create("s3")
        #expect(try await connection.domainSnapshotGetParent(third, flags: 0).name == "s2")
        #expect(
            await failure { _ = try await create("s1") } == "9/20 operation failed: domain moment s1 already exists")
        let text = try await connection.domainSnapshotGetXMLDesc(second, flags: [])
        #expect(text.contains("  <parent>\n    <name>s1</name>\n  </parent>\n"))
        #expect(
            text.contains("    <disk name='vda' snapshot='internal'/>\n  </disks>\n  <domain type='test'>\n    <name>"))
        #expect(text.hasSuffix("    </devices>\n  </domain>\n</domainsnapshot>\n"))
        func list(_ flags: UInt32) async throws -> [String] {
            try await connection.domainListAllSnapshots(test, flags: .init(rawValue: flags)).map(\.name)
        }
        #expect(try await list(0) == ["s1", "s2", "s3"])
        #expect(try await list(1) == ["s1"])
        #expect(try await list(4) == ["s3"])
        #expect(try await list(0x10) == [])
        _ = events.take()
        try await connection.domainRevertToSnapshot(third, flags: [])
        #expect(try await connection.state(test) == "3.7")
        #expect(events.take() == ["test -1 5.6", "test 2 2.3", "test 2 3.5"])
        try await connection.domainDestroy(test)
        _ = events.take()
        try await connection.domainRevertToSnapshot(first, flags: [])
        #expect(events.take() == ["test 3 2.3"])
        #expect(try await connection.domainSnapshotCurrent(test, flags: 0).name == "s1")
        try await connection.domainDestroy(test)
        #expect(
            await failure { try await connection.domainUndefine(test) }
                == "55/12 Requested operation is not valid: cannot delete inactive domain with 3 snapshots")
        try await connection.domainSnapshotDelete(second, flags: [])
        #expect(try await connection.domainSnapshotGetParent(third, flags: 0).name == "s1")
        try await connection.domainSnapshotDelete(first, flags: .init(rawValue: 4))
        #expect(try await list(0) == ["s1"])
        try await connection.domainUndefineFlags(test, flags: .init(rawValue: 2))
    }
}

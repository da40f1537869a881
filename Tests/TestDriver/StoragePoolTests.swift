import Libvirt
import Testing

@testable import TestDriver

extension TestConnection {
    var pool: StoragePoolRef {
        get async throws { try await storagePoolLookupByName(name: "default-pool") }
    }

    func pools(_ flags: UInt32) async throws -> [String] {
        try await connectListAllStoragePools(flags: ConnectListAllStoragePoolsFlags(rawValue: flags)).map(\.name)
    }

    /// State, allocation and what is left.
    func numbers(_ pool: StoragePoolRef) async throws -> [UInt64] {
        let info = try await storagePoolGetInfo(pool)
        #expect(info.capacity == 107_374_182_400)
        return [UInt64(info.state), info.allocation, info.available]
    }
}

func poolXML(_ name: String, kind: String = "dir", _ inside: String = "") -> String {
    "<pool type='\(kind)'><name>\(name)</name>\(inside)<target><path>/\(name)</path></target></pool>"
}

/// Expectations are what libvirt 9.0 says and does.
@Suite struct StoragePoolTests {
    static let active = "55/12 Requested operation is not valid: storage pool 'box' is active"
    static let inactive = "55/12 Requested operation is not valid: storage pool 'box' is not active"
    static let missing = "49/12 Storage pool not found: no storage pool with matching name 'box'"

    @Test func defaultPool() async throws {
        let connection = newConnection()
        let pool = try await connection.pool
        #expect(try await connection.numbers(pool) == [2, 0, 107_374_182_400])
        #expect(
            try await connection.storagePoolGetXMLDesc(pool, flags: []) == """
                <pool type='dir'>
                  <name>default-pool</name>
                  <uuid>dfe224cb-28fb-8dd0-c4b2-64eb3f0f4566</uuid>
                  <capacity unit='bytes'>107374182400</capacity>
                  <allocation unit='bytes'>0</allocation>
                  <available unit='bytes'>107374182400</available>
                  <source>
                  </source>
                  <target>
                    <path>/default-pool</path>
                  </target>
                </pool>

                """)
        #expect(try await connection.storagePoolIsPersistent(pool))
        #expect(try await connection.storagePoolGetAutostart(pool) == false)
    }

    @Test func wholeLife() async throws {
        let connection = newConnection()
        let events = Recorder(connection)
        let box = try await connection.storagePoolDefineXML(xml: poolXML("box"), flags: [])
        #expect(try await connection.storagePoolIsActive(box) == false)
        try await connection.storagePoolBuild(box, flags: [])
        try await connection.storagePoolCreate(box, flags: [])
        try await connection.storagePoolRefresh(box, flags: 0)
        #expect(try await connection.numbers(box)[0] == 2)
        for (call, text) in [
            (await failure { try await connection.storagePoolCreate(box, flags: []) }, Self.active),
            (await failure { try await connection.storagePoolBuild(box, flags: []) }, Self.active),
            (await failure { try await connection.storagePoolDelete(box, flags: []) }, Self.active),
            (await failure { try await connection.storagePoolUndefine(box) }, Self.active),
        ] { #expect(call == text) }
        try await connection.storagePoolDestroy(box)
        #expect(try await connection.numbers(box)[0] == 0)
        for call in [
            await failure { try await connection.storagePoolDestroy(box) },
            await failure { try await connection.storagePoolRefresh(box, flags: 0) },
        ] { #expect(call == Self.inactive) }
        try await connection.storagePoolDelete(box, flags: [])
        try await connection.storagePoolUndefine(box)
        #expect(
            events.take() == ["box 0.0", "box 4.0", "box 2.0", "box refresh", "box 3.0", "box 5.0", "box 1.0"])
        #expect(await failure { _ = try await connection.storagePoolGetInfo(box) } == Self.missing)
        #expect(await failure { try await connection.storagePoolUndefine(box) } == Self.missing)
        #expect(
            await failure { _ = try await connection.storagePoolIsActive(box) }
                == "49/12 Storage pool not found: no storage pool with matching uuid '\(box.uuid)'")
        #expect(events.take() == [])
    }

    @Test func transientPoolsVanish() async throws {
        let connection = newConnection()
        let events = Recorder(connection)
        let box = try await connection.storagePoolCreateXML(xml: poolXML("box"), flags: [])
        #expect(try await connection.storagePoolIsPersistent(box) == false)
        #expect(
            await failure { try await connection.storagePoolSetAutostart(box, autostart: true) }
                == "8/12 invalid argument: pool has no config file")
        try await connection.storagePoolDestroy(box)
        #expect(events.take() == ["box 2.0", "box 3.0"])
        #expect(await failure { _ = try await connection.storagePoolLookupByName(name: "box") } == Self.missing)
    }

    @Test func definedWhileItRuns() async throws {
        let connection = newConnection()
        let uuid = "<uuid>01020304-0506-4708-890a-0b0c0d0e0f10</uuid>"
        let box = try await connection.storagePoolCreateXML(xml: poolXML("box", uuid), flags: [])
        let other = poolXML("box", uuid).replacing("/box<", with: "/elsewhere<")
        _ = try await connection.storagePoolDefineXML(xml: other, flags: [])
        #expect(try await connection.storagePoolIsPersistent(box))
        #expect(
            await failure { _ = try await connection.storagePoolCreateXML(xml: other, flags: []) }
                == "55/18 Requested operation is not valid: pool is already active as 'box'")
        try await connection.storagePoolDestroy(box)
        #expect(try await connection.storagePoolGetXMLDesc(box, flags: []).contains("<path>/box</path>"))
        _ = try await connection.storagePoolDefineXML(xml: other, flags: [])
        #expect(try await connection.storagePoolGetXMLDesc(box, flags: []).contains("<path>/elsewhere</path>"))
        // A run by its own definition makes a pool that was persistent transient.
        try await connection.storagePoolSetAutostart(box, autostart: true)
        #expect(try await connection.storagePoolGetAutostart(box))
        _ = try await connection.storagePoolCreateXML(xml: other, flags: [])
        #expect(try await connection.storagePoolGetAutostart(box) == false)
        #expect(try await connection.storagePoolIsPersistent(box) == false)
    }

    @Test func namesAndSources() async throws {
        let connection = newConnection()
        let first = "<uuid>01020304-0506-4708-890a-0b0c0d0e0f10</uuid>"
        let second = "<uuid>01020304-0506-4708-890a-0b0c0d0e0f11</uuid>"
        _ = try await connection.storagePoolDefineXML(xml: poolXML("box", first), flags: [])
        for (xml, text) in [
            (
                poolXML("box", second),
                "pool 'box' already exists with uuid 01020304-0506-4708-890a-0b0c0d0e0f10"
            ),
            (
                poolXML("bag", first),
                "pool 'box' is already defined with uuid 01020304-0506-4708-890a-0b0c0d0e0f10"
            ),
            (poolXML("bag").replacing("/bag<", with: "/box/<"), "Storage source conflict with pool: 'box'"),
            (
                poolXML("bag", first).replacing("/bag<", with: "/default-pool<"),
                "Storage source conflict with pool: 'default-pool'"
            ),
        ] {
            for creates in [true, false] {
                let found = await failure {
                    if creates {
                        _ = try await connection.storagePoolCreateXML(xml: xml, flags: [])
                    } else {
                        _ = try await connection.storagePoolDefineXML(xml: xml, flags: [])
                    }
                }
                #expect(found == "9/18 operation failed: \(text)")
            }
        }
        #expect(
            await failure { _ = try await connection.storagePoolDefineXML(xml: "<pool/>", flags: []) }
                == "27/5 XML error: Missing required attribute 'type' in element 'pool'")
        #expect(
            await failure { _ = try await connection.storagePoolLookupByUUID(uuid: UUID()) }
                == "49/12 Storage pool not found: no storage pool with matching uuid "
                + "'00000000-0000-0000-0000-000000000000'")
    }

    @Test func lists() async throws {
        let connection = newConnection()
        _ = try await connection.storagePoolDefineXML(xml: poolXML("group", kind: "logical"), flags: [])
        let disk = try await connection.storagePoolDefineXML(
            xml: poolXML("disk", kind: "disk", "<source><device path='/d'/></source>"), flags: [])
        try await connection.storagePoolSetAutostart(disk, autostart: true)
        _ = try await connection.storagePoolCreateXML(
            xml: poolXML(
                "direct", kind: "iscsi-direct",
                "<source><host name='h'/><initiator><iqn name='i'/></initiator></source>"), flags: [])
        let all = ["default-pool", "group", "disk", "direct"]
        #expect(try await connection.pools(0) == all)
        for (flags, names) in [
            (1, ["group", "disk"]), (2, ["default-pool", "direct"]), (3, all), (4, ["default-pool", "group", "disk"]),
            (8, ["direct"]), (16, ["disk"]), (32, ["default-pool", "group", "direct"]), (64, ["default-pool"]),
            (128, []), (512, ["group"]), (512 | 1024, ["group", "disk"]), (0x80000, ["direct"]), (512 | 2, []),
        ] as [(UInt32, [String])] {
            #expect(try await connection.pools(flags) == names, "\(flags)")
        }
        #expect(
            await failure { _ = try await connection.pools(0x300000) }
                == "8/12 unsupported flags (0x300000) in function testConnectListAllStoragePools")
    }

    @Test func unknownFlags() async throws {
        let connection = newConnection()
        let pool = try await connection.pool
        let calls: [(String, UInt32, () async throws -> Void)] = [
            (
                "StoragePoolGetXMLDesc", 1,
                { _ = try await connection.storagePoolGetXMLDesc(pool, flags: .init(rawValue: 1)) }
            ),
            ("StoragePoolRefresh", 1, { try await connection.storagePoolRefresh(pool, flags: 1) }),
            (
                "StoragePoolDefineXML", 2,
                { _ = try await connection.storagePoolDefineXML(xml: "", flags: .init(rawValue: 3)) }
            ),
            ("StoragePoolCreate", 1, { try await connection.storagePoolCreate(pool, flags: .init(rawValue: 1)) }),
            (
                "StoragePoolCreateXML", 2,
                { _ = try await connection.storagePoolCreateXML(xml: "", flags: .init(rawValue: 2)) }
            ),
            ("StoragePoolBuild", 8, { try await connection.storagePoolBuild(pool, flags: .init(rawValue: 8)) }),
            ("StoragePoolDelete", 1, { try await connection.storagePoolDelete(pool, flags: .init(rawValue: 1)) }),
            ("StoragePoolListAllVolumes", 4, { _ = try await connection.storagePoolListAllVolumes(pool, flags: 4) }),
            (
                "ConnectFindStoragePoolSources", 1,
                { _ = try await connection.connectFindStoragePoolSources(type: "dir", srcSpec: nil, flags: 1) }
            ),
        ]
        for (function, flags, call) in calls {
            #expect(
                await failure(call)
                    == "8/12 unsupported flags (0x\(String(flags, radix: 16))) in function test\(function)")
        }
    }

    @Test func sources() async throws {
        let connection = newConnection()
        func find(_ kind: String, _ source: String? = nil) async throws -> String {
            try await connection.connectFindStoragePoolSources(type: kind, srcSpec: source, flags: 0)
        }
        #expect(
            try await find("logical") == """
                <sources>
                  <source>
                    <device path='/dev/sda20'/>
                    <name>testvg1</name>
                    <format type='lvm2'/>
                  </source>
                  <source>
                    <device path='/dev/sda21'/>
                    <name>testvg2</name>
                    <format type='lvm2'/>
                  </source>
                </sources>

                """)
        #expect(
            try await find("netfs", "<source><host name='nas' port='3'/><host name='other'/></source>") == """
                <sources>
                  <source>
                    <host name='nas'/>
                    <dir path='/testshare'/>
                    <format type='nfs'/>
                  </source>
                </sources>

                """)
        for (kind, source, text) in [
            ("dir", nil, "1/12 internal error: unknown storage pool type dir"),
            (
                "scsi", nil,
                "3/12 this function is not supported by the connection driver: pool type 'scsi' does not support "
                    + "source discovery"
            ),
            (
                "pond", "<source/>",
                "3/12 this function is not supported by the connection driver: pool type 'pond' does not support "
                    + "source discovery"
            ),
            ("netfs", nil, "8/12 invalid argument: hostname must be specified for netfs sources"),
            ("netfs", "<source/>", "8/12 invalid argument: hostname must be specified for netfs sources"),
            ("netfs", "<pool/>", "27/5 XML error: expecting root element of 'source', not 'pool'"),
            ("logical", "<source><host/></source>", "27/18 XML error: missing storage pool host name"),
            ("logical", "", "35/18 (storage_source_specification):1: Document is empty\n(null)\n^"),
        ] as [(String, String?, String)] {
            #expect(await failure { _ = try await find(kind, source) } == text)
        }
    }

    @Test func noGrowth() async throws {
        let connection = newConnection()
        for number in 0..<2_000 {
            let box = try await connection.storagePoolCreateXML(xml: poolXML("p\(number % 7)"), flags: [])
            _ = try await connection.storageVolCreateXML(
                box, xml: "<volume><name>v</name><capacity>1</capacity></volume>", flags: [])
            try await connection.storagePoolDestroy(box)
        }
        #expect(connection.host.read { $0.storage.tableSizes } == [1, 1])
        #expect(connection.host.read { $0.tableSizes } == [1, 1, 0])
    }
}

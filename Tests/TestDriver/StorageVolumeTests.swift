import Libvirt
import Testing

@testable import TestDriver

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

func volumeXML(_ name: String, _ capacity: UInt64 = 100, _ inside: String = "") -> String {
    "<volume><name>\(name)</name><capacity>\(capacity)</capacity>\(inside)</volume>"
}

extension TestConnection {
    func makeVolume(_ name: String, _ capacity: UInt64 = 100, _ inside: String = "") async throws -> StorageVolumeRef {
        try await storageVolCreateXML(try await pool, xml: volumeXML(name, capacity, inside), flags: [])
    }

    func volumes(_ pool: StoragePoolRef) async throws -> [String] {
        try await storagePoolListAllVolumes(pool, flags: 0).map(\.name)
    }
}

/// Expectations are what libvirt 9.0 says and does.
@Suite struct StorageVolumeTests {
    @Test func madeFoundAndDeleted() async throws {
        let connection = newConnection()
        let pool = try await connection.pool
        let volume = try await connection.makeVolume(
            "v", 100, "<key>mine</key><allocation>40</allocation><target><path>/mine</path></target>")
        #expect(volume.pool == "default-pool" && volume.name == "v" && volume.key == "/default-pool/v")
        #expect(try await connection.storageVolGetPath(volume) == "/default-pool/v")
        #expect(try await connection.numbers(pool) == [2, 40, 107_374_182_360])
        let info = try await connection.storageVolGetInfo(volume)
        #expect(info.type == 0 && info.capacity == 100 && info.allocation == 40)
        #expect(
            try await connection.storageVolGetXMLDesc(volume, flags: 0) == """
                <volume type='file'>
                  <name>v</name>
                  <key>/default-pool/v</key>
                  <capacity unit='bytes'>100</capacity>
                  <allocation unit='bytes'>40</allocation>
                  <target>
                    <path>/default-pool/v</path>
                    <format type='raw'/>
                  </target>
                </volume>

                """)
        for found in [
            try await connection.storageVolLookupByName(pool, name: "v"),
            try await connection.storageVolLookupByKey(key: "/default-pool/v"),
            try await connection.storageVolLookupByPath(path: "/default-pool/v"),
        ] { #expect(found.key == volume.key) }
        #expect(try await connection.storagePoolLookupByVolume(volume).uuid == pool.uuid)
        #expect(try await connection.volumes(pool) == ["v"])
        try await connection.storageVolDelete(volume, flags: [])
        #expect(try await connection.volumes(pool) == [])
        #expect(try await connection.numbers(pool) == [2, 0, 107_374_182_400])
        let gone = "50/12 Storage volume not found: no storage vol with matching "
        for (call, text) in [
            (await failure { try await connection.storageVolDelete(volume, flags: []) }, "name 'v'"),
            (await failure { _ = try await connection.storageVolGetInfo(volume) }, "name 'v'"),
            (await failure { _ = try await connection.storageVolGetPath(volume) }, "name 'v'"),
            (await failure { _ = try await connection.storageVolLookupByKey(key: "k") }, "key 'k'"),
            (await failure { _ = try await connection.storageVolLookupByPath(path: "p") }, "path 'p'"),
        ] { #expect(call == gone + text) }
        // The pool of a volume is found by its name alone.
        #expect(try await connection.storagePoolLookupByVolume(volume).name == "default-pool")
    }

    @Test func space() async throws {
        let connection = newConnection()
        let pool = try await connection.pool
        _ = try await connection.makeVolume("sparse", 1 << 62, "<allocation>0</allocation>")
        _ = try await connection.makeVolume("most", 1, "<allocation>107374182000</allocation>")
        #expect(try await connection.numbers(pool) == [2, 107_374_182_000, 400])
        #expect(
            await failure { _ = try await connection.makeVolume("v", 401) }
                == "1/12 internal error: Not enough free space in pool for volume 'v'")
        let rest = try await connection.makeVolume("v", 400)
        #expect(
            await failure {
                _ = try await connection.storageVolCreateXMLFrom(
                    pool, xml: volumeXML("w", 1), clonevol: rest, flags: [])
            } == "1/12 internal error: Not enough free space in pool for volume 'w'")
        #expect(
            await failure { _ = try await connection.makeVolume("v", 1) }
                == "9/12 operation failed: storage vol already exists")
        #expect(
            await failure { _ = try await connection.makeVolume("x", 1, "<allocation unit='E'>9</allocation>") }
                == "82/0 numerical overflow: value too large: 9E")
    }

    @Test func copies() async throws {
        let connection = newConnection()
        let pool = try await connection.pool
        let original = try await connection.makeVolume("v", 100)
        func copy(_ xml: String) async throws -> StorageVolumeRef {
            try await connection.storageVolCreateXMLFrom(pool, xml: xml, clonevol: original, flags: [])
        }
        let small = try await copy(volumeXML("small", 50))
        #expect(try await connection.storageVolGetInfo(small).capacity == 50)
        #expect(
            await failure { _ = try await copy(volumeXML("small")) }
                == "9/12 operation failed: storage vol already exists")
        #expect(
            await failure { _ = try await copy("<volume><name>x</name></volume>") }
                == "27/18 XML error: missing capacity element")
        try await connection.storageVolDelete(original, flags: [])
        #expect(
            await failure { _ = try await copy(volumeXML("x")) }
                == "50/12 Storage volume not found: no storage vol with matching name 'v'")
    }

    @Test func volumesOfAPoolThatDoesNotRun() async throws {
        let connection = newConnection()
        let box = try await connection.storagePoolDefineXML(xml: poolXML("box"), flags: [])
        try await connection.storagePoolCreate(box, flags: [])
        let volume = try await connection.storageVolCreateXML(box, xml: volumeXML("v"), flags: [])
        try await connection.storagePoolDestroy(box)
        for call in [
            await failure { _ = try await connection.storageVolGetInfo(volume) },
            await failure { _ = try await connection.storageVolGetXMLDesc(volume, flags: 0) },
            await failure { _ = try await connection.storageVolGetPath(volume) },
            await failure { try await connection.storageVolDelete(volume, flags: []) },
            await failure { _ = try await connection.storageVolLookupByName(box, name: "v") },
            await failure { _ = try await connection.storageVolCreateXML(box, xml: "<volume/>", flags: []) },
        ] { #expect(call == StoragePoolTests.inactive) }
        #expect(
            await failure { _ = try await connection.volumes(box) }
                == "55/12 Requested operation is not valid: storage pool is not active")
        #expect(
            await failure { _ = try await connection.storageVolLookupByKey(key: volume.key) }
                == "50/12 Storage volume not found: no storage vol with matching key '/box/v'")
        try await connection.storagePoolCreate(box, flags: [])
        #expect(try await connection.volumes(box) == ["v"])
    }

    /// Type and place follow from the pool.
    @Test func poolsOfOtherTypes() async throws {
        let connection = newConnection()
        for (kind, source, type, path) in [
            ("logical", "<source><name>vg</name></source>", 1, "/dev/vg/v"), ("zfs", "", 1, "/dev/zvol/zfs/v"),
            ("mpath", "", 1, "/mpath/v"), ("netfs", "<source><host name='h'/><dir path='/x'/></source>", 0, "/netfs/v"),
            ("rbd", "<source><name>images</name><host name='h'/></source>", 3, "images/v"),
            ("sheepdog", "<source><host name='h'/></source>", 3, "sheepdog/v"),
        ] as [(String, String, Int8, String)] {
            let pool = try await connection.storagePoolCreateXML(xml: poolXML(kind, kind: kind, source), flags: [])
            let volume = try await connection.storageVolCreateXML(pool, xml: volumeXML("v"), flags: [])
            #expect(try await connection.storageVolGetInfo(volume).type == type, "\(kind)")
            #expect(try await connection.storageVolGetPath(volume) == path)
            #expect(volume.key == path)
        }
    }

    @Test func unknownFlags() async throws {
        let connection = newConnection()
        let pool = try await connection.pool
        let volume = try await connection.makeVolume("v")
        let calls: [(String, UInt32, () async throws -> Void)] = [
            ("GetXMLDesc", 1, { _ = try await connection.storageVolGetXMLDesc(volume, flags: 1) }),
            (
                "CreateXML", 1,
                { _ = try await connection.storageVolCreateXML(pool, xml: "", flags: .init(rawValue: 5)) }
            ),
            (
                "CreateXMLFrom", 2,
                {
                    _ = try await connection.storageVolCreateXMLFrom(
                        pool, xml: "", clonevol: volume, flags: .init(rawValue: 2))
                }
            ),
            ("Delete", 1, { try await connection.storageVolDelete(volume, flags: .init(rawValue: 1)) }),
        ]
        for (function, flags, call) in calls {
            #expect(await failure(call) == "8/12 unsupported flags (0x\(flags)) in function testStorageVol\(function)")
        }
    }

    @Test func hostsOfFiles() async throws {
        let folder = "/tmp/teststorage.\(UInt64.random(in: 0 ..< .max))"
        try #require(mkdir(folder, 0o700) == 0)
        defer {
            for name in ["node.xml", "volume.xml"] { unlink("\(folder)/\(name)") }
            rmdir(folder)
        }
        func write(_ name: String, _ text: String) throws {
            try TestFile.write(Array(text.utf8), to: "\(folder)/\(name)")
        }
        try write("volume.xml", volumeXML("far", 7))
        let inside = """
            <volume><name>v</name><key>k</key><capacity>5</capacity><target><path>/p//</path></target></volume>
            <volume file='volume.xml'/>
            """
        try write("node.xml", "<node>" + poolXML("box").replacing("</pool>", with: inside + "</pool>") + "</node>")
        let driver = TestDriver()
        func open() async throws -> TestConnection {
            try #require(try await driver.open("test://\(folder)/node.xml", flags: 0) as? TestConnection)
        }
        let connection = try await open()
        #expect(try await connection.pools(2 | 4) == ["box"])
        let box = try await connection.storagePoolLookupByName(name: "box")
        #expect(try await connection.numbers(box) == [2, 12, 107_374_182_388])
        #expect(try await connection.volumes(box) == ["v", "far"])
        #expect(try await connection.storageVolLookupByKey(key: "k").name == "v")
        #expect(try await connection.storageVolLookupByPath(path: "/p//").name == "v")
        #expect(try await connection.storageVolLookupByKey(key: "/box/far").name == "far")
        // Sizes that no pool has are counted without harm.
        let huge = "<volume><name>h%</name><capacity unit='E'>7</capacity></volume>"
        let many = (0..<4).map { huge.replacing("%", with: "\($0)") }.joined()
        try write("node.xml", "<node>" + poolXML("box").replacing("</pool>", with: many + "</pool>") + "</node>")
        let crowded = try await open()
        let full = try await crowded.storagePoolLookupByName(name: "box")
        for volume in try await crowded.storagePoolListAllVolumes(full, flags: 0) {
            try await crowded.storageVolDelete(volume, flags: [])
        }
        #expect(try await crowded.numbers(full) == [2, 0, 107_374_182_400])
        for (text, error) in [
            ("<pool/>", "27/5 XML error: Missing required attribute 'type' in element 'pool'"),
            (
                poolXML("box").replacing("</pool>", with: "<volume/></pool>"),
                "27/18 XML error: missing volume name element"
            ),
            ("<pool file='none.xml'/>", "27/12 XML error: failed to parse xml document '\(folder)/none.xml'"),
            (
                poolXML("a") + poolXML("b").replacing("/b<", with: "/a<"),
                "9/18 operation failed: Storage source conflict with pool: 'a'"
            ),
        ] {
            try write("node.xml", "<node>\(text)</node>")
            #expect(await failure { _ = try await open() } == error)
        }
    }
}

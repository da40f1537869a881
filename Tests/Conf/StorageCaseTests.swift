import Testing
import VirtConf
import VirtUtil

/// Every `Cases/StoragePool/NAME.xml` and `Cases/StorageVolume/NAME.xml` is defined; `NAME.expected.xml` is what comes
/// back. `refusals.txt` has what is not taken, with libvirt's code, origin and text.
///
/// The expectations are answers of libvirt 9.0's test driver, without the sizes of the pool and the place that it
/// gives a volume. `VIRT_REGENERATE=1` rewrites the files that are printed.
@Suite("Storage definitions")
struct StorageCaseTests {
    enum Object: String, CaseIterable, Sendable {
        case pool = "StoragePool"
        case volume = "StorageVolume"

        var folder: String { CaseFiles.folder(rawValue) }

        func define(_ xml: String) -> String {
            do throws(ConfError) {
                switch self {
                case .pool: return try StoragePoolDefinition(xml: xml).xml()
                case .volume: return try StorageVolumeDefinition(xml: xml, in: .dir).xml()
                }
            } catch {
                return "\(error.code) \(error.domain) \(error.message)"
            }
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let object: Object
        let name: String
        var testDescription: String { "\(object.rawValue)/\(name)" }
    }

    static let cases = Object.allCases.flatMap { object in
        CaseFiles.names(in: object.folder, ending: ".xml").filter { !$0.hasSuffix(".expected") }
            .map { Case(object: object, name: $0) }
    }

    @Test("cases", arguments: cases)
    func defineCase(_ given: Case) throws {
        let path = "\(given.object.folder)/\(given.name)"
        let result = given.object.define(try #require(CaseFiles.read("\(path).xml")))
        if CaseFiles.isRegenerating { CaseFiles.write("\(path).expected.xml", result) }
        #expect(result == CaseFiles.read("\(path).expected.xml"))
        // What was printed is a definition too.
        #expect(given.object.define(result) == result)
    }

    @Test func allTypesHaveACase() throws {
        let texts = Self.cases.filter { $0.object == .pool }.map {
            CaseFiles.read("\($0.object.folder)/\($0.name).xml")
        }
        for kind in StoragePoolKind.allCases {
            #expect(texts.contains { $0?.contains("<pool type='\(kind.rawValue)'>") == true }, "\(kind)")
        }
    }

    @Test("refusals", arguments: Object.allCases)
    func refusals(_ object: Object) throws {
        let lines = try #require(CaseFiles.read("\(object.folder)/refusals.txt")).split(separator: "\n").dropFirst()
        #expect(lines.count > 60 && lines.count.isMultiple(of: 2))
        var definition = ""
        for line in lines {
            guard line.hasPrefix("    ") else {
                definition = String(line)
                continue
            }
            #expect(object.define(definition) == line.dropFirst(4).replacing("\\n", with: "\n"), "\(definition)")
        }
    }

    static let formats: [(StoragePoolKind, word: String, expected: String?)] = [
        (.dir, "", "raw"), (.dir, "qcow2", "qcow2"), (.dir, "linux", nil), (.disk, "", "none"),
        (.disk, "linux-swap", "linux-swap"), (.disk, "raw", nil), (.logical, "anything", ""), (.logical, "", ""),
        (.zfs, "", ""), (.rbd, "", "raw"), (.gluster, "qed", "qed"), (.mpath, "", ""), (.iscsiDirect, "x", ""),
    ]

    /// Formats are words of the pool's type, and some types have none.
    @Test(arguments: formats)
    func volumeFormats(_ kind: StoragePoolKind, _ word: String, _ expected: String?) throws {
        let xml = "<volume><name>v</name><capacity>1</capacity><target><format type='\(word)'/></target></volume>"
        guard let expected else {
            let message = "unsupported configuration: unknown volume format type \(word)"
            #expect {
                try StorageVolumeDefinition(xml: xml, in: kind)
            } throws: { ($0 as? ConfError)?.message == message }
            return
        }
        let definition = try StorageVolumeDefinition(xml: xml, in: kind)
        #expect(definition.target.format == (expected.isEmpty ? nil : expected))
    }

    @Test func capacityRules() throws {
        let bare = "<volume><name>v</name></volume>"
        let backed = "<volume><name>v</name><backingStore><path>/b</path></backingStore></volume>"
        #expect(throws: ConfError.self) { try StorageVolumeDefinition(xml: backed, in: .dir) }
        #expect(throws: ConfError.self) {
            try StorageVolumeDefinition(xml: bare, in: .dir, capacityRule: .backingStoreSuffices)
        }
        #expect(try !StorageVolumeDefinition(xml: backed, in: .dir, capacityRule: .backingStoreSuffices).hasCapacity)
        #expect(try StorageVolumeDefinition(xml: bare, in: .dir, capacityRule: .optional).capacity == 0)
    }

    /// What a driver finds out is printed, and in libvirt's order.
    @Test func measuredValues() throws {
        var volume = try StorageVolumeDefinition(
            xml: "<volume><name>v</name><capacity>1</capacity></volume>", in: .disk)
        volume.key = "k"
        volume.physical = 512
        volume.extents = [
            .init(device: "/dev/sda", start: 1, end: 2), .init(device: "/dev/sda", start: 3, end: 4),
            .init(device: "/dev/sdb", start: 5, end: 6),
        ]
        volume.target.timestamps = StorageTimestamps(
            accessed: .init(seconds: 5, nanoseconds: 7), modified: .init(seconds: 6, nanoseconds: 120_000_000),
            changed: .init(seconds: 7, nanoseconds: 0), made: .init(seconds: 0, nanoseconds: 0))
        #expect(
            volume.xml() == """
                <volume type='file'>
                  <name>v</name>
                  <key>k</key>
                  <source>
                    <device path='/dev/sda'>
                      <extent start='1' end='2'/>
                      <extent start='3' end='4'/>
                    </device>
                    <device path='/dev/sdb'>
                      <extent start='5' end='6'/>
                    </device>
                  </source>
                  <capacity unit='bytes'>1</capacity>
                  <allocation unit='bytes'>1</allocation>
                  <physical unit='bytes'>512</physical>
                  <target>
                    <format type='none'/>
                    <timestamps>
                      <atime>5.000000007</atime>
                      <mtime>6.120000000</mtime>
                      <ctime>7</ctime>
                      <btime>0</btime>
                    </timestamps>
                  </target>
                </volume>

                """)
    }

    /// Options of mounts and of Ceph: only who asks for them gets them.
    @Test func options() throws {
        let mount = """
            <pool type='netfs' xmlns:f='\(StoragePoolOptions.fileSystemNamespace)'><name>n</name>\
            <source><host name='h'/><dir path='/x'/></source><target><path>/t</path></target>\
            <f:mount_opts><f:option name='ro'/><option name='none'/><f:option name='a&lt;b'/></f:mount_opts></pool>
            """
        #expect(try !StoragePoolDefinition(xml: mount).xml().contains("xmlns"))
        let text = try StoragePoolDefinition(xml: mount, readsOptions: true).xml()
        #expect(text.hasPrefix("<pool type='netfs' xmlns:fs='\(StoragePoolOptions.fileSystemNamespace)'>\n"))
        #expect(
            text.hasSuffix(
                """
                  </target>
                  <fs:mount_opts>
                    <fs:option name='ro'/>
                    <fs:option name='a&lt;b'/>
                  </fs:mount_opts>
                </pool>

                """))
        #expect(try StoragePoolDefinition(xml: text, readsOptions: true).xml() == text)
        let ceph = """
            <pool type='rbd' xmlns:rbd='\(StoragePoolOptions.rbdNamespace)'><name>n</name>\
            <source><name>n</name><host name='h'/></source>\
            <rbd:config_opts><rbd:option name='client_mount_timeout' value='45'/></rbd:config_opts></pool>
            """
        let printed = try StoragePoolDefinition(xml: ceph, readsOptions: true).xml()
        #expect(printed.contains("<rbd:option name='client_mount_timeout' value='45'/>"))
        for broken in [mount.replacing(" name='ro'", with: ""), ceph.replacing(" value='45'", with: "")] {
            #expect(throws: ConfError.self) { try StoragePoolDefinition(xml: broken, readsOptions: true) }
        }
    }

    @Test func identitiesAreGenerated() throws {
        let xml = "<pool type='dir'><name>n</name><target><path>/t</path></target></pool>"
        #expect(try StoragePoolDefinition(xml: xml).uuid != StoragePoolDefinition(xml: xml).uuid)
    }

    @Test(arguments: [
        ("/a/b", "/a/b"), ("//a", "//a"), ("///a", "/a"), ("/a//b///", "/a/b"), ("/", "/"), ("//", "//"), ("///", "/"),
        ("a//b/", "a/b"), ("", ""), ("http://h//x/", "http://h//x/"), ("a/../b", "a/../b"),
    ])
    func paths(_ given: String, _ expected: String) {
        #expect(HostPath.sanitized(given) == expected)
    }

    /// `same` is what is inside `<source>` of two pools that libvirt 9.0 takes for one storage; `other` is of a third.
    static let sources: [(String, String, same: String?, other: String?)] = [
        ("fs", "<device path='/d'/>", "<device path='/e'/><device path='/d'/>", "<device path='/f'/>"),
        (
            "netfs", "<host name='h'/><dir path='/x'/>", "<host name='h'/><host name='i'/><dir path='/x'/>",
            "<host name='h' port='1'/><dir path='/x'/>"
        ),
        ("logical", "<device path='/d'/>", "<device path='/d'/>", "<name>n</name>"),
        (
            "iscsi", "<host name='h'/><device path='/d'/>", "<host name='i'/><device path='/d'/>",
            "<host name='h'/><device path='/d'/><initiator><iqn name='q'/></initiator>"
        ),
        ("scsi", "<adapter name='host1'/>", "<adapter name='scsi_host1'/>", "<adapter name='host2'/>"),
        ("sheepdog", "<host name='h'/>", "<host name='h'/><name>x</name>", "<host name='i'/>"),
        (
            "gluster", "<host name='h'/><name>n</name>", "<host name='h'/><name>n</name>",
            "<host name='h'/><name>m</name>"
        ),
        ("vstorage", "<name>n</name>", "<name>n</name>", "<name>m</name>"),
        ("zfs", "<device path='/d'/>", "<device path='/d'/>", ""),
        ("mpath", "", "", nil), ("rbd", "<host name='h'/><name>n</name>", nil, "<host name='h'/><name>n</name>"),
    ]

    @Test(arguments: sources)
    func conflicts(_ kind: String, _ source: String, _ same: String?, _ other: String?) throws {
        func pool(_ inside: String, _ name: String) throws -> StoragePoolDefinition {
            try StoragePoolDefinition(
                xml: """
                    <pool type='\(kind)'><name>\(name)</name><source>\(inside)</source>\
                    <target><path>/\(name)</path></target></pool>
                    """)
        }
        let first = try pool(source, "a")
        if let same { #expect(try pool(same, "b").conflicts(with: first)) }
        if let other { #expect(try !pool(other, "c").conflicts(with: first)) }
        let directory = try StoragePoolDefinition(
            xml: "<pool type='dir'><name>d</name><target><path>/a</path></target></pool>")
        #expect(!directory.conflicts(with: first) && directory.conflicts(with: directory))
    }

    @Test func capabilities() {
        let text = StoragePoolCapabilities(supported: [.dir, .disk]).xml()
        #expect(text.hasPrefix("<storagepoolCapabilities>\n  <pool type='dir' supported='yes'>\n    <volOptions>\n"))
        #expect(
            text.contains(
                """
                  <pool type='logical' supported='no'>
                    <poolOptions>
                      <defaultFormat type='lvm2'/>
                      <enum name='sourceFormatType'>
                        <value>unknown</value>
                        <value>lvm2</value>
                      </enum>
                    </poolOptions>
                  </pool>

                """))
        #expect(text.contains("  <pool type='zfs' supported='no'>\n  </pool>\n"))
        #expect(
            text.contains("      <defaultFormat type='raw'/>\n      <enum name='targetFormatType'>\n      </enum>\n"))
    }

    @Test(
        "hostile definitions are refused",
        arguments: [
            "<!DOCTYPE pool [<!ENTITY e 'x'>]><pool type='dir'><name>&e;</name></pool>",
            "<pool type='dir'><name>n</name>" + String(repeating: "<source>", count: 10_000),
            "<volume><name>v</name><capacity>" + String(repeating: "9", count: 10_000) + "</capacity></volume>",
        ])
    func hostile(xml: String) {
        #expect(throws: ConfError.self) { try StoragePoolDefinition(xml: xml) }
        #expect(throws: ConfError.self) { try StorageVolumeDefinition(xml: xml, in: .dir) }
    }
}

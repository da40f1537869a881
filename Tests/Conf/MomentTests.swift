import Testing
import VirtUtil

@testable import VirtConf

/// Snapshots and checkpoints.
@Suite struct MomentTests {
    private static let domain = """
        <domain type='test'><name>d</name><memory>1024</memory><os><type>hvm</type></os><devices>
        <disk type='file'><source file='/images/a.qcow2'/><target dev='vda'/></disk>
        <disk type='block'><source dev='/dev/b'/><target dev='vdb'/></disk>
        <disk type='file' device='cdrom'><target dev='hdc'/></disk></devices></domain>
        """

    private func snapshot(_ text: String, isRedefined: Bool = false) throws -> SnapshotDefinition {
        try SnapshotDefinition(
            document: XMLDocument(text, name: "(domain_snapshot)", domain: ConfError.fromSnapshot),
            isRedefined: isRedefined, now: 1_000)
    }

    private func checkpoint(_ text: String, isRedefined: Bool = false) throws -> CheckpointDefinition {
        try CheckpointDefinition(
            document: XMLDocument(text, name: "(domain_checkpoint)", domain: ConfError.fromCheckpoint),
            isRedefined: isRedefined, now: 1_000)
    }

    private func refusal<T>(_ body: () throws -> T) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? ConfError)?.message
        }
    }

    @Test func snapshotsComeBack() throws {
        let text = """
            <domainsnapshot>
              <name>s</name>
              <description>A &lt;b&gt;</description>
              <state>running</state>
              <parent>
                <name>p</name>
              </parent>
              <creationTime>12</creationTime>
              <memory snapshot='external' file='/memory'/>
              <disks>
                <disk name='vda' snapshot='external' type='file'>
                  <driver type='qcow2'/>
                  <source file='/images/a.s'/>
                </disk>
                <disk name='vdb' snapshot='no'/>
              </disks>
            </domainsnapshot>

            """
        let read = try snapshot(text, isRedefined: true)
        #expect(read.parent == "p")
        #expect(read.disks.first?.source.path == "/images/a.s")
        #expect(read.xml(domain: nil, style: XMLStyle()) == text)
        // What belongs to the record of an older one is not taken from a new one.
        let new = try snapshot(text)
        #expect(new.parent == nil && new.state == nil && new.creationTime == 1_000)
    }

    @Test(arguments: [
        ("<domainsnapshot/>", "a redefined snapshot must have a name"),
        ("<domainsnapshot><name>a</name></domainsnapshot>", "missing creationTime from existing snapshot"),
        ("<domainsnapshot><name>a</name><creationTime>1</creationTime></domainsnapshot>",
            "missing state from existing snapshot"),
        ("<domainsnapshot><name>a</name><creationTime>1</creationTime><state>odd</state></domainsnapshot>",
            "Invalid state 'odd' in domain snapshot XML"),
        ("<domainsnapshot><memory snapshot='external'/></domainsnapshot>",
            "external memory snapshots require a filename"),
        ("<domainsnapshot><memory snapshot='internal' file='/m'/></domainsnapshot>",
            "memory filename '/m' requires external snapshot"),
        ("<domainsnapshot><disks><disk/></disks></domainsnapshot>", "missing name from disk snapshot element"),
    ])
    func wrongSnapshots(_ text: String, _ expected: String) {
        #expect(refusal { try snapshot(text, isRedefined: true) }?.hasSuffix(expected) == true)
    }

    @Test func disksOfASnapshot() throws {
        let domain = try DomainDefinition(xml: Self.domain, defaults: .test)
        var plain = try snapshot("<domainsnapshot/>")
        #expect(plain.name == "1000")
        try plain.align(with: domain) { _ in true }
        #expect(plain.disks.map(\.name) == ["vda", "vdb", "hdc"])
        #expect(plain.disks.map(\.location) == [.internal, .internal, .no])
        var outside = try snapshot(
            """
            <domainsnapshot><name>s</name><memory file='/m'/>
            <disks><disk name='/dev/b' snapshot='no'/></disks></domainsnapshot>
            """)
        try outside.align(with: domain) { $0 == "/images/a.qcow2" }
        #expect(outside.disks.map(\.location) == [.external, .no, .no])
        #expect(outside.disks[0].source.path == "/images/a.s")
        func refused(_ disks: String, memory: String = "") throws -> String? {
            var value = try snapshot("<domainsnapshot>\(memory)<disks>\(disks)</disks></domainsnapshot>")
            return refusal { try value.align(with: domain) { _ in false } }
        }
        #expect(try refused("<disk name='vdz'/>")?.hasSuffix("no disk named 'vdz'") == true)
        #expect(
            try refused("<disk name='vda'/><disk name='/images/a.qcow2'/>")?.hasSuffix("disk 'vda' specified twice") == true)
        #expect(
            try refused("<disk name='vda' snapshot='external'/>")?
                .hasSuffix("disk 'vda' must use snapshot mode 'internal'") == true)
        #expect(
            try refused("<disk name='vdb' snapshot='no'/>", memory: "<memory file='/m'/>")?
                .hasSuffix("is not a regular file; refusing to generate external snapshot name") == true)
    }

    @Test func disksOfACheckpoint() throws {
        let domain = try DomainDefinition(xml: Self.domain, defaults: .test)
        var all = try checkpoint("<domaincheckpoint><name>c</name></domaincheckpoint>")
        try all.align(with: domain)
        #expect(all.disks.map(\.mode) == [.bitmap, .bitmap, .no])
        #expect(all.disks.map(\.bitmap) == ["c", "c", nil])
        var one = try checkpoint(
            "<domaincheckpoint><name>c</name><disks><disk name='vdb' bitmap='b'/></disks></domaincheckpoint>")
        try one.align(with: domain)
        #expect(one.disks.map(\.mode) == [.no, .bitmap, .no])
        #expect(one.disks[1].bitmap == "b")
        func refused(_ disk: String) throws -> String? {
            var value = try checkpoint("<domaincheckpoint><disks>\(disk)</disks></domaincheckpoint>")
            return refusal { try value.align(with: domain) }
        }
        #expect(try refused("<disk name='hdc'/>")?.hasSuffix("disk 'hdc' is empty or readonly") == true)
        #expect(try refused("<disk name='no'/>")?.hasSuffix("no disk named 'no'") == true)
        #expect(
            refusal { try checkpoint("<domaincheckpoint><name>c</name></domaincheckpoint>", isRedefined: true) }?
                .hasSuffix("missing creationTime from existing checkpoint") == true)
    }
}

import Testing
import VirtConf

/// Records, in the words of libvirtd 9.0 with `audit_logging = 1`.
@Suite struct DomainAuditTests {
    private func definition(_ name: String = "au") throws -> DomainDefinition {
        try DomainDefinition(
            xml: """
                <domain type='qemu'><name>\(name)</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>
                <memory>65536</memory><vcpu>2</vcpu><os><type arch='x86_64' machine='pc'>hvm</type></os><devices>
                <disk type='file' device='disk'><source file='/tmp/au.img'/><target dev='vda' bus='virtio'/></disk>
                <disk type='file' device='cdrom'><target dev='hda' bus='ide'/></disk>
                <interface type='user'><mac address='52:54:00:00:00:01'/></interface>
                <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng></devices></domain>
                """, defaults: .test)
    }

    @Test func aStartTellsWhatTheGuestGets() throws {
        let records = DomainAudit(try definition()).start(reason: "booted", processID: 74)
        let guest = #"vm="au" uuid=6695eb01-f6a4-8304-79aa-97f2502e193f"#
        #expect(
            records.map(\.text) == [
                #"virt=qemu resrc=disk reason=start \#(guest) old-disk="?" new-disk="/tmp/au.img""#,
                #"virt=qemu resrc=net reason=start \#(guest) old-net="?" new-net="52:54:00:00:00:01""#,
                #"virt=qemu resrc=rng reason=start \#(guest) old-rng="?" new-rng="/dev/urandom""#,
                "virt=qemu resrc=mem reason=start \(guest) old-mem=0 new-mem=65536",
                "virt=qemu resrc=vcpu reason=start \(guest) old-vcpu=0 new-vcpu=2",
                "virt=qemu op=start reason=booted \(guest) vm-pid=74",
            ])
        #expect(records.last?.kind == .control && records.first?.kind == .resource)
        #expect(!records.contains { !$0.isSuccess })
    }

    @Test func theEndAndAFailedDevice() throws {
        let audit = DomainAudit(try definition())
        #expect(
            audit.stop(reason: "destroyed").map(\.text) == [
                #"virt=qemu op=stop reason=destroyed vm="au" uuid=6695eb01-f6a4-8304-79aa-97f2502e193f vm-pid=0"#
            ])
        let failed = audit.device("disk", "attach", nil, "/tmp/au.img", false)
        #expect(failed.count == 1 && !failed[0].isSuccess)
    }

    /// A name cannot make a record say something else.
    @Test(arguments: [
        ("a", "\"a\""), ("a b", "612062"), ("a\"b", "612262"), ("é", "C3A9"), ("a op=stop", "61206F703D73746F70"),
    ])
    func namesAreQuoted(_ name: String, _ quoted: String) throws {
        #expect(AuditRecord.quoted(name) == quoted)
        let record = DomainAudit(try definition(name == "a\"b" ? "a&quot;b" : name)).stop(reason: "shutdown")[0]
        #expect(record.text.contains("vm=\(quoted) "))
    }
}

import Libvirt
import Testing

@testable import TestDriver

/// Devices that come and go in a guest that runs; those of definitions are held against libvirtd's QEMU driver by
/// `Tests/Conformance/virsh/devices.cases`.
@Suite("Devices of the test driver")
struct DeviceTests {
    private let disk = "<disk type='file' device='disk'><source file='/b'/><target dev='vdb' bus='virtio'/></disk>"
    private let dice = "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"

    private func guest(_ connection: TestConnection) async throws -> DomainRef {
        let domain = try await connection.domainDefineXML(
            xml: xml(
                "guest",
                devices: """
                    <disk type='file' device='cdrom'><source file='/a.iso'/><target dev='hdc' bus='ide'/></disk>
                    <controller type='scsi' index='0' model='virtio-scsi'/>
                    <interface type='user'><mac address='52:54:00:00:00:01'/></interface>
                    <graphics type='vnc' autoport='yes' passwd='old'/>
                    """))
        return try await connection.domainCreateWithFlags(domain, flags: [])
    }

    private func live(_ connection: TestConnection, _ domain: DomainRef) async throws -> String {
        try await connection.domainGetXMLDesc(domain, flags: .secure)
    }

    private func kept(_ connection: TestConnection, _ domain: DomainRef) async throws -> String {
        try await connection.domainGetXMLDesc(domain, flags: [.inactive, .secure])
    }

    @Test func attachedDevicesHaveAliasesAndAreAnnounced() async throws {
        let connection = newConnection()
        let domain = try await guest(connection)
        let recorder = Recorder(connection)
        try await connection.domainAttachDevice(domain, xml: disk)
        try await connection.domainAttachDeviceFlags(domain, xml: dice, flags: .live)
        let text = try await live(connection, domain)
        #expect(text.contains("<alias name='virtio-disk1'/>") && text.contains("<alias name='rng0'/>"))
        #expect(!(try await kept(connection, domain)).contains("vdb"))
        try await connection.domainAttachDevice(domain, xml: "<interface type='user'><mac address='52:54:00:00:00:02'/></interface>")
        #expect(try await live(connection, domain).contains("<alias name='net1'/>"))
        try await connection.domainDetachDevice(domain, xml: disk)
        // A device that was there at the start has the name that QEMU would give it.
        try await connection.domainDetachDevice(
            domain, xml: "<interface type='user'><mac address='52:54:00:00:00:01'/></interface>")
        let events = recorder.take()
        #expect(events.count == 5)
        for (event, (kind, alias)) in zip(
            events,
            [
                ("deviceAdded", "virtio-disk1"), ("deviceAdded", "rng0"), ("deviceAdded", "net1"),
                ("deviceRemoved", "virtio-disk1"),
                ("deviceRemoved", "net0"),
            ])
        {
            #expect(event.contains(kind) && event.contains("\"\(alias)\""))
        }
        let after = try await live(connection, domain)
        #expect(!after.contains("vdb") && !after.contains("52:54:00:00:00:01") && after.contains("<rng"))
        // What was taken from the run alone is back after it.
        try await connection.domainDestroy(domain)
        #expect(try await live(connection, domain).contains("<interface"))
    }

    @Test func bothDefinitionsChangeOrNeither() async throws {
        let connection = newConnection()
        let domain = try await guest(connection)
        try await connection.domainAttachDeviceFlags(domain, xml: disk, flags: [.live, .config])
        #expect(try await live(connection, domain).contains("vdb"))
        #expect(try await kept(connection, domain).contains("vdb"))
        #expect(!(try await kept(connection, domain)).contains("<alias"))
        // The definition would take the sound card, the guest does not.
        let sound = "<sound model='ich6'/>"
        #expect(
            await failure { try await connection.domainAttachDeviceFlags(domain, xml: sound, flags: [.live, .config]) }
                == "84/12 Operation not supported: live attach of device 'sound' is not supported")
        #expect(!(try await kept(connection, domain)).contains("<sound"))
        try await connection.domainDetachDeviceFlags(domain, xml: disk, flags: .config)
        #expect(
            await failure { try await connection.domainDetachDeviceFlags(domain, xml: disk, flags: [.live, .config]) }
                == "99/12 device not found: no target device vdb")
        #expect(try await live(connection, domain).contains("vdb"))
    }

    @Test func whatAGuestThatRunsTakesAndRefuses() async throws {
        let connection = newConnection()
        let domain = try await guest(connection)
        func update(_ xml: String) async -> String {
            await failure { try await connection.domainUpdateDeviceFlags(domain, xml: xml, flags: .live) }
        }
        func cdrom(_ file: String) -> String {
            "<disk type='file' device='cdrom'><source file='\(file)'/><target dev='hdc' bus='ide'/></disk>"
        }
        #expect(await update(cdrom("/b.iso")) == "-")
        #expect(try await live(connection, domain).contains("/b.iso"))
        #expect(try await kept(connection, domain).contains("/a.iso"))
        let nic = "<interface type='user'><mac address='52:54:00:00:00:01'/><link state='down'/></interface>"
        #expect(await update(nic) == "-")
        #expect(try await live(connection, domain).contains("<link state='down'/>"))
        #expect(
            await update("<graphics type='vnc' port='5905'/>")
                == "84/12 Operation not supported: cannot change port settings on vnc graphics")
        #expect(await update("<graphics type='vnc' autoport='yes' passwd='new'/>") == "-")
        #expect(try await live(connection, domain).contains("passwd='new'"))
        try await connection.domainAttachDevice(domain, xml: disk)
        let other = disk.replacing("'/b'", with: "'/c'")
        #expect(
            await update(other)
                == "67/12 unsupported configuration: disk source can be changed only in removable drives")
        #expect(
            await failure { try await connection.domainDetachDevice(domain, xml: cdrom("/b.iso")) }
                == "84/12 Operation not supported: disk device type 'cdrom' cannot be detached")
    }

    @Test func detachingByAlias() async throws {
        let connection = newConnection()
        let domain = try await guest(connection)
        let recorder = Recorder(connection)
        let named = dice.replacing("</rng>", with: "<alias name='ua-dice'/></rng>")
        try await connection.domainAttachDeviceFlags(domain, xml: named, flags: [.live, .config])
        try await connection.domainDetachDeviceAlias(domain, alias: "ua-dice", flags: .live)
        #expect(recorder.take().map { $0.contains("\"ua-dice\"") } == [true, true])
        #expect(try await kept(connection, domain).contains("ua-dice"))
        try await connection.domainDetachDeviceAlias(domain, alias: "ua-dice", flags: .config)
        #expect(
            await failure { try await connection.domainDetachDeviceAlias(domain, alias: "ua-dice", flags: .config) }
                == "1/20 internal error: no device found with alias ua-dice")
    }
}

import Testing
import VirtUtil

@testable import VirtConf

/// What a running guest may be given instead of its definition.
@Suite struct StabilityTests {
    private func definition(_ devices: String = "", rest: String = "") throws -> DomainDefinition {
        try DomainDefinition(
            xml: """
                <domain type='kvm'><name>g</name><uuid>11111111-2222-3333-4444-555555555555</uuid>
                <memory unit='MiB'>64</memory><vcpu>2</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os>\(rest)
                <devices>\(devices)</devices></domain>
                """, defaults: .test)
    }

    private func refusal(_ source: DomainDefinition, _ target: DomainDefinition) -> String? {
        do {
            try source.checkStability(against: target)
            return nil
        } catch {
            return error.message
        }
    }

    private static let place = "<address type='pci' domain='0' bus='6' slot='0' function='0'/>"
    private static let elsewhere = "<address type='pci' domain='0' bus='7' slot='0' function='0'/>"

    private static func mediated(_ address: String = place, model: String = "vfio-pci") -> String {
        """
        <hostdev mode='subsystem' type='mdev' model='\(model)'>
        <source><address uuid='c2177883-f1bb-47f0-914d-32a22e3a8804'/></source>\(address)</hostdev>
        """
    }

    private static func function(_ address: String = place) -> String {
        """
        <hostdev mode='subsystem' type='pci' managed='yes'>
        <source><address domain='0' bus='0x41' slot='0' function='4'/></source>\(address)</hostdev>
        """
    }

    private static let usb =
        "<hostdev mode='subsystem' type='usb'><source><vendor id='1'/><product id='2'/></source></hostdev>"

    @Test func aVirtualGPUMayChangeItsKind() throws {
        let (mediated, function) = (try definition(Self.mediated()), try definition(Self.function()))
        #expect(refusal(mediated, function) == nil)
        #expect(refusal(function, mediated) == nil)
        #expect(refusal(mediated, mediated) == nil)
    }

    @Test func notItsPlace() throws {
        let moved = try definition(Self.function(Self.elsewhere))
        let expected = "Target device PCI address 0000:07:00.0 does not match source 0000:06:00.0"
        #expect(refusal(try definition(Self.mediated()), moved)?.hasSuffix(expected) == true)
        let back = try definition(Self.mediated(Self.elsewhere))
        #expect(refusal(try definition(Self.function()), back)?.hasSuffix(expected) == true)
    }

    @Test func notAnotherSubsystem() throws {
        #expect(
            refusal(try definition(Self.function()), try definition(Self.usb))?
                .hasSuffix("Target host device subsystem usb does not match source pci") == true)
        #expect(
            refusal(try definition(Self.usb), try definition(Self.mediated()))?
                .hasSuffix("Target host device subsystem mdev does not match source usb") == true)
        // A mediated device that is no PCI device for the guest.
        let channel = try definition(Self.mediated("", model: "vfio-ccw"))
        #expect(refusal(channel, try definition(Self.function("")))?.contains("subsystem pci") == true)
    }

    @Test func notTheirNumber() throws {
        let both = try definition(Self.mediated() + Self.function(Self.elsewhere))
        #expect(
            refusal(both, try definition(Self.function()))?
                .hasSuffix("Target domain host device count 1 does not match source 2") == true)
    }

    /// Two definitions, and what is said of the second.
    @Test(arguments: [
        ("<disk type='file'><source file='/a'/><target dev='vda'/><serial>1</serial></disk>",
            "<disk type='file'><source file='/b'/><target dev='vda'/><serial>2</serial></disk>",
            "Target disk serial 2 does not match source 1"),
        ("<disk type='file'><source file='/a'/><target dev='vda'/></disk>",
            "<disk type='file'><source file='/a'/><target dev='vdb'/></disk>", "Target disk vdb does not match source vda"),
        ("<interface type='user'><mac address='52:54:00:00:00:01'/></interface>",
            "<interface type='user'><mac address='52:54:00:00:00:02'/></interface>",
            "Target network card mac 52:54:00:00:00:02 does not match source 52:54:00:00:00:01"),
        ("<watchdog model='i6300esb'/>", "<watchdog model='ib700'/>",
            "Target watchdog model ib700 does not match source i6300esb"),
        ("", "<controller type='scsi' index='0'/>", "Target domain controller count 1 does not match source 0"),
        ("<memballoon model='virtio'/>", "<memballoon model='none'/>",
            "Target balloon model none does not match source virtio"),
    ])
    func devices(_ source: String, _ target: String, _ expected: String) throws {
        #expect(refusal(try definition(source), try definition(target))?.hasSuffix(expected) == true)
    }

    @Test func whatOnlyTheHostSeesMayChange() throws {
        let first = try definition("<disk type='file'><source file='/a'/><target dev='vda'/></disk>")
        let second = try definition(
            "<disk type='block'><driver name='qemu' cache='none'/><source dev='/dev/b'/><target dev='vda'/></disk>")
        #expect(refusal(first, second) == nil)
    }

    @Test func theMachine() throws {
        let plain = try definition()
        #expect(
            refusal(plain, try definition(rest: "<features><acpi/></features>"))?
                .hasSuffix("State of feature 'acpi' differs: source: 'default', destination: 'on'") == true)
        var other = plain
        other.vcpus?.maximum = 4
        #expect(refusal(plain, other)?.hasSuffix("Target domain vCPU count 4 does not match source 2") == true)
        other = plain
        other.os.machine = "pc"
        #expect(refusal(plain, other)?.hasSuffix("Target domain machine type pc does not match source q35") == true)
        other = plain
        other.memory = MemorySize(kibibytes: 1)
        #expect(refusal(plain, other)?.hasSuffix("Target domain max memory 1 does not match source 65536") == true)
    }
}

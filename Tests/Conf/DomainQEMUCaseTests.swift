import Testing
import VirtConf
import VirtUtil

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Every `Cases/DomainQEMU/NAME.xml` is defined as the QEMU driver would, with the emulators of `Cases/Emulators`.
///
/// `NAME.expected.xml` is what libvirtd's `qemu:///system` gives back, or its refusal: `scripts/expect-from-libvirtd`
/// asks it. `VIRT_QEMU_CASES` names another directory of that form, of which is told how many are the same.
@Suite("Domain definitions for QEMU")
struct DomainQEMUCaseTests {
    static let folder = CaseFiles.folder("DomainQEMU")
    static let names = CaseFiles.names(in: folder, ending: ".xml").filter { !$0.hasSuffix(".expected") }

    private func define(_ xml: String) -> String {
        var style = XMLStyle()
        style.isInactive = true
        do throws(ConfError) {
            return try DomainDefinition(xml: xml, defaults: .qemu).xml(style: style)
        } catch {
            return "\(error.code) \(error.domain) \(error.message)\n"
        }
    }

    @Test("cases", arguments: names)
    func defineCase(name: String) throws {
        let xml = try #require(CaseFiles.read("\(Self.folder)/\(name).xml"))
        let result = define(xml)
        #expect(result == CaseFiles.read("\(Self.folder)/\(name).expected.xml"))
        // What was printed is a definition too, in which all is said. As with libvirt, the order of controllers and
        // the numbers of consoles may settle once.
        if result.hasPrefix("<") {
            let again = define(result)
            #expect(lines(again) == lines(result))
            #expect(define(again) == again)
        }
    }

    private func lines(_ text: String) -> [Substring] {
        text.split(separator: "\n").filter { !$0.contains("<target type='virtio' port=") }.sorted()
    }

    static let attachFolder = CaseFiles.folder("AttachQEMU")
    static let attachNames = CaseFiles.names(in: attachFolder, ending: ".device.xml")

    /// `NAME.device.xml` is added to the definition that is kept of `NAME.xml`.
    @Test("devices that are attached", arguments: attachNames)
    func attach(name: String) throws {
        let folder = Self.attachFolder
        let xml = try #require(CaseFiles.read("\(folder)/\(name).xml"))
        let device = try #require(CaseFiles.read("\(folder)/\(name).device.xml"))
        var definition = try DomainDefinition(xml: xml, defaults: .qemu)
        var result: String
        do throws(ConfError) {
            let change = DeviceChange(.config, origin: ConfError.fromQEMU, defaults: .qemu)
            try definition.attach(DeviceDocument(xml: device, keepsAlias: false), change)
            var style = XMLStyle()
            style.isInactive = true
            result = definition.xml(style: style)
        } catch {
            result = "\(error.code) \(error.domain) \(error.message)\n"
        }
        #expect(result == CaseFiles.read("\(folder)/\(name).expected.xml"))
    }

    @Test func thereAreCases() {
        #expect(Self.names.count > 100)
        #expect(Self.attachNames.count > 20)
    }

    @Test(
        "numbers far away cost nothing",
        arguments: [
            "<controller type='pci' index='2147483647' model='pci-bridge'/>",
            "<controller type='virtio-serial' index='2147483647' ports='4294967295'/>"
                + "<channel type='pty'><target type='virtio'/></channel>",
            "<controller type='usb' index='2147483647' model='qemu-xhci' ports='4294967295'/><input type='tablet' bus='usb'/>",
            "<controller type='pci' index='1' model='pci-expander-bus'><target busNr='0'/></controller>"
                + "<controller type='pci' index='2' model='pci-expander-bus'/>",
            "<rng model='virtio'><backend model='random'/><address type='pci' bus='255' slot='31' function='7'/></rng>",
            "<rng model='virtio'><backend model='random'/><address type='pci' function='4294967295'/></rng>",
            "<hub type='usb'><address type='usb' bus='4294967295' port='4294967295.1.1.1'/></hub>",
            "<input type='tablet' bus='usb'><address type='usb' port='0.0.0.0'/></input>",
        ])
    func farAway(devices: String) {
        for (architecture, machine) in [
            ("x86_64", "pc"), ("x86_64", "q35"), ("aarch64", "virt"), ("ppc64", "pseries"),
            ("s390x", "s390-ccw-virtio"),
        ] {
            let type = "<type arch='\(architecture)' machine='\(machine)'>hvm</type>"
            _ = define(
                "<domain type='qemu'><name>m</name><memory>1024</memory><os>\(type)</os><devices>\(devices)</devices></domain>"
            )
        }
    }

    /// Identities that were made up are not compared.
    @Test("another directory", .enabled(if: getenv("VIRT_QEMU_CASES") != nil))
    func others() throws {
        let folder = String(cString: try #require(getenv("VIRT_QEMU_CASES")))
        let names = CaseFiles.names(in: folder, ending: ".xml").filter { !$0.hasSuffix(".expected") }
        var same = (accepted: 0, refused: 0)
        var all = (accepted: 0, refused: 0)
        for name in names {
            let xml = try #require(CaseFiles.read("\(folder)/\(name).xml"))
            let expected = try #require(CaseFiles.read("\(folder)/\(name).expected.xml"))
            let isSame = withoutIdentities(define(xml)) == withoutIdentities(expected)
            if expected.hasPrefix("<") {
                all.accepted += 1
                same.accepted += isSame ? 1 : 0
            } else {
                all.refused += 1
                same.refused += isSame ? 1 : 0
            }
            if !isSame { print("different: \(name)") }
        }
        print("the same: \(same.accepted) of \(all.accepted) accepted, \(same.refused) of \(all.refused) refused")
        #expect(!names.isEmpty)
    }

    private func withoutIdentities(_ text: String) -> String {
        text.split(separator: "\n").filter { !$0.contains("<mac address=") && !$0.contains("<uuid>") }
            .joined(separator: "\n")
    }
}

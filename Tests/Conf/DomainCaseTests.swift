import Testing
import VirtConf
import VirtUtil

/// Every `Cases/Domain/NAME.xml` is defined as the test driver would.
///
/// `NAME.expected.xml` is what comes back, or the refusal: its code, origin and text.
/// `VIRT_REGENERATE=1` rewrites it; `scripts/conformance corpus Tests/Conf/Cases/Domain` asks libvirt about it.
@Suite("Domain definitions")
struct DomainCaseTests {
    static let folder = CaseFiles.folder("Domain")
    static let names = CaseFiles.names(in: folder, ending: ".xml").filter { !$0.hasSuffix(".expected") }

    private func define(_ xml: String) -> String {
        do throws(ConfError) {
            return try DomainDefinition(xml: xml, defaults: .test).xml()
        } catch {
            return "\(error.code) \(error.domain) \(error.message)\n"
        }
    }

    @Test("cases", arguments: names)
    func defineCase(name: String) throws {
        let xml = try #require(CaseFiles.read("\(Self.folder)/\(name).xml"))
        let result = define(xml)
        let path = "\(Self.folder)/\(name).expected.xml"
        if CaseFiles.isRegenerating { CaseFiles.write(path, result) }
        #expect(result == CaseFiles.read(path))
        // What was printed is a definition too. As with libvirt, ports and the order of controllers may settle once.
        if result.hasPrefix("<") {
            let again = define(result)
            #expect(again.hasPrefix("<domain "))
            #expect(define(again) == again)
        }
    }

    @Test func thereAreCases() {
        #expect(Self.names.count > 20)
    }

    private let minimal = """
        <domain type='test'><name>m</name><memory unit='MiB'>1</memory><os><type>hvm</type></os><devices>
        <interface/><graphics type='vnc' passwd='sesame'/></devices></domain>
        """

    @Test func secretsAreShownOnlyWhenAskedFor() throws {
        let definition = try DomainDefinition(xml: minimal, defaults: .test)
        var style = XMLStyle()
        #expect(!definition.xml(style: style).contains("sesame"))
        style.isSecure = true
        #expect(definition.xml(style: style).contains("passwd='sesame'"))
    }

    @Test func idsArePrintedUnlessInactive() throws {
        var definition = try DomainDefinition(xml: minimal, defaults: .test)
        definition.id = 7
        #expect(definition.xml().hasPrefix("<domain type='test' id='7'>"))
        var style = XMLStyle()
        style.isInactive = true
        #expect(definition.xml(style: style).hasPrefix("<domain type='test'>"))
    }

    @Test func missingIdentitiesAreGenerated() throws {
        let first = try DomainDefinition(xml: minimal, defaults: .test)
        let second = try DomainDefinition(xml: minimal, defaults: .test)
        #expect(first.uuid != second.uuid)
        #expect(first.devices.interfaces[0].mac?.address.isMulticast == false)
        #expect(first.devices.interfaces[0].targetName == "testnet0")
    }

    @Test(
        "hostile definitions are refused",
        arguments: [
            "<!DOCTYPE domain [<!ENTITY e 'x'>]><domain type='test'><name>&e;</name></domain>",
            "<domain type='test'><name>m</name>" + String(repeating: "<metadata>", count: 10_000),
            "<domain type='test'><name>m</name><memory>99999999999999999999</memory><os><type>hvm</type></os></domain>",
            "<domain type='test'><name>m</name><memory>1</memory><os><type>hvm</type></os><vcpu>99999999999</vcpu></domain>",
        ])
    func hostile(xml: String) {
        #expect(throws: ConfError.self) { try DomainDefinition(xml: xml, defaults: .test) }
    }

    @Test(
        "numbers far away cost nothing",
        arguments: [
            "<disk><source file='/a'/><target dev='sdzzzzz'/></disk>",
            "<disk><source file='/a'/><target dev='sda'/><address type='drive' controller='4294967295'/></disk>",
            "<controller type='scsi' index='4294967295'/><controller type='scsi'/>",
            "<controller type='scsi' index='-1'/>",
            "<channel type='pty'><target type='virtio'/><address type='virtio-serial' controller='4294967295'/></channel>",
            "<serial type='pty'><target port='2147483647'/></serial><serial type='pty'/>",
        ])
    func farAway(device: String) {
        _ = define(
            "<domain type='test'><name>m</name><memory>1</memory><os><type>hvm</type></os><devices>\(device)</devices></domain>"
        )
    }
}

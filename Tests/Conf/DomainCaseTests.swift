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

    /// Expectations are libvirt 9.0's; `KIND SOURCE ELEMENT` of an interface.
    static let portRefusals: [(String, String, String, String)] = [
        ("bridge", "bridge='b'", "<virtualport/>", "27 0 XML error: missing required virtualport type"),
        (
            "bridge", "bridge='b'", "<virtualport type='midonet'/>",
            "27 11 XML error: missing interfaceid in <virtualport type='midonet'>"
        ),
        (
            "direct", "dev='e'", "<virtualport type='802.1Qbg'><parameters managerid='1' typeid='2'/></virtualport>",
            "27 11 XML error: missing typeidversion in <virtualport type='802.1Qbg'>"
        ),
        (
            "direct", "dev='e'", "<virtualport type='802.1Qbh'/>",
            "27 11 XML error: missing profileid in <virtualport type='802.1Qbh'>"
        ),
        (
            "network", "network='n'",
            "<virtualport type='802.1Qbh'><parameters profileid='p' managerid='1'/></virtualport>",
            "27 11 XML error: extra managerid unsupported in <virtualport type='802.1Qbh'>"
        ),
        (
            "user", "", "<virtualport type='x'/>",
            "67 20 unsupported configuration: <virtualport> element unsupported for <interface type='user'>"
        ),
        (
            "bridge", "bridge='b'", "<bandwidth><inbound floor='3'/></bandwidth>",
            "67 0 unsupported configuration: floor attribute is not supported for this config"
        ),
        (
            "network", "network='n'", "<vlan/>",
            "27 0 XML error: missing tag id - each <vlan> must have at least one <tag id='n'/> subelement"
        ),
    ]

    @Test("what switches are told", arguments: portRefusals)
    func refusedPorts(kind: String, source: String, element: String, text: String) {
        let interface = "<interface type='\(kind)'><source \(source)/>\(element)</interface>"
        #expect(
            define(
                "<domain type='test'><name>m</name><memory>1</memory><os><type>hvm</type></os><devices>\(interface)</devices></domain>"
            ) == text + "\n")
    }

    /// Identifiers of a port that nobody gave are made up, where its type has them.
    @Test(arguments: [
        ("network", "", ["instanceid", "interfaceid"]), ("network", " type='openvswitch'", ["interfaceid"]),
        ("network", " type='802.1Qbg'", ["instanceid"]), ("network", " type='midonet'", []),
        ("bridge", " type='openvswitch'", ["interfaceid"]),
    ])
    func generatedPorts(kind: String, type: String, ids: [String]) throws {
        let xml = minimal.replacing(
            "<interface/>",
            with: "<interface type='\(kind)'><source \(kind)='n'/><virtualport\(type)/></interface>")
        let first = try DomainDefinition(xml: xml, defaults: .test).xml()
        for id in ["instanceid", "interfaceid"] { #expect(first.contains(" \(id)='") == ids.contains(id)) }
        let second = try DomainDefinition(xml: xml, defaults: .test).xml()
        let parameters = [first, second].map { $0.split(separator: "\n").first { $0.contains("<parameters") } }
        #expect(ids.isEmpty || parameters[0] != parameters[1])
    }
}

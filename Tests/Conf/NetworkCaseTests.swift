import Testing
import VirtConf
import VirtUtil

/// Every `Cases/Network/NAME.xml` is defined; `NAME.expected.xml` is what comes back. `refusals.txt` has what is not
/// taken, with libvirt's code, origin and text; `updates.txt` what is changed in networks, and how.
///
/// The expectations are answers of libvirt 9.0's test driver. `VIRT_REGENERATE=1` rewrites the files that are printed;
/// `scripts/conformance corpus Tests/Conf/Cases/Network` asks libvirt about them.
@Suite("Network definitions")
struct NetworkCaseTests {
    static let folder = CaseFiles.folder("Network")
    static let names = CaseFiles.names(in: folder, ending: ".xml").filter { !$0.hasSuffix(".expected") }

    private func define(_ xml: String) -> String {
        do throws(ConfError) {
            return try NetworkDefinition(xml: xml).xml()
        } catch {
            return "\(error.code) \(error.domain) \(error.message)"
        }
    }

    private func lines(_ file: String) throws -> [Substring] {
        try #require(CaseFiles.read("\(Self.folder)/\(file)")).split(separator: "\n").filter { !$0.hasPrefix("#") }
    }

    @Test("cases", arguments: names)
    func defineCase(name: String) throws {
        let result = define(try #require(CaseFiles.read("\(Self.folder)/\(name).xml")))
        let path = "\(Self.folder)/\(name).expected.xml"
        if CaseFiles.isRegenerating { CaseFiles.write(path, result) }
        #expect(result == CaseFiles.read(path))
        // What was printed is a definition too. As with libvirt, what is empty may go then.
        let again = define(result)
        #expect(again.hasPrefix("<network"))
        #expect(define(again) == again)
    }

    @Test func allModesHaveACase() throws {
        let texts = Self.names.map { CaseFiles.read("\(Self.folder)/\($0).xml") }
        for mode in NetworkForward.Mode.allCases where mode != .none {
            #expect(texts.contains { $0?.contains("mode='\(mode.rawValue)'") == true }, "\(mode)")
        }
    }

    @Test func refusals() throws {
        let lines = try lines("refusals.txt")
        #expect(lines.count > 250 && lines.count.isMultiple(of: 2))
        var definition = ""
        for line in lines {
            guard line.hasPrefix("    ") else {
                definition = String(line)
                continue
            }
            #expect(define(definition) == line.dropFirst(4).replacing("\\n", with: "\n"), "\(definition)")
        }
    }

    @Test func updates() throws {
        let lines = try lines("updates.txt")
        #expect(lines.count > 300)
        var style = XMLStyle()
        style.isInactive = true
        var network = NetworkDefinition()
        var said = ""
        for line in lines {
            if line.hasPrefix("    = ") {
                #expect(network.xml() == line.dropFirst(6).replacing("\\n", with: "\n"))
            } else if line.hasPrefix("        ") {
                #expect(said == line.dropFirst(8).replacing("\\n", with: "\n"))
            } else if line.hasPrefix("    ") {
                let parts = line.dropFirst(4).split(separator: " ", maxSplits: 3)
                let update = NetworkUpdate(
                    command: try #require(UInt32(parts[0])), section: try #require(UInt32(parts[1])),
                    parentIndex: try #require(Int32(parts[2])), xml: String(parts[3]))
                do throws(ConfError) {
                    network = try network.updated(update, style: style)
                    said = "ok"
                } catch {
                    said = "\(error.code) \(error.domain) \(error.message)"
                }
            } else {
                network = try NetworkDefinition(xml: String(line))
            }
        }
    }

    /// What a driver counts is printed of a running network only, and survives a change.
    @Test func connections() throws {
        let xml = """
            <network><name>n</name><forward mode='vepa'><interface dev='e0'/></forward></network>
            """
        var network = try NetworkDefinition(xml: xml)
        network.connections = 2
        network.forward.interfaces[0].connections = 1
        #expect(network.xml().hasPrefix("<network connections='2'>"))
        #expect(network.xml().contains("<interface dev='e0' connections='1'/>"))
        var style = XMLStyle()
        style.isInactive = true
        #expect(!network.xml(style: style).contains("connections"))
        let update = NetworkUpdate(command: 3, section: 11, parentIndex: -1, xml: "<txt name='a' value='b'/>")
        #expect(try network.updated(update).connections == 2)
        let removal = NetworkUpdate(command: 2, section: 7, parentIndex: -1, xml: "<interface dev='e0'/>")
        #expect(throws: ConfError.self) { try network.updated(removal) }
    }

    /// What a physical function has is found when the network starts, and is not part of the definition.
    @Test func functionsOfADevice() throws {
        var network = try NetworkDefinition(
            xml: "<network><name>n</name><forward mode='passthrough'><pf dev='e0'/></forward></network>")
        network.forward.interfaces = [.init("e0v0")]
        #expect(network.xml().contains("<pf dev='e0'/>\n    <interface dev='e0v0'/>\n"))
        var style = XMLStyle()
        style.isInactive = true
        #expect(!network.xml(style: style).contains("<interface"))
    }

    @Test func options() throws {
        let path = "\(Self.folder)/options.xml"
        let xml = try #require(CaseFiles.read(path))
        let text = try NetworkDefinition(xml: xml, readsOptions: true).xml()
        #expect(text.hasPrefix("<network xmlns:dnsmasq='\(NetworkOptions.namespace)'>\n"))
        #expect(
            text.hasSuffix(
                """
                  <dnsmasq:options>
                    <dnsmasq:option value='bind-dynamic'/>
                  </dnsmasq:options>
                </network>

                """))
        #expect(try NetworkDefinition(xml: text, readsOptions: true).xml() == text)
        let broken = xml.replacing(" value='bind-dynamic'", with: "")
        #expect(throws: ConfError.self) { try NetworkDefinition(xml: broken, readsOptions: true) }
        #expect(try NetworkDefinition(xml: broken).options.lines.isEmpty)
    }

    @Test func identitiesAreGenerated() throws {
        let xml = "<network><name>n</name></network>"
        #expect(try NetworkDefinition(xml: xml).uuid != NetworkDefinition(xml: xml).uuid)
    }

    /// Work grows with the size of a document, not with its square: else this would take minutes.
    @Test func manyParts() throws {
        let numbers = 0..<20_000
        func address(_ number: Int) -> String { "10.\(number >> 8 & 255).\(number & 255)" }
        let addresses = numbers.map { "<ip address='\(address($0)).1' prefix='24'/>" }.joined()
        let routes = numbers.map { "<route address='11.0.0.0' prefix='8' gateway='\(address($0)).9'/>" }.joined()
        let xml = "<network><name>n</name>\(addresses)\(routes)</network>"
        #expect(try NetworkDefinition(xml: xml).routes.count == 20_000)
        let interfaces = numbers.map { "<interface dev='e\($0)'/>" }.joined()
        let pool = try NetworkDefinition(
            xml: "<network><name>n</name><forward mode='vepa'>\(interfaces)</forward></network>")
        let update = NetworkUpdate(command: 2, section: 7, parentIndex: -1, xml: "<interface dev='e7'/>")
        #expect(try pool.updated(update).forward.interfaces.count == 19_999)
    }

    @Test(
        "hostile definitions are refused",
        arguments: [
            "<!DOCTYPE network [<!ENTITY e 'x'>]><network><name>&e;</name></network>",
            "<network><name>n</name>" + String(repeating: "<metadata>", count: 10_000),
            "<network><name>n</name><bridge delay='99999999999999999999'/></network>",
            "<network><name>n</name><vlan><tag id='-1'/></vlan></network>",
            "<network><name>n</name><ip address='1.2.3.4' prefix='4294967295'/></network>",
            "<network><name>n</name><ip address='::1' family='ipv6' prefix='4294967295'/></network>",
        ])
    func hostile(xml: String) {
        #expect(throws: ConfError.self) { try NetworkDefinition(xml: xml) }
    }
}

import Testing
import VirtConf
import VirtUtil

/// Every `Cases/Secret/NAME.xml`, `Cases/NWFilter/NAME.xml` and `Cases/NWFilterBinding/NAME.xml` is defined;
/// `NAME.expected.xml` is what comes back. `refusals.txt` has what is not taken, with libvirt's code, origin and text.
///
/// The expectations are answers of libvirt 9.0's secret and filter drivers; `scripts/conformance corpus` asks them
/// again. `VIRT_REGENERATE=1` rewrites the files that are printed.
@Suite("Definitions of secrets and filters")
struct SecretAndFilterCaseTests {
    enum Object: String, CaseIterable, Sendable {
        case secret = "Secret"
        case filter = "NWFilter"
        case binding = "NWFilterBinding"

        var folder: String { CaseFiles.folder(rawValue) }

        func define(_ xml: String) -> String {
            do throws(ConfError) {
                switch self {
                case .secret: return try SecretDefinition(xml: xml).xml()
                case .filter: return try NWFilterDefinition(xml: xml).xml()
                case .binding: return try NWFilterBindingDefinition(xml: xml).xml()
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
    }

    @Test func everyProtocolHasACase() {
        let names = Set(Self.cases.filter { $0.object == .filter }.map(\.name))
        for kind in NWFilterProtocol.allCases { #expect(names.contains(kind.rawValue), "\(kind)") }
    }

    @Test("refusals", arguments: Object.allCases)
    func refusals(_ object: Object) throws {
        let lines = try #require(CaseFiles.read("\(object.folder)/refusals.txt")).split(separator: "\n").dropFirst()
        #expect(lines.count >= 28 && lines.count.isMultiple(of: 2))
        var definition = ""
        for line in lines {
            guard line.hasPrefix("    ") else {
                definition = String(line)
                continue
            }
            #expect(object.define(definition) == line.dropFirst(4).replacing("\\n", with: "\n"), "\(definition)")
        }
    }

    /// Attributes of one element in a rule, and what comes back; nil if the value is refused.
    static let matches: [(given: String, printed: String?)] = [
        ("mac protocolid='0X600'", "mac protocolid='0x600'"), ("mac protocolid='aBc'", "mac protocolid='0xabc'"),
        ("mac protocolid='600'", nil), ("mac protocolid='0x5ff'", nil),
        ("mac protocolid='2054'", "mac protocolid='arp'"),
        ("ip protocol='200'", "ip protocol='200'"), ("ip protocol='0x3A'", "ip protocol='icmpv6'"),
        ("stp root-cost='-0x1'", "stp root-cost='0xffffffff'"), ("stp root-cost='0x100000000'", nil),
        ("stp type='+1'", "stp type='1'"), ("stp type='1 '", nil), ("stp type='0x'", nil), ("stp type=''", nil),
        ("tcp srcipaddr='0x7f000001'", "tcp srcipaddr='127.0.0.1'"),
        ("tcp srcipaddr='010.1.2.3'", "tcp srcipaddr='8.1.2.3'"),
        ("tcp srcipaddr='::ffff:10.1.2.3'", "tcp srcipaddr='10.1.2.3'"), ("tcp srcipaddr='::10.1.2.3'", nil),
        ("tcp srcipmask='::ffff:255.255.0.0'", "tcp srcipmask='16'"), ("tcp srcipaddr='10.1.2.256'", nil),
        ("tcp srcipaddr='08'", nil), ("tcp srcipaddr='1.2.3.4.5'", nil),
        ("tcp srcipaddr='+1'", nil), ("tcp srcipaddr='0x+1'", nil), ("tcp srcipaddr='1.'", nil),
        ("tcp srcipmask='255.0.255.0'", nil), ("tcp srcipmask='33'", nil),
        ("tcp srcipmask='128.0.0.0'", "tcp srcipmask='1'"),
        ("tcp-ipv6 srcipaddr='a:0:0:0:1:0:0:0'", "tcp-ipv6 srcipaddr='a::1:0:0:0'"),
        ("tcp-ipv6 srcipaddr='a:0:b::1'", "tcp-ipv6 srcipaddr='a:0:b::1'"),
        ("tcp-ipv6 srcipaddr='1::2:3:4:5:6:7:8'", nil), ("tcp-ipv6 srcipaddr=':1::'", nil),
        ("tcp-ipv6 srcipaddr='1:2:3:4:5:6:1.2.3.4'", "tcp-ipv6 srcipaddr='1:2:3:4:5:6:102:304'"),
        ("tcp-ipv6 srcipaddr='::1.2.3.4:5'", nil), ("tcp-ipv6 srcipaddr='::01.2.3.4'", nil),
        ("tcp-ipv6 srcipaddr='12345::'", nil), ("tcp-ipv6 srcipmask='ffff::1'", nil),
        ("tcp srcmacaddr='1:2:3:4:5:6 x'", "tcp srcmacaddr='01:02:03:04:05:06'"),
        ("tcp srcmacaddr='1:2:3:4:5:006'", nil),
        ("mac srcmacmask='0:0:0:0:0:0'", "mac srcmacmask='00:00:00:00:00:00'"), ("mac srcmacmask='7f:0:0:0:0:0'", nil),
        ("tcp srcipaddr='$A[@1000]'", "tcp srcipaddr='$A[@1000]'"), ("tcp srcipaddr='$A[@1001]'", nil),
        ("tcp srcipaddr='$A[@0]'", "tcp srcipaddr='$A'"), ("tcp srcipaddr='$A[1]x'", "tcp srcipaddr='$A[1]'"),
        ("tcp srcipaddr='$A[1'", nil), ("tcp srcipaddr='$A b'", nil),
        ("all ipset='abcdefghijklmnopqrstuvwxyzabcdef'", nil), ("all ipsetflags='src,'", nil),
        ("tcp flags='SYN/ACK/FIN'", nil), ("tcp flags='SYN'", nil),
        ("tcp state='NEWRELATED'", "tcp state='NEW,RELATED'"),
        ("mac comment='\(String(repeating: "ä", count: 200))'", "mac comment='\(String(repeating: "ä", count: 128))'"),
    ]

    @Test(arguments: matches)
    func values(_ given: String, _ printed: String?) throws {
        let xml = "<filter name='n'><rule action='drop' direction='in'><\(given)/></rule></filter>"
        guard let printed else {
            #expect {
                try NWFilterDefinition(xml: xml)
            } throws: { ($0 as? ConfError)?.message.contains("has illegal value") == true }
            return
        }
        #expect(try NWFilterDefinition(xml: xml).xml().contains("    <\(printed)/>\n"))
    }

    /// What a driver needs that puts rules in force.
    @Test func lookingIn() throws {
        let filter = try NWFilterDefinition(
            xml: """
                <filter name='n'><filterref filter='a'><parameter name='X' value='1'/></filterref>\
                <rule action='drop' direction='in'><tcp srcipaddr='$A' dstipaddr='$B[2]' dscp='3'/></rule></filter>
                """)
        #expect(filter.references.map(\.filter) == ["a"] && filter.references[0].parameters == ["X": ["1"]])
        let rule = try #require(filter.rules.first)
        #expect(rule.variables.map(\.description) == ["A", "B[2]"])
        #expect(rule["dscp"]?.content == .number(3, isHexadecimal: false) && rule["state"] == nil && rule["x"] == nil)
    }

    @Test func identitiesAreGenerated() throws {
        #expect(try SecretDefinition(xml: "<secret/>").uuid != SecretDefinition(xml: "<secret/>").uuid)
        let xml = "<filter name='n'/>"
        #expect(try NWFilterDefinition(xml: xml).uuid != NWFilterDefinition(xml: xml).uuid)
    }

    @Test(
        "hostile definitions are refused",
        arguments: [
            "<!DOCTYPE secret [<!ENTITY e 'x'>]><secret><description>&e;</description></secret>",
            "<filter name='n'>" + String(repeating: "<rule action='drop' direction='in'>", count: 10_000),
            "<filter name='n'><rule action='drop' direction='in'><ip dscp='" + String(repeating: "9", count: 10_000)
                + "'/></rule></filter>",
        ])
    func hostile(xml: String) {
        #expect(throws: ConfError.self) { try SecretDefinition(xml: xml) }
        #expect(throws: ConfError.self) { try NWFilterDefinition(xml: xml) }
        #expect(throws: ConfError.self) { try NWFilterBindingDefinition(xml: xml) }
    }
}

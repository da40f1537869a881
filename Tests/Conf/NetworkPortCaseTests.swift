import Testing
import VirtConf
import VirtUtil

/// Every `Cases/NetworkPort/NAME.xml` is read; `NAME.expected.xml` is what comes back. `refusals.txt` has what is not
/// taken, with libvirt's code, origin and text.
///
/// The expectations are answers of libvirt 9.0's network driver, which the test driver has no part of; only PCI devices
/// could not be asked for. `VIRT_REGENERATE=1` rewrites the files that are printed.
@Suite("Network port definitions")
struct NetworkPortCaseTests {
    static let folder = CaseFiles.folder("NetworkPort")
    static let names = CaseFiles.names(in: folder, ending: ".xml").filter { !$0.hasSuffix(".expected") }

    private func define(_ xml: String) -> String {
        do throws(ConfError) {
            return try NetworkPortDefinition(xml: xml).xml()
        } catch {
            return "\(error.code) \(error.domain) \(error.message)"
        }
    }

    @Test("cases", arguments: names)
    func defineCase(name: String) throws {
        let result = define(try #require(CaseFiles.read("\(Self.folder)/\(name).xml")))
        let path = "\(Self.folder)/\(name).expected.xml"
        if CaseFiles.isRegenerating { CaseFiles.write(path, result) }
        #expect(result == CaseFiles.read(path))
        #expect(result.hasPrefix("<networkport>"))
        #expect(define(result) == result)
    }

    @Test func refusals() throws {
        let text = try #require(CaseFiles.read("\(Self.folder)/refusals.txt"))
        let lines = text.split(separator: "\n").dropFirst()
        #expect(lines.count > 50 && lines.count.isMultiple(of: 2))
        var definition = ""
        for line in lines {
            guard line.hasPrefix("    ") else {
                definition = String(line)
                continue
            }
            #expect(define(definition) == line.dropFirst(4).replacing("\\n", with: "\n"), "\(definition)")
        }
    }

    @Test func values() throws {
        let xml = try #require(CaseFiles.read("\(Self.folder)/whole.xml"))
        let port = try NetworkPortDefinition(xml: xml)
        #expect(port.plug == .bridge("br0", .kernel))
        #expect(port.group == "a&b" && port.ownerName == "guest" && port.bandwidth?.classID == 3)
        #expect(port.vlan?.tags == [4, 5] && port.vlan?.isTrunk == true)
    }
}

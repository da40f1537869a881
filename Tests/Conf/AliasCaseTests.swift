import Testing
import VirtConf
import VirtUtil

/// Every `Cases/Aliases/NAME.xml` is named as a guest that runs: `NAME.expected.txt` is what devices were called in one
/// that a real libvirtd had started, `ELEMENT ALIAS` in the order of its XML, `-` for no name.
@Suite("Aliases of devices")
struct AliasCaseTests {
    static let folder = CaseFiles.folder("Aliases")
    static let names = CaseFiles.names(in: folder, ending: ".xml")

    @Test("cases", arguments: names)
    func name(case name: String) throws {
        let xml = try #require(CaseFiles.read("\(Self.folder)/\(name).xml"))
        var definition = try DomainDefinition(xml: xml, defaults: .qemu)
        definition.devices.assignAliases()
        let document = try XMLDocument(definition.xml(), name: name)
        let devices = try #require(document.root.child("devices"))
        var lines = ""
        var device = devices.firstElement
        while let current = device {
            device = current.nextElement
            if ["emulator", "graphics", "audio"].contains(current.name) { continue }
            lines += "\(current.name) \(current.child("alias")?.attribute("name") ?? "-")\n"
        }
        #expect(lines == CaseFiles.read("\(Self.folder)/\(name).expected.txt"))
    }

    @Test func thereAreCases() {
        #expect(Self.names.count > 10)
    }
}

import Testing
import VirtUtil

@testable import VirtConf

/// Documents that libvirt 9.0's `test:///default` and `qemu:///system` gave (numbers of the machine made neutral), and
/// one with each part; all of them come back byte for byte.
@Suite struct CapabilitiesTests {
    private static let hosts = CaseFiles.folder("HostCapabilities")
    private static let domains = CaseFiles.folder("DomainCapabilities")

    @Test(arguments: CaseFiles.names(in: hosts, ending: ".xml"))
    func host(_ name: String) throws {
        let xml = try #require(CaseFiles.read("\(Self.hosts)/\(name).xml"))
        let result = try HostCapabilities(xml: xml).xml()
        if CaseFiles.isRegenerating { CaseFiles.write("\(Self.hosts)/\(name).xml", result) }
        #expect(result == xml)
    }

    @Test(arguments: CaseFiles.names(in: domains, ending: ".xml"))
    func domain(_ name: String) throws {
        let xml = try #require(CaseFiles.read("\(Self.domains)/\(name).xml"))
        let result = try DomainCapabilities(xml: xml).xml()
        if CaseFiles.isRegenerating { CaseFiles.write("\(Self.domains)/\(name).xml", result) }
        #expect(result == xml)
    }

    @Test func everyPlaceHasCases() {
        #expect(CaseFiles.names(in: Self.hosts, ending: ".xml").count >= 3)
        #expect(CaseFiles.names(in: Self.domains, ending: ".xml").count >= 6)
    }

    @Test func partsOfAHost() throws {
        let host = try HostCapabilities(xml: try #require(CaseFiles.read("\(Self.hosts)/qemu.xml")))
        #expect(host.host.cpu.model == "kvm64")
        #expect(host.host.cpu.signature?.family == 26)
        #expect(host.host.cpu.features.contains("avx2"))
        #expect(host.host.topology?.cells.first?.processors.count == 2)
        #expect(host.guests.map(\.architecture.name) == ["i686", "x86_64"])
        #expect(host.guests.last?.architecture.machines.first { $0.name == "q35" }?.canonical == "pc-q35-7.2")
        #expect(host.guests.last?.architecture.domains.map(\.type) == ["qemu", "kvm"])
    }

    @Test func partsOfDomains() throws {
        let domain = try DomainCapabilities(xml: try #require(CaseFiles.read("\(Self.domains)/kvm-pc.xml")))
        #expect(domain.maximumVCPUs == 255)
        #expect(domain.cpuModes.first { $0.name == .hostModel }?.hostModel?.model?.name == "kvm64")
        #expect(domain.cpuModes.last?.models.first { $0.name == "486" }?.usable == .yes)
        #expect(domain.devices.first { $0.name == "tpm" }?.values("model") == ["tpm-tis", "tpm-crb"])
        #expect(domain.os?.sections.first?.name == "loader")
    }

    @Test(arguments: [
        ("<domain/>", "expecting root element of 'capabilities', not 'domain'"),
        ("<capabilities><host><uuid>x</uuid></host></capabilities>", "malformed uuid 'x' of a host"),
        (
            "<capabilities><host><iommu/></host></capabilities>",
            "Missing required attribute 'support' in element 'iommu'"
        ),
        ("<capabilities><host><topology/></host></capabilities>", "missing element 'cells' in element 'topology'"),
        (
            "<capabilities><host><topology><cells><cell id='0'><memory>x</memory></cell></cells></topology></host></capabilities>",
            "element 'memory' needs a number, not 'x'"
        ),
        (
            "<capabilities><host><cpu><feature/></cpu></host></capabilities>",
            "Invalid CPU feature name"
        ),
        ("<capabilities><guest/></capabilities>", "missing element 'os_type' in element 'guest'"),
        (
            "<capabilities><guest><os_type>hvm</os_type><arch name='i'><wordsize>-</wordsize></arch></guest></capabilities>",
            "element 'wordsize' needs a number, not '-'"
        ),
    ])
    func refusedHosts(_ xml: String, _ expected: String) {
        let error = #expect(throws: ConfError.self) { try HostCapabilities(xml: xml) }
        #expect(error?.message.hasSuffix(expected) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        ("<domainCapabilities/>", "missing element 'domain' in element 'domainCapabilities'"),
        (
            "<domainCapabilities><domain>x</domain><arch>i686</arch><os/></domainCapabilities>",
            "Missing required attribute 'supported' in element 'os'"
        ),
        (
            "<domainCapabilities><domain>x</domain><arch>i686</arch><cpu><mode name='x'/></cpu></domainCapabilities>",
            "Invalid value for attribute 'name' in element 'mode': 'x'."
        ),
    ])
    func refusedDomains(_ xml: String, _ expected: String) {
        let error = #expect(throws: ConfError.self) { try DomainCapabilities(xml: xml) }
        #expect(error?.message.hasSuffix(expected) == true, "\(error?.message ?? "")")
    }
}

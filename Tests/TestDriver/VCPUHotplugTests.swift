import Libvirt
import Testing

@testable import TestDriver

/// Expectations are what QEMU's driver of libvirt 9.0 answers.
@Suite("Single CPUs of a guest")
struct VCPUHotplugTests {
    private func set(
        _ connection: TestConnection, _ domain: DomainRef, _ map: String, _ state: Int32, _ flags: UInt32
    ) async -> String {
        await failure {
            try await connection.domainSetVCPU(
                domain, cpumap: map, state: state, flags: DomainModificationImpact(rawValue: flags))
        }
    }

    private func cpus(_ connection: TestConnection, _ domain: DomainRef, _ flags: UInt32) async throws -> [String] {
        try await connection.domainGetXMLDesc(domain, flags: DomainXMLFlags(rawValue: flags)).split(separator: "\n")
            .filter { $0.contains("<vcpu ") }.map { String($0.drop { $0 == " " }) }
    }

    @Test func configuration() async throws {
        let connection = newConnection()
        let domain = try await connection.domainDefineXML(xml: xml("g", "<vcpu current='2'>4</vcpu>"))
        let notRunning = "55/20 Requested operation is not valid: domain is not running"
        #expect(await set(connection, domain, "1", 1, 1) == notRunning)
        #expect(await set(connection, domain, "1", 1, 3) == notRunning)
        #expect(await set(connection, domain, "3", 1, 2) == "-")
        #expect(
            try await cpus(connection, domain, 2) == [
                "<vcpu placement='static' current='3'>4</vcpu>",
                "<vcpu id='0' enabled='yes' hotpluggable='no'/>", "<vcpu id='1' enabled='yes' hotpluggable='no'/>",
                "<vcpu id='2' enabled='no' hotpluggable='yes'/>", "<vcpu id='3' enabled='yes' hotpluggable='yes'/>",
            ])
        for (map, state, flags, text) in [
            ("0", 0, 2, "8/12 invalid argument: vCPU '0' can't be modified"),
            ("0-3", 0, 0, "8/12 invalid argument: vCPU '0' can't be modified"),
            ("9", 1, 2, "8/12 invalid argument: vcpu 9 is not present in persistent config"),
            ("x", 1, 2, "8/0 invalid argument: Failed to parse bitmap 'x'"),
            ("1", 2, 2, "8/12 unsupported state value"),
            ("1", 1, 4, "8/12 unsupported flags (0x4) in function testDomainSetVcpu"), ("1-2", 0, 2, "-"),
            ("1,2", 1, 2, "-"), ("1", 1, 2, "-"),
        ] as [(String, Int32, UInt32, String)] {
            #expect(await set(connection, domain, map, state, flags) == text, "\(map)")
        }
        #expect(
            try await cpus(connection, domain, 2) == [
                "<vcpu placement='static'>4</vcpu>",
                "<vcpu id='0' enabled='yes' hotpluggable='no'/>", "<vcpu id='1' enabled='yes' hotpluggable='yes'/>",
                "<vcpu id='2' enabled='yes' hotpluggable='yes'/>", "<vcpu id='3' enabled='yes' hotpluggable='yes'/>",
            ])
    }

    @Test func run() async throws {
        let connection = newConnection()
        var domain = try await connection.domainDefineXML(xml: xml("g", "<vcpu current='2'>4</vcpu>"))
        domain = try await connection.domainCreateWithFlags(domain, flags: [])
        for (map, state, flags, text) in [
            ("2", 1, 1, "-"), ("2-3", 1, 1, "8/12 invalid argument: vcpu '2' is already in requested state"),
            ("3", 1, 0, "-"), ("1", 0, 1, "84/12 Operation not supported: vcpu '1' can't be unplugged"),
            ("0", 0, 1, "84/12 Operation not supported: vcpu '0' can't be unplugged"),
            ("9", 1, 1, "8/12 invalid argument: vcpu 9 is not present in live config"),
            ("2,3", 0, 1, "84/12 Operation not supported: only one hotpluggable entity can be selected"),
            ("2", 1, 3, "8/12 invalid argument: vcpu '2' is already in requested state"),
        ] as [(String, Int32, UInt32, String)] {
            #expect(await set(connection, domain, map, state, flags) == text, "\(map)")
        }
        #expect(
            try await cpus(connection, domain, 0) == [
                "<vcpu placement='static'>4</vcpu>",
                "<vcpu id='0' enabled='yes' hotpluggable='no' order='1'/>",
                "<vcpu id='1' enabled='yes' hotpluggable='no' order='2'/>",
                "<vcpu id='2' enabled='yes' hotpluggable='yes' order='3'/>",
                "<vcpu id='3' enabled='yes' hotpluggable='yes' order='4'/>",
            ])
        #expect(try await cpus(connection, domain, 2) == ["<vcpu placement='static' current='2'>4</vcpu>"])
        #expect(await set(connection, domain, "2", 0, 1) == "-")
        #expect(try await connection.domainGetVCPUsFlags(domain, flags: .live) == 3)
        let statistics = try await connection.connectGetAllDomainStats(doms: [domain], stats: 8, flags: [])
        #expect(
            statistics.first?.params.map(\.field).filter { $0.hasSuffix("state") } == [
                "vcpu.0.state", "vcpu.1.state", "vcpu.3.state",
            ])
        #expect(try await connection.domainGetVCPUs(domain, maxinfo: 9, maplen: 1).info.map(\.number) == [0, 1, 3])
        #expect(
            await failure { try await connection.domainPinVCPU(domain, vcpu: 2, cpumap: [1]) }
                == "8/12 invalid argument: requested vcpu '2' is not present in the domain")
        // A count names the first ones.
        try await connection.domainSetVCPUsFlags(domain, nvcpus: 3, flags: .live)
        #expect(try await cpus(connection, domain, 0)[3].contains("id='2' enabled='yes'"))
        #expect(try await cpus(connection, domain, 0)[4].contains("id='3' enabled='no'"))
    }
}

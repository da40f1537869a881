import Libvirt
import Testing

@testable import TestDriver

private func interface(_ mac: Int, filter: String, _ inside: String = "", _ parameters: String = "") -> String {
    """
    <interface type='network'><mac address='52:54:00:00:00:0\(mac)'/><source network='default'/>\(inside)\
    <filterref filter='\(filter)'>\(parameters)</filterref></interface>
    """
}

extension TestConnection {
    fileprivate func bound() async throws -> [String] {
        try await connectListAllNWFilterBindings(flags: 0).map { "\($0.portdev) \($0.filtername)" }
    }

    @discardableResult
    fileprivate func define(_ filter: String, _ inside: String = "") async throws -> NWFilterRef {
        try await nwfilterDefineXML(xml: "<filter name='\(filter)'>\(inside)</filter>")
    }
}

/// What guests of libvirt 9.0's QEMU driver do to its filter driver.
@Suite struct GuestFilterTests {
    @Test func boundWhileTheGuestRuns() async throws {
        let connection = newConnection()
        let filter = try await connection.define("a")
        let guest = try await connection.domainDefineXML(
            xml: xml(
                "g",
                devices: interface(1, filter: "a", "", "<parameter name='X' value='1'/>")
                    + interface(2, filter: "a", "<target dev='tap7'/>")))
        #expect(try await connection.bound() == [])
        try await connection.domainCreate(guest)
        #expect(try await connection.bound() == ["testnet0 a", "tap7 a"])
        let binding = try await connection.nwfilterBindingLookupByPortDev(name: "testnet0")
        #expect(
            try await connection.nwfilterBindingGetXMLDesc(binding, flags: 0) == """
                <filterbinding>
                  <owner>
                    <name>g</name>
                    <uuid>\(guest.uuid)</uuid>
                  </owner>
                  <portdev name='testnet0'/>
                  <mac address='52:54:00:00:00:01'/>
                  <filterref filter='a'>
                    <parameter name='MAC' value='52:54:00:00:00:01'/>
                    <parameter name='X' value='1'/>
                  </filterref>
                </filterbinding>

                """)
        let inUse = "55/33 Requested operation is not valid: nwfilter is in use"
        #expect(await failure { try await connection.nwfilterUndefine(filter) } == inUse)
        // A client may take it away; nothing is left to take away at the end then.
        try await connection.nwfilterBindingDelete(binding)
        #expect(try await connection.bound() == ["tap7 a"])
        try await connection.domainDestroy(guest)
        #expect(try await connection.bound() == [])
        try await connection.nwfilterUndefine(filter)
    }

    @Test(arguments: [
        ("none", "1/33 internal error: referenced filter 'none' is missing"),
        ("taken", "9/33 operation failed: binding 'tap7' already exists"),
        (
            "variable",
            """
            1/33 internal error: Cannot instantiate filter due to unresolvable variables or unavailable list \
            elements: PORT
            """
        ),
    ])
    func refusedStarts(_ filter: String, _ expected: String) async throws {
        let connection = newConnection()
        try await connection.define("good")
        try await connection.define("taken")
        try await connection.define(
            "variable", "<rule action='drop' direction='in'><tcp srcportstart='$PORT'/></rule>")
        if filter == "taken" {
            _ = try await connection.nwfilterBindingCreateXML(
                xml: """
                    <filterbinding><owner><name>o</name><uuid>\(try await connection.test.uuid)</uuid></owner>\
                    <portdev name='tap7'/><mac address='52:54:00:7b:35:93'/><filterref filter='good'/></filterbinding>
                    """, flags: [])
        }
        let before = try await connection.bound()
        let devices = interface(1, filter: "good") + interface(2, filter: filter, "<target dev='tap7'/>")
        let guest = try await connection.domainDefineXML(xml: xml("g", devices: devices))
        let recorder = Recorder(connection)
        #expect(await failure { try await connection.domainCreate(guest) } == expected)
        #expect(try await connection.state(guest) == "5.0")
        let transient = xml("t", devices: devices)
        #expect(
            await failure { _ = try await connection.domainCreateXML(xmlDesc: transient, flags: []) } == expected)
        #expect(try await connection.names(0) == ["g", "test"])
        // The definition of a run that did not come about is not that of the domain.
        let other = xml("g", "<uuid>\(guest.uuid)</uuid><title>other</title>", devices: devices)
        #expect(await failure { _ = try await connection.domainCreateXML(xmlDesc: other, flags: []) } == expected)
        #expect(!(try await connection.domainGetXMLDesc(guest, flags: []).contains("other")))
        #expect(try await connection.bound() == before)
        #expect(try await connection.networkListAllPorts(try await connection.network, flags: 0).isEmpty)
        #expect(recorder.count == 0)
    }

    @Test func devicesThatComeAndGo() async throws {
        let connection = newConnection()
        try await connection.define("a")
        try await connection.define("b")
        let guest = try await connection.domainCreateXML(
            xmlDesc: xml("g", devices: interface(1, filter: "a")), flags: [])
        try await connection.domainAttachDevice(guest, xml: interface(2, filter: "b"))
        #expect(try await connection.bound() == ["testnet0 a", "testnet1 b"])
        let missing = "1/33 internal error: referenced filter 'none' is missing"
        #expect(
            await failure { try await connection.domainAttachDevice(guest, xml: interface(3, filter: "none")) }
                == missing)
        #expect(!(try await connection.domainGetXMLDesc(guest, flags: []).contains("00:03")))
        try await connection.domainUpdateDeviceFlags(guest, xml: interface(1, filter: "b"), flags: [.live])
        #expect(Set(try await connection.bound()) == ["testnet0 b", "testnet1 b"])
        try await connection.domainDetachDevice(guest, xml: interface(1, filter: "b"))
        #expect(try await connection.bound() == ["testnet1 b"])
        // Another guest's interface of that name is bound by a name that nothing else has.
        let other = try await connection.domainCreateXML(
            xmlDesc: xml("h", devices: interface(3, filter: "a") + interface(4, filter: "a")), flags: [])
        #expect(try await connection.bound() == ["testnet1 b", "testnet0 a", "vnet0 a"])
        try await connection.domainDestroy(other)
        try await connection.domainShutdown(guest)
        #expect(try await connection.bound() == [])
    }
}

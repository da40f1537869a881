import Libvirt
import Testing

@testable import TestDriver

@Suite struct NodeDeviceTests {
    private static func port(_ parent: String) -> String {
        """
        <device>\(parent)<capability type='scsi_host'><capability type='fc_host'>
        <wwnn>20000000c9831b4b</wwnn><wwpn>10000000c9831b4b</wwpn></capability></capability></device>
        """
    }

    @Test func aVirtualPortComesAndGoes() async throws {
        let connection = newConnection()
        let made = try await connection.nodeDeviceCreateXML(
            xmlDesc: Self.port("<parent>scsi_host1</parent>"), flags: [])
        #expect(made.name == "scsi_host12")
        let xml = try await connection.nodeDeviceGetXMLDesc(made, flags: [])
        #expect(xml.contains("<wwpn>10000000c9831b4b</wwpn>") && xml.contains("<parent>scsi_host1</parent>"))
        #expect(try await connection.nodeNumOfDevices(cap: "scsi_host", flags: 0) == 4)
        try await connection.nodeDeviceDestroy(made)
        let gone = await #expect(throws: VirtError.self) { try await connection.nodeDeviceDestroy(made) }
        #expect(gone?.code == .noNodeDevice)
        #expect(try await connection.nodeNumOfDevices(cap: nil, flags: 0) == 4)
    }

    @Test(arguments: [
        ("<parent wwnn='2000000012341234' wwpn='1000000012341234'/>", nil),
        ("<parent fabric_wwn='2000000087658765'/>", nil), ("", nil),
        ("<parent>nobody</parent>", "Could not find parent device for 'new device'"),
        (
            "<parent wwnn='2000000012341234'/>",
            "when providing parent wwnn='2000000012341234', the wwpn must also be provided"
        ),
    ])
    func parents(_ parent: String, _ refusal: String?) async throws {
        let connection = newConnection()
        do {
            _ = try await connection.nodeDeviceCreateXML(xmlDesc: Self.port(parent), flags: [])
            #expect(refusal == nil)
        } catch let error as VirtError {
            #expect(refusal.map(error.message.hasSuffix) == true, "\(error.message)")
        }
    }

    @Test func listsByCapability() async throws {
        let connection = newConnection()
        #expect(try await connection.connectListAllNodeDevices(flags: .capSystem).map(\.name) == ["computer"])
        let adapters = try await connection.connectListAllNodeDevices(flags: [.capVports, .capNet]).map(\.name)
        #expect(adapters == ["scsi_host1", "scsi_host2"])
        #expect(try await connection.connectListAllNodeDevices(flags: .capFcHost).count == 3)
        #expect(try await connection.nodeListDevices(cap: nil, maxnames: 2, flags: 0).count == 2)
        #expect(
            try await connection.nodeDeviceListCaps(NodeDeviceRef(name: "scsi_host1"), maxnames: 8) == ["scsi_host"])
        #expect(try await connection.nodeDeviceGetParent(NodeDeviceRef(name: "computer")) == nil)
    }

    /// A pool on a Fibre Channel adapter has a virtual port while it runs.
    @Test func portsOfPools() async throws {
        let connection = newConnection()
        let adapter = "<adapter type='fc_host' parent='scsi_host1' wwnn='2000000077777777' wwpn='1000000077777777'/>"
        let text = "<pool type='scsi'><name>p</name><source>\(adapter)</source><target><path>/d</path></target></pool>"
        let port = NodeDeviceRef(name: "scsi_host12")
        let recorder = Recorder(connection)
        func names() -> [String] { recorder.take().map { $0.contains("scsi_host12") ? "port" : $0 } }
        let pool = try await connection.storagePoolCreateXML(xml: text, flags: [])
        let xml = try await connection.nodeDeviceGetXMLDesc(port, flags: [])
        #expect(xml.contains("<wwnn>2000000077777777</wwnn>") && xml.contains("<wwpn>1000000077777777</wwpn>"))
        #expect(names() == ["port", "p 2.0"])
        try await connection.storagePoolDestroy(pool)
        #expect(names() == ["port", "p 3.0"])
        #expect(try await connection.nodeNumOfDevices(cap: nil, flags: 0) == 4)
        let defined = try await connection.storagePoolDefineXML(xml: text, flags: [])
        #expect(try await connection.nodeNumOfDevices(cap: nil, flags: 0) == 4)
        try await connection.storagePoolCreate(defined, flags: [])
        try await connection.nodeDeviceDestroy(port)
        _ = names()
        // Nothing is left to be taken away.
        try await connection.storagePoolDestroy(defined)
        #expect(names() == ["p 3.0"])
    }
}

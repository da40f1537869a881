import Libvirt
import Testing

@testable import TestDriver

@Suite struct InterfaceTests {
    private static let xml = "<interface type='ethernet' name='eth2'><mac address='AA:BB:CC:00:00:02'/></interface>"

    @Test func aChangeIsTakenBackAsAWhole() async throws {
        let connection = newConnection()
        await #expect(throws: VirtError.self) { try await connection.interfaceChangeRollback(flags: 0) }
        try await connection.interfaceChangeBegin(flags: 0)
        let busy = await #expect(throws: VirtError.self) { try await connection.interfaceChangeBegin(flags: 0) }
        #expect(busy?.code == .operationInvalid)
        _ = try await connection.interfaceDefineXML(xml: Self.xml, flags: [])
        let eth1 = try await connection.interfaceLookupByName(name: "eth1")
        try await connection.interfaceDestroy(eth1, flags: 0)
        try await connection.interfaceChangeRollback(flags: 0)
        #expect(try await connection.connectListAllInterfaces(flags: []).map(\.name) == ["eth1"])
        // What comes back does not run.
        #expect(try await !connection.interfaceIsActive(eth1))
    }

    @Test func activeAndInactive() async throws {
        let connection = newConnection()
        let made = try await connection.interfaceDefineXML(xml: Self.xml, flags: [])
        #expect(made.mac == "AA:BB:CC:00:00:02")
        #expect(try await connection.connectListAllInterfaces(flags: .inactive).map(\.name) == ["eth2"])
        #expect(try await connection.connectListAllInterfaces(flags: .active).map(\.name) == ["eth1"])
        #expect(try await connection.interfaceLookupByMACString(mac: "aa:bb:cc:00:00:02").name == "eth2")
        try await connection.interfaceCreate(made, flags: 0)
        let error = await #expect(throws: VirtError.self) { try await connection.interfaceCreate(made, flags: 0) }
        #expect(error?.code == .operationInvalid)
        try await connection.interfaceUndefine(made)
        let gone = await #expect(throws: VirtError.self) { try await connection.interfaceUndefine(made) }
        #expect(gone?.code == .noInterface)
    }

    @Test func twoOfAnAddress() async throws {
        let connection = newConnection()
        let twin = "<interface type='ethernet' name='eth3'><mac address='aa:bb:cc:dd:ee:ff'/></interface>"
        _ = try await connection.interfaceDefineXML(xml: twin, flags: [])
        let error = await #expect(throws: VirtError.self) {
            try await connection.interfaceLookupByMACString(mac: "aa:bb:cc:dd:ee:ff")
        }
        #expect(error?.code == .multipleInterfaces)
    }
}

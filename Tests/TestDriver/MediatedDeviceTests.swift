import Libvirt
import Synchronization
import Testing
import VirtConf

@testable import TestDriver

@Suite("Devices that are defined, made and given away")
struct MediatedDeviceTests {
    private static let card = """
        <device><name>pci_0000_00_02_0</name><path>/sys/devices/pci0000:00/0000:00:02.0</path><parent>computer</parent>
        <capability type='pci'><domain>0</domain><bus>0</bus><slot>2</slot><function>0</function>
        <product id='0x1912'/><vendor id='0x8086'/>
        <capability type='mdev_types'><type id='t1'><name>T</name><deviceAPI>vfio-pci</deviceAPI>
        <availableInstances>1</availableInstances></type></capability></capability></device>
        """
    private static let uuid = "c3d2c7a6-2e76-4b1c-a2e5-9d3f7b8a1c01"
    private static let name = "mdev_c3d2c7a6_2e76_4b1c_a2e5_9d3f7b8a1c01_0000_00_02_0"

    private static func device(
        _ parent: String = "<parent>pci_0000_00_02_0</parent>", type: String = "t1", uuid: String = Self.uuid,
        attribute: String = ""
    ) -> String {
        "<device>\(parent)<capability type='mdev'><type id='\(type)'/><uuid>\(uuid)</uuid>\(attribute)</capability></device>"
    }

    private func connection() throws -> TestConnection {
        var state = TestHostState.standard()
        state.devices.add(try VirtConf.NodeDeviceDefinition(xml: Self.card, isNew: false))
        return TestConnection(owning: TestHost(state))
    }

    private func instances(_ connection: TestConnection) async throws -> String {
        let text = try await connection.nodeDeviceGetXMLDesc(NodeDeviceRef(name: "pci_0000_00_02_0"), flags: [])
        return text.contains("<availableInstances>1<") ? "1" : text.contains("<availableInstances>0<") ? "0" : text
    }

    @Test func aLife() async throws {
        let connection = try connection()
        let events = Mutex<[String]>([])
        connection.setEventHandler { event in
            if case .nodeDevice(.lifecycle(_, let event, _)) = event { events.withLock { $0.append("\(event)") } }
        }
        let device = try await connection.nodeDeviceDefineXML(xmlDesc: Self.device(), flags: [])
        #expect(device.name == Self.name)
        func active() async throws -> Bool { try await connection.nodeDeviceIsActive(device) }
        func listed(_ flags: UInt32) async throws -> Bool {
            try await connection.connectListAllNodeDevices(flags: ConnectListAllNodeDeviceFlags(rawValue: flags))
                .contains { $0.name == Self.name }
        }
        #expect(try await [active(), connection.nodeDeviceIsPersistent(device)] == [false, true])
        #expect(
            try await [listed(1 << 30), listed(1 << 28), listed(1 << 31), listed(1 << 29), listed(0)]
                == [true, true, false, false, true])
        #expect(try await connection.nodeNumOfDevices(cap: "mdev", flags: 0) == 0)
        try await connection.nodeDeviceSetAutostart(device, autostart: true)
        #expect(try await connection.nodeDeviceGetAutostart(device))
        try await connection.nodeDeviceCreate(device, flags: 0)
        #expect(try await [active(), listed(1 << 31)] == [true, true])
        #expect(try await instances(connection) == "0")
        #expect(
            await failure { try await connection.nodeDeviceCreate(device, flags: 0) }
                == "55/22 Requested operation is not valid: Device is already active")
        let xml = try await connection.nodeDeviceGetXMLDesc(device, flags: [])
        #expect(xml.contains("<path>/sys/devices/pci0000:00/0000:00:02.0/\(Self.uuid)</path>"))
        #expect(xml.contains("<uuid>\(Self.uuid)</uuid>") && xml.contains("<parent_addr>0000:00:02.0</parent_addr>"))
        // There is but one instance.
        let other = Self.device(uuid: "c3d2c7a6-2e76-4b1c-a2e5-9d3f7b8a1c02")
        #expect(
            await failure { _ = try await connection.nodeDeviceCreateXML(xmlDesc: other, flags: []) }
                .hasSuffix("no instance of type 't1' is left"))
        try await connection.nodeDeviceDestroy(device)
        #expect(try await !active())
        #expect(try await instances(connection) == "1")
        try await connection.nodeDeviceCreate(device, flags: 0)
        // Undefined while it is active it stays until it is destroyed.
        try await connection.nodeDeviceUndefine(device, flags: 0)
        #expect(try await [active(), connection.nodeDeviceIsPersistent(device)] == [true, false])
        #expect(
            await failure { try await connection.nodeDeviceSetAutostart(device, autostart: true) }
                == "55/22 Requested operation is not valid: cannot set autostart for transient device")
        try await connection.nodeDeviceDestroy(device)
        #expect(await failure { _ = try await active() }.contains("no node device with matching name"))
        let made = try await connection.nodeDeviceCreateXML(xmlDesc: other, flags: [])
        try await connection.nodeDeviceDestroy(made)
        #expect(try await instances(connection) == "1")
        #expect(
            events.withLock(\.self) == [
                "defined", "created", "deleted", "created", "undefined", "deleted", "created", "deleted",
            ])
    }

    @Test func attributes() async throws {
        let connection = try connection()
        func text(_ value: String) -> String { Self.device(attribute: "<attr name='a' value='\(value)'/>") }
        let device = try await connection.nodeDeviceDefineXML(xmlDesc: text("1"), flags: [])
        func update(_ xml: String, _ flags: UInt32 = 0) async -> String {
            await failure {
                try await connection.nodeDeviceUpdate(
                    device, xmlDesc: xml, flags: NodeDeviceUpdateFlags(rawValue: flags))
            }
        }
        func xml(_ flags: UInt32) async throws -> String {
            try await connection.nodeDeviceGetXMLDesc(device, flags: NodeDeviceXMLFlags(rawValue: flags))
        }
        #expect(await update(text("2"), 1) == "55/22 Requested operation is not valid: Device is not active")
        #expect(await update(text("2")) == "-")
        #expect(try await xml(0).contains("value='2'"))
        try await connection.nodeDeviceCreate(device, flags: 0)
        #expect(await update(text("3")) == "-")
        #expect(try await [xml(0).contains("value='3'"), xml(1).contains("value='2'")] == [true, true])
        #expect(await update(text("4"), 3) == "-")
        #expect(try await [xml(0).contains("value='4'"), xml(1).contains("value='4'")] == [true, true])
        #expect(await update(Self.device(type: "t2")).hasPrefix("55/22"))
        #expect(await update(text("4"), 4) == "8/22 unsupported flags (0x4) in function testNodeDeviceUpdate")
    }

    @Test(
        "what is refused",
        arguments: [
            (Self.device(""), "67/22 unsupported configuration: missing parent device"),
            (Self.device("<parent>nope</parent>"), "67/22 unsupported configuration: invalid parent device 'nope'"),
            (
                Self.device(type: "t9"),
                "1/22 internal error: Unable to define mediated device: parent pci_0000_00_02_0 has no type 't9'"
            ),
            ("<x/>", "27/5 XML error: expecting root element of 'device', not 'x'"),
            (
                "<device><capability type='system'/></device>",
                "67/22 unsupported configuration: Unsupported device type"
            ),
        ])
    func refused(xml: String, text: String) async throws {
        let connection = try connection()
        #expect(await failure { _ = try await connection.nodeDeviceDefineXML(xmlDesc: xml, flags: []) } == text)
    }

    /// As libvirtd's driver of devices answers.
    @Test func othersThanMediatedDevices() async throws {
        let connection = newConnection()
        let (computer, adapter) = (NodeDeviceRef(name: "computer"), NodeDeviceRef(name: "scsi_host1"))
        for (device, isPersistent) in [(computer, true), (adapter, false)] {
            #expect(try await connection.nodeDeviceIsPersistent(device) == isPersistent)
            #expect(try await connection.nodeDeviceGetAutostart(device) == isPersistent)
        }
        #expect(try await connection.nodeDeviceIsActive(adapter))
        #expect(
            await failure { try await connection.nodeDeviceSetAutostart(computer, autostart: true) }
                == "84/22 Operation not supported: Unsupported device type")
        #expect(
            await failure { try await connection.nodeDeviceUndefine(computer, flags: 0) }
                == "67/22 unsupported configuration: Unsupported device type")
        #expect(
            await failure { try await connection.nodeDeviceUndefine(adapter, flags: 0) }
                == "55/22 Requested operation is not valid: Node device 'scsi_host1' is not defined")
        #expect(
            await failure { try await connection.nodeDeviceCreate(computer, flags: 0) }
                == "55/22 Requested operation is not valid: Device is already active")
        let found = try await connection.nodeDeviceLookupSCSIHostByWWN(
            wwnn: "2000000012341234", wwpn: "1000000012341234", flags: 0)
        #expect(found.name == "scsi_host1")
        #expect(
            await failure {
                _ = try await connection.nodeDeviceLookupSCSIHostByWWN(wwnn: "x", wwpn: "", flags: 0)
            }.contains("no node device with matching wwnn 'x' and wwpn ''"))
    }

    @Test func devicesOfGuests() async throws {
        let connection = try connection()
        let card = NodeDeviceRef(name: "pci_0000_00_02_0")
        func detach(_ driver: String?, _ device: NodeDeviceRef) async -> String {
            await failure { try await connection.nodeDeviceDetachFlags(device, driverName: driver, flags: 0) }
        }
        func driver() async throws -> Bool {
            try await connection.nodeDeviceGetXMLDesc(card, flags: []).contains("<name>vfio-pci</name>")
        }
        #expect(
            await detach("kvm", card)
                == "74/12 argument unsupported: KVM device assignment is no longer supported on this system")
        #expect(await detach("xen", card) == "8/12 invalid argument: unknown driver name 'xen'")
        #expect(
            await detach(nil, NodeDeviceRef(name: "computer"))
                == "8/20 invalid argument: device computer is not a PCI device")
        #expect(await detach("vfio", card) == "-")
        #expect(await detach(nil, card) == "-")
        #expect(try await driver())
        let source = "<source><address domain='0' bus='0' slot='2' function='0'/></source>"
        let guest = xml("g", devices: "<hostdev mode='subsystem' type='pci'>\(source)</hostdev>")
        let domain = try await connection.domainCreateXML(xmlDesc: guest, flags: [])
        let used = "55/12 Requested operation is not valid: PCI device 0000:00:02.0 is in use by driver test, domain g"
        #expect(await failure { try await connection.nodeDeviceReAttach(card) } == used)
        #expect(await failure { try await connection.nodeDeviceReset(card) } == used)
        try await connection.domainDestroy(domain)
        #expect(await failure { try await connection.nodeDeviceReset(card) } == "-")
        try await connection.nodeDeviceReAttach(card)
        #expect(try await !driver())
    }
}

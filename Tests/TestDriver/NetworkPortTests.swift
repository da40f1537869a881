import Libvirt
import Testing

@testable import TestDriver

private func port(_ number: Int, _ inside: String = "") -> String {
    """
    <networkport><uuid>33333333-0000-0000-0000-00000000000\(number)</uuid>\
    <owner><name>g</name><uuid>22222222-0000-0000-0000-000000000002</uuid></owner>\
    <mac address='52:54:00:00:00:0\(number)'/>\(inside)</networkport>
    """
}

private func interface(_ mac: Int, network: String = "default", _ inside: String = "") -> String {
    """
    <interface type='network'><mac address='52:54:00:00:00:0\(mac)'/><source network='\(network)'/>\(inside)</interface>
    """
}

extension TestConnection {
    fileprivate func network(_ xml: String, isRunning: Bool = true) async throws -> NetworkRef {
        let network = try await networkDefineXML(xml: "<network><name>n</name>\(xml)</network>")
        if isRunning { try await networkCreate(network) }
        return network
    }

    fileprivate func macs(_ network: NetworkRef) async throws -> [String] {
        var macs: [String] = []
        for port in try await networkListAllPorts(network, flags: 0) {
            let xml = try await networkPortGetXMLDesc(port, flags: 0)
            macs.append(xml.split(separator: "'").first { $0.hasPrefix("52:54") }.map(String.init) ?? "")
        }
        return macs
    }

    fileprivate func connections(_ network: NetworkRef) async throws -> String {
        let first = try await networkGetXMLDesc(network, flags: []).split(separator: "\n")[0]
        return String(first.dropFirst("<network".count).dropLast())
    }

    fileprivate func parameters(_ port: NetworkPortRef) async throws -> [String] {
        try await networkPortGetParameters(port, flags: 0).map { "\($0.field)=\($0.value)" }
    }
}

/// Words and results are those of libvirt 9.0's network driver.
@Suite struct NetworkPortTests {
    @Test(arguments: [
        ("<bridge name='b'/>", "", "<plug type='network' bridge='b'/>"),
        ("<forward mode='bridge'/><bridge name='b'/>", "", "<plug type='bridge' bridge='b'/>"),
        (
            "<forward mode='private'><interface dev='a'/></forward>", "",
            "<plug type='direct' dev='a' mode='private'/>"
        ),
        ("<bridge name='b'/>", "<group>none</group>", "<group>none</group>"),
        (
            "<bridge name='b'/><portgroup name='p' default='yes'><bandwidth><inbound average='3'/></bandwidth></portgroup>",
            "", "<inbound average='3'/>"
        ),
        (
            "<bridge name='b'/><bandwidth><inbound average='9'/></bandwidth>",
            "<bandwidth><inbound average='1' floor='1'/></bandwidth>", "<bandwidth classID='3'>"
        ),
    ])
    func plugged(_ network: String, _ inside: String, _ expected: String) async throws {
        let connection = newConnection()
        let network = try await connection.network(network)
        let made = try await connection.networkPortCreateXML(network, xml: port(1, inside), flags: [])
        let found = try await connection.networkPortLookupByUUID(network, uuid: made.uuid)
        let xml = try await connection.networkPortGetXMLDesc(found, flags: 0)
        #expect(xml.contains("  \(expected)\n"), "\(xml)")
        #expect(try await connection.networkListAllPorts(network, flags: 0).map(\.uuid) == [made.uuid])
        #expect(try await connection.connections(network) == " connections='1'")
        try await connection.networkPortDelete(found, flags: 0)
        #expect(try await connection.connections(network) == "")
    }

    @Test(arguments: [
        ("", "", UInt32(1), "8/19 invalid argument: Port reclaim requested but plug type is none"),
        (
            "", "<plug type='bridge' bridge='x'/>", 0,
            "8/19 invalid argument: Port reclaim not requested but plug type is not none"
        ),
        ("", "<plug type='bridge' bridge='x'/>", 1, "-"),
        ("", "", 4, "8/19 unsupported flags (0x4) in function networkPortCreateXML"),
        (
            "", "<virtualport type='openvswitch'/>", 0,
            """
            67/19 unsupported configuration: <virtualport type='openvswitch'> not supported for network 'n' which \
            uses IP forwarding
            """
        ),
        (
            "", "<bandwidth><inbound average='1' floor='1'/></bandwidth>", 0,
            """
            84/19 Operation not supported: Invalid use of 'floor' on interface with MAC address 52:54:00:00:00:02 \
            - network 'n' has no inbound QoS set
            """
        ),
        (
            "<forward mode='passthrough'><interface dev='a'/></forward>", "", 0,
            """
            1/19 internal error: network 'n' requires exclusive access to interfaces, but none are available
            """
        ),
    ])
    func refused(_ network: String, _ inside: String, _ flags: UInt32, _ expected: String) async throws {
        let connection = newConnection()
        let network = try await connection.network(network.isEmpty ? "<bridge name='b'/>" : network)
        _ = try await connection.networkPortCreateXML(network, xml: port(1), flags: [])
        let said = await failure {
            _ = try await connection.networkPortCreateXML(
                network, xml: port(2, inside), flags: .init(rawValue: flags))
        }
        #expect(said == expected)
        #expect(try await connection.networkListAllPorts(network, flags: 0).count == (expected == "-" ? 2 : 1))
    }

    @Test func missing() async throws {
        let connection = newConnection()
        let network = try await connection.network("<bridge name='b'/>", isRunning: false)
        let stopped = "55/19 Requested operation is not valid: network 'n' is not active"
        func create(_ xml: String) async -> String {
            await failure { _ = try await connection.networkPortCreateXML(network, xml: xml, flags: []) }
        }
        #expect(await failure { _ = try await connection.networkListAllPorts(network, flags: 0) } == stopped)
        #expect(await create(port(1)) == stopped)
        #expect(await create("<networkport/>") == "1/19 internal error: network port has no uuid")
        try await connection.networkCreate(network)
        #expect(await create(port(1)) == "-")
        let exists = """
            106/19 network port Network port with UUID 33333333-0000-0000-0000-000000000001 already exists exists already
            """
        #expect(await create(port(1)) == exists)
        let made = try await connection.networkListAllPorts(network, flags: 0)[0]
        try await connection.networkDestroy(network)
        let gone = """
            107/19 network port not found: Network port with UUID \(made.uuid) does not exist
            """
        #expect(await failure { _ = try await connection.networkPortGetXMLDesc(made, flags: 0) } == gone)
        #expect(await failure { try await connection.networkPortDelete(made, flags: 0) } == gone)
        #expect(await failure { _ = try await connection.networkPortGetParameters(made, flags: 0) } == gone)
        try await connection.networkCreate(network)
        #expect(try await connection.networkListAllPorts(network, flags: 0).isEmpty)
        try await connection.networkDestroy(network)
        try await connection.networkUndefine(network)
        let none = "43/19 Network not found: no network with matching uuid '\(network.uuid)' (n)"
        #expect(await failure { _ = try await connection.networkListAllPorts(network, flags: 0) } == none)
        #expect(await create(port(1)) == none)
        #expect(await failure { _ = try await connection.networkPortGetXMLDesc(made, flags: 0) } == none)
        #expect(
            await failure { _ = try await connection.networkGetDHCPLeases(network, mac: nil, flags: 0) } == none)
    }

    @Test func limits() async throws {
        let connection = newConnection()
        let network = try await connection.network("<bridge name='b'/>")
        let made = try await connection.networkPortCreateXML(
            network, xml: port(1, "<bandwidth><inbound average='100' peak='200' burst='300'/></bandwidth>"), flags: [])
        #expect(
            try await connection.parameters(made) == [
                "inbound.average=uint(100)", "inbound.peak=uint(200)", "inbound.floor=uint(0)",
                "inbound.burst=uint(300)",
            ])
        try await connection.networkPortSetParameters(
            made, params: [.init("outbound.average", .uint(7)), .init("inbound.peak", .uint(9))], flags: 0)
        #expect(
            try await connection.parameters(made) == [
                "outbound.average=uint(7)", "outbound.peak=uint(0)", "outbound.burst=uint(0)",
            ])
        let floor = await failure {
            try await connection.networkPortSetParameters(made, params: [.init("inbound.floor", .uint(7))], flags: 0)
        }
        #expect(floor.hasSuffix("- network 'n' has no inbound QoS set"))
        try await connection.networkPortSetParameters(made, params: [], flags: 0)
        #expect(try await connection.networkPortGetXMLDesc(made, flags: 0).contains("  <bandwidth>\n  </bandwidth>\n"))
    }

    @Test(arguments: [("average='9'", "average=9"), ("average='9' peak='11'", "peak=11")])
    func guaranteesHaveToBeMet(_ limit: String, _ expected: String) async throws {
        let connection = newConnection()
        let network = try await connection.network("<bridge name='b'/><bandwidth><inbound \(limit)/></bandwidth>")
        func add(_ number: Int, floor: Int) async -> String {
            await failure {
                let bandwidth = "<bandwidth><inbound average='1' floor='\(floor)'/></bandwidth>"
                _ = try await connection.networkPortCreateXML(network, xml: port(number, bandwidth), flags: [])
            }
        }
        #expect(await add(1, floor: 5) == "-")
        #expect(await add(2, floor: 4) == "-")
        let refusal = """
            55/19 Requested operation is not valid: Cannot plug '52:54:00:00:00:03' interface into 'b' because new \
            combined inbound floor=12 would overcommit \(expected) on network 'n'
            """
        #expect(await add(3, floor: 3) == refusal)
        let made = try await connection.networkListAllPorts(network, flags: 0)[0]
        try await connection.networkPortSetParameters(made, params: [.init("inbound.floor", .uint(2))], flags: 0)
        #expect(try await connection.networkPortGetXMLDesc(made, flags: 0).contains("<bandwidth classID='3'>"))
        #expect(await add(3, floor: 3) == "-")
    }

    /// A guest's ports come and go with its run and with its interfaces.
    @Test func portsOfGuests() async throws {
        let connection = newConnection()
        let network = try await connection.network("<bridge name='b'/>")
        let guest = try await connection.domainDefineXML(
            xml: xml("g", devices: interface(1, network: "n") + interface(2) + interface(3, network: "n")))
        #expect(try await connection.macs(network) == [])
        try await connection.domainCreate(guest)
        #expect(try await connection.macs(network) == ["52:54:00:00:00:01", "52:54:00:00:00:03"])
        #expect(try await connection.connections(network) == " connections='2'")
        #expect(try await connection.macs(try await connection.network) == ["52:54:00:00:00:02"])
        try await connection.domainDetachDevice(guest, xml: interface(1, network: "n"))
        try await connection.domainAttachDevice(guest, xml: interface(4, network: "n"))
        #expect(try await connection.macs(network) == ["52:54:00:00:00:03", "52:54:00:00:00:04"])
        let owner = try await connection.networkPortGetXMLDesc(
            try await connection.networkListAllPorts(network, flags: 0)[0], flags: 0)
        #expect(owner.contains("<name>g</name>\n    <uuid>\(guest.uuid)</uuid>"))
        try await connection.domainDestroy(guest)
        #expect(try await connection.macs(network) == [])
        #expect(try await connection.connections(try await connection.network) == "")
        // The next run begins with what is defined.
        try await connection.domainCreate(guest)
        #expect(try await connection.macs(network) == ["52:54:00:00:00:01", "52:54:00:00:00:03"])
    }

    /// A guest starts whatever its network says, as in libvirt's test driver; it has no port then.
    @Test func networksThatHaveNoRoom() async throws {
        let connection = newConnection()
        let network = try await connection.network("<forward mode='passthrough'><interface dev='a'/></forward>")
        for mac in 1...2 {
            _ = try await connection.domainCreateXML(
                xmlDesc: xml("g\(mac)", devices: interface(mac, network: "n") + interface(mac + 2, network: "none")),
                flags: [])
        }
        #expect(try await connection.macs(network) == ["52:54:00:00:00:01"])
    }
}

@Suite struct NetworkLeaseTests {
    private static let network = """
        <bridge name='b'/><ip address='10.0.0.1' netmask='255.0.0.0'><dhcp><range start='10.0.0.10' end='10.0.1.0'>\
        <lease expiry='0'/></range><host mac='52:54:00:00:00:02' name='kept' ip='10.9.9.9'/></dhcp></ip>
        """

    /// What DHCP says and what a guest's addresses are, from whichever source, is the same.
    @Test func leases() async throws {
        let connection = newConnection()
        let network = try await connection.network(Self.network)
        let guest = try await connection.domainCreateXML(
            xmlDesc: xml("g", devices: interface(1, network: "n") + interface(2, network: "n")), flags: [])
        let leases = try await connection.networkGetDHCPLeases(network, mac: nil, flags: 0)
        #expect(leases.map(\.mac) == ["52:54:00:00:00:01", "52:54:00:00:00:02"])
        #expect(leases.map(\.hostname) == ["ghost", "kept"])
        #expect(leases.map(\.clientid) == ["01:52:54:00:00:00:01", "01:52:54:00:00:00:02"])
        #expect(leases.allSatisfy { $0.iface == "b" && $0.type == .ipv4 && $0.prefix == 8 && $0.iaid == nil })
        #expect(leases.map(\.ipaddr)[1] == "10.9.9.9" && leases.map(\.expirytime) == [0, leases[1].expirytime])
        for source in UInt32(0)...2 {
            let interfaces = try await connection.domainInterfaceAddresses(guest, source: source, flags: 0)
            #expect(interfaces.map(\.hwaddr) == leases.map(\.mac))
            #expect(interfaces.flatMap(\.addrs).map(\.addr) == leases.map(\.ipaddr))
            #expect(interfaces.flatMap(\.addrs).map(\.prefix) == leases.map(\.prefix))
        }
        let one = try await connection.networkGetDHCPLeases(network, mac: "52:54:00:00:00:02", flags: 0)
        #expect(one.map(\.ipaddr) == ["10.9.9.9"])
        #expect(try await connection.networkGetDHCPLeases(network, mac: "52:54:00:00:00:03", flags: 0).isEmpty)
        try await connection.domainDestroy(guest)
        #expect(try await connection.networkGetDHCPLeases(network, mac: nil, flags: 0).isEmpty)
    }

    @Test func noLeases() async throws {
        let connection = newConnection()
        let fixed = try await connection.network("<bridge name='b'/><ip address='10.0.0.1' netmask='255.0.0.0'/>")
        _ = try await connection.domainCreateXML(xmlDesc: xml("g", devices: interface(1, network: "n")), flags: [])
        #expect(try await connection.networkGetDHCPLeases(fixed, mac: nil, flags: 0).isEmpty)
        let standard = try await connection.network
        #expect(
            try await connection.networkGetDHCPLeases(standard, mac: nil, flags: 0).map(\.ipaddr) == ["192.168.122.3"])
        try await connection.networkDestroy(standard)
        #expect(try await connection.networkGetDHCPLeases(standard, mac: nil, flags: 0).isEmpty)
        func leases(_ mac: String?, _ flags: UInt32) async -> String {
            await failure { _ = try await connection.networkGetDHCPLeases(standard, mac: mac, flags: flags) }
        }
        #expect(await leases("zz", 0) == "44/19 invalid MAC address: zz")
        #expect(await leases("zz", 1) == "8/19 unsupported flags (0x1) in function networkGetDHCPLeases")
    }
}

extension NetworkPortTests {
    /// A guest that comes from another host is plugged in as one that starts here.
    @Test func portsOfGuestsThatArrive() async throws {
        let connection = newConnection()
        let network = try await connection.network
        let definition = try TestConnection.definition(xml("g", devices: interface(1)))
        for isCancelled in [true, false] {
            _ = try connection.host.update { try $0.prepareMigration(definition, []) }
            #expect(try await connection.macs(network) == ["52:54:00:00:00:01"])
            _ = try connection.host.update {
                try $0.finishMigration(named: "g", TestMigrationCookie(), [], cancelled: isCancelled)
            }
            #expect(try await connection.macs(network) == (isCancelled ? [] : ["52:54:00:00:00:01"]))
        }
    }
}

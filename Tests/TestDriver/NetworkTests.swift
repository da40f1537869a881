import Libvirt
import Testing

@testable import TestDriver

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension TestConnection {
    var network: NetworkRef {
        get async throws { try await networkLookupByName(name: "default") }
    }

    func networks(_ flags: UInt32) async throws -> [String] {
        try await connectListAllNetworks(flags: ConnectListAllNetworksFlags(rawValue: flags)).map(\.name)
    }

    func text(_ network: NetworkRef) async throws -> String { try await networkGetXMLDesc(network, flags: []) }
}

func networkXML(_ name: String, _ inside: String = "") -> String {
    "<network><name>\(name)</name>\(inside)</network>"
}

/// Expectations are what libvirt 9.0 says and does.
@Suite struct NetworkTests {
    static let uuid = "<uuid>01020304-0506-4708-890a-0b0c0d0e0f10</uuid>"
    static let missing = "43/12 Network not found: no network with matching name 'lab'"

    @Test func defaultNetwork() async throws {
        let connection = newConnection()
        let network = try await connection.network
        #expect(
            try await connection.text(network) == """
                <network>
                  <name>default</name>
                  <uuid>dd8fe884-6c02-601e-7551-cca97df1c5df</uuid>
                  <forward mode='nat'/>
                  <bridge name='virbr0' stp='on' delay='0'/>
                  <ip address='192.168.122.1' netmask='255.255.255.0'>
                    <dhcp>
                      <range start='192.168.122.2' end='192.168.122.254'/>
                    </dhcp>
                  </ip>
                </network>

                """)
        #expect(try await connection.networkIsActive(network))
        #expect(try await connection.networkIsPersistent(network))
        #expect(try await connection.networkGetAutostart(network) == false)
        #expect(try await connection.networkGetBridgeName(network) == "virbr0")
        #expect(try await connection.networkLookupByUUID(uuid: network.uuid).name == "default")
        #expect(connection.eventKinds.contains(.network))
    }

    @Test func wholeLife() async throws {
        let connection = newConnection()
        let events = Recorder(connection)
        let lab = try await connection.networkDefineXML(xml: networkXML("lab"))
        #expect(try await connection.networkIsActive(lab) == false)
        try await connection.networkCreate(lab)
        #expect(
            await failure { try await connection.networkCreate(lab) }
                == "55/12 Requested operation is not valid: Network 'lab' is already running")
        #expect(
            await failure { try await connection.networkUndefine(lab) }
                == "55/12 Requested operation is not valid: Network 'lab' is still running")
        #expect(
            await failure { _ = try await connection.networkGetBridgeName(lab) }
                == "1/12 internal error: network 'lab' does not have a bridge name.")
        try await connection.networkDestroy(lab)
        // Once more: it does not complain, and says it again.
        try await connection.networkDestroy(lab)
        try await connection.networkUndefine(lab)
        #expect(events.take() == ["lab 0.0", "lab 2.0", "lab 3.0", "lab 3.0", "lab 1.0"])
        let byName: [() async throws -> Void] = [
            { try await connection.networkUndefine(lab) }, { try await connection.networkCreate(lab) },
            { try await connection.networkDestroy(lab) }, { _ = try await connection.networkGetAutostart(lab) },
            { try await connection.networkSetAutostart(lab, autostart: true) },
            { _ = try await connection.networkGetBridgeName(lab) }, { _ = try await connection.text(lab) },
            { _ = try await connection.networkLookupByName(name: "lab") },
        ]
        for call in byName { #expect(await failure(call) == Self.missing) }
        let gone = "43/12 Network not found: no network with matching uuid '\(lab.uuid)'"
        let byUUID: [() async throws -> Void] = [
            { _ = try await connection.networkIsActive(lab) }, { _ = try await connection.networkIsPersistent(lab) },
            { _ = try await connection.networkLookupByUUID(uuid: lab.uuid) },
            {
                try await connection.networkUpdate(
                    lab, command: 3, section: 11, parentIndex: -1, xml: "<txt name='a' value='b'/>", flags: [])
            },
        ]
        for call in byUUID { #expect(await failure(call) == gone) }
        #expect(events.take() == [])
    }

    @Test func transientNetworksVanish() async throws {
        let connection = newConnection()
        let events = Recorder(connection)
        let lab = try await connection.networkCreateXML(xml: networkXML("lab"))
        #expect(try await connection.networkIsPersistent(lab) == false)
        try await connection.networkSetAutostart(lab, autostart: true)
        #expect(try await connection.networkGetAutostart(lab))
        try await connection.networkDestroy(lab)
        #expect(events.take() == ["lab 2.0", "lab 3.0"])
        #expect(await failure { _ = try await connection.networkLookupByName(name: "lab") } == Self.missing)
    }

    /// A definition that comes while the network runs waits, and waits on.
    @Test func definedWhileItRuns() async throws {
        let connection = newConnection()
        func xml(_ bridge: String) -> String { networkXML("lab", "\(Self.uuid)<bridge name='\(bridge)'/>") }
        let lab = try await connection.networkCreateXML(xml: xml("br7"))
        _ = try await connection.networkDefineXML(xml: xml("br8"))
        #expect(try await connection.networkIsPersistent(lab))
        #expect(try await connection.networkGetBridgeName(lab) == "br7")
        #expect(
            await failure { _ = try await connection.networkCreateXML(xml: xml("br9")) }
                == "55/19 Requested operation is not valid: network is already active as 'lab'")
        try await connection.networkDestroy(lab)
        #expect(try await connection.networkGetBridgeName(lab) == "br7")
        _ = try await connection.networkCreateXML(xml: xml("br9"))
        #expect(try await connection.networkIsPersistent(lab))
        #expect(try await connection.networkGetBridgeName(lab) == "br9")
        try await connection.networkDestroy(lab)
        #expect(try await connection.networkGetBridgeName(lab) == "br9")
        _ = try await connection.networkDefineXML(xml: xml("br10"))
        #expect(try await connection.networkGetBridgeName(lab) == "br10")
    }

    @Test func namesAndDefinitions() async throws {
        let connection = newConnection()
        let lab = try await connection.networkDefineXMLFlags(xml: networkXML("lab", Self.uuid), flags: .validate)
        for (xml, text) in [
            (
                networkXML("other", Self.uuid),
                "9/19 operation failed: network 'lab' is already defined with uuid \(lab.uuid)"
            ),
            (networkXML("lab"), "9/19 operation failed: network 'lab' already exists with uuid \(lab.uuid)"),
            (networkXML(""), "21/19 missing name information"),
            ("<net/>", "27/5 XML error: expecting root element of 'network', not 'net'"),
            ("", "35/19 (network_definition):1: Document is empty\n(null)\n^"),
        ] {
            #expect(await failure { _ = try await connection.networkDefineXML(xml: xml) } == text)
            #expect(await failure { _ = try await connection.networkCreateXMLFlags(xml: xml, flags: []) } == text)
        }
    }

    @Test func filters() async throws {
        let connection = newConnection()
        _ = try await connection.networkDefineXML(xml: networkXML("off"))
        let auto = try await connection.networkDefineXML(xml: networkXML("auto"))
        try await connection.networkSetAutostart(auto, autostart: true)
        _ = try await connection.networkCreateXML(xml: networkXML("tr"))
        let all = ["default", "off", "auto", "tr"]
        for (flags, names) in [
            (0, all), (1, ["off", "auto"]), (2, ["default", "tr"]), (3, all), (4, ["default", "off", "auto"]),
            (8, ["tr"]), (16, ["auto"]), (32, ["default", "off", "tr"]), (1 | 32, ["off"]), (2 | 16, []),
        ] as [(UInt32, [String])] { #expect(try await connection.networks(flags) == names, "\(flags)") }
    }

    @Test func flags() async throws {
        let connection = newConnection()
        let network = try await connection.network
        let calls: [(String, Int, () async throws -> Void)] = [
            (
                "NetworkGetXMLDesc", 1,
                { _ = try await connection.networkGetXMLDesc(network, flags: .inactive) }
            ),
            ("ConnectListAllNetworks", 0x40, { _ = try await connection.networks(0x40) }),
            (
                "NetworkDefineXMLFlags", 2,
                { _ = try await connection.networkDefineXMLFlags(xml: "", flags: .init(rawValue: 2)) }
            ),
            (
                "NetworkCreateXMLFlags", 6,
                { _ = try await connection.networkCreateXMLFlags(xml: "", flags: .init(rawValue: 7)) }
            ),
            (
                "NetworkUpdate", 4,
                {
                    try await connection.networkUpdate(
                        network, command: 0, section: 0, parentIndex: 0, xml: "", flags: .init(rawValue: 5))
                }
            ),
        ]
        for (function, bits, call) in calls {
            #expect(
                await failure(call)
                    == "8/12 unsupported flags (0x\(String(bits, radix: 16))) in function test\(function)")
        }
    }

    @Test func addressesOfGuests() async throws {
        let connection = newConnection()
        func addresses(_ inside: String) async throws -> String {
            let network = try await connection.networkDefineXML(xml: networkXML("lab", inside))
            let interface = "<interface type='network'><source network='lab'/></interface>"
            let guest = try await connection.domainCreateXML(
                xmlDesc: xml("guest", devices: interface + interface), flags: [])
            let text: String
            do {
                let found = try await connection.domainInterfaceAddresses(guest, source: 0, flags: 0)
                text = found.map(\.addrs[0]).map { "\($0.type.rawValue) \($0.addr)/\($0.prefix)" }
                    .joined(separator: ", ")
            } catch let error as VirtError {
                text = error.message
            }
            try await connection.domainDestroy(guest)
            try await connection.networkUndefine(network)
            return text
        }
        // The second domain of the host, the third, and so on: 20 addresses each.
        for (inside, text) in [
            (
                "<ip address='10.0.0.1' prefix='16'><dhcp><range start='10.0.0.250' end='10.0.1.9'/></dhcp></ip>",
                "0 10.0.1.15/16, 0 10.0.1.16/16"
            ),
            ("<ip address='10.0.0.1' netmask='255.255.0.0'/>", "0 10.0.0.42/16, 0 10.0.0.43/16"),
            ("<ip address='10.0.0.1'/><ip address='10.3.0.1'/>", "0 10.0.0.62/8, 0 10.0.0.63/8"),
            ("<ip family='ipv6' address='fd00::fe' prefix='64'/>", "1 fd00::4f/64, 1 fd00::50/64"),
            ("", "internal error: network 'lab' has no address"),
        ] { #expect(try await addresses(inside) == text) }
    }

    /// Inside the file, or in a file of its own beside it.
    @Test func networksOfAFile() async throws {
        let path = "/tmp/swift-libvirt-test-\(UInt64.random(in: 0..<UInt64.max))"
        defer { for ending in [".xml", "-beside.xml"] { unlink(path + ending) } }
        func write(_ text: String, _ ending: String) throws { try TestFile.write(Array(text.utf8), to: path + ending) }
        try write(networkXML("beside", "<bridge name='br1'/>"), "-beside.xml")
        let reference = "<network file='\(path.split(separator: "/")[1])-beside.xml'/>"
        try write("<node>\(networkXML("inside"))\(reference)</node>", ".xml")
        let opened = try await TestDriver().open("test://\(path).xml", flags: 0)
        let connection = try #require(opened as? TestConnection)
        #expect(try await connection.networks(0) == ["inside", "beside"])
        #expect(try await connection.networks(2 | 4) == ["inside", "beside"])
        let beside = try await connection.networkLookupByName(name: "beside")
        #expect(try await connection.networkGetBridgeName(beside) == "br1")
        try write("<node><network/></node>", ".xml")
        #expect(
            await failure { _ = try await TestDriver().open("test://\(path).xml", flags: 0) }
                == "21/19 missing name information")
    }

    @Test func noGrowth() async throws {
        let connection = newConnection()
        for number in 0..<2_000 {
            let lab = try await connection.networkCreateXML(xml: networkXML("n\(number % 7)"))
            try await connection.networkDestroy(lab)
        }
        #expect(connection.host.read { $0.networks.tableSizes } == [1, 1])
        #expect(connection.host.read { $0.tableSizes } == [1, 1, 0])
    }
}

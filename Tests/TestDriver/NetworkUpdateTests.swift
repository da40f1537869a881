import Libvirt
import Testing

@testable import TestDriver

/// Which of the two definitions is changed. How, is in Tests/Conf. Expectations are what libvirt 9.0 says and does.
@Suite struct NetworkUpdateTests {
    static let uuid = "<uuid>01020304-0506-4708-890a-0b0c0d0e0f10</uuid>"
    static let notRunning = "55/19 Requested operation is not valid: network is not running"

    /// Adds a TXT record, which is easy to see.
    private func add(
        _ name: String, _ network: NetworkRef, _ connection: TestConnection, _ flags: NetworkUpdateFlags
    ) async -> String {
        await failure {
            try await connection.networkUpdate(
                network, command: 3, section: 11, parentIndex: -1, xml: "<txt name='\(name)' value='1'/>",
                flags: flags)
        }
    }

    private func records(_ network: NetworkRef, _ connection: TestConnection) async throws -> [String] {
        try await connection.text(network).split(separator: "\n").filter { $0.contains("<txt") }.map {
            String($0.split(separator: "'")[1])
        }
    }

    @Test func inactive() async throws {
        let connection = newConnection()
        let lab = try await connection.networkDefineXML(xml: networkXML("lab"))
        #expect(await add("a", lab, connection, .live) == Self.notRunning)
        #expect(await add("a", lab, connection, [.live, .config]) == Self.notRunning)
        #expect(await add("a", lab, connection, .current) == "-")
        #expect(await add("b", lab, connection, .config) == "-")
        #expect(try await records(lab, connection) == ["a", "b"])
    }

    @Test func active() async throws {
        let connection = newConnection()
        let lab = try await connection.networkDefineXML(xml: networkXML("lab", Self.uuid))
        try await connection.networkCreate(lab)
        #expect(await add("config", lab, connection, .config) == "-")
        #expect(await add("now", lab, connection, .current) == "-")
        #expect(await add("both", lab, connection, [.live, .config]) == "-")
        #expect(try await records(lab, connection) == ["now", "both"])
        // What is there already in one of them is added to none.
        let there = "55/19 Requested operation is not valid: there is already a DNS TXT record with name "
        #expect(await add("config", lab, connection, [.live, .config]) == there + "'config' in network lab")
        #expect(await add("now", lab, connection, [.live, .config]) == there + "'now' in network lab")
        #expect(await add("now", lab, connection, .config) == "-")
        #expect(try await records(lab, connection) == ["now", "both"])
        // The stopped network goes on with what ran, but what waits is what is changed, each time anew.
        try await connection.networkDestroy(lab)
        #expect(try await records(lab, connection) == ["now", "both"])
        for name in ["later", "latest"] {
            #expect(await add(name, lab, connection, .current) == "-")
            #expect(try await records(lab, connection) == ["config", "both", "now", name])
        }
    }

    @Test func transient() async throws {
        let connection = newConnection()
        let lab = try await connection.networkCreateXML(xml: networkXML("lab"))
        let text = "55/19 Requested operation is not valid: cannot change persistent config of a transient network"
        #expect(await add("a", lab, connection, .config) == text)
        #expect(await add("a", lab, connection, [.live, .config]) == text)
        #expect(await add("a", lab, connection, .live) == "-")
        #expect(try await records(lab, connection) == ["a"])
    }

    @Test func refused() async throws {
        let connection = newConnection()
        let events = Recorder(connection)
        let network = try await connection.network
        let before = try await connection.text(network)
        for (command, section, xml, text) in [
            (3, 3, "<ip/>", "84/19 Operation not supported: can't update 'ip' section of network 'default'"),
            (3, 99, "<x/>", "84/19 Operation not supported: can't update unrecognized section of network"),
            (9, 11, "<txt name='a'/>", "84/19 Operation not supported: unrecognized network update command code 9"),
            (
                3, 4, "<x/>",
                "27/19 XML error: unexpected element <x>, expecting <host>, while updating network 'default'"
            ),
            (3, 4, "", "35/19 network_update_xml:1: Document is empty\n(null)\n^"),
        ] as [(UInt32, UInt32, String, String)] {
            #expect(
                await failure {
                    try await connection.networkUpdate(
                        network, command: command, section: section, parentIndex: -1, xml: xml, flags: .live)
                } == text)
        }
        #expect(try await connection.text(network) == before)
        #expect(events.take() == [])
    }
}

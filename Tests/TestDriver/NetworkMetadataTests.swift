import Libvirt
import Testing

@testable import TestDriver

@Suite("Notes on networks")
struct NetworkMetadataTests {
    private func get(
        _ connection: TestConnection, _ network: NetworkRef, _ type: NetworkMetadataType, _ flags: UInt32 = 0
    ) async -> String {
        var found: String?
        let text = await failure {
            found = try await connection.networkGetMetadata(
                network, type: type, uri: type == .element ? "http://x" : nil,
                flags: NetworkUpdateFlags(rawValue: flags))
        }
        return found ?? text
    }

    private func set(
        _ connection: TestConnection, _ network: NetworkRef, _ type: NetworkMetadataType, _ text: String?,
        _ flags: UInt32 = 0, key: String? = "k", uri: String? = "http://x"
    ) async -> String {
        await failure {
            try await connection.networkSetMetadata(
                network, type: type, metadata: text, key: key, uri: uri, flags: NetworkUpdateFlags(rawValue: flags))
        }
    }

    @Test func comeAndGo() async throws {
        let connection = newConnection()
        let network = try await connection.networkDefineXML(
            xml: "<network><name>n</name><bridge name='vb9'/></network>")
        let none = "111/19 metadata not found: Requested metadata element is not present"
        #expect(await get(connection, network, .title) == none)
        #expect(await set(connection, network, .title, "T") == "-")
        #expect(await set(connection, network, .description, "D") == "-")
        #expect(await set(connection, network, .element, "<a><b/></a>") == "-")
        #expect(await get(connection, network, .title) == "T")
        #expect(await get(connection, network, .description) == "D")
        #expect(await get(connection, network, .element) == "<a>\n  <b/>\n</a>")
        let text = try await connection.networkGetXMLDesc(network, flags: [])
        #expect(text.contains("</uuid>\n  <title>T</title>\n  <description>D</description>\n  <metadata>\n"))
        try await connection.networkUpdate(
            network, command: 3, section: 9, parentIndex: -1,
            xml: "<portgroup name='p'/>", flags: [])
        #expect(await get(connection, network, .title) == "T")
        #expect(await set(connection, network, .title, nil) == "-")
        #expect(await set(connection, network, .element, nil) == "-")
        #expect(await get(connection, network, .title) == none)
        #expect(await get(connection, network, .element) == none)
    }

    @Test func ofARunAndOfWhatComesAfterIt() async throws {
        let connection = newConnection()
        let network = try await connection.networkLookupByName(name: "default")
        #expect(await set(connection, network, .title, "live", 1) == "-")
        #expect(await set(connection, network, .title, "config", 2) == "-")
        #expect(await get(connection, network, .title, 1) == "live")
        #expect(await get(connection, network, .title, 2) == "config")
        #expect(await get(connection, network, .title) == "live")
        #expect(await set(connection, network, .title, "both", 3) == "-")
        #expect(await get(connection, network, .title, 2) == "both")
        #expect(await get(connection, network, .title, 3).hasSuffix("are mutually exclusive"))
    }

    @Test func whatIsRefused() async throws {
        let connection = newConnection()
        let network = try await connection.networkLookupByName(name: "default")
        func element(_ text: String, key: String? = "k", uri: String? = "u") async -> String {
            await set(connection, network, .element, text, key: key, uri: uri)
        }
        #expect(await element("<a/>", key: nil) == "8/20 key in virNetworkSetMetadata must not be NULL")
        #expect(await element("<a/>", uri: nil) == "8/20 uri in virNetworkSetMetadata must not be NULL")
        #expect(await element("<a").hasPrefix("35/"))
        #expect(await set(connection, network, .title, "a\nb") == "8/20 metadata title can't contain newlines")
        #expect(
            await set(connection, network, NetworkMetadataType(rawValue: 9), "a")
                == "8/20 invalid argument: unknown metadata type '9'")
        #expect(
            await set(connection, network, .title, "a", 8)
                == "8/19 unsupported flags (0x8) in function testNetworkSetMetadata")
        try await connection.networkDestroy(network)
        #expect(
            await set(connection, network, .title, "a", 1)
                == "55/19 Requested operation is not valid: network is not running")
    }
}

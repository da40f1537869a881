import Libvirt
import Testing
import XDR

@testable import TestDriver

/// Answers and events of libvirt 9.0's secret driver.
@Suite("Secrets of the test driver")
struct SecretTests {
    private let first = "0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f"
    private let second = "1a81f5b2-8403-7b23-c8d6-21ccc2f80d6f"

    private func secretXML(
        _ uuid: String? = nil, _ attributes: String = "", usage: String = "volume", id: String? = "/a"
    ) -> String {
        let element = usage == "volume" ? "volume" : "name"
        let inside = id.map { "<usage type='\(usage)'><\(element)>\($0)</\(element)></usage>" } ?? ""
        return "<secret \(attributes)>\(uuid.map { "<uuid>\($0)</uuid>" } ?? "")\(inside)</secret>"
    }

    @Test func lifeOfASecret() async throws {
        let connection = newConnection()
        let recorder = Recorder(connection)
        #expect(try await connection.connectListAllSecrets(flags: []).isEmpty)
        let secret = try await connection.secretDefineXML(xml: secretXML(first), flags: [])
        #expect(secret.uuid.description == first && secret.usageType == .volume && secret.usageID == "/a")
        let lookedUp = try await connection.secretLookupByUsage(usageType: .volume, usageID: "/a")
        #expect(lookedUp.uuid == secret.uuid)
        #expect(try await connection.secretLookupByUUID(uuid: secret.uuid).usageID == "/a")
        #expect(
            try await connection.secretGetXMLDesc(secret, flags: 0) == """
                <secret ephemeral='no' private='no'>
                  <uuid>\(first)</uuid>
                  <usage type='volume'>
                    <volume>/a</volume>
                  </usage>
                </secret>

                """)
        let empty = "66/30 Secret not found: secret '\(first)' does not have a value"
        #expect(await failure { _ = try await connection.secretGetValue(secret, flags: 0) } == empty)
        let bytes: [UInt8] = [0, 255, 10, 0]
        try await connection.secretSetValue(secret, value: OpaqueData(bytes), flags: 0)
        #expect([UInt8](try await connection.secretGetValue(secret, flags: 0)) == bytes)
        #expect(
            await failure { try await connection.secretSetValue(secret, value: OpaqueData(), flags: 0) }
                == "8/30 value in virSecretSetValue must not be NULL")
        // The value outlives another definition.
        _ = try await connection.secretDefineXML(xml: secretXML(first, "ephemeral='yes'"), flags: [])
        #expect([UInt8](try await connection.secretGetValue(secret, flags: 0)) == bytes)
        try await connection.secretUndefine(secret)
        let gone = "66/30 Secret not found: no secret with matching uuid '\(first)'"
        #expect(await failure { try await connection.secretUndefine(secret) } == gone)
        #expect(await failure { _ = try await connection.secretGetXMLDesc(secret, flags: 0) } == gone)
        #expect(await failure { try await connection.secretSetValue(secret, value: OpaqueData([1]), flags: 0) } == gone)
        #expect(await failure { _ = try await connection.secretGetValue(secret, flags: 0) } == gone)
        #expect(recorder.take() == ["\(first) defined", "\(first) value", "\(first) defined", "\(first) undefined"])
        // Nor is the value back.
        let again = try await connection.secretDefineXML(xml: secretXML(first), flags: [])
        #expect(await failure { _ = try await connection.secretGetValue(again, flags: 0) } == empty)
    }

    @Test func privateValues() async throws {
        let connection = newConnection()
        let secret = try await connection.secretDefineXML(xml: secretXML(first, "private='yes'"), flags: [])
        let refusal = "65/30 Invalid secret: secret is private"
        #expect(await failure { _ = try await connection.secretGetValue(secret, flags: 0) } == refusal)
        try await connection.secretSetValue(secret, value: OpaqueData([1]), flags: 0)
        #expect(await failure { _ = try await connection.secretGetValue(secret, flags: 0) } == refusal)
        #expect(
            await failure { _ = try await connection.secretDefineXML(xml: secretXML(first), flags: []) }
                == "1/30 internal error: cannot change private flag on existing secret")
        // The other way is free.
        let open = try await connection.secretDefineXML(xml: secretXML(second, usage: "ceph", id: "c"), flags: [])
        try await connection.secretSetValue(open, value: OpaqueData([2]), flags: 0)
        let closed = secretXML(second, "private='yes'", usage: "ceph", id: "c")
        _ = try await connection.secretDefineXML(xml: closed, flags: [])
        #expect(await failure { _ = try await connection.secretGetValue(open, flags: 0) } == refusal)
    }

    @Test func usages() async throws {
        let connection = newConnection()
        _ = try await connection.secretDefineXML(xml: secretXML(first), flags: [])
        _ = try await connection.secretDefineXML(xml: secretXML(second, id: nil), flags: [])
        for (xml, text) in [
            (secretXML(), "a secret with UUID \(first) already defined for use with /a"),
            (secretXML(first, id: "/b"), "a secret with UUID \(first) is already defined for use with /a"),
            (secretXML(first, id: nil), "a secret with UUID \(first) is already defined for use with /a"),
            (secretXML(second, id: "/b"), "a secret with UUID \(second) is already defined for use with (null)"),
        ] {
            let found = await failure { _ = try await connection.secretDefineXML(xml: xml, flags: []) }
            #expect(found == "1/30 internal error: \(text)")
        }
        // Only the id of the usage is held fast, not its type; and secrets without usage never meet.
        let other = try await connection.secretDefineXML(xml: secretXML(first, usage: "tls", id: "/a"), flags: [])
        #expect(other.usageType == .tls)
        _ = try await connection.secretDefineXML(xml: secretXML(id: nil), flags: [])
        for (usage, id): (SecretUsageType, String) in [
            (.none, ""), (.volume, "/a"), (.tls, "/b"), (SecretUsageType(rawValue: 77), "/a"),
        ] {
            #expect(
                await failure { _ = try await connection.secretLookupByUsage(usageType: usage, usageID: id) }
                    == "66/30 Secret not found: no secret with matching usage '\(id)'")
        }
    }

    @Test func lists() async throws {
        let connection = newConnection()
        for (index, attributes) in ["", "ephemeral='yes'", "private='yes'", "ephemeral='yes' private='yes'"]
            .enumerated()
        {
            _ = try await connection.secretDefineXML(
                xml: secretXML(nil, attributes, usage: "vtpm", id: "\(index)"), flags: [])
        }
        for (flags, expected): (UInt32, [String]) in [
            (0, ["0", "1", "2", "3"]), (1, ["1", "3"]), (2, ["0", "2"]), (3, ["0", "1", "2", "3"]), (4, ["2", "3"]),
            (8, ["0", "1"]), (12, ["0", "1", "2", "3"]), (5, ["3"]), (6, ["2"]), (9, ["1"]), (10, ["0"]),
        ] {
            let found = try await connection.connectListAllSecrets(flags: .init(rawValue: flags))
            #expect(found.map(\.usageID) == expected, "\(flags)")
        }
    }

    @Test func unknownFlags() async throws {
        let connection = newConnection()
        let secret = try await connection.secretDefineXML(xml: secretXML(), flags: .validate)
        func refusal(_ flag: String, _ function: String) -> String {
            "8/30 unsupported flags (\(flag)) in function \(function)"
        }
        #expect(
            await failure { _ = try await connection.connectListAllSecrets(flags: .init(rawValue: 16)) }
                == refusal("0x10", "secretConnectListAllSecrets"))
        #expect(
            await failure { _ = try await connection.secretDefineXML(xml: "<secret", flags: .init(rawValue: 2)) }
                == refusal("0x2", "secretDefineXML"))
        #expect(
            await failure { _ = try await connection.secretGetXMLDesc(secret, flags: 1) }
                == refusal("0x1", "secretGetXMLDesc"))
        #expect(
            await failure { try await connection.secretSetValue(secret, value: OpaqueData([1]), flags: 1) }
                == refusal("0x1", "secretSetValue"))
        #expect(
            await failure { _ = try await connection.secretGetValue(secret, flags: 1) }
                == refusal("0x1", "secretGetValue"))
    }

    /// Connections to one host share its secrets, and hear of each other's changes.
    @Test func sharing() async throws {
        let connection = newConnection()
        let other = sibling(of: connection)
        let recorder = Recorder(other)
        let secret = try await connection.secretDefineXML(xml: secretXML(first), flags: [])
        #expect(try await other.connectListAllSecrets(flags: []).map(\.uuid) == [secret.uuid])
        #expect(recorder.take() == ["\(first) defined"])
    }
}

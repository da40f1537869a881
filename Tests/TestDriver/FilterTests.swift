import Libvirt
import Testing

@testable import TestDriver

@Suite struct FilterTests {
    /// Every flag alone, and flags of one and of several groups.
    static let cases: [(UInt32, [String])] = [
        (0, ["off", "paused", "saved", "test", "tr"]),
        (0x1, ["paused", "test", "tr"]), (0x2, ["off", "saved"]),
        (0x4, ["off", "paused", "saved", "test"]), (0x8, ["tr"]),
        (0x10, ["test", "tr"]), (0x20, ["paused"]), (0x40, ["off", "saved"]), (0x80, []),
        (0x100, ["saved"]), (0x200, ["off", "paused", "test", "tr"]),
        (0x400, ["off"]), (0x800, ["paused", "saved", "test", "tr"]),
        (0x1000, ["test"]), (0x2000, ["off", "paused", "saved", "tr"]),
        (0x4000, []), (0x8000, ["off", "paused", "saved", "test", "tr"]),
        // Alternatives of one group, and groups together.
        (0x3, ["off", "paused", "saved", "test", "tr"]), (0x30, ["paused", "test", "tr"]),
        (0x1 | 0x4, ["paused", "test"]), (0x2 | 0x400, ["off"]), (0x8 | 0x40, []),
    ]

    @Test func groups() async throws {
        let connection = newConnection()
        let off = try await connection.domainDefineXML(xml: xml("off"))
        try await connection.domainSetAutostart(off, autostart: true)
        let paused = try await connection.domainDefineXML(xml: xml("paused"))
        try await connection.domainCreate(paused)
        try await connection.domainSuspend(paused)
        _ = try await connection.domainCreateXML(xmlDesc: xml("tr"), flags: [])
        let saved = try await connection.domainDefineXML(xml: xml("saved"))
        try await connection.domainCreate(saved)
        try await connection.domainManagedSave(saved, flags: [])
        _ = try await connection.domainSnapshotCreateXML(
            try await connection.test, xmlDesc: "<domainsnapshot/>", flags: [])
        for (flags, names) in Self.cases {
            #expect(try await connection.names(flags) == names, "0x\(String(flags, radix: 16))")
        }
        for bit in 16..<32 {
            let text = "unsupported flags (0x\(String(1 << bit, radix: 16))) in function testConnectListAllDomains"
            #expect(await failure { _ = try await connection.names(1 << UInt32(bit)) } == "8/12 \(text)")
        }
    }

    @Test func lookups() async throws {
        let connection = newConnection()
        let test = try await connection.test
        #expect(try await connection.domainLookupByID(id: 1).name == "test")
        #expect(try await connection.domainLookupByUUID(uuid: test.uuid).id == 1)
        for missing in [
            await failure { _ = try await connection.domainLookupByID(id: 77) },
            await failure { _ = try await connection.domainLookupByID(id: -1) },
            await failure { _ = try await connection.domainLookupByName(name: "no") },
            await failure { _ = try await connection.domainLookupByUUID(uuid: UUID()) },
        ] {
            #expect(missing == "42/12 Domain not found")
        }
    }
}

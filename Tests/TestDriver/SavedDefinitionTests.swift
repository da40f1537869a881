import Libvirt
import Testing

@testable import TestDriver

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("What is in a save image")
struct SavedDefinitionTests {
    private func define(_ connection: TestConnection, _ domain: DomainRef, _ xml: String, _ flags: UInt32 = 0) async
        -> String
    {
        await failure {
            try await connection.domainManagedSaveDefineXML(
                domain, dxml: xml, flags: DomainSaveRestoreFlags(rawValue: flags))
        }
    }

    @Test func managedSave() async throws {
        let connection = newConnection()
        let domain = try await connection.domainCreateWithFlags(
            connection.domainDefineXML(xml: xml("g")), flags: [])
        let none = "55/12 Requested operation is not valid: domain does not have managed save image"
        #expect(
            await failure { _ = try await connection.domainManagedSaveGetXMLDesc(domain, flags: []) } == none)
        #expect(await define(connection, domain, "<x/>", 8) == none)
        try await connection.domainManagedSave(domain, flags: [])
        let text = try await connection.domainManagedSaveGetXMLDesc(domain, flags: .secure)
        #expect(text.hasPrefix("<domain type='test'") && text.contains("<name>g</name>"))
        for (xml, flags, refusal) in [
            ("<x/>", 0, "27/5 XML error: expecting root element of 'domain', not 'x'"),
            (text, 8, "8/12 unsupported flags (0x8) in function testDomainManagedSaveDefineXML"),
            (
                text.replacing("<name>g<", with: "<name>other<"), 0,
                "67/20 unsupported configuration: Target domain name 'other' does not match source 'g'"
            ),
            (
                text.replacing("8192", with: "8193"), 0,
                "67/20 unsupported configuration: Target domain max memory 8193 does not match source 8192"
            ),
            (text, 4, "-"), (text.replacing("</uuid>", with: "</uuid><title>T</title>"), 0, "-"),
        ] as [(String, UInt32, String)] {
            let found = await define(connection, domain, xml, flags)
            #expect(found == refusal)
        }
        #expect(await define(connection, domain, text, 6).hasSuffix("are mutually exclusive"))
        #expect(try await connection.domainManagedSaveGetXMLDesc(domain, flags: []).contains("<title>T</title>"))
        // It is for the run that comes of the image, and no other.
        let started = try await connection.domainCreateWithFlags(domain, flags: [])
        #expect(try await connection.domainGetXMLDesc(started, flags: []).contains("<title>T</title>"))
        #expect(try await !connection.domainGetXMLDesc(started, flags: .inactive).contains("<title>"))
        #expect(try await !connection.domainHasManagedSaveImage(domain, flags: 0))
        try await connection.domainDestroy(domain)
        #expect(try await !connection.domainGetXMLDesc(domain, flags: []).contains("<title>"))
    }

    @Test func parameters() async throws {
        let connection = newConnection()
        let domain = try await connection.domainCreateWithFlags(
            connection.domainDefineXML(xml: xml("g")), flags: [])
        func text(_ name: String, _ value: String) -> TypedParameter { TypedParameter(name, .string(value)) }
        func save(_ params: [TypedParameter], _ flags: UInt32 = 0) async -> String {
            await failure {
                try await connection.domainSaveParams(
                    domain, params: params, flags: DomainSaveRestoreFlags(rawValue: flags))
            }
        }
        func restore(_ params: [TypedParameter]) async -> String {
            await failure { try await connection.domainRestoreParams(params: params, flags: []) }
        }
        #expect(await save([], 16) == "8/12 unsupported flags (0x10) in function testDomainSaveParams")
        #expect(await save([text("x", "y")]) == "74/0 argument unsupported: parameter 'x' not supported")
        #expect(await restore([text("x", "y")]) == "74/0 argument unsupported: parameter 'x' not supported")
        #expect(await restore([]) == "8/12 invalid argument: missing path to restore from")
        #expect(await restore([TypedParameter("file", .int(3))]).hasPrefix("8/0 invalid argument: invalid type 'int'"))
        let path = "/tmp/virtd-test-\(UUID()).image"
        defer { unlink(path) }
        let file = text("file", path)
        let changed = try await connection.domainGetXMLDesc(domain, flags: [])
            .replacing("</uuid>", with: "</uuid><title>T</title>")
        #expect(
            await save([file, text("dxml", "<x/>")]) == "27/5 XML error: expecting root element of 'domain', not 'x'")
        #expect(await save([file, text("dxml", changed)]) == "-")
        #expect(try await connection.state(domain) == "5.5")
        #expect(await restore([file]) == "-")
        #expect(try await connection.domainGetXMLDesc(domain, flags: []).contains("<title>T</title>"))
        #expect(await restore([file]) == "55/20 Requested operation is not valid: domain 'g' is already active")
        // Without a file it is the managed image.
        #expect(await save([]) == "-")
        #expect(try await connection.domainHasManagedSaveImage(domain, flags: 0))
        #expect(await save([file]) == "55/20 Requested operation is not valid: domain is not running")
    }
}

import Libvirt
import Synchronization
import Testing
import VirtRPC
import XDR

@testable import VirtDaemon

@Suite struct AccessTests {
    private let server = AccessServer()

    private func code<Value>(_ body: () async throws -> Value) async -> ErrorCode? {
        do {
            _ = try await body()
            return nil
        } catch { return (error as? VirtError)?.code }
    }

    /// The client's reference is not believed: one with an allowed name and another's UUID is the other's.
    @Test func referencesAreLookedUp() async throws {
        try server.set("allow anyone to connect:*\nallow anyone to * on name=probe|s")
        let client = try await server.connect()
        var mixed = Present.domain("probe")
        mixed.uuid = Present.hidden
        let refused = await code {
            try await client.call(RemoteProgram.domainDestroy, DomainDestroyArgs(dom: mixed))
        }
        #expect(refused == .accessDenied)
        mixed = Present.domain("hidden")
        mixed.uuid = Present.probe
        let allowed = await code {
            try await client.call(RemoteProgram.domainDestroy, DomainDestroyArgs(dom: mixed))
        }
        #expect(allowed == .noSupport)
        let snapshot = await code {
            try await client.call(
                RemoteProgram.domainSnapshotDelete,
                DomainSnapshotDeleteArgs(snap: Present.snapshot("hidden"), flags: 0))
        }
        #expect(snapshot == .accessDenied)
        mixed.uuid = UUID(word0: 1, word1: 1)
        let absent = await code {
            try await client.call(RemoteProgram.domainDestroy, DomainDestroyArgs(dom: mixed))
        }
        #expect(absent == .noDomain)
        // A volume is of the pool that it names; a definition in a pool of the pool's UUID.
        var pool = Present.pool("probe")
        pool.uuid = Present.hidden
        let made = await code {
            try await client.call(
                RemoteProgram.storageVolCreateXML,
                StorageVolCreateXMLArgs(pool: pool, xml: Present.definition("storage_vol"), flags: 0))
        }
        #expect(made == .noSupport)
        let asked = try #require(server.questions.last)
        #expect(asked.objects.first?.value(of: "pool_name") == "hidden")
        client.close()
    }

    /// What a lookup finds is kept back; what is not there is not there.
    @Test func lookups() async throws {
        try server.set("allow anyone to connect:*\nallow anyone to domain:getattr on name=probe")
        let client = try await server.connect()
        for (name, expected) in [("probe", nil), ("hidden", .accessDenied), ("absent", .noDomain)]
            as [(String, ErrorCode?)]
        {
            let found = await code {
                try await client.call(RemoteProgram.domainLookupByName, DomainLookupByNameArgs(name: name))
            }
            #expect(found == expected)
        }
        client.close()
    }

    /// The connection is refused before the driver opens it; nothing can be done with it then.
    @Test func opening() async throws {
        try server.set("deny anyone to connect:getattr\nallow anyone to *")
        await #expect(throws: VirtError.self) { try await server.connect() }
    }

    /// A definition is asked about, and goes on to the driver only as what was asked about.
    @Test func definitions() async throws {
        try server.set(
            """
            allow anyone to connect:*
            deny anyone to domain:* on uuid=\(Present.hidden)
            allow anyone to domain:* on name=probe
            """)
        let client = try await server.connect()
        func define(_ xml: String) async -> ErrorCode? {
            await code { try await client.call(RemoteProgram.domainDefineXML, DomainDefineXMLArgs(xml: xml)) }
        }
        #expect(await define(Present.definition("domain")) == .noSupport)
        #expect(await define("<domain><name>probe</name></domain>") == .noSupport)
        #expect(await define(Present.definition("domain", "hidden")) == .accessDenied)
        #expect(await define("<domain><name>hidden</name></domain>") == .accessDenied)
        #expect(await define("<domain/>") == .accessDenied)
        #expect(await define("<domain><name>probe</name><uuid>\(Present.hidden)</uuid></domain>") == .accessDenied)
        // The UUID may come from elsewhere in the definition.
        #expect(
            await define(
                """
                <domain><name>probe</name><sysinfo type='smbios'><system><entry name='uuid'>\(Present.hidden)</entry>
                </system></sysinfo></domain>
                """) == .accessDenied)
        #expect(await define("<network><name>probe</name></network>") == .xmlError)
        #expect(await define("<domain><name>probe") == .xmlDetail)
        // What follows the identity is the driver's to refuse.
        #expect(await define("<domain><name>probe</name><uuid>\(Present.probe)</uuid><") == .noSupport)
        client.close()
    }

    /// Whoever may write to the connection may speak for others, and then has their rights.
    @Test func speakingForOthers() async throws {
        try server.set(
            """
            allow user=alice to connect:getattr
            allow user=alice to domain:getattr on name=probe
            deny user=alice to *
            allow anyone to *
            """)
        let client = try await server.connect()
        func hidden() async -> ErrorCode? {
            await code {
                try await client.call(RemoteProgram.domainLookupByName, DomainLookupByNameArgs(name: "hidden"))
            }
        }
        func speak(_ parameters: [TypedParameter]) async -> ErrorCode? {
            await code {
                try await client.call(
                    RemoteProgram.connectSetIdentity, ConnectSetIdentityArgs(params: parameters, flags: 0))
            }
        }
        #expect(await hidden() == nil)
        #expect(await speak([TypedParameter(field: "shoe-size", value: .string("44"))]) == .argumentUnsupported)
        #expect(await speak([TypedParameter(field: "user-name", value: .int(1))]) == .invalidArg)
        #expect(await speak([TypedParameter(field: "user-name", value: .string("alice"))]) == nil)
        #expect(await hidden() == .accessDenied)
        // She may not.
        #expect(await speak([TypedParameter(field: "user-name", value: .string("root"))]) == .accessDenied)
        client.close()
    }

    /// Events of what a client may not see do not come, and the others keep their order.
    @Test func events() async throws {
        try server.set("allow anyone to connect:*\nallow anyone to domain:getattr on name=probe")
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        let client = try await server.connect { _, number, frame in
            guard UInt32(number) == RemoteProgram.domainEventCallbackLifecycle.number else { return }
            // The callback's id, the domain's name …, and, at the end, event and detail.
            guard let message = try? frame.decode(RawBytes.self) else { return }
            let detail = message.bytes.suffix(4).reduce(0) { $0 << 8 | UInt32($1) }
            continuation.yield(message.holds("hidden".utf8) ? -1 : Int32(bitPattern: detail))
        }
        _ = try await client.call(
            RemoteProgram.connectDomainEventCallbackRegisterAny,
            ConnectDomainEventCallbackRegisterAnyArgs(eventID: DomainEventID(rawValue: 0), dom: nil))
        for detail in 0..<Int32(200) {
            let name = detail % 2 == 0 ? "probe" : "hidden"
            server.driver.connection.report(
                .domain(.lifecycle(Present.domain(name), event: .started, detail: detail)))
        }
        var seen: [Int32] = []
        for await detail in stream {
            seen.append(detail)
            if seen.count == 100 { break }
        }
        #expect(seen == (0..<100).map { $0 * 2 })
        client.close()
    }
}

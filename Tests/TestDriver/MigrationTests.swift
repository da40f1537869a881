import Libvirt
import XDR
import Testing
import VirtConf

@testable import TestDriver

@Suite("Migration between test hosts")
struct MigrationTests {
    /// A host without guests.
    private func empty() async throws -> TestConnection {
        let connection = newConnection()
        let test = try await connection.test
        try await connection.domainDestroy(test)
        try await connection.domainUndefine(test)
        return connection
    }

    private func migrate(
        _ domain: DomainRef, _ source: TestConnection, _ target: TestConnection,
        _ parameters: [TypedParameter] = [], _ flags: DomainMigrateFlags = .live
    ) async throws -> DomainRef {
        try await Migration(from: source, to: target).run(domain, parameters, flags: flags)
    }

    @Test func theGuestIsThereAndGoneHere() async throws {
        let (source, target) = (newConnection(), try await empty())
        let (here, there) = (Recorder(source), Recorder(target))
        let domain = try await source.test
        let name = TypedParameter("destination_name", .string("moved"))
        let arrived = try await migrate(domain, source, target, [name], [.live, .persistDest, .undefineSource])
        #expect(arrived.name == "moved" && arrived.uuid == domain.uuid)
        #expect(try await target.state(arrived) == "1.2")
        #expect(try await target.domainIsPersistent(arrived))
        #expect(try await source.names(0).isEmpty)
        let left = here.take().filter { !$0.contains("igrationIteration") && !$0.contains("jobCompleted") }
        #expect(left == ["test 1 3.1", "test -1 5.3", "test -1 1.0"])
        #expect(there.take() == ["moved 2 2.1", "moved 2 0.0", "moved 2 4.1"])
        // It came as it was: its disk, its memory.
        let text = try await target.domainGetXMLDesc(arrived, flags: [])
        #expect(text.contains("/guest/diskimage1") && text.contains("<currentMemory unit='KiB'>2097152"))
    }

    @Test func pausedGuestsStayPaused() async throws {
        let (source, target) = (newConnection(), try await empty())
        let domain = try await source.test
        try await source.domainSuspend(domain)
        let arrived = try await migrate(domain, source, target)
        #expect(try await target.state(arrived) == "3.7")
        #expect(try await source.state(domain) == "5.4")
        #expect(!(try await target.domainIsPersistent(arrived)))
    }

    @Test func withoutRunning() async throws {
        let (source, target) = (newConnection(), try await empty())
        let domain = try await source.test
        try await source.domainDestroy(domain)
        #expect(
            await failure { _ = try await migrate(domain, source, target, [], .persistDest) }
                == "55/20 Requested operation is not valid: domain is not running")
        let arrived = try await migrate(domain, source, target, [], [.offline, .persistDest])
        #expect(try await target.state(arrived) == "5.0")
        #expect(try await target.names(0) == ["test"])
    }

    @Test func whateverFailsLeavesTheGuestWhereItWas() async throws {
        let (source, target) = (newConnection(isManual: true, rate: 512 << 20), try await empty())
        let domain = try await source.test
        // The other host has a guest of that name.
        let other = try await target.domainDefineXML(xml: xml("test"))
        let text = await failure { _ = try await migrate(domain, source, target) }
        #expect(text.hasPrefix("9/20 operation failed: domain 'test' already exists with uuid"))
        #expect(try await source.state(domain) == "1.0")
        try await target.domainUndefine(other)
        // It is aborted on the way.
        async let moved = failure { _ = try await migrate(domain, source, target) }
        while try await source.domainGetJobInfo(domain).type == .none { await Task.yield() }
        #expect(try await target.names(0) == ["test"])
        try await source.domainAbortJob(domain)
        #expect(await moved == "78/12 operation aborted: migration out job: canceled by client")
        #expect(try await source.state(domain) == "1.0")
        #expect(try await target.names(0).isEmpty)
    }

    @Test func aGuestThatNeverArrivesEndsWithItsClient() async throws {
        let (source, target) = (newConnection(), try await empty())
        let client = sibling(of: target)
        let begun = try await source.domainMigrateBegin3Params(try await source.test, params: [], flags: .live)
        _ = try await client.domainMigratePrepare3Params(
            params: [TypedParameter("destination_xml", .string(begun.xml))], cookieIn: begun.cookieOut, flags: .live)
        #expect(try await target.names(0) == ["test"])
        let waiting = try await target.test
        #expect(try await target.state(waiting) == "3.2")
        await client.close()
        #expect(try await target.names(0).isEmpty)
    }

    @Test func speedAndPostcopy() async throws {
        let (source, target) = (newConnection(isManual: true), try await empty())
        let domain = try await source.test
        #expect(try await source.domainMigrateGetMaxSpeed(domain, flags: []) == 8_796_093_022_207)
        try await source.domainMigrateSetMaxSpeed(domain, bandwidth: 256, flags: [])
        #expect(try await source.domainMigrateGetMaxSpeed(domain, flags: []) == 256)
        #expect(
            await failure { try await source.domainMigrateStartPostCopy(domain, flags: 0) }
                == "55/12 Requested operation is not valid: post-copy can only be started while outgoing migration is in progress"
        )
        async let moved = migrate(domain, source, target, [], [.live, .postcopy])
        while try await source.domainGetJobInfo(domain).type == .none { await Task.yield() }
        #expect(try await source.domainGetJobInfo(domain).timeRemaining == 8000)
        try await source.domainMigrateStartPostCopy(domain, flags: 0)
        try await source.domainMigrateSetMaxSpeed(domain, bandwidth: 2048, flags: [])
        try await source.nodeSuspendForDuration(target: 0, duration: 1, flags: 0)
        #expect(try await target.state(try await moved) == "1.2")
    }

    @Test(arguments: [
        ([TypedParameter("nothing", .int(1))], "74/0 argument unsupported: parameter 'nothing' not supported"),
        ([TypedParameter("bandwidth", .int(1))], "8/0 invalid argument: invalid type of parameter 'bandwidth'"),
        (
            [TypedParameter("bandwidth", .ullong(1)), TypedParameter("bandwidth", .ullong(1))],
            "8/20 invalid argument: parameter 'bandwidth' occurs multiple times"
        ),
    ])
    func wrongParameters(_ parameters: [TypedParameter], _ text: String) async throws {
        let source = newConnection()
        let domain = try await source.test
        #expect(
            await failure { _ = try await source.domainMigrateBegin3Params(domain, params: parameters, flags: .live) }
                == text)
    }

    @Test func foreignCookies() async throws {
        let target = try await empty()
        for text in ["<", "<qemu-migration/>", "\u{0}"] {
            let answer = await failure {
                _ = try await target.domainMigratePrepare3Params(params: [], cookieIn: .init(text.utf8), flags: .live)
            }
            #expect(answer != "-")
        }
    }

    @Test func theHostDoesItByItself() async throws {
        struct Hosts: HostConnector {
            let host: TestConnection
            func connect(to uri: String) async throws -> any DriverConnection {
                guard uri == "test:///there" else { throw VirtError(.noConnect, domain: .none, uri) }
                return sibling(of: host)
            }
        }
        let target = try await empty()
        let source = TestConnection(owning: TestHost(.standard()), connector: Hosts(host: target))
        let domain = try await source.test
        func move(_ uri: String?) async -> String {
            await failure {
                _ = try await source.domainMigratePerform3Params(
                    domain, dconnuri: uri, params: [], cookieIn: OpaqueData(), flags: [.live, .peer2peer])
            }
        }
        #expect(await move("test:///nowhere").hasPrefix("5/0"))
        #expect(try await source.state(domain) == "1.0")
        #expect(await move("test:///there") == "-")
        #expect(try await target.state(try await target.test) == "1.2")
        #expect(try await source.state(domain) == "5.4")
    }
}

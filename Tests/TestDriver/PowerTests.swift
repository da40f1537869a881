import Libvirt
import Testing

@testable import TestDriver

@Suite("Guests that sleep")
struct PowerTests {
    private static let agent =
        "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"

    private func guest(_ connection: TestConnection, _ inside: String = "", isTransient: Bool = false) async throws
        -> DomainRef
    {
        let text = xml("g", inside, devices: Self.agent)
        if isTransient { return try await connection.domainCreateXML(xmlDesc: text, flags: []) }
        return try await connection.domainCreateWithFlags(connection.domainDefineXML(xml: text), flags: [])
    }

    private func sleep(_ connection: TestConnection, _ domain: DomainRef, _ target: UInt32 = 0, seconds: UInt64 = 0)
        async throws
    {
        try await connection.domainPMSuspendForDuration(domain, target: target, duration: seconds, flags: 0)
    }

    @Test(arguments: [0, 2] as [UInt32])
    func sleepsAndWakes(target: UInt32) async throws {
        let connection = newConnection()
        let domain = try await guest(connection)
        let events = Recorder(connection)
        try await sleep(connection, domain, target)
        #expect(try await connection.state(domain) == "7.0")
        #expect(events.take() == ["g 2 pmsuspend", "g 2 7.0"])
        #expect(try await connection.domainIsActive(domain))
        #expect(try await connection.domainGetInfo(domain).state == 7)
        #expect(try await connection.connectListAllDomains(flags: .other).map(\.name) == ["g"])
        try await connection.domainPMWakeup(domain, flags: 0)
        #expect(try await connection.state(domain) == "1.8")
        #expect(events.take() == ["g 2 pmwakeup", "g 2 2.4"])
    }

    @Test func sleepsOnItsDisk() async throws {
        let connection = newConnection()
        let domain = try await guest(connection)
        let events = Recorder(connection)
        try await sleep(connection, domain, 1)
        #expect(try await connection.state(domain) == "5.1")
        #expect(events.take() == ["g 2 pmsuspendDisk", "g 2 7.1", "g -1 5.0"])
        let transient = try await connection.domainCreateXML(xmlDesc: xml("t", devices: Self.agent), flags: [])
        try await sleep(connection, transient, 1, seconds: 1)
        #expect(await failure { _ = try await connection.state(transient) }.hasPrefix("42/12"))
    }

    @Test func itsClockWakesIt() async throws {
        let connection = newConnection(isManual: true)
        let domain = try await guest(connection)
        func passes(_ seconds: UInt64) async throws {
            try await connection.nodeSuspendForDuration(target: 0, duration: seconds, flags: 0)
        }
        try await sleep(connection, domain, 0, seconds: 60)
        try await passes(59)
        #expect(try await connection.state(domain) == "7.0")
        let events = Recorder(connection)
        try await passes(1)
        #expect(try await connection.state(domain) == "1.8")
        #expect(events.take() == ["g 2 pmwakeup", "g 2 2.4"])
        // One that sleeps on its disk is switched on.
        try await sleep(connection, domain, 1, seconds: 60)
        try await passes(60)
        #expect(try await connection.state(domain) == "1.8")
        #expect(events.take() == ["g 2 pmsuspendDisk", "g 2 7.1", "g -1 5.0", "g 3 2.4"])
        // Who was woken, or started, by somebody else is not woken again.
        try await sleep(connection, domain, 0, seconds: 60)
        try await connection.domainPMWakeup(domain, flags: 0)
        try await sleep(connection, domain, 0, seconds: 0)
        try await passes(1000)
        #expect(try await connection.state(domain) == "7.0")
        try await connection.domainDestroy(domain)
        _ = try await connection.domainCreateWithFlags(domain, flags: [])
        try await sleep(connection, domain, 1, seconds: 60)
        _ = try await connection.domainCreateWithFlags(domain, flags: [])
        try await connection.domainDestroy(domain)
        try await passes(1000)
        #expect(try await connection.state(domain) == "5.2")
        // A sleep that is longer than time is not ended by it.
        _ = try await connection.domainCreateWithFlags(domain, flags: [])
        try await sleep(connection, domain, 0, seconds: .max)
        try await passes(.max)
        #expect(try await connection.state(domain) == "7.0")
        #expect(connection.host.read { $0.busyDomains.isEmpty })
    }

    @Test func theSystemsClockWakesIt() async throws {
        let connection = newConnection()
        let domain = try await guest(connection)
        let (events, sink) = AsyncStream.makeStream(of: Void.self)
        connection.setEventHandler { event in if case .domain(.pmwakeup) = event { sink.yield() } }
        try await sleep(connection, domain, 0, seconds: 1)
        _ = await events.first { _ in true }
        #expect(try await connection.state(domain) == "1.8")
    }

    @Test func whatElseIsAskedOfIt() async throws {
        let connection = newConnection()
        let domain = try await guest(connection)
        try await sleep(connection, domain)
        let asleep = "55/12 Requested operation is not valid: domain is pmsuspended"
        let off = "55/12 Requested operation is not valid: domain is not running"
        #expect(await failure { try await connection.domainSuspend(domain) } == asleep)
        #expect(await failure { try await connection.domainResume(domain) } == asleep)
        #expect(await failure { try await connection.domainShutdown(domain) } == off)
        #expect(await failure { try await sleep(connection, domain) } == off)
        #expect(await failure { _ = try await connection.domainGetTime(domain, flags: 0) } == off)
        #expect(await failure { _ = try await connection.domainGetHostname(domain, flags: []) } == off)
        #expect(await failure { _ = try await connection.domainGetFSInfo(domain, flags: 0) } == off)
        #expect(
            await failure { _ = try await connection.domainFSFreeze(domain, mountpoints: [], flags: 0) } == off)
        // The button and the reset do nothing that lasts.
        try await connection.domainReboot(domain, flags: [])
        try await connection.domainReset(domain, flags: 0)
        #expect(try await connection.state(domain) == "7.0")
        let snapshot = try await connection.domainSnapshotCreateXML(
            domain, xmlDesc: "<domainsnapshot><name>s</name></domainsnapshot>", flags: [])
        let text = try await connection.domainSnapshotGetXMLDesc(snapshot, flags: [])
        #expect(text.contains("<state>pmsuspended</state>"))
        try await connection.domainSendKey(domain, codeset: 0, holdtime: 0, keycodes: [30], flags: 0)
        #expect(try await connection.state(domain) == "1.8")
        try await sleep(connection, domain)
        try await connection.domainManagedSave(domain, flags: [])
        #expect(try await connection.state(domain) == "5.5")
        _ = try await connection.domainCreateWithFlags(domain, flags: [])
        try await sleep(connection, domain)
        try await connection.domainDestroy(domain)
        #expect(try await connection.state(domain) == "5.2")
    }

    @Test(
        "what is refused",
        arguments: [
            (0, 1, "8/12 unsupported flags (0x1) in function testDomainPMSuspendForDuration"),
            (3, 0, "8/12 invalid argument: Unknown suspend target: 3"),
            (0, 0, "1/12 internal error: S3 state is disabled for this domain"),
            (1, 0, "-"),
        ])
    func refused(target: UInt32, flags: UInt32, text: String) async throws {
        let connection = newConnection()
        let domain = try await guest(connection, "<pm><suspend-to-mem enabled='no'/></pm>")
        #expect(
            await failure {
                try await connection.domainPMSuspendForDuration(domain, target: target, duration: 0, flags: flags)
            } == text)
    }

    @Test func needsTheAgent() async throws {
        let connection = newConnection()
        let domain = try await connection.test
        #expect(
            await failure { try await sleep(connection, domain) }
                == "74/12 argument unsupported: QEMU guest agent is not configured")
        #expect(
            await failure { try await connection.domainPMWakeup(domain, flags: 0) } == """
                1/12 internal error: unable to execute QEMU command 'system_wakeup': Unable to wake up: guest is not \
                in suspended state
                """)
        #expect(
            await failure { try await connection.domainPMWakeup(domain, flags: 1) }
                == "8/12 unsupported flags (0x1) in function testDomainPMWakeup")
        try await connection.domainSuspend(domain)
        #expect(
            await failure { try await sleep(connection, domain) }
                == "55/12 Requested operation is not valid: domain is not running")
        try await connection.domainDestroy(domain)
        #expect(
            await failure { try await connection.domainPMWakeup(domain, flags: 0) }
                == "55/20 Requested operation is not valid: domain is not running")
    }
}

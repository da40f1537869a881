import Libvirt
import Testing

@testable import TestDriver

/// Expectations are what libvirt 9.0 says and does.
@Suite struct LifecycleTests {
    static let notRunning = "55/20 Requested operation is not valid: domain is not running"

    private static let off = "55/12 Requested operation is not valid: domain is not running"
    private static let active = "55/20 Requested operation is not valid: domain 'd' is already active"
    private static let awake =
        "1/12 internal error: unable to execute QEMU command 'system_wakeup': Unable to wake up: guest is not in "
        + "suspended state"

    /// What a guest that sleeps does not take otherwise than one that is paused.
    private static let asleep: [TestDomainState.Operation: String] = [
        .suspend: "55/12 Requested operation is not valid: domain is pmsuspended",
        .resume: "55/12 Requested operation is not valid: domain is pmsuspended",
        .shutdown: off, .useGuest: off, .wake: "-",
    ]

    /// Which operation is legal in which state: `-`, or the error.
    static let table: [(TestDomainState.Operation, running: String, paused: String, shutoff: String)] = [
        (
            .create, "1/12 internal error: Domain 'd' is already running",
            "1/12 internal error: Domain 'd' is already running", "-"
        ),
        (
            .createXML, "55/20 Requested operation is not valid: domain 'd' is already active",
            "55/20 Requested operation is not valid: domain 'd' is already active", "-"
        ),
        (
            .restore, "55/20 Requested operation is not valid: domain 'd' is already active",
            "55/20 Requested operation is not valid: domain 'd' is already active", "-"
        ),
        (.suspend, "-", "1/12 internal error: domain 'd' not running", "1/12 internal error: domain 'd' not running"),
        (.resume, "1/12 internal error: domain 'd' not paused", "-", "1/12 internal error: domain 'd' not paused"),
        (.shutdown, "-", "-", "1/12 internal error: domain 'd' not running"),
        (.reboot, "-", "-", notRunning), (.reset, "-", "-", notRunning), (.destroy, "-", "-", notRunning),
        (.save, "-", "-", notRunning), (.crash, "-", "-", notRunning), (.query, "-", "-", notRunning),
        (
            .askAgent, "-", "55/12 Requested operation is not valid: domain is not running",
            "55/12 Requested operation is not valid: domain is not running"
        ),
        (.useGuest, "-", "-", notRunning), (.sleep, "-", off, off), (.sleepOnDisk, "-", off, off),
        (.wake, awake, awake, notRunning), (.startAtAlarm, active, active, "-"),
        (
            .rename, "55/12 Requested operation is not valid: cannot rename active domain",
            "55/12 Requested operation is not valid: cannot rename active domain", "-"
        ),
        (.migrate, "-", "-", notRunning), (.migrateOut, "-", "-", notRunning),
        (.confirmMigration, "-", "-", notRunning),
        (.cancelMigration, "-", "-", notRunning), (.finishMigration, "-", "-", notRunning),
        (.failMigration, "-", "-", notRunning),
        (
            .migrateIn, "55/20 Requested operation is not valid: domain 'd' is already active",
            "55/20 Requested operation is not valid: domain 'd' is already active", "-"
        ),
        (.revert, "-", "-", "-"), (.revertToPaused, "-", "-", "-"), (.stopForSnapshot, "-", "-", "-"),
    ]

    @Test func stateMachine() async {
        #expect(Set(Self.table.map(\.0)).count == TestDomainState.Operation.allCases.count)
        for (operation, running, paused, shutoff) in Self.table {
            let expected: [(TestDomainState, String)] = [
                (.initiallyRunning, running), (.paused, paused), (.defined, shutoff),
                (TestDomainState(kind: .asleep, reason: 0), Self.asleep[operation] ?? paused),
            ]
            for (state, text) in expected {
                let found = await failure { try state.check(operation, of: "d") }
                #expect(found == text, "\(operation) in \(state.kind)")
                var changed = state
                let applied = await failure { try changed.apply(operation, of: "d") }
                #expect(applied == text)
                if text != "-" { #expect(changed == state) }
            }
        }
    }

    @Test func wholeLife() async throws {
        let connection = newConnection()
        let events = Recorder(connection)
        let test = try await connection.test
        #expect(test.id == 1)
        #expect(try await connection.state(test) == "1.0")
        try await connection.domainSuspend(test)
        #expect(try await connection.state(test) == "3.1")
        try await connection.domainResume(test)
        #expect(try await connection.state(test) == "1.5")
        try await connection.domainShutdown(test)
        #expect(try await connection.state(test) == "5.1")
        try await connection.domainCreate(test)
        #expect(try await connection.domainLookupByName(name: "test").id == 2)
        try await connection.domainReboot(test, flags: [])
        #expect(try await connection.state(test) == "1.1")
        try await connection.domainDestroy(test)
        #expect(try await connection.state(test) == "5.2")
        try await connection.domainUndefine(test)
        #expect(
            events.take() == [
                "test 1 3.0", "test 1 4.0", "test -1 5.0", "test 2 2.0", "test -1 5.1", "test -1 1.0",
            ])
        let gone = await failure { _ = try await connection.domainGetInfo(test) }
        #expect(
            gone
                == "42/12 Domain not found: no domain with matching uuid '6695eb01-f6a4-8304-79aa-97f2502e193f' (test)"
        )
    }

    @Test func transientDomainsVanish() async throws {
        let connection = newConnection()
        let events = Recorder(connection)
        let domain = try await connection.domainCreateXML(xmlDesc: xml("t"), flags: [])
        #expect(domain.id == 2)
        #expect(try await connection.domainIsPersistent(domain) == false)
        #expect(
            await failure { try await connection.domainManagedSave(domain, flags: []) }
                == "55/12 Requested operation is not valid: cannot do managed save for transient domain")
        try await connection.domainShutdown(domain)
        // Its number stays in the last event of it.
        #expect(events.take() == ["t 2 2.0", "t 2 5.0"])
        #expect(await failure { _ = try await connection.domainLookupByName(name: "t") } == "42/12 Domain not found")
    }

    @Test func definitionOfARunningDomain() async throws {
        let connection = newConnection()
        let events = Recorder(connection)
        let first = try await connection.domainCreateXML(xmlDesc: xml("t"), flags: [])
        let text = try await connection.domainGetXMLDesc(first, flags: DomainXMLFlags(rawValue: 2))
        _ = try await connection.domainDefineXML(xml: text)
        _ = try await connection.domainDefineXML(xml: text.replacing("<memory", with: "<title>T</title><memory"))
        #expect(try await !connection.domainGetXMLDesc(first, flags: []).contains("<title>"))
        #expect(try await connection.domainGetXMLDesc(first, flags: DomainXMLFlags(rawValue: 2)).contains("<title>"))
        try await connection.domainUndefine(first)
        try await connection.domainDestroy(first)
        #expect(events.take() == ["t 2 2.0", "t 2 0.0", "t 2 0.1", "t 2 1.0", "t -1 5.1"])
    }

    @Test(arguments: [("destroy", true), ("preserve", true), ("restart", false), ("rename-restart", false)])
    func actions(_ action: String, stops: Bool) async throws {
        let connection = newConnection()
        let domain = try await connection.domainDefineXML(
            xml: xml("a", "<on_poweroff>\(action)</on_poweroff><on_reboot>\(action)</on_reboot>"))
        let events = Recorder(connection)
        for call in 0..<2 {
            if try await connection.domainIsActive(domain) == false { try await connection.domainCreate(domain) }
            _ = events.take()
            if call == 0 {
                try await connection.domainShutdown(domain)
            } else {
                try await connection.domainReboot(domain, flags: [])
            }
            #expect(try await connection.state(domain) == (stops ? "5.1" : "1.1"))
            #expect(events.take() == (stops ? ["a -1 5.0"] : []))
        }
        if try await connection.domainIsActive(domain) == false { try await connection.domainCreate(domain) }
        try await connection.domainSuspend(domain)
        // A reset is none, whatever the action.
        try await connection.domainReset(domain, flags: 0)
        #expect(try await connection.state(domain) == "3.1")
    }

    @Test func names() async throws {
        let connection = newConnection()
        let domain = try await connection.domainDefineXML(xml: xml("a"))
        let other = try await connection.domainDefineXML(xml: xml("b"))
        #expect(
            await failure { _ = try await connection.domainDefineXML(xml: xml("a")) }
                == "9/20 operation failed: domain 'a' already exists with uuid \(domain.uuid)")
        let stolen = xml("c", "<uuid>\(domain.uuid)</uuid>")
        #expect(
            await failure { _ = try await connection.domainCreateXML(xmlDesc: stolen, flags: []) }
                == "9/20 operation failed: domain 'a' is already defined with uuid \(domain.uuid)")
        let events = Recorder(connection)
        #expect(try await connection.domainRename(domain, newName: "aa", flags: 0) == 0)
        #expect(events.take() == ["a -1 1.1", "aa -1 0.2"])
        #expect(try await connection.domainLookupByName(name: "aa").uuid == domain.uuid)
        for (name, text) in [
            ("aa", "55/20 Requested operation is not valid: Can't rename domain to itself"),
            ("b", "55/20 Requested operation is not valid: domain with name 'b' already exists"),
            ("a/b", "27/12 XML error: name a/b cannot contain '/'"),
        ] {
            #expect(await failure { _ = try await connection.domainRename(domain, newName: name, flags: 0) } == text)
        }
        try await connection.domainCreate(other)
        #expect(
            await failure { _ = try await connection.domainRename(other, newName: "q", flags: 0) }
                == "55/12 Requested operation is not valid: cannot rename active domain")
    }

    @Test func managedSaveGuardsTheDefinition() async throws {
        let connection = newConnection()
        let test = try await connection.test
        try await connection.domainManagedSave(test, flags: [])
        #expect(try await connection.state(test) == "5.5")
        #expect(try await connection.names(0x100) == ["test"])
        #expect(
            await failure { try await connection.domainUndefine(test) }
                == "55/12 Requested operation is not valid: Refusing to undefine while domain managed save image exists"
        )
        try await connection.domainCreate(test)
        #expect(try await connection.domainHasManagedSaveImage(test, flags: 0) == false)
        try await connection.domainManagedSave(test, flags: [])
        try await connection.domainUndefineFlags(test, flags: DomainUndefineFlags(rawValue: 1))
        #expect(try await connection.names(0) == [])
    }
}

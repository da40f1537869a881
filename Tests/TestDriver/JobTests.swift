import Libvirt
import Synchronization
import Testing

@testable import TestDriver

/// Jobs that move a guest's memory, at 512 MiB a second of a clock that the tests move: 4 s for the 2 GiB of `test`.
@Suite("Jobs of the test driver")
struct JobTests {
    private func connection() -> TestConnection { newConnection(isManual: true, rate: 512 << 20) }

    private func passes(_ seconds: UInt64, _ connection: TestConnection) async throws {
        try await connection.nodeSuspendForDuration(target: 0, duration: seconds, flags: 0)
    }

    /// Waits until the domain is busy: the call that makes it so runs in another task.
    private func begun(_ connection: TestConnection, _ domain: DomainRef) async throws {
        while try await connection.domainGetJobInfo(domain).type == .none { await Task.yield() }
    }

    @Test func aManagedSaveTakesItsTime() async throws {
        let connection = connection()
        let domain = try await connection.test
        let recorder = Recorder(connection)
        async let saved: Void = connection.domainManagedSave(domain, flags: [])
        try await begun(connection, domain)
        try await passes(1, connection)
        let info = try await connection.domainGetJobInfo(domain)
        #expect(info.type == .bounded && info.timeElapsed == 1000 && info.timeRemaining == 3000)
        #expect(info.memTotal == 2 << 30 && info.memProcessed == 512 << 20 && info.memRemaining == info.memTotal - (512 << 20))
        #expect(info.fileTotal == 0 && info.dataTotal == info.memTotal)
        let statistics = try await connection.domainGetJobStats(domain, flags: [])
        #expect(statistics.params.first?.field == "operation")
        // Questions are answered meanwhile; a second job is not begun.
        #expect(try await connection.state(domain) == "1.0")
        #expect(
            await failure { try await connection.domainCoreDump(domain, to: "/nowhere/core", flags: []) }
                == "68/12 Timed out during operation: cannot acquire state change lock (held by domain save job)")
        #expect(recorder.take().isEmpty)
        try await passes(3, connection)
        try await saved
        #expect(try await connection.state(domain) == "5.5")
        #expect(recorder.take() == ["test -1 5.4"])
        #expect(try await connection.domainHasManagedSaveImage(domain, flags: 0))
        let completed = try await connection.domainGetJobStats(domain, flags: [.completed, .keepCompleted])
        #expect(completed.type == .completed && completed.params.contains { $0.field == "time_elapsed" })
        #expect(try await connection.domainGetJobStats(domain, flags: .completed).type == .completed)
        #expect(try await connection.domainGetJobStats(domain, flags: .completed).type == .none)
    }

    @Test func anAbortedSaveLeavesTheGuestRunning() async throws {
        let connection = connection()
        let domain = try await connection.test
        async let saved = failure { try await connection.domainManagedSave(domain, flags: []) }
        try await begun(connection, domain)
        try await connection.domainAbortJob(domain)
        #expect(await saved == "78/12 operation aborted: domain save job: canceled by client")
        try await passes(100, connection)
        #expect(try await connection.state(domain) == "1.0")
        #expect(!(try await connection.domainHasManagedSaveImage(domain, flags: 0)))
        #expect(
            await failure { try await connection.domainAbortJob(domain) }
                == "55/12 Requested operation is not valid: no job is active on the domain")
    }

    @Test func aDestroyedGuestEndsItsJob() async throws {
        let connection = connection()
        let domain = try await connection.test
        async let saved = failure { try await connection.domainManagedSave(domain, flags: []) }
        try await begun(connection, domain)
        try await connection.domainDestroy(domain)
        #expect(await saved == "9/12 operation failed: domain save job: domain is not running")
        try await passes(100, connection)
        #expect(try await connection.state(domain) == "5.2")
    }

    @Test func whoLeavesDoesNotEndTheJob() async throws {
        let connection = connection()
        let domain = try await connection.test
        let caller = Task { try await connection.domainManagedSave(domain, flags: []) }
        try await begun(connection, domain)
        caller.cancel()
        await #expect(throws: CancellationError.self) { try await caller.value }
        try await passes(4, connection)
        #expect(try await connection.state(domain) == "5.5")
        #expect(connection.host.read { $0.waiters.count + $0.alarms.count + $0.ended.count } == 0)
    }

    @Test func theSystemsClockEndsJobsByItself() async throws {
        let connection = newConnection(rate: 1 << 40)
        let domain = try await connection.test
        try await connection.domainManagedSave(domain, flags: [])
        #expect(try await connection.state(domain) == "5.5")
        // A block job ends without anybody asking.
        _ = try await connection.domainCreateWithFlags(domain, flags: [])
        try await connection.domainBlockResize(domain, disk: "vda", size: 1 << 20, flags: .bytes)
        let (events, sink) = AsyncStream.makeStream(of: String.self)
        connection.setEventHandler { event in
            if case .domain(.blockJob(_, let path, _, let status)) = event { sink.yield("\(path) \(status)") }
        }
        try await connection.domainBlockPull(domain, path: "vda", bandwidth: 100, flags: [])
        #expect(await events.first { _ in true } == "/guest/diskimage1 completed")
    }

    @Test func timeOfAHostCannotBeMovedByDefault() async throws {
        let connection = newConnection()
        #expect(
            await failure { try await passes(1, connection) }
                == "3/20 this function is not supported by the connection driver: virNodeSuspendForDuration")
    }
}

@Suite("Progress of jobs")
struct ProgressTests {
    @Test func progress() {
        var progress = TestProgress(total: 1000, rate: 100, from: 5_000_000)
        #expect(progress.end == 15_000_000)
        #expect(progress.done(at: 0) == 0 && progress.done(at: 6_500_000) == 150 && progress.done(at: 15_000_000) == 1000)
        #expect(progress.done(at: .max) == 1000)
        progress.setRate(50, at: 10_000_000)
        #expect(progress.done(at: 10_000_000) == 500 && progress.end == 20_000_000)
        progress.setRate(0, at: 12_000_000)
        #expect(progress.done(at: 12_000_000) == 1000 && progress.end == 12_000_000)
    }

    /// Whoever gives a rate or a size may give any number.
    @Test func extremes() {
        #expect(TestProgress(total: .max, rate: 1, from: 0).end == .max)
        #expect(TestProgress(total: .max, rate: .max, from: 0).end == 1_000_000)
        #expect(TestProgress(total: .max, rate: .max, from: .max).end == .max)
        #expect(TestProgress(total: .max, rate: 1, from: 0).done(at: .max) == UInt64.max / 1_000_000)
        #expect(TestProgress(total: 0, rate: 1, from: 7).end == 7)
        #expect(TestProgress(total: 3, rate: 2, from: 0).end == 1_500_000)
        #expect(TestProgress(total: 1, rate: 3, from: 0).end == 333_334)
    }
}

import LibvirtRemote
import TestProcesses
import Testing

/// Hosts that share a name, time that is moved, guests that travel: through real daemons.
@Suite("Test hosts over the wire", .timeLimit(.minutes(1)))
struct HostTests {
    @Test func hostsAreSharedByName() async throws {
        let daemon = try await TestDaemon(.virtd)
        let (first, same, other) = (
            try await daemon.open("host=a"), try await daemon.open("host=a"), try await daemon.open("host=b")
        )
        try await first.lookupDomain(byName: "test").destroy()
        #expect(try await same.lookupDomain(byName: "test").state().state == .shutoff)
        #expect(try await other.lookupDomain(byName: "test").state().state == .running)
        #expect(try await daemon.open("").lookupDomain(byName: "test").state().state == .running)
        // Nobody has it open any more: it begins anew.
        await first.close()
        await same.close()
        while try await daemon.open("host=a").lookupDomain(byName: "test").state().state != .running { await Task.yield() }
    }

    @Test func timeIsMovedByOneClientForAll() async throws {
        let daemon = try await TestDaemon(.virtd)
        let (worker, clock) = (
            try await daemon.open("clock=manual&rate=1024"), try await daemon.open("clock=manual&rate=1024")
        )
        let domain = try await worker.lookupDomain(byName: "test")
        let events = try await worker.domainEvents([.lifecycle])
        async let saved: Void = domain.managedSave()
        while try await domain.jobInfo().type == .none { await Task.yield() }
        try await clock.suspendNode(target: 0, duration: 1)
        #expect(try await domain.jobInfo().memProcessed == 1 << 30)
        try await clock.suspendNode(target: 0, duration: 1)
        try await saved
        for await event in events {
            if case .lifecycle(_, let kind, let detail) = event {
                #expect(kind == .stopped && detail == 4)
                break
            }
        }
    }

    @Test(arguments: [true, false])
    func guestsTravelBetweenTwoDaemons(_ byTheHost: Bool) async throws {
        let (here, there) = (try await TestDaemon(.virtd), try await TestDaemon(.virtd))
        let (source, target) = (try await here.open(""), try await there.open(""))
        let resident = try await target.lookupDomain(byName: "test")
        try await resident.destroy()
        try await resident.undefine()
        let domain = try await source.lookupDomain(byName: "test")
        if byTheHost {
            try await domain.migrate(toURI: "test+unix:///default?socket=\(there.socket)", flags: [.live, .persistDest])
        } else {
            let arrived = try await domain.migrate(to: target, flags: [.live, .persistDest])
            #expect(arrived.name == "test")
        }
        #expect(try await target.lookupDomain(byName: "test").state().state == .running)
        #expect(try await domain.state().state == .shutoff)
        #expect(
            await failure { try await domain.migrate(toURI: "test+unix:///default?socket=/nowhere") }
                .contains("cannot connect to /nowhere"))
    }
}

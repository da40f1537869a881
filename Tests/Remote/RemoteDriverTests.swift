import Libvirt
import LibvirtRemote
import RPCTesting
import Synchronization
import Testing
import VirtRPC
import XDR

@Suite(.timeLimit(.minutes(1))) struct RemoteDriverTests {
    @Test func opensLikeVirsh() async throws {
        let daemon = ScriptedDaemon()
        let connection = try await daemon.open()
        #expect(daemon.procedures == [66, 60, 1, 60, 60, 360])
        #expect(daemon.peer.messages[2].header.serial == 2)
        await connection.close()
        #expect(daemon.procedures.suffix(2) == [361, 2])
        #expect(try await connection.closed.reason == .client)
        #expect(!connection.isAlive)
        #expect(await eventually { daemon.peer.closed != nil })
    }

    @Test(arguments: 0..<6) func lossAtEachStepOfOpen(step: Int) async throws {
        let daemon = ScriptedDaemon(stopsAt: step)
        let error = await #expect(throws: VirtError.self) { try await daemon.open() }
        #expect(error?.code == .systemError)
        #expect(daemon.procedures.count == step + 1)
    }

    @Test(arguments: 0..<6) func silenceAtEachStepOfOpen(step: Int) async throws {
        let counter = Counter()
        let daemon = ScriptedDaemon { _, _ in counter.next() == step }
        let error = await #expect(throws: VirtError.self) {
            try await withDeadline(.milliseconds(50)) { try await daemon.open() }
        }
        #expect(error?.code == .operationTimeout)
        #expect(await eventually { daemon.peer.closed != nil })
    }

    @Test func polkitIsCalled() async throws {
        let daemon = ScriptedDaemon(authentication: [.polkit]) { message, peer in
            guard message.header.proc == 70 else { return false }
            peer.reply(to: message.header, AuthPolkitRet(complete: 1))
            return true
        }
        _ = try await daemon.open()
        #expect(daemon.procedures.prefix(3) == [66, 70, 60])
    }

    /// Two subscriptions have two callbacks at the daemon, which sends each event twice.
    @Test func eventsGoToTheirSubscription() async throws {
        let counter = Counter()
        let daemon = ScriptedDaemon { message, peer in
            switch message.header.proc {
            case 316:
                peer.reply(
                    to: message.header, ConnectDomainEventCallbackRegisterAnyRet(callbackID: Int32(counter.next())))
            case 317: peer.reply(to: message.header, XDRVoid())
            default: return false
            }
            return true
        }
        let connection = try await daemon.open()
        let all = try await connection.domainEvents()
        let one = try await connection.domainEvents(
            domain: Domain(connection: connection, reference: someDomain))
        for (callback, domain) in [(0, otherDomain), (0, someDomain), (1, someDomain), (7, someDomain)] as [(Int32, DomainRef)] {
            try daemon.event(
                318,
                DomainEventCallbackLifecycleMsg(
                    callbackID: callback, msg: DomainLifecycleEvent(dom: domain, event: .started, detail: 0)))
        }
        daemon.peer.link.close(flushing: true)
        var names: [String] = []
        for await event in all { names.append(event.object.name) }
        #expect(names == ["other", "vm"])
        var count = 0
        for await _ in one { count += 1 }
        #expect(count == 1)
        #expect(try await connection.closed.reason == .eof)
    }

    @Test func droppedSequenceIsDeregistered() async throws {
        let daemon = ScriptedDaemon { message, peer in
            guard message.header.proc == 316 || message.header.proc == 317 else { return false }
            peer.reply(to: message.header, UInt32(4))
            return true
        }
        let connection = try await daemon.open()
        do {
            let events = try await connection.domainEvents([.lifecycle, .reboot])
            #expect(events.droppedEvents == 0)
        }
        #expect(await eventually { daemon.procedures.filter { $0 == 317 }.count == 2 })
        _ = connection
    }

    /// A daemon refuses a second registration of the same.
    @Test func sequencesOfTheSameShareARegistration() async throws {
        let daemon = ScriptedDaemon { message, peer in
            guard message.header.proc == 316 || message.header.proc == 317 else { return false }
            peer.reply(to: message.header, UInt32(4))
            return true
        }
        @Sendable func count(_ procedure: Int32) -> Int { daemon.procedures.filter { $0 == procedure }.count }
        let connection = try await daemon.open()
        do {
            let first = try await connection.domainEvents([.lifecycle])
            do {
                async let second = connection.domainEvents([.lifecycle, .reboot])
                async let third = connection.domainEvents([.lifecycle])
                _ = try await (second, third)
                #expect(count(316) == 2)
            }
            // The reboots' only user is gone.
            #expect(await eventually { count(317) == 1 })
            try daemon.event(
                318,
                DomainEventCallbackLifecycleMsg(
                    callbackID: 4, msg: DomainLifecycleEvent(dom: someDomain, event: .started, detail: 0)))
            var events = first.makeAsyncIterator()
            #expect(await events.next()?.object.name == "vm")
        }
        #expect(await eventually { count(317) == 2 })
        // And again from the beginning.
        let again = try await connection.domainEvents([.lifecycle])
        #expect(count(316) == 3)
        _ = again
    }

    @Test func anUnansweredRegistrationIsWaitedForNoLonger() async throws {
        let daemon = ScriptedDaemon { message, _ in message.header.proc == 316 }
        let connection = try await daemon.open()
        let error = await #expect(throws: VirtError.self) {
            _ = try await withDeadline(.milliseconds(50)) { try await connection.domainEvents([.lifecycle]) }
        }
        #expect(error?.code == .operationTimeout)
        let task = Task { _ = try await connection.domainEvents([.lifecycle]) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(connection.isAlive)
    }

    @Test func fullBufferDropsTheOldest() async throws {
        let daemon = ScriptedDaemon { message, peer in
            guard message.header.proc == 316 else { return false }
            peer.reply(to: message.header, UInt32(4))
            return true
        }
        let connection = try await daemon.open()
        let events = try await connection.domainEvents(bufferSize: 3)
        for detail in Int32(0)..<10 {
            try daemon.event(
                318,
                DomainEventCallbackLifecycleMsg(
                    callbackID: 4, msg: DomainLifecycleEvent(dom: someDomain, event: .started, detail: detail)))
        }
        daemon.peer.link.close(flushing: true)
        _ = try await connection.closed
        var details: [Int32] = []
        for await event in events {
            if case .lifecycle(_, _, let detail) = event { details.append(detail) }
        }
        #expect(details == [7, 8, 9])
        #expect(events.droppedEvents == 7)
    }

    @Test func olderGenerations() async throws {
        let daemon = ScriptedDaemon(features: []) { message, peer in
            guard [105, 106].contains(message.header.proc) else { return false }
            peer.reply(to: message.header, UInt32(1))
            return true
        }
        let connection = try await daemon.open()
        do {
            let first = try await connection.domainEvents()
            let second = try await connection.domainEvents(
                domain: Domain(connection: connection, reference: otherDomain))
            try daemon.event(107, DomainLifecycleEvent(dom: someDomain, event: .started, detail: 0))
            try daemon.event(107, DomainLifecycleEvent(dom: otherDomain, event: .started, detail: 0))
            var iterator = first.makeAsyncIterator()
            #expect(await iterator.next()?.object.name == "vm")
            #expect(await iterator.next()?.object.name == "other")
            var others = second.makeAsyncIterator()
            #expect(await others.next()?.object.name == "other")
        }
        #expect(await eventually { daemon.procedures.last == 106 })
        #expect(daemon.procedures.filter { $0 == 105 }.count == 1)
        _ = connection
    }

    @Test func hypervisorLossIsReported() async throws {
        let daemon = ScriptedDaemon()
        let connection = try await daemon.open()
        try daemon.event(362, ConnectionClosedEvent(reason: .keepalive))
        #expect(try await connection.closed.reason == .keepalive)
    }

    @Test func droppedConnectionClosesTheLink() async throws {
        let (clientEnd, serverEnd) = InProcessLink.pair()
        let peer = ScriptedPeer(serverEnd)
        do { _ = RemoteDriver(clientEnd) { clientEnd.attach($0) } }
        #expect(await eventually { peer.closed == .endOfFile })
    }

    @Test func errorNamesTheSocketsTried() async throws {
        var options = ConnectOptions()
        options.usesConfiguration = false
        let error = await #expect(throws: VirtError.self) {
            try await Connection.open("qemu:///system?socket=/nonexistent/sock", options: options)
        }
        #expect(error?.message.contains("/nonexistent/sock") == true)
    }
}

final class Counter: Sendable {
    private let value = Atomic(0)
    func next() -> Int { value.add(1, ordering: .relaxed).oldValue }
}

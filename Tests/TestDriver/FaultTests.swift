import Libvirt
import Testing

@testable import TestDriver

@Suite("Faults of the test driver")
struct FaultTests {
    @Test(
        arguments: [
            ("domain_create fail 38", "domain_create", "domain_create_xml"),
            ("domain_* hang", "domain_create", "connect_list_all_domains"),
            ("*_get_* hang", "domain_get_info", "domain_create"),
            ("* hang", "anything", ""),
            ("a*b*c hang", "a_b_b_c", "a_c_b"),
            ("a*a hang", "aa", "a"),
        ])
    func procedures(_ rule: String, _ fits: String, _ other: String) throws {
        let faults = try TestFaults(text: rule, name: "faults")
        #expect(faults.action(for: fits) != nil)
        #expect(other.isEmpty || faults.action(for: other) == nil)
    }

    @Test func callsAreCounted() throws {
        let faults = try TestFaults(
            text: """
                # the first rule that fits is used
                a nth=2 fail 38 "no space, # none"   # at the second
                a every=3 late 500
                b times=2 drop
                b hang

                """, name: "faults")
        typealias Action = TestFaults.Action
        let expected: [Action?] = [nil, .fail(.systemError, "no space, # none"), nil, .late(500_000)]
        for action in expected { #expect(faults.action(for: "a") == action) }
        #expect((0..<3).map { _ in faults.action(for: "b") } == [.drop, .drop, .hang])
        #expect(faults.action(for: "c") == nil)
    }

    @Test(
        arguments: [
            ("a", "the action '' must be fail CODE \"TEXT\", late MS, hang or drop"),
            ("a explode", "the action 'explode' must be fail CODE \"TEXT\", late MS, hang or drop"),
            ("a nth=0 hang", "'nth=0' does not say how many"), ("a often=2 hang", "'often=2' must be nth=N, every=N or times=N"),
            ("A hang", "'A' is no name of a procedure"), ("a late soon", "'soon' is no number of milliseconds"),
            ("a fail -1", "'-1' is no number of an error"), ("a fail 1 \"x", "a quotation mark is missing"),
            ("a late 18446744073709551615", "'18446744073709551615' is no number of milliseconds"),
        ])
    func mistakesAreNamed(_ line: String, _ text: String) async {
        #expect(
            await failure { _ = try TestFaults(text: "\n\(line)", name: "/f") }
                == "8/12 invalid argument: /f:2: \(text)")
    }

    @Test func aLateAnswerWaitsForTheClock() async throws {
        let connection = newConnection(isManual: true, faults: try TestFaults(text: "late late 1500", name: "f"))
        let procedure = ProcedureInfo.named("late")
        async let answered: Void = connection.willCall(procedure)
        while connection.host.read({ $0.waiters.isEmpty }) { await Task.yield() }
        try await connection.nodeSuspendForDuration(target: 0, duration: 1, flags: 0)
        #expect(connection.host.read { $0.waiters.count } == 1)
        try await connection.nodeSuspendForDuration(target: 0, duration: 1, flags: 0)
        try await answered
        #expect(connection.host.read { $0.waiters.isEmpty && $0.alarms.isEmpty })
    }

    @Test func whatHangsEndsWithItsCaller() async throws {
        let connection = newConnection(faults: try TestFaults(text: "* hang", name: "f"))
        let caller = Task { try await connection.willCall(.named("x")) }
        while connection.host.read({ $0.waiters.isEmpty }) { await Task.yield() }
        caller.cancel()
        await #expect(throws: CancellationError.self) { try await caller.value }
        #expect(connection.host.read { $0.waiters.isEmpty })
    }
}

extension ProcedureInfo {
    fileprivate static func named(_ name: String) -> ProcedureInfo {
        ProcedureInfo(number: 1, name: name, api: "virX", group: "x", kind: .role("X"))
    }
}

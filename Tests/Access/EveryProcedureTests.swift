import Libvirt
import Testing
import VirtRPC
import XDR

@testable import VirtDaemon

/// Every procedure of the protocol, through what is generated from it: who lacks one permission is refused, who has
/// just those that are annotated gets to the driver.
@Suite struct EveryProcedureTests {
    private let calls: ProtocolCalls
    private let server = AccessServer()

    init() throws { calls = try ProtocolCalls() }

    /// Flags under which a rule applies.
    private func flags(_ rule: ProcedureInfo.AccessRule) -> UInt64 {
        rule.flags.map { $0 & ~($0 - 1) } ?? 0
    }

    @Test func withoutOnePermission() async throws {
        try server.set("allow anyone to *")
        let client = try await server.connect()
        var denied = 0
        for call in calls.all {
            #expect(!call.info.access.isEmpty, "\(call.info.name) needs no permission")
            for rule in call.info.access {
                try server.set("deny anyone to \(rule.object):\(rule.permission)\nallow anyone to *")
                let outcome = await server.outcome(call, try calls.arguments(call, flags: flags(rule)), client)
                guard case .failure(let error) = outcome else {
                    Issue.record("\(call.info.name) without \(rule.object):\(rule.permission) was made")
                    continue
                }
                #expect(
                    error.code == .accessDenied && error.domain == .access
                        && error.message == "access denied: 'Present' denied access",
                    "\(call.info.name) without \(rule.object):\(rule.permission): \(error)")
                denied += 1
            }
        }
        #expect(denied > 470)
        client.close()
    }

    @Test func withJustItsPermissions() async throws {
        try server.set("allow anyone to *")
        let client = try await server.connect()
        for call in calls.all {
            let chosen = call.info.access.reduce(0) { $0 | flags($1) }
            let needed = call.info.access.filter { $0.applies(to: chosen) }
            try server.set(needed.map { "allow anyone to \($0.object):\($0.permission)" }.joined(separator: "\n"))
            let outcome = await server.outcome(call, try calls.arguments(call, flags: chosen), client)
            if case .failure(let error) = outcome {
                // The driver was asked: it cannot, or knows no such event.
                #expect(
                    error.code == .noSupport || call.info.kind == .registration && error.code != .accessDenied,
                    "\(call.info.name): \(error)")
            }
            // Exactly these were asked about, the object being the one of the arguments.
            let asked = server.questions.filter { $0.question.permission != call.info.filter?.permission }
            let rules = needed.filter { $0.permission != call.info.filter?.permission }
            #expect(
                asked.map { "\($0.question.object.rawValue):\($0.question.permission)" }
                    == rules.map { "\($0.object):\($0.permission)" }, "\(call.info.name)")
            for (question, objects) in server.questions where question.object != .connect {
                let isNamed =
                    switch call.info.name {
                    // The host invents the name of a device.
                    case "node_device_create_xml", "node_device_define_xml":
                        objects.allSatisfy { $0.name == "new device" }
                    // A process that is taken over has none yet, nor has a guest of which nobody says what it is
                    // called.
                    case "domain_attach", "domain_migrate_prepare": objects.allSatisfy { $0.name == nil }
                    default: objects.contains { $0.name == "probe" || $0.uuid == Present.probe.description }
                    }
                #expect(isNamed, "\(call.info.name): \(objects)")
            }
        }
        client.close()
    }

    /// Flags that a rule wants set: without them it is not asked.
    @Test func conditionsOnFlags() async throws {
        try server.set("allow anyone to *")
        let client = try await server.connect()
        for call in calls.all {
            for rule in call.info.access where rule.flags != nil {
                let same = call.info.access.contains {
                    $0.object == rule.object && $0.permission == rule.permission && $0.applies(to: 0)
                }
                if same { continue }
                try server.set("deny anyone to \(rule.object):\(rule.permission)\nallow anyone to *")
                if case .failure(let error) = await server.outcome(call, try calls.arguments(call), client) {
                    #expect(error.code == .noSupport, "\(call.info.name): \(error)")
                }
            }
        }
        client.close()
    }

    /// Every list, every count.
    @Test func filters() async throws {
        try server.set("allow anyone to *")
        let client = try await server.connect()
        let hidden = try MessageBuffer(encoding: Present.hidden).withUnsafeBytes { Array($0) }
        let probe = try MessageBuffer(encoding: Present.probe).withUnsafeBytes { Array($0) }
        var filtered = 0
        for call in calls.all {
            guard let filter = call.info.filter, call.info.kind != .registration else { continue }
            let permission = "\(filter.object):\(filter.permission)"
            let hasName = AccessPermissions.attributes["name"]?.contains { $0.rawValue == filter.object } ?? false
            try server.set(
                """
                deny anyone to \(permission) on \(hasName ? "name=hidden" : "uuid=\(Present.hidden)")
                allow anyone to *
                """)
            let reply = try await server.outcome(call, try calls.arguments(call), client).get()
            #expect(!reply.holds("hidden".utf8) && !reply.holds(hidden), "\(call.info.name)")
            #expect(!reply.holds("\(Present.hidden)".utf8), "\(call.info.name)")
            let isThere =
                reply.holds("probe".utf8) || reply.holds(probe) || reply.holds("\(Present.probe)".utf8)
                // A number of domains or devices, or the id of the one that is seen.
                || reply.bytes.count == 4 && reply.first == 1 || reply.bytes == [0, 0, 0, 1, 0, 0, 0, 1]
            #expect(isThere, "\(call.info.name): \(reply.bytes)")
            // However long the list is, it is one question.
            #expect(server.questions.count { $0.question.permission == filter.permission } == 1, "\(call.info.name)")
            filtered += 1
        }
        #expect(filtered >= 33)
        client.close()
    }
}

import Foundation
import Testing
import XDRLanguage

/// The protocol held against the tables of facts that lie beside the repository, if they do.
@Suite(.enabled(if: Tables.exist)) struct TableTests {
    /// What our files say otherwise, on purpose. An entry that is no difference any more fails the test.
    static let exceptions: [String: String] = [
        "domain_migrate_prepare_tunnel3_params stream":
            "data flows to the server, as in the older prepare_tunnel steps; the table says nothing of it"
    ]

    @Test func constants() throws {
        let schema = try ProtocolFiles.schema()
        for (name, value) in try Tables.constants() where !name.hasSuffix("_PROGRAM") && !name.hasSuffix("_VERSION") {
            #expect(schema.constants[name] == value, "\(name)")
        }
    }

    @Test func programs() throws {
        let numbers = try ProtocolFiles.schema().files.flatMap(\.programs).map(\.number)
        #expect(Set(numbers).isSuperset(of: Table.allCases.map(\.program)))
        let versions = try ProtocolFiles.schema().files.flatMap(\.programs).flatMap(\.versions).map(\.number)
        #expect(Set(versions) == [1])
    }

    @Test(arguments: Table.allCases) func procedures(_ table: Table) throws {
        let wire = WireForm(schema: try ProtocolFiles.schema())
        let facts = try Tables.procedures(table)
        let ours = Dictionary(
            try ProtocolFiles.procedures().filter { $0.program == table.program }.map { ($0.procedure.number, $0.procedure) },
            uniquingKeysWith: { first, _ in first })
        #expect(Set(ours.keys) == Set(facts.map(\.number)))
        var differences: Set<String> = []
        for fact in facts {
            guard let procedure = ours[fact.number] else { continue }
            func compare(_ what: String, _ actual: String, _ expected: String) {
                if actual == expected { return }
                let key = "\(fact.name) \(what)"
                differences.insert(key)
                #expect(
                    TableTests.exceptions[key] != nil, "\(table.rawValue) \(key):\n  ours:  \(actual)\n  table: \(expected)")
            }
            let doc = procedure.documentation
            compare("name", procedure.name.lowercased(), "\(table.prefix)_proc_\(fact.name)")
            compare("arguments", wire.fields(of: procedure.arguments), fact.arguments)
            compare("result", wire.fields(of: procedure.result.map { [$0] } ?? []), fact.result)
            compare("kind", wire.isMessage(procedure) ? "event" : "call", fact.kind)
            compare("stream", doc.argument("stream") ?? "-", fact.stream)
            // The table of the main program does not speak of descriptors.
            if fact.descriptors != "-" { compare("fds", doc.argument("fds") ?? "-", fact.descriptors) }
            compare("priority", doc.argument("priority") ?? "low", fact.priority)
            compare("acl", Tables.rules(doc.arguments("acl")), Tables.rules(fact.access))
            compare("filter", Tables.rules(doc.arguments("filter")), Tables.rules(fact.filter))
        }
        if table == .remote { #expect(Set(Self.exceptions.keys).subtracting(differences) == []) }
    }
}

enum Table: String, CaseIterable, Sendable {
    case remote, qemu, lxc, admin

    var prefix: String { rawValue }
    var program: UInt32 {
        switch self {
        case .remote: 0x2000_8086
        case .qemu: 0x2000_8087
        case .lxc: 0x0006_8000
        case .admin: 0x0690_0690
        }
    }
}

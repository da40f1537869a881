import Libvirt

@testable import TestDriver

extension SupportTests {
    static let checkpointCalls: [String: Call] = {
        var calls: [String: Call] = [:]
        func add(_ name: String, _ call: @escaping Call) { calls[name] = call }
        add("domain_checkpoint_create_xml") { c in
            _ = try await c.domainCheckpointCreateXML(try await c.test, xmlDesc: "x", flags: [])
        }
        add("domain_checkpoint_get_xml_desc") { c in
            _ = try await c.domainCheckpointGetXMLDesc(try await checkpoint(c), flags: [])
        }
        add("domain_list_all_checkpoints") { c in
            _ = try await c.domainListAllCheckpoints(try await c.test, flags: [])
        }
        add("domain_checkpoint_list_all_children") { c in
            _ = try await c.domainCheckpointListAllChildren(try await checkpoint(c), flags: [])
        }
        add("domain_checkpoint_lookup_by_name") { c in
            _ = try await c.domainCheckpointLookupByName(try await c.test, name: "x", flags: 0)
        }
        add("domain_checkpoint_get_parent") { c in
            _ = try await c.domainCheckpointGetParent(try await checkpoint(c), flags: 0)
        }
        add("domain_checkpoint_delete") { c in try await c.domainCheckpointDelete(try await checkpoint(c), flags: []) }
        return calls
    }()

    @Sendable private static func checkpoint(_ connection: TestConnection) async throws -> DomainCheckpointRef {
        DomainCheckpointRef(name: "x", dom: try await connection.test)
    }
}

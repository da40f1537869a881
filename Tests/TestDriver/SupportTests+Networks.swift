import Libvirt

@testable import TestDriver

extension SupportTests {
    static let networkCalls: [String: Call] = {
        var calls: [String: Call] = [:]
        func add(_ name: String, _ call: @escaping Call) { calls[name] = call }
        add("connect_list_all_networks") { c in _ = try await c.connectListAllNetworks(flags: []) }
        add("network_lookup_by_name") { c in _ = try await c.networkLookupByName(name: "x") }
        add("network_lookup_by_uuid") { c in _ = try await c.networkLookupByUUID(uuid: UUID()) }
        add("network_get_xml_desc") { c in _ = try await c.networkGetXMLDesc(try await c.network, flags: []) }
        add("network_is_active") { c in _ = try await c.networkIsActive(try await c.network) }
        add("network_is_persistent") { c in _ = try await c.networkIsPersistent(try await c.network) }
        add("network_get_autostart") { c in _ = try await c.networkGetAutostart(try await c.network) }
        add("network_set_autostart") { c in try await c.networkSetAutostart(try await c.network, autostart: true) }
        add("network_get_bridge_name") { c in _ = try await c.networkGetBridgeName(try await c.network) }
        add("network_define_xml") { c in _ = try await c.networkDefineXML(xml: "x") }
        add("network_define_xml_flags") { c in _ = try await c.networkDefineXMLFlags(xml: "x", flags: []) }
        add("network_undefine") { c in try await c.networkUndefine(try await c.network) }
        add("network_create") { c in try await c.networkCreate(try await c.network) }
        add("network_create_xml") { c in _ = try await c.networkCreateXML(xml: "x") }
        add("network_create_xml_flags") { c in _ = try await c.networkCreateXMLFlags(xml: "x", flags: []) }
        add("network_destroy") { c in try await c.networkDestroy(try await c.network) }
        add("network_update") { c in
            try await c.networkUpdate(
                try await c.network, command: 3, section: 1, parentIndex: -1, xml: "x", flags: [])
        }
        add("network_get_dhcp_leases") { c in
            _ = try await c.networkGetDHCPLeases(try await c.network, mac: nil, flags: 0)
        }
        add("network_list_all_ports") { c in _ = try await c.networkListAllPorts(try await c.network, flags: 0) }
        add("network_port_lookup_by_uuid") { c in
            _ = try await c.networkPortLookupByUUID(try await c.network, uuid: UUID())
        }
        add("network_port_create_xml") { c in
            _ = try await c.networkPortCreateXML(try await c.network, xml: "x", flags: [])
        }
        add("network_port_get_parameters") { c in
            _ = try await c.networkPortGetParameters(try await c.networkPort, flags: 0)
        }
        add("network_port_set_parameters") { c in
            try await c.networkPortSetParameters(try await c.networkPort, params: [], flags: 0)
        }
        add("network_port_get_xml_desc") { c in
            _ = try await c.networkPortGetXMLDesc(try await c.networkPort, flags: 0)
        }
        add("network_port_delete") { c in try await c.networkPortDelete(try await c.networkPort, flags: 0) }
        return calls
    }()
}

extension TestConnection {
    /// A port that is not there.
    fileprivate var networkPort: NetworkPortRef {
        get async throws { NetworkPortRef(net: try await network, uuid: UUID()) }
    }
}

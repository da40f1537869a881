import Libvirt

@testable import TestDriver

extension SupportTests {
    static let interfaceCalls: [String: Call] = {
        let eth1 = InterfaceRef(name: "eth1", mac: "aa:bb:cc:dd:ee:ff")
        var calls: [String: Call] = [:]
        func add(_ name: String, _ call: @escaping Call) { calls[name] = call }
        add("connect_list_all_interfaces") { c in _ = try await c.connectListAllInterfaces(flags: []) }
        add("interface_lookup_by_name") { c in _ = try await c.interfaceLookupByName(name: "eth1") }
        add("interface_lookup_by_mac_string") { c in _ = try await c.interfaceLookupByMACString(mac: "x") }
        add("interface_get_xml_desc") { c in _ = try await c.interfaceGetXMLDesc(eth1, flags: []) }
        add("interface_is_active") { c in _ = try await c.interfaceIsActive(eth1) }
        add("interface_define_xml") { c in _ = try await c.interfaceDefineXML(xml: "x", flags: []) }
        add("interface_undefine") { c in try await c.interfaceUndefine(eth1) }
        add("interface_create") { c in try await c.interfaceCreate(eth1, flags: 0) }
        add("interface_destroy") { c in try await c.interfaceDestroy(eth1, flags: 0) }
        add("interface_change_begin") { c in try await c.interfaceChangeBegin(flags: 0) }
        add("interface_change_commit") { c in try await c.interfaceChangeCommit(flags: 0) }
        add("interface_change_rollback") { c in try await c.interfaceChangeRollback(flags: 0) }
        return calls
    }()
}

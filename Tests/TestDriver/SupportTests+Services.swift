import Libvirt
import XDR

@testable import TestDriver

extension SupportTests {
    static let serviceCalls: [String: Call] = [
        "connect_list_all_secrets": { c in _ = try await c.connectListAllSecrets(flags: []) },
        "secret_lookup_by_uuid": { c in _ = try await c.secretLookupByUUID(uuid: UUID()) },
        "secret_lookup_by_usage": { c in _ = try await c.secretLookupByUsage(usageType: .ceph, usageID: "x") },
        "secret_define_xml": { c in _ = try await c.secretDefineXML(xml: "x", flags: []) },
        "secret_get_xml_desc": { c in _ = try await c.secretGetXMLDesc(secret, flags: 0) },
        "secret_set_value": { c in try await c.secretSetValue(secret, value: OpaqueData([1]), flags: 0) },
        "secret_get_value": { c in _ = try await c.secretGetValue(secret, flags: 0) },
        "secret_undefine": { c in try await c.secretUndefine(secret) },
        "connect_list_all_nwfilters": { c in _ = try await c.connectListAllNWFilters(flags: 0) },
        "nwfilter_lookup_by_name": { c in _ = try await c.nwfilterLookupByName(name: "x") },
        "nwfilter_lookup_by_uuid": { c in _ = try await c.nwfilterLookupByUUID(uuid: UUID()) },
        "nwfilter_get_xml_desc": { c in _ = try await c.nwfilterGetXMLDesc(filter, flags: 0) },
        "nwfilter_define_xml_flags": { c in _ = try await c.nwfilterDefineXMLFlags(xml: "x", flags: []) },
        "nwfilter_define_xml": { c in _ = try await c.nwfilterDefineXML(xml: "x") },
        "nwfilter_undefine": { c in try await c.nwfilterUndefine(filter) },
        "connect_list_all_nwfilter_bindings": { c in _ = try await c.connectListAllNWFilterBindings(flags: 0) },
        "nwfilter_binding_lookup_by_port_dev": { c in _ = try await c.nwfilterBindingLookupByPortDev(name: "x") },
        "nwfilter_binding_get_xml_desc": { c in _ = try await c.nwfilterBindingGetXMLDesc(binding, flags: 0) },
        "nwfilter_binding_create_xml": { c in _ = try await c.nwfilterBindingCreateXML(xml: "x", flags: []) },
        "nwfilter_binding_delete": { c in try await c.nwfilterBindingDelete(binding) },
    ]

    private static let secret = SecretRef(uuid: UUID(), usageType: .none, usageID: "")
    private static let filter = NWFilterRef(name: "x", uuid: UUID())
    private static let binding = NWFilterBindingRef(portdev: "x", filtername: "y")
}

import Libvirt

@testable import TestDriver

extension SupportTests {
    static let deviceCalls: [String: Call] = {
        let computer = NodeDeviceRef(name: "computer")
        var calls: [String: Call] = [:]
        func add(_ name: String, _ call: @escaping Call) { calls[name] = call }
        add("connect_list_all_node_devices") { c in _ = try await c.connectListAllNodeDevices(flags: []) }
        add("node_num_of_devices") { c in _ = try await c.nodeNumOfDevices(cap: nil, flags: 0) }
        add("node_list_devices") { c in _ = try await c.nodeListDevices(cap: nil, maxnames: 9, flags: 0) }
        add("node_device_lookup_by_name") { c in _ = try await c.nodeDeviceLookupByName(name: "x") }
        add("node_device_get_xml_desc") { c in _ = try await c.nodeDeviceGetXMLDesc(computer, flags: []) }
        add("node_device_get_parent") { c in _ = try await c.nodeDeviceGetParent(computer) }
        add("node_device_num_of_caps") { c in _ = try await c.nodeDeviceNumOfCaps(computer) }
        add("node_device_list_caps") { c in _ = try await c.nodeDeviceListCaps(computer, maxnames: 9) }
        add("node_device_create_xml") { c in _ = try await c.nodeDeviceCreateXML(xmlDesc: "x", flags: []) }
        add("node_device_destroy") { c in try await c.nodeDeviceDestroy(computer) }
        return calls
    }()
}

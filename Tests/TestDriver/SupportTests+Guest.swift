import Libvirt
import XDR

@testable import TestDriver

extension SupportTests {
    private static let computer = NodeDeviceRef(name: "computer")

    static let guestCalls: [String: Call] = [
        "domain_pm_suspend_for_duration": { c in
            try await c.domainPMSuspendForDuration(try await c.test, target: 0, duration: 0, flags: 0)
        },
        "domain_pm_wakeup": { c in try await c.domainPMWakeup(try await c.test, flags: 0) },
        "domain_get_guest_info": { c in
            _ = try await c.domainGetGuestInfo(try await c.test, types: 0, flags: 0)
        },
        "domain_get_guest_vcpus": { c in _ = try await c.domainGetGuestVCPUs(try await c.test, flags: 0) },
        "domain_set_guest_vcpus": { c in
            try await c.domainSetGuestVCPUs(try await c.test, cpumap: "1", state: 0, flags: 0)
        },
        "domain_agent_set_response_timeout": { c in
            _ = try await c.domainAgentSetResponseTimeout(try await c.test, timeout: -2, flags: 0)
        },
        "domain_set_vcpu": { c in
            try await c.domainSetVCPU(try await c.test, cpumap: "1", state: 0, flags: [])
        },
        "domain_get_security_label_list": { c in _ = try await c.domainGetSecurityLabelList(try await c.test) },
        "domain_save_params": { c in
            let file = TypedParameter("file", .string("/nonexistent/image"))
            try await c.domainSaveParams(try await c.test, params: [file], flags: [])
        },
        "domain_restore_params": { c in try await c.domainRestoreParams(params: [], flags: []) },
        "domain_managed_save_get_xml_desc": { c in
            _ = try await c.domainManagedSaveGetXMLDesc(try await c.test, flags: [])
        },
        "domain_managed_save_define_xml": { c in
            try await c.domainManagedSaveDefineXML(try await c.test, dxml: nil, flags: [])
        },
        "domain_start_dirty_rate_calc": { c in
            try await c.domainStartDirtyRateCalc(try await c.test, seconds: 1, flags: [])
        },
        "domain_get_autostart_once": { c in _ = try await c.domainGetAutostartOnce(try await c.test) },
        "domain_set_autostart_once": { c in
            try await c.domainSetAutostartOnce(try await c.test, autostart: true)
        },
        "node_device_define_xml": { c in _ = try await c.nodeDeviceDefineXML(xmlDesc: "x", flags: []) },
        "node_device_undefine": { c in try await c.nodeDeviceUndefine(computer, flags: 0) },
        "node_device_create": { c in try await c.nodeDeviceCreate(computer, flags: 0) },
        "node_device_get_autostart": { c in _ = try await c.nodeDeviceGetAutostart(computer) },
        "node_device_set_autostart": { c in try await c.nodeDeviceSetAutostart(computer, autostart: true) },
        "node_device_is_persistent": { c in _ = try await c.nodeDeviceIsPersistent(computer) },
        "node_device_is_active": { c in _ = try await c.nodeDeviceIsActive(computer) },
        "node_device_update": { c in try await c.nodeDeviceUpdate(computer, xmlDesc: "x", flags: []) },
        "node_device_detach_flags": { c in
            try await c.nodeDeviceDetachFlags(computer, driverName: nil, flags: 0)
        },
        "node_device_dettach": { c in try await c.nodeDeviceDettach(computer) },
        "node_device_re_attach": { c in try await c.nodeDeviceReAttach(computer) },
        "node_device_reset": { c in try await c.nodeDeviceReset(computer) },
        "node_device_lookup_scsi_host_by_wwn": { c in
            _ = try await c.nodeDeviceLookupSCSIHostByWWN(wwnn: "x", wwpn: "x", flags: 0)
        },
        "node_get_sev_info": { c in _ = try await c.nodeGetSEVInfo(flags: []) },
        "node_get_memory_stats": { c in _ = try await c.nodeGetMemoryStats(cellNum: -1, flags: 0) },
        "node_get_memory_parameters": { c in _ = try await c.nodeGetMemoryParameters(flags: []) },
        "node_set_memory_parameters": { c in try await c.nodeSetMemoryParameters(params: [], flags: 0) },
        "network_get_metadata": { c in
            let network = try await c.networkLookupByName(name: "default")
            _ = try await c.networkGetMetadata(network, type: .title, uri: nil, flags: [])
        },
        "network_set_metadata": { c in
            let network = try await c.networkLookupByName(name: "default")
            try await c.networkSetMetadata(
                network, type: .title, metadata: "x", key: nil, uri: nil, flags: [])
        },
    ]
}

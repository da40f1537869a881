import Libvirt
import Testing
import XDR

@testable import TestDriver

/// Calls every procedure of every role that the driver conforms to, and compares with what it says it has.
@Suite struct SupportTests {
    typealias Call = @Sendable (TestConnection) async throws -> Void

    @Test func unimplementedProceduresAreNamed() async throws {
        let roles = Roles(newConnection()).names
        let expected = Set(
            RemoteProgram.procedures.compactMap { procedure -> String? in
                guard case .role(let role) = procedure.kind, roles.contains(role) else { return nil }
                return procedure.name
            })
        #expect(Set(Self.calls.keys) == expected)
        #expect(TestConnection.unimplemented.isSubset(of: expected))
        for (name, call) in Self.calls {
            let connection = newConnection()
            var isMissing = false
            do {
                try await call(connection)
            } catch let error as VirtError {
                isMissing = error.code == .noSupport && error.details.string2?.hasPrefix("vir") == true
            }
            #expect(isMissing == TestConnection.unimplemented.contains(name), "\(name)")
        }
    }

    /// No file is left behind.
    private static let nowhere = "/nonexistent/image"

    static let calls: [String: Call] = {
        var calls: [String: Call] = [:]
        func add(_ name: String, _ call: @escaping Call) { calls[name] = call }
        add("connect_get_type") { c in _ = try await c.connectGetType() }
        add("connect_get_version") { c in _ = try await c.connectGetVersion() }
        add("connect_get_hostname") { c in _ = try await c.connectGetHostname() }
        add("domain_get_block_info") { c in
            _ = try await c.domainGetBlockInfo(try await c.test, path: "x", flags: 0)
        }
        add("domain_get_disk_errors") { c in
            _ = try await c.domainGetDiskErrors(try await c.test, maxerrors: 0, flags: 0)
        }
        add("domain_get_block_io_tune") { c in
            _ = try await c.domainGetBlockIOTune(try await c.test, disk: nil, flags: [])
        }
        add("domain_set_block_io_tune") { c in
            _ = try await c.domainSetBlockIOTune(try await c.test, disk: "x", params: [], flags: [])
        }
        add("connect_list_all_domains") { c in _ = try await c.connectListAllDomains(flags: []) }
        add("domain_lookup_by_id") { c in _ = try await c.domainLookupByID(id: 0) }
        add("domain_lookup_by_name") { c in _ = try await c.domainLookupByName(name: "x") }
        add("domain_lookup_by_uuid") { c in _ = try await c.domainLookupByUUID(uuid: UUID()) }
        add("domain_get_info") { c in _ = try await c.domainGetInfo(try await c.test) }
        add("domain_get_state") { c in _ = try await c.domainGetState(try await c.test, flags: 0) }
        add("domain_is_active") { c in _ = try await c.domainIsActive(try await c.test) }
        add("domain_is_persistent") { c in _ = try await c.domainIsPersistent(try await c.test) }
        add("domain_is_updated") { c in _ = try await c.domainIsUpdated(try await c.test) }
        add("domain_get_os_type") { c in _ = try await c.domainGetOSType(try await c.test) }
        add("domain_has_managed_save_image") { c in
            _ = try await c.domainHasManagedSaveImage(try await c.test, flags: 0)
        }
        add("domain_get_control_info") { c in _ = try await c.domainGetControlInfo(try await c.test, flags: 0) }
        add("domain_get_messages") { c in _ = try await c.domainGetMessages(try await c.test, flags: []) }
        add("domain_get_xml_desc") { c in _ = try await c.domainGetXMLDesc(try await c.test, flags: []) }
        add("domain_define_xml") { c in _ = try await c.domainDefineXML(xml: "x") }
        add("domain_define_xml_flags") { c in _ = try await c.domainDefineXMLFlags(xml: "x", flags: []) }
        add("domain_undefine") { c in _ = try await c.domainUndefine(try await c.test) }
        add("domain_undefine_flags") { c in _ = try await c.domainUndefineFlags(try await c.test, flags: []) }
        add("domain_create_xml") { c in _ = try await c.domainCreateXML(xmlDesc: "x", flags: []) }
        add("domain_create_xml_with_files") { c in
            _ = try await c.domainCreateXMLWithFiles(xmlDesc: "x", flags: [], descriptors: [])
        }
        add("domain_create_with_files") { c in
            _ = try await c.domainCreateWithFiles(try await c.test, flags: [], descriptors: [])
        }
        add("domain_create") { c in _ = try await c.domainCreate(try await c.test) }
        add("domain_create_with_flags") { c in _ = try await c.domainCreateWithFlags(try await c.test, flags: []) }
        add("domain_destroy") { c in _ = try await c.domainDestroy(try await c.test) }
        add("domain_destroy_flags") { c in _ = try await c.domainDestroyFlags(try await c.test, flags: []) }
        add("domain_shutdown") { c in _ = try await c.domainShutdown(try await c.test) }
        add("domain_shutdown_flags") { c in _ = try await c.domainShutdownFlags(try await c.test, flags: []) }
        add("domain_reboot") { c in _ = try await c.domainReboot(try await c.test, flags: []) }
        add("domain_suspend") { c in _ = try await c.domainSuspend(try await c.test) }
        add("domain_resume") { c in _ = try await c.domainResume(try await c.test) }
        add("domain_reset") { c in _ = try await c.domainReset(try await c.test, flags: 0) }
        add("domain_set_lifecycle_action") { c in
            _ = try await c.domainSetLifecycleAction(try await c.test, type: 0, action: 0, flags: [])
        }
        add("domain_rename") { c in _ = try await c.domainRename(try await c.test, newName: nil, flags: 0) }
        add("domain_get_autostart") { c in _ = try await c.domainGetAutostart(try await c.test) }
        add("domain_set_autostart") { c in _ = try await c.domainSetAutostart(try await c.test, autostart: false) }
        add("domain_get_metadata") { c in
            _ = try await c.domainGetMetadata(
                try await c.test, type: DomainMetadataType(rawValue: 0), uri: nil, flags: [])
        }
        add("domain_set_metadata") { c in
            _ = try await c.domainSetMetadata(
                try await c.test, type: DomainMetadataType(rawValue: 0), metadata: nil, key: nil, uri: nil, flags: [])
        }
        add("domain_get_max_memory") { c in _ = try await c.domainGetMaxMemory(try await c.test) }
        add("domain_set_max_memory") { c in _ = try await c.domainSetMaxMemory(try await c.test, memory: 0) }
        add("domain_set_memory") { c in _ = try await c.domainSetMemory(try await c.test, memory: 0) }
        add("domain_set_memory_flags") { c in
            _ = try await c.domainSetMemoryFlags(try await c.test, memory: 0, flags: [])
        }
        add("domain_get_memory_parameters") { c in
            _ = try await c.domainGetMemoryParameters(try await c.test, flags: [])
        }
        add("domain_set_memory_parameters") { c in
            _ = try await c.domainSetMemoryParameters(try await c.test, params: [], flags: [])
        }
        add("domain_get_blkio_parameters") { c in
            _ = try await c.domainGetBlkioParameters(try await c.test, flags: [])
        }
        add("domain_set_blkio_parameters") { c in
            _ = try await c.domainSetBlkioParameters(try await c.test, params: [], flags: [])
        }
        add("domain_get_numa_parameters") { c in
            _ = try await c.domainGetNUMAParameters(try await c.test, flags: [])
        }
        add("domain_set_numa_parameters") { c in
            _ = try await c.domainSetNUMAParameters(try await c.test, params: [], flags: [])
        }
        add("domain_get_interface_parameters") { c in
            _ = try await c.domainGetInterfaceParameters(try await c.test, device: "x", flags: [])
        }
        add("domain_set_interface_parameters") { c in
            _ = try await c.domainSetInterfaceParameters(try await c.test, device: "x", params: [], flags: [])
        }
        add("domain_get_scheduler_type") { c in _ = try await c.domainGetSchedulerType(try await c.test) }
        add("domain_get_scheduler_parameters") { c in _ = try await c.domainGetSchedulerParameters(try await c.test) }
        add("domain_get_scheduler_parameters_flags") { c in
            _ = try await c.domainGetSchedulerParametersFlags(try await c.test, flags: [])
        }
        add("domain_set_scheduler_parameters") { c in
            _ = try await c.domainSetSchedulerParameters(try await c.test, params: [])
        }
        add("domain_set_scheduler_parameters_flags") { c in
            _ = try await c.domainSetSchedulerParametersFlags(try await c.test, params: [], flags: [])
        }
        add("domain_memory_stats") { c in _ = try await c.domainMemoryStats(try await c.test, maxStats: 0, flags: 0) }
        add("domain_set_memory_stats_period") { c in
            _ = try await c.domainSetMemoryStatsPeriod(try await c.test, period: 0, flags: [])
        }
        add("domain_interface_stats") { c in _ = try await c.domainInterfaceStats(try await c.test, device: "x") }
        add("domain_get_cpu_stats") { c in
            _ = try await c.domainGetCPUStats(try await c.test, nparams: 0, startCPU: 0, ncpus: 0, flags: 0)
        }
        add("domain_block_stats") { c in _ = try await c.domainBlockStats(try await c.test, path: "x") }
        add("domain_block_stats_flags") { c in
            _ = try await c.domainBlockStatsFlags(try await c.test, path: "x", flags: 0)
        }
        add("connect_get_all_domain_stats") { c in
            _ = try await c.connectGetAllDomainStats(doms: [], stats: 0, flags: [])
        }
        add("domain_get_max_vcpus") { c in _ = try await c.domainGetMaxVCPUs(try await c.test) }
        add("domain_get_vcpus") { c in _ = try await c.domainGetVCPUs(try await c.test, maxinfo: 0, maplen: 0) }
        add("domain_get_vcpus_flags") { c in _ = try await c.domainGetVCPUsFlags(try await c.test, flags: []) }
        add("domain_set_vcpus") { c in _ = try await c.domainSetVCPUs(try await c.test, nvcpus: 0) }
        add("domain_set_vcpus_flags") { c in
            _ = try await c.domainSetVCPUsFlags(try await c.test, nvcpus: 0, flags: [])
        }
        add("domain_pin_vcpu") { c in _ = try await c.domainPinVCPU(try await c.test, vcpu: 0, cpumap: [1]) }
        add("domain_pin_vcpu_flags") { c in
            _ = try await c.domainPinVCPUFlags(try await c.test, vcpu: 0, cpumap: [1], flags: [])
        }
        add("domain_get_vcpu_pin_info") { c in
            _ = try await c.domainGetVCPUPinInfo(try await c.test, ncpumaps: 0, maplen: 0, flags: [])
        }
        add("domain_pin_emulator") { c in
            _ = try await c.domainPinEmulator(try await c.test, cpumap: [1], flags: [])
        }
        add("domain_get_emulator_pin_info") { c in
            _ = try await c.domainGetEmulatorPinInfo(try await c.test, maplen: 0, flags: [])
        }
        add("domain_get_iothread_info") { c in _ = try await c.domainGetIOThreadInfo(try await c.test, flags: []) }
        add("domain_pin_iothread") { c in
            _ = try await c.domainPinIOThread(try await c.test, iothreadsID: 0, cpumap: [1], flags: [])
        }
        add("domain_add_iothread") { c in
            _ = try await c.domainAddIOThread(try await c.test, iothreadID: 0, flags: [])
        }
        add("domain_del_iothread") { c in
            _ = try await c.domainDelIOThread(try await c.test, iothreadID: 0, flags: [])
        }
        add("domain_set_iothread_params") { c in
            _ = try await c.domainSetIOThreadParams(try await c.test, iothreadID: 0, params: [], flags: [])
        }
        add("domain_save") { c in _ = try await c.domainSave(try await c.test, to: nowhere) }
        add("domain_save_flags") { c in
            _ = try await c.domainSaveFlags(try await c.test, to: nowhere, dxml: nil, flags: [])
        }
        add("domain_restore") { c in _ = try await c.domainRestore(from: "x") }
        add("domain_restore_flags") { c in _ = try await c.domainRestoreFlags(from: "x", dxml: nil, flags: []) }
        add("domain_save_image_get_xml_desc") { c in _ = try await c.domainSaveImageGetXMLDesc(file: "x", flags: []) }
        add("domain_save_image_define_xml") { c in
            _ = try await c.domainSaveImageDefineXML(file: "x", dxml: "x", flags: [])
        }
        add("domain_managed_save") { c in _ = try await c.domainManagedSave(try await c.test, flags: []) }
        add("domain_managed_save_remove") { c in _ = try await c.domainManagedSaveRemove(try await c.test, flags: 0) }
        add("domain_core_dump") { c in _ = try await c.domainCoreDump(try await c.test, to: nowhere, flags: []) }
        add("domain_core_dump_with_format") { c in
            _ = try await c.domainCoreDumpWithFormat(try await c.test, to: nowhere, dumpformat: 0, flags: [])
        }
        add("domain_memory_peek") { c in
            _ = try await c.domainMemoryPeek(try await c.test, offset: 0, size: 0, flags: [])
        }
        add("domain_get_perf_events") { c in _ = try await c.domainGetPerfEvents(try await c.test, flags: []) }
        add("domain_set_perf_events") { c in
            _ = try await c.domainSetPerfEvents(try await c.test, params: [], flags: [])
        }
        add("domain_send_key") { c in
            _ = try await c.domainSendKey(try await c.test, codeset: 0, holdtime: 0, keycodes: [], flags: 0)
        }
        add("domain_inject_nmi") { c in _ = try await c.domainInjectNMI(try await c.test, flags: 0) }
        add("domain_screenshot") { c in _ = try await c.domainScreenshot(try await c.test, screen: 0, flags: 0) }
        add("domain_send_process_signal") { c in
            _ = try await c.domainSendProcessSignal(try await c.test, pidValue: 0, signum: 0, flags: 0)
        }
        add("domain_interface_addresses") { c in
            _ = try await c.domainInterfaceAddresses(try await c.test, source: 0, flags: 0)
        }
        add("domain_get_hostname") { c in _ = try await c.domainGetHostname(try await c.test, flags: []) }
        add("domain_get_security_label") { c in _ = try await c.domainGetSecurityLabel(try await c.test) }
        add("domain_get_launch_security_info") { c in
            _ = try await c.domainGetLaunchSecurityInfo(try await c.test, flags: 0)
        }
        add("domain_set_launch_security_state") { c in
            _ = try await c.domainSetLaunchSecurityState(try await c.test, params: [], flags: 0)
        }
        add("domain_fsfreeze") { c in _ = try await c.domainFSFreeze(try await c.test, mountpoints: [], flags: 0) }
        add("domain_fsthaw") { c in _ = try await c.domainFSThaw(try await c.test, mountpoints: [], flags: 0) }
        add("domain_fstrim") { c in
            _ = try await c.domainFSTrim(try await c.test, mountPoint: nil, minimum: 0, flags: 0)
        }
        add("domain_get_fsinfo") { c in _ = try await c.domainGetFSInfo(try await c.test, flags: 0) }
        add("domain_get_time") { c in _ = try await c.domainGetTime(try await c.test, flags: 0) }
        add("domain_set_time") { c in
            _ = try await c.domainSetTime(try await c.test, seconds: 0, nseconds: 0, flags: [])
        }
        add("domain_set_user_password") { c in
            _ = try await c.domainSetUserPassword(try await c.test, user: nil, password: nil, flags: [])
        }
        add("domain_authorized_ssh_keys_get") { c in
            _ = try await c.domainAuthorizedSSHKeysGet(try await c.test, user: "x", flags: 0)
        }
        add("domain_authorized_ssh_keys_set") { c in
            _ = try await c.domainAuthorizedSSHKeysSet(try await c.test, user: "x", keys: [], flags: [])
        }
        add("node_get_info") { c in _ = try await c.nodeGetInfo() }
        add("connect_get_capabilities") { c in _ = try await c.connectGetCapabilities() }
        add("connect_get_max_vcpus") { c in _ = try await c.connectGetMaxVCPUs(type: nil) }
        add("connect_get_sysinfo") { c in _ = try await c.connectGetSysinfo(flags: 0) }
        add("node_get_security_model") { c in _ = try await c.nodeGetSecurityModel() }
        add("node_get_cpu_stats") { c in _ = try await c.nodeGetCPUStats(cpuNum: 0, flags: 0) }
        add("node_get_cpu_map") { c in _ = try await c.nodeGetCPUMap(needMap: 0, needOnline: 0, flags: 0) }
        add("node_get_free_memory") { c in _ = try await c.nodeGetFreeMemory() }
        add("node_get_cells_free_memory") { c in _ = try await c.nodeGetCellsFreeMemory(startCell: 0, maxcells: 0) }
        add("node_get_free_pages") { c in
            _ = try await c.nodeGetFreePages(pages: [], startCell: 0, cellCount: 0, flags: 0)
        }
        add("node_alloc_pages") { c in
            _ = try await c.nodeAllocPages(pageSizes: [], pageCounts: [], startCell: 0, cellCount: 0, flags: [])
        }
        add("domain_snapshot_create_xml") { c in
            _ = try await c.domainSnapshotCreateXML(try await c.test, xmlDesc: "x", flags: [])
        }
        add("domain_snapshot_get_xml_desc") { c in
            _ = try await c.domainSnapshotGetXMLDesc(DomainSnapshotRef(name: "s", dom: try await c.test), flags: [])
        }
        add("domain_list_all_snapshots") { c in _ = try await c.domainListAllSnapshots(try await c.test, flags: []) }
        add("domain_snapshot_list_all_children") { c in
            _ = try await c.domainSnapshotListAllChildren(
                DomainSnapshotRef(name: "s", dom: try await c.test), flags: [])
        }
        add("domain_snapshot_lookup_by_name") { c in
            _ = try await c.domainSnapshotLookupByName(try await c.test, name: "x", flags: 0)
        }
        add("domain_has_current_snapshot") { c in
            _ = try await c.domainHasCurrentSnapshot(try await c.test, flags: 0)
        }
        add("domain_snapshot_current") { c in _ = try await c.domainSnapshotCurrent(try await c.test, flags: 0) }
        add("domain_snapshot_get_parent") { c in
            _ = try await c.domainSnapshotGetParent(DomainSnapshotRef(name: "s", dom: try await c.test), flags: 0)
        }
        add("domain_snapshot_is_current") { c in
            _ = try await c.domainSnapshotIsCurrent(DomainSnapshotRef(name: "s", dom: try await c.test), flags: 0)
        }
        add("domain_snapshot_has_metadata") { c in
            _ = try await c.domainSnapshotHasMetadata(DomainSnapshotRef(name: "s", dom: try await c.test), flags: 0)
        }
        add("domain_revert_to_snapshot") { c in
            _ = try await c.domainRevertToSnapshot(DomainSnapshotRef(name: "s", dom: try await c.test), flags: [])
        }
        add("domain_snapshot_delete") { c in
            _ = try await c.domainSnapshotDelete(DomainSnapshotRef(name: "s", dom: try await c.test), flags: [])
        }
        calls.merge(storageCalls) { first, _ in first }
        calls.merge(interfaceCalls) { first, _ in first }
        calls.merge(networkCalls) { first, _ in first }
        calls.merge(deviceCalls) { first, _ in first }
        calls.merge(checkpointCalls) { first, _ in first }
        calls.merge(serviceCalls) { first, _ in first }
        calls.merge(processorCalls) { first, _ in first }
        calls.merge(guestCalls) { first, _ in first }
        calls.merge(changeCalls) { first, _ in first }
        return calls
    }()
}

import Libvirt
import XDR

@testable import TestDriver

extension SupportTests {
    static let changeCalls: [String: Call] = [
        "domain_attach_device": { c in try await c.domainAttachDevice(try await c.test, xml: "x") },
        "domain_attach_device_flags": { c in
            try await c.domainAttachDeviceFlags(try await c.test, xml: "x", flags: [])
        },
        "domain_detach_device": { c in try await c.domainDetachDevice(try await c.test, xml: "x") },
        "domain_detach_device_flags": { c in
            try await c.domainDetachDeviceFlags(try await c.test, xml: "x", flags: [])
        },
        "domain_detach_device_alias": { c in
            try await c.domainDetachDeviceAlias(try await c.test, alias: "x", flags: [])
        },
        "domain_update_device_flags": { c in
            try await c.domainUpdateDeviceFlags(try await c.test, xml: "x", flags: [])
        },
        "domain_get_job_info": { c in _ = try await c.domainGetJobInfo(try await c.test) },
        "domain_get_job_stats": { c in _ = try await c.domainGetJobStats(try await c.test, flags: []) },
        "domain_abort_job": { c in try await c.domainAbortJob(try await c.test) },
        "domain_abort_job_flags": { c in try await c.domainAbortJobFlags(try await c.test, flags: []) },
        "domain_block_pull": { c in
            try await c.domainBlockPull(try await c.test, path: "vda", bandwidth: 0, flags: [])
        },
        "domain_block_rebase": { c in
            try await c.domainBlockRebase(try await c.test, path: "vda", base: "x", bandwidth: 0, flags: [])
        },
        "domain_block_commit": { c in
            try await c.domainBlockCommit(try await c.test, disk: "vda", base: nil, top: nil, bandwidth: 0, flags: [])
        },
        "domain_block_copy": { c in
            try await c.domainBlockCopy(try await c.test, path: "vda", destxml: "x", params: [], flags: [])
        },
        "domain_get_block_job_info": { c in
            _ = try await c.domainGetBlockJobInfo(try await c.test, path: "vda", flags: [])
        },
        "domain_block_job_set_speed": { c in
            try await c.domainBlockJobSetSpeed(try await c.test, path: "vda", bandwidth: 1, flags: [])
        },
        "domain_block_job_abort": { c in try await c.domainBlockJobAbort(try await c.test, path: "vda", flags: []) },
        "domain_block_resize": { c in
            try await c.domainBlockResize(try await c.test, disk: "vda", size: 1, flags: [])
        },
        // Only a host whose clock is moved by hand sleeps.
        "node_suspend_for_duration": { _ in
            try await newConnection(isManual: true).nodeSuspendForDuration(target: 0, duration: 1, flags: 0)
        },
        "domain_set_block_threshold": { c in
            try await c.domainSetBlockThreshold(try await c.test, dev: "vda", threshold: 1, flags: 0)
        },
        "domain_migrate_begin3_params": { c in
            _ = try await c.domainMigrateBegin3Params(try await c.test, params: [], flags: [])
        },
        "domain_migrate_prepare3_params": { c in
            _ = try await c.domainMigratePrepare3Params(params: [], cookieIn: OpaqueData(), flags: [])
        },
        "domain_migrate_perform3_params": { c in
            _ = try await c.domainMigratePerform3Params(
                try await c.test, dconnuri: nil, params: [], cookieIn: OpaqueData(), flags: [])
        },
        "domain_migrate_finish3_params": { c in
            _ = try await c.domainMigrateFinish3Params(params: [], cookieIn: OpaqueData(), flags: [], cancelled: true)
        },
        "domain_migrate_confirm3_params": { c in
            try await c.domainMigrateConfirm3Params(
                try await c.test, params: [], cookieIn: OpaqueData(), flags: [], cancelled: true)
        },
        "domain_migrate_begin3": { c in
            _ = try await c.domainMigrateBegin3(try await c.test, xmlin: nil, flags: [], dname: nil, resource: 0)
        },
        "domain_migrate_prepare3": { c in
            _ = try await c.domainMigratePrepare3(
                cookieIn: OpaqueData(), uriIn: nil, flags: [], dname: nil, resource: 0, domXML: "x")
        },
        "domain_migrate_perform3": { c in
            _ = try await c.domainMigratePerform3(
                try await c.test, xmlin: nil, cookieIn: OpaqueData(), dconnuri: nil, uri: nil, flags: [], dname: nil, resource: 0)
        },
        "domain_migrate_finish3": { c in
            _ = try await c.domainMigrateFinish3(
                dname: "x", cookieIn: OpaqueData(), dconnuri: nil, uri: nil, flags: [], cancelled: true)
        },
        "domain_migrate_confirm3": { c in
            try await c.domainMigrateConfirm3(try await c.test, cookieIn: OpaqueData(), flags: [], cancelled: true)
        },
        "domain_migrate_prepare_tunnel3": { c in
            _ = try await c.domainMigratePrepareTunnel3(
                cookieIn: OpaqueData(), flags: [], dname: nil, resource: 0, domXML: "x")
        },
        "domain_migrate_prepare_tunnel3_params": { c in
            _ = try await c.domainMigratePrepareTunnel3Params(params: [], cookieIn: OpaqueData(), flags: [])
        },
        "domain_migrate_get_max_speed": { c in
            _ = try await c.domainMigrateGetMaxSpeed(try await c.test, flags: [])
        },
        "domain_migrate_set_max_speed": { c in
            try await c.domainMigrateSetMaxSpeed(try await c.test, bandwidth: 1, flags: [])
        },
        "domain_migrate_get_max_downtime": { c in
            _ = try await c.domainMigrateGetMaxDowntime(try await c.test, flags: 0)
        },
        "domain_migrate_set_max_downtime": { c in
            try await c.domainMigrateSetMaxDowntime(try await c.test, downtime: 1, flags: 0)
        },
        "domain_migrate_get_compression_cache": { c in
            _ = try await c.domainMigrateGetCompressionCache(try await c.test, flags: 0)
        },
        "domain_migrate_set_compression_cache": { c in
            try await c.domainMigrateSetCompressionCache(try await c.test, cacheSize: 1, flags: 0)
        },
        "domain_migrate_start_post_copy": { c in
            try await c.domainMigrateStartPostCopy(try await c.test, flags: 0)
        },
        "domain_backup_begin": { c in
            try await c.domainBackupBegin(try await c.test, backupXML: "x", checkpointXML: nil, flags: [])
        },
        "domain_backup_get_xml_desc": { c in _ = try await c.domainBackupGetXMLDesc(try await c.test, flags: 0) },
        "domain_open_console": { c in
            _ = try await c.domainOpenConsole(try await c.test, devName: nil, flags: [])
        },
        "domain_open_channel": { c in
            _ = try await c.domainOpenChannel(try await c.test, name: nil, flags: [])
        },
    ]
}

import Libvirt

@testable import TestDriver

extension SupportTests {
    static let storageCalls: [String: Call] = {
        var calls: [String: Call] = [:]
        func add(_ name: String, _ call: @escaping Call) { calls[name] = call }
        add("connect_list_all_storage_pools") { c in _ = try await c.connectListAllStoragePools(flags: []) }
        add("storage_pool_lookup_by_name") { c in _ = try await c.storagePoolLookupByName(name: "x") }
        add("storage_pool_lookup_by_uuid") { c in _ = try await c.storagePoolLookupByUUID(uuid: UUID()) }
        add("storage_pool_lookup_by_volume") { c in _ = try await c.storagePoolLookupByVolume(volume) }
        add("storage_pool_get_info") { c in _ = try await c.storagePoolGetInfo(try await c.pool) }
        add("storage_pool_get_xml_desc") { c in _ = try await c.storagePoolGetXMLDesc(try await c.pool, flags: []) }
        add("storage_pool_get_autostart") { c in _ = try await c.storagePoolGetAutostart(try await c.pool) }
        add("storage_pool_set_autostart") { c in
            try await c.storagePoolSetAutostart(try await c.pool, autostart: true)
        }
        add("storage_pool_is_active") { c in _ = try await c.storagePoolIsActive(try await c.pool) }
        add("storage_pool_is_persistent") { c in _ = try await c.storagePoolIsPersistent(try await c.pool) }
        add("storage_pool_refresh") { c in try await c.storagePoolRefresh(try await c.pool, flags: 0) }
        add("storage_pool_define_xml") { c in _ = try await c.storagePoolDefineXML(xml: "x", flags: []) }
        add("storage_pool_undefine") { c in try await c.storagePoolUndefine(try await c.pool) }
        add("storage_pool_create") { c in try await c.storagePoolCreate(try await c.pool, flags: []) }
        add("storage_pool_create_xml") { c in _ = try await c.storagePoolCreateXML(xml: "x", flags: []) }
        add("storage_pool_destroy") { c in try await c.storagePoolDestroy(try await c.pool) }
        add("storage_pool_build") { c in try await c.storagePoolBuild(try await c.pool, flags: []) }
        add("storage_pool_delete") { c in try await c.storagePoolDelete(try await c.pool, flags: []) }
        add("connect_find_storage_pool_sources") { c in
            _ = try await c.connectFindStoragePoolSources(type: "x", srcSpec: nil, flags: 0)
        }
        add("connect_get_storage_pool_capabilities") { c in
            _ = try await c.connectGetStoragePoolCapabilities(flags: 0)
        }
        add("storage_pool_lookup_by_target_path") { c in _ = try await c.storagePoolLookupByTargetPath(path: "x") }
        add("storage_pool_list_all_volumes") { c in
            _ = try await c.storagePoolListAllVolumes(try await c.pool, flags: 0)
        }
        add("storage_vol_lookup_by_name") { c in
            _ = try await c.storageVolLookupByName(try await c.pool, name: "x")
        }
        add("storage_vol_lookup_by_key") { c in _ = try await c.storageVolLookupByKey(key: "x") }
        add("storage_vol_lookup_by_path") { c in _ = try await c.storageVolLookupByPath(path: "x") }
        add("storage_vol_get_info_flags") { c in _ = try await c.storageVolGetInfoFlags(volume, flags: []) }
        add("storage_vol_get_info") { c in _ = try await c.storageVolGetInfo(volume) }
        add("storage_vol_get_xml_desc") { c in _ = try await c.storageVolGetXMLDesc(volume, flags: 0) }
        add("storage_vol_get_path") { c in _ = try await c.storageVolGetPath(volume) }
        add("storage_vol_create_xml") { c in
            _ = try await c.storageVolCreateXML(try await c.pool, xml: "x", flags: [])
        }
        add("storage_vol_create_xml_from") { c in
            _ = try await c.storageVolCreateXMLFrom(try await c.pool, xml: "x", clonevol: volume, flags: [])
        }
        add("storage_vol_delete") { c in try await c.storageVolDelete(volume, flags: []) }
        add("storage_vol_upload") { c in
            _ = try await c.storageVolUpload(volume, offset: 0, length: 0, flags: [])
        }
        add("storage_vol_download") { c in
            _ = try await c.storageVolDownload(volume, offset: 0, length: 0, flags: [])
        }
        add("storage_vol_wipe") { c in try await c.storageVolWipe(volume, flags: 0) }
        add("storage_vol_wipe_pattern") { c in try await c.storageVolWipePattern(volume, algorithm: 0, flags: 0) }
        add("storage_vol_resize") { c in try await c.storageVolResize(volume, capacity: 1, flags: []) }
        return calls
    }()

    private static let volume = StorageVolumeRef(pool: "default-pool", name: "v", key: "k")
}

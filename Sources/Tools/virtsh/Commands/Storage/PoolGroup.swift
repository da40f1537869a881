extension CommandGroup {
    static let pool = CommandGroup(
        "Storage Pool", keyword: "pool",
        [
            .findStoragePoolSourcesAs, .findStoragePoolSources, .poolAutostart, .poolBuild, .poolCreateAs, .poolCreate,
            .poolDefineAs, .poolDefine, .poolDelete, .poolDestroy, .poolDumpxml, .poolEdit, .poolInfo, .poolList,
            .poolName, .poolRefresh, .poolStart, .poolUndefine, .poolUuid, .poolEvent, .poolCapabilities,
        ])

    static let volume = CommandGroup(
        "Storage Volume", keyword: "volume",
        [
            .volClone, .volCreateAs, .volCreate, .volCreateFrom, .volDelete, .volDownload, .volDumpxml, .volInfo,
            .volKey,
            .volList, .volName, .volPath, .volPool, .volResize, .volUpload, .volWipe,
        ])
}

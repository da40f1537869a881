import Libvirt

// Roles of which nothing is implemented.
extension PresentConnection: HypervisorInformation, HostInformation, HostSystemInformation, HostSecurity, HostCPU,
    HostMemory, HostMemoryStatistics, HostPages, HostMemoryTuning, HostPower, CPUModels, HypervisorCPUModels,
    HypervisorCapabilities, HostSEV, DomainStatus, DomainDiagnostics, DomainDefinition, DomainCreation,
    DomainFileCreation, DomainLifecycle, DomainPausing, DomainReset, DomainPower, DomainLifecycleActions,
    DomainRenaming, DomainAutostart, DomainAutostartOnce, DomainMetadata, DomainMemory, DomainMemoryTuning,
    DomainBlkioTuning, DomainNUMATuning, DomainInterfaceTuning, DomainInterfaceAnnouncements, DomainScheduling,
    DomainStatistics, DomainVCPUs, DomainVCPUHotplug, DomainPinning, DomainEmulatorPinning, DomainIOThreads,
    DomainDevices, DomainDeviceAliases, DomainDescriptors, DomainSave, DomainSaveParameters, DomainManagedSave,
    DomainManagedSaveDefinitions, DomainCoreDump, DomainMemoryPeek, DomainJobs, DomainBackups, DomainDirtyRate,
    DomainPerfEvents, DomainInput, DomainScreenshot, DomainSignals, DomainConsole, DomainChannels, DomainGraphics,
    DomainAddresses, DomainSecurityLabels, DomainSecurityLabelLists, DomainLaunchSecurity, DomainGuestFilesystems,
    DomainGuestTime, DomainGuestUsers, DomainGuestAgent, DomainNativeXML, DomainBlockInspection, DomainBlockPeek,
    DomainBlockCapacity, DomainBlockTuning, DomainThrottleGroups, DomainBlockJobs, DomainMigration,
    DomainMigrationV3, DomainMigrationV2, DomainMigrationV1, DomainMigrationControl, NetworkDefinition,
    NetworkLifecycle, NetworkUpdates, NetworkMetadata, NetworkBridges, NetworkLeases, InterfaceConfiguration,
    InterfaceTransactions, StoragePoolDefinition, StorageVolumeWiping, StorageVolumeResizing, StorageVolumeStreams,
    NodeDeviceAssignment, NodeDeviceCreation, NodeDeviceDefinition, QEMUMonitor, QEMUAgent, QEMUAttach,
    LXCNamespaces
{}

extension PresentConnection: DomainListing, DomainBulkStatistics, DomainSaveImages {
    func connectListAllDomains(flags: ConnectListAllDomainsFlags) async throws -> [DomainRef] {
        Present.names.map(Present.domain)
    }
    func domainLookupByID(id: Int32) async throws -> DomainRef { Present.domain("probe") }
    func domainLookupByName(name: String) async throws -> DomainRef { try Present.named(name, Present.domain) }
    func domainLookupByUUID(uuid: UUID) async throws -> DomainRef { try Present.identified(uuid, Present.domain) }
    func connectGetAllDomainStats(
        doms: [DomainRef], stats: UInt32, flags: ConnectGetAllDomainStatsFlags
    ) async throws -> [DomainStatsRecord] {
        Present.names.map { DomainStatsRecord(dom: Present.domain($0), params: []) }
    }
    func domainSaveImageGetXMLDesc(file: String, flags: DomainSaveImageXMLFlags) async throws -> String {
        Present.definition("domain", file)
    }
}

extension PresentConnection: Snapshots, Checkpoints {}

extension PresentConnection: Networks, NetworkPorts {
    func connectListAllNetworks(flags: ConnectListAllNetworksFlags) async throws -> [NetworkRef] {
        Present.names.map(Present.network)
    }
    func networkLookupByName(name: String) async throws -> NetworkRef { try Present.named(name, Present.network) }
    func networkLookupByUUID(uuid: UUID) async throws -> NetworkRef { try Present.identified(uuid, Present.network) }
    func networkListAllPorts(_ network: NetworkRef, flags: UInt32) async throws -> [NetworkPortRef] {
        Present.names.map(Present.port)
    }
    func networkPortLookupByUUID(_ network: NetworkRef, uuid: UUID) async throws -> NetworkPortRef {
        try Present.identified(uuid, Present.port)
    }
}

extension PresentConnection: Interfaces {
    func connectListAllInterfaces(flags: ConnectListAllInterfacesFlags) async throws -> [InterfaceRef] {
        Present.names.map(Present.interface)
    }
    func interfaceLookupByName(name: String) async throws -> InterfaceRef { try Present.named(name, Present.interface) }
    func interfaceLookupByMACString(mac: String) async throws -> InterfaceRef { Present.interface("probe") }
}

extension PresentConnection: StoragePools, StorageDiscovery, StorageVolumes {
    func connectListAllStoragePools(flags: ConnectListAllStoragePoolsFlags) async throws -> [StoragePoolRef] {
        Present.names.map(Present.pool)
    }
    func storagePoolLookupByName(name: String) async throws -> StoragePoolRef { try Present.named(name, Present.pool) }
    func storagePoolLookupByUUID(uuid: UUID) async throws -> StoragePoolRef {
        try Present.identified(uuid, Present.pool)
    }
    func storagePoolLookupByVolume(_ vol: StorageVolumeRef) async throws -> StoragePoolRef { Present.pool("probe") }
    func storagePoolLookupByTargetPath(path: String) async throws -> StoragePoolRef { Present.pool("probe") }
    func storagePoolListAllVolumes(_ pool: StoragePoolRef, flags: UInt32) async throws -> [StorageVolumeRef] {
        Present.names.map(Present.volume)
    }
    func storageVolLookupByName(_ pool: StoragePoolRef, name: String) async throws -> StorageVolumeRef {
        try Present.named(name, Present.volume)
    }
    func storageVolLookupByKey(key: String) async throws -> StorageVolumeRef { Present.volume("probe") }
    func storageVolLookupByPath(path: String) async throws -> StorageVolumeRef { Present.volume("probe") }
}

extension PresentConnection: NodeDevices, NodeDeviceSCSIHosts {
    func connectListAllNodeDevices(flags: ConnectListAllNodeDeviceFlags) async throws -> [NodeDeviceRef] {
        Present.names.map(Present.device)
    }
    func nodeNumOfDevices(cap: String?, flags: UInt32) async throws -> Int32 { 2 }
    func nodeListDevices(cap: String?, maxnames: Int32, flags: UInt32) async throws -> [String] {
        Array(Present.names.reversed().prefix(Int(maxnames)))
    }
    func nodeDeviceLookupByName(name: String) async throws -> NodeDeviceRef { try Present.named(name, Present.device) }
    func nodeDeviceLookupSCSIHostByWWN(wwnn: String, wwpn: String, flags: UInt32) async throws -> NodeDeviceRef {
        Present.device("probe")
    }
}

extension PresentConnection: NWFilters, NWFilterBindings {
    func connectListAllNWFilters(flags: UInt32) async throws -> [NWFilterRef] { Present.names.map(Present.filter) }
    func nwfilterLookupByName(name: String) async throws -> NWFilterRef { try Present.named(name, Present.filter) }
    func nwfilterLookupByUUID(uuid: UUID) async throws -> NWFilterRef { try Present.identified(uuid, Present.filter) }
    func connectListAllNWFilterBindings(flags: UInt32) async throws -> [NWFilterBindingRef] {
        Present.names.map(Present.binding)
    }
    func nwfilterBindingLookupByPortDev(name: String) async throws -> NWFilterBindingRef {
        try Present.named(name, Present.binding)
    }
}

extension PresentConnection: Secrets {
    func connectListAllSecrets(flags: ConnectListAllSecretsFlags) async throws -> [SecretRef] {
        Present.names.map(Present.secret)
    }
    func secretLookupByUUID(uuid: UUID) async throws -> SecretRef { try Present.identified(uuid, Present.secret) }
    func secretLookupByUsage(usageType: SecretUsageType, usageID: String) async throws -> SecretRef {
        Present.secret("probe")
    }
}

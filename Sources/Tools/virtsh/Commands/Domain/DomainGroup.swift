extension CommandGroup {
    /// In the order of virsh's help page; in pieces, which the compiler likes.
    static let domain = CommandGroup(
        "Domain Management", keyword: "domain",
        attachToDesc + destroyToEdit + userKeysToMigrate + tuneToRestart + resumeToLast)

    private static let attachToDesc: [Command] = [
        .attachDevice, .attachDisk, .attachInterface, .autostart, .blkdeviotune, .blkiotune, .blockcommit, .blockcopy,
        .blockjob, .blockpull, .blockresize, .changeMedia, .console, .cpuStats, .create, .define, .desc,
    ]
    private static let destroyToEdit: [Command] = [
        .destroy, .detachDevice, .detachDeviceAlias, .detachDisk, .detachInterface, .domdisplay, .domfsfreeze,
        .domfsthaw,
        .domfsinfo, .domfstrim, .domhostname, .domid, .domifSetlink, .domiftune, .domjobabort, .domjobinfo,
        .launchSecurityInfo, .setLaunchSecurityState, .domname, .domrename, .pmSuspend, .pmWakeup, .domuuid,
        .domxmlFromNative, .domxmlToNative, .dump, .dumpxml, .edit,
    ]
    private static let userKeysToMigrate: [Command] = [
        .getUserSSHKeys, .injectNMI, .iothreadinfo, .iothreadpin, .iothreadadd, .iothreadset, .iothreaddel, .sendKey,
        .sendProcessSignal, .lxcEnterNamespace, .managedsave, .managedsaveRemove, .managedsaveEdit, .managedsaveDumpxml,
        .managedsaveDefine, .memtune, .perf, .metadata, .migrate, .migrateSetmaxdowntime, .migrateGetmaxdowntime,
        .migrateCompcache, .migrateSetspeed, .migrateGetspeed, .migratePostcopy,
    ]
    private static let tuneToRestart: [Command] = [
        .numatune, .qemuAttach, .qemuMonitorCommand, .qemuMonitorEvent, .qemuAgentCommand, .guestAgentTimeout, .reboot,
        .reset, .restore,
    ]
    private static let resumeToLast: [Command] = [
        .resume, .save, .saveImageDefine, .saveImageDumpxml, .saveImageEdit, .schedinfo, .screenshot,
        .setLifecycleAction,
        .setUserSSHKeys, .setUserPassword, .setmaxmem, .setmem, .setvcpus, .shutdown, .start, .suspend, .ttyconsole,
        .undefine, .updateDevice, .updateMemoryDevice, .vcpucount, .vcpuinfo, .vcpupin, .emulatorpin, .vncdisplay,
        .guestvcpus, .setvcpu, .domblkthreshold, .guestinfo, .dirtyRate, .fdAssociate,
    ]
}

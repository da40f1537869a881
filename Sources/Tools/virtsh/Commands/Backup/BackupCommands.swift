internal import LibvirtRemote

extension CommandGroup {
    static let backup = CommandGroup("Backup", keyword: "backup", [.backupBegin, .backupDumpxml])
}

extension Command {
    static let backupBegin = Command(
        "backup-begin", "Begin a backup of the disks of a running domain.",
        [
            .domain, .text("backupxml", "File with the backup's XML.", .files),
            .text("checkpointxml", "File with the XML of a checkpoint to make.", .files),
            .flag("reuse-external", "Use files that are there."),
        ]
    ) { call in
        let domain = try await call.domain()
        let backup = try call.text("backupxml").map(TextFile.read) ?? "<domainbackup/>"
        let checkpoint = try call.text("checkpointxml").map(TextFile.read)
        try await domain.beginBackup(
            xml: backup, checkpoint: checkpoint, flags: call.has("reuse-external") ? .reuseExternal : [])
        call.remark("Backup started")
    }

    static let backupDumpxml = Command(
        "backup-dumpxml", "Print the XML of the backup that runs.", [.domain, .xpath, .wrap]
    ) { call in
        try call.printXML(try await call.domain().backupXML())
    }
}

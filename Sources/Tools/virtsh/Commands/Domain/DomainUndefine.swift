internal import LibvirtRemote

extension Command {
    static let undefine = Command(
        "undefine", "Forget a domain's definition; a running domain becomes transient.",
        [
            .domain, .flag("managed-save", "Remove the saved state."),
            .text("storage", "Remove these volumes: targets or paths, with commas.", .disks),
            .flag("remove-all-storage", "Remove all the domain's volumes."),
            .flag("delete-storage-volume-snapshots", "Remove the volumes' snapshots, too."),
            .alias("delete-snapshots", of: "delete-storage-volume-snapshots"),
            .flag("wipe-storage", "Overwrite the volumes before."),
            .flag("snapshots-metadata", "Forget the domain's snapshots."),
            .flag("checkpoints-metadata", "Forget the domain's checkpoints."),
            .flag("nvram", "Remove the firmware's variables."), .flag("keep-nvram", "Keep the firmware's variables."),
            .flag("tpm", "Remove the TPM's state."), .flag("keep-tpm", "Keep the TPM's state."),
        ]
    ) { call in
        try await DomainUndefining(call: call, storage: try call.text("storage")).run()
    }
}

/// The steps of `undefine`: which volumes belong to the domain is asked before it goes.
private struct DomainUndefining {
    let call: Invocation
    let storage: String?

    private struct Disk {
        let target: String
        let source: String
        let volume: StorageVolume
    }

    func run() async throws {
        let flags: DomainUndefineFlags = call.flags([
            "managed-save": .managedSave, "snapshots-metadata": .snapshotsMetadata,
            "checkpoints-metadata": .checkpointsMetadata, "nvram": .nvram, "keep-nvram": .keepNvram, "tpm": .tpm,
            "keep-tpm": .keepTPM,
        ])
        let removeAllStorage = call.has("remove-all-storage")
        try call.require("remove-all-storage", by: "delete-storage-volume-snapshots")
        try call.excludePairs(["nvram": "keep-nvram", "tpm": "keep-tpm"])
        if call.has("wipe-storage") && !removeAllStorage && storage == nil {
            throw ShellError("'--wipe-storage' requires '--storage <string>' or '--remove-all-storage'")
        }

        let domain = try await call.domain()
        let isActive = try await domain.isActive()
        let hasSavedState = try await attempt("Failed to check for domain managed save image") {
            try await domain.hasManagedSaveImage()
        }
        // Volumes can only be told from the definition, which is about to go.
        var disks: [Disk] = []
        if storage != nil || removeAllStorage {
            if isActive { throw ShellError("Storage volume deletion is supported only on stopped domains") }
            disks = try await findDisks(of: domain)
        }
        if hasSavedState && !isActive && !call.has("managed-save") {
            throw ShellError("Refusing to undefine while domain managed save image exists")
        }
        try await attempt("Failed to undefine domain '\(domain.name)'") {
            try await domain.undefine(flags: flags)
        }
        call.remark("Domain '\(domain.name)' has been undefined")
        try await remove(disks)
    }

    /// The volumes behind the domain's disks that are to be removed.
    private func findDisks(of domain: Domain) async throws -> [Disk] {
        let xml = try XMLSelection(document: try await attempt("failed to retrieve XML") { try await domain.xml() })
        var wanted = Set(storage?.split(separator: ",").map(String.init) ?? [])
        var disks: [Disk] = []
        let count = xml.count("/domain/devices/disk")
        for index in stride(from: 1, through: count, by: 1) {
            let disk = "/domain/devices/disk[\(index)]"
            let target = xml.string("string(\(disk)/target/@dev)") ?? ""
            let pool = xml.string("string(\(disk)/source/@pool)") ?? ""
            let source =
                ["file", "dir", "name", "dev", "volume"].lazy
                .compactMap { xml.string("string(\(disk)/source/@\($0))") }.first { !$0.isEmpty } ?? ""
            let byTarget = wanted.remove(target) != nil
            let bySource = !source.isEmpty && wanted.remove(source) != nil
            if source.isEmpty || !(call.has("remove-all-storage") || byTarget || bySource) { continue }

            if !pool.isEmpty {
                guard let handle = try? await domain.connection.lookupStoragePool(byName: pool) else {
                    call.output.errors(["Storage pool '\(pool)' for volume '\(target)' not found."])
                    continue
                }
                if let volume = try? await handle.lookupVolume(byName: source) {
                    disks.append(Disk(target: target, source: source, volume: volume))
                }
            } else if let volume = try? await domain.connection.lookupStorageVolume(byPath: source) {
                disks.append(Disk(target: target, source: source, volume: volume))
            } else {
                call.output.errors([
                    "Storage volume '\(target)'(\(source)) is not managed by libvirt. Remove it manually.\n"
                ])
            }
        }
        if let missing = storage?.split(separator: ",").map(String.init).first(where: wanted.contains) {
            throw ShellError("Volume '\(missing)' was not found in domain's definition.\n")
        }
        return disks
    }

    private func remove(_ disks: [Disk]) async throws {
        var flags: StorageVolDeleteFlags = []
        if call.has("delete-storage-volume-snapshots") { flags.insert(.withSnapshots) }
        var hasFailed = false
        for disk in disks {
            if call.has("wipe-storage") {
                call.remark("Wiping volume '\(disk.target)'(\(disk.source)) ... ")
                do {
                    try await disk.volume.wipe()
                } catch {
                    call.output.errors(ShellError("Failed! Volume not removed.", error).lines)
                    hasFailed = true
                    continue
                }
                call.remark("Done.")
            }
            do {
                try await disk.volume.delete(flags: flags)
                call.remark("Volume '\(disk.target)'(\(disk.source)) removed.")
            } catch {
                call.output.errors(
                    ShellError("Failed to remove storage volume '\(disk.target)'(\(disk.source))", error).lines)
                hasFailed = true
            }
        }
        if hasFailed { throw ShellError(lines: []) }
    }
}

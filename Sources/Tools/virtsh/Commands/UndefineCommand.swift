internal import ArgumentParser
internal import LibvirtRemote

struct UndefineCommand: ShellCommand {
    static let abstract = "Forget a domain's definition; a running domain becomes transient."
    static let syntax = Syntax(
        command: "undefine", operands: [.required("domain"), .optional("storage")],
        flags: [
            "managed-save", "remove-all-storage", "delete-storage-volume-snapshots", "wipe-storage",
            "snapshots-metadata", "checkpoints-metadata", "nvram", "keep-nvram", "tpm", "keep-tpm",
        ])

    @Option(help: "Name, id or UUID of the domain.") var domain: String
    @Option(help: "Remove these volumes: targets or paths, with commas.") var storage: String?
    @Flag(help: "Remove the saved state.") var managedSave = false
    @Flag(help: "Remove all the domain's volumes.") var removeAllStorage = false
    @Flag(help: "Remove the volumes' snapshots, too.") var deleteStorageVolumeSnapshots = false
    @Flag(help: "Overwrite the volumes before.") var wipeStorage = false
    @Flag(help: "Forget the domain's snapshots.") var snapshotsMetadata = false
    @Flag(help: "Forget the domain's checkpoints.") var checkpointsMetadata = false
    @Flag(help: "Remove the firmware's variables.") var nvram = false
    @Flag(help: "Keep the firmware's variables.") var keepNvram = false
    @Flag(help: "Remove the TPM's state.") var tpm = false
    @Flag(help: "Keep the TPM's state.") var keepTpm = false

    var flags: DomainUndefineFlags {
        var flags: DomainUndefineFlags = []
        if managedSave { flags.insert(.managedSave) }
        if snapshotsMetadata { flags.insert(.snapshotsMetadata) }
        if checkpointsMetadata { flags.insert(.checkpointsMetadata) }
        if nvram { flags.insert(.nvram) }
        if keepNvram { flags.insert(.keepNvram) }
        if tpm { flags.insert(.tpm) }
        if keepTpm { flags.insert(.keepTPM) }
        return flags
    }

    private struct Disk {
        let target: String
        let source: String
        let volume: StorageVolume
    }

    func run(in shell: Shell) async throws {
        if deleteStorageVolumeSnapshots && !removeAllStorage {
            throw ShellError(
                "Option --remove-all-storage is required by option --delete-storage-volume-snapshots")
        }
        try Self.exclude((nvram, "nvram"), (keepNvram, "keep-nvram"))
        try Self.exclude((tpm, "tpm"), (keepTpm, "keep-tpm"))
        if wipeStorage && !removeAllStorage && storage == nil {
            throw ShellError("'--wipe-storage' requires '--storage <string>' or '--remove-all-storage'")
        }

        let domain = try await shell.domain(domain)
        let isActive = try await domain.isActive()
        let hasSavedState = try await attempt("Failed to check for domain managed save image") {
            try await domain.hasManagedSaveImage()
        }
        // Volumes can only be told from the definition, which is about to go.
        var disks: [Disk] = []
        if storage != nil || removeAllStorage {
            if isActive { throw ShellError("Storage volume deletion is supported only on stopped domains") }
            disks = try await findDisks(of: domain, in: shell)
        }
        if hasSavedState && !isActive && !managedSave {
            throw ShellError("Refusing to undefine while domain managed save image exists")
        }
        try await attempt("Failed to undefine domain '\(domain.name)'") {
            flags.isEmpty ? try await domain.undefine() : try await domain.undefine(flags: flags)
        }
        shell.output.remark("Domain '\(domain.name)' has been undefined")
        try await remove(disks, in: shell)
    }

    /// The volumes behind the domain's disks that are to be removed.
    private func findDisks(of domain: Domain, in shell: Shell) async throws -> [Disk] {
        let xml = try XMLSelection(document: try await attempt("failed to retrieve XML") { try await domain.xml() })
        var wanted = Set(storage?.split(separator: ",").map(String.init) ?? [])
        var disks: [Disk] = []
        let count = xml.count("/domain/devices/disk")
        for index in stride(from: 1, through: count, by: 1) {
            let disk = "/domain/devices/disk[\(index)]"
            let target = xml.string("string(\(disk)/target/@dev)") ?? ""
            let pool = xml.string("string(\(disk)/source/@pool)") ?? ""
            let source = ["file", "dir", "name", "dev", "volume"].lazy
                .compactMap { xml.string("string(\(disk)/source/@\($0))") }.first { !$0.isEmpty } ?? ""
            let byTarget = wanted.remove(target) != nil
            let bySource = !source.isEmpty && wanted.remove(source) != nil
            if source.isEmpty || !(removeAllStorage || byTarget || bySource) { continue }

            if !pool.isEmpty {
                guard let handle = try? await domain.connection.lookupStoragePool(byName: pool) else {
                    shell.output.errors(["Storage pool '\(pool)' for volume '\(target)' not found."])
                    continue
                }
                if let volume = try? await handle.lookupVolume(byName: source) {
                    disks.append(Disk(target: target, source: source, volume: volume))
                }
            } else if let volume = try? await domain.connection.lookupStorageVolume(byPath: source) {
                disks.append(Disk(target: target, source: source, volume: volume))
            } else {
                shell.output.errors([
                    "Storage volume '\(target)'(\(source)) is not managed by libvirt. Remove it manually.\n"
                ])
            }
        }
        if let missing = storage?.split(separator: ",").map(String.init).first(where: wanted.contains) {
            throw ShellError("Volume '\(missing)' was not found in domain's definition.\n")
        }
        return disks
    }

    private func remove(_ disks: [Disk], in shell: Shell) async throws {
        var flags: StorageVolDeleteFlags = []
        if deleteStorageVolumeSnapshots { flags.insert(.withSnapshots) }
        var hasFailed = false
        for disk in disks {
            if wipeStorage {
                shell.output.remark("Wiping volume '\(disk.target)'(\(disk.source)) ... ")
                do {
                    try await disk.volume.wipe()
                } catch {
                    shell.output.errors(ShellError("Failed! Volume not removed.", error).lines)
                    hasFailed = true
                    continue
                }
                shell.output.remark("Done.")
            }
            do {
                try await disk.volume.delete(flags: flags)
                shell.output.remark("Volume '\(disk.target)'(\(disk.source)) removed.")
            } catch {
                shell.output.errors(
                    ShellError("Failed to remove storage volume '\(disk.target)'(\(disk.source))", error).lines)
                hasFailed = true
            }
        }
        if hasFailed { throw ShellError(lines: []) }
    }
}

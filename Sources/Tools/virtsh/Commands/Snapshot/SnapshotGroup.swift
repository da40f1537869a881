internal import LibvirtRemote

extension CommandGroup {
    static let snapshot = CommandGroup(
        "Snapshot", keyword: "snapshot",
        [
            .snapshotCreate, .snapshotCreateAs, .snapshotCurrent, .snapshotDelete, .snapshotDumpxml, .snapshotEdit,
            .snapshotInfo, .snapshotList, .snapshotParent, .snapshotRevert,
        ])
}

extension CommandOption {
    static let snapshotName = text("snapshotname", "Name of the snapshot.", .snapshots)
    static let currentSnapshot = flag("current", "The current snapshot.")
}

extension Invocation {
    /// The snapshot that an option names, or the current one.
    func snapshot(
        of domain: Domain, option: String = "snapshotname", isExclusive: Bool = true
    ) async throws -> DomainSnapshot {
        let name = try text(option)
        let isCurrent = arguments.flags.contains("current")
        if isExclusive, isCurrent, name != nil {
            throw ShellError("--\(option) and --current are mutually exclusive")
        }
        if let name { return try await domain.lookupSnapshot(byName: name) }
        guard isCurrent else { throw ShellError("--\(option) or --current is required") }
        return try await domain.currentSnapshot()
    }
}

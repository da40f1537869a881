internal import LibvirtRemote

extension Command {
    static let snapshotList = Command(
        "snapshot-list", "List the snapshots of a domain.",
        [
            .domain, .flag("parent", "Show each one's parent."), .flag("roots", "Only those without a parent."),
            .flag("leaves", "Only those without children."), .flag("no-leaves", "Only those with children."),
            .flag("metadata", "Only those with metadata."), .flag("no-metadata", "Only those without metadata."),
            .flag("inactive", "Taken while the domain was shut off."), .flag("active", "Taken while it ran."),
            .flag("disk-only", "Of disks only."), .flag("internal", "In the disks' own files."),
            .flag("external", "In files of their own."), .flag("tree", "As a tree."),
            .text("from", "Only children of this snapshot.", .snapshots),
            .flag("current", "Only children of the current one."),
            .flag("descendants", "With children of children."), .flag("name", "Print names."),
            .flag("topological", "Parents before children."),
        ]
    ) { call in
        try call.excludePairs([
            "tree": "name", "parent": "roots", "parent": "tree", "roots": "tree", "roots": "from", "roots": "current",
        ])
        for option in ["leaves", "no-leaves", "inactive", "active", "disk-only", "internal", "external"]
        where call.has(option) && call.has("tree") {
            throw ShellError("--\(option) and --tree are mutually exclusive")
        }
        var flags: DomainSnapshotListFlags = call.flags([
            "leaves": .leaves, "no-leaves": .noLeaves, "inactive": .inactive, "active": .active,
            "disk-only": .diskOnly, "external": .external, "roots": .roots, "metadata": .metadata,
            "no-metadata": .noMetadata, "topological": .topological,
        ])
        if call.has("internal") { flags.insert(DomainSnapshotListFlags(rawValue: 256)) }
        let isRelative = call.has("from") || call.has("current")
        if call.has("descendants") {
            guard isRelative else { throw ShellError("--descendants requires either --from or --current") }
            flags.insert(.descendants)
        }
        let domain = try await call.domain()
        let start = isRelative ? try await call.snapshot(of: domain, option: "from") : nil
        let isTree = call.has("tree")
        var snapshots: [DomainSnapshot]
        if let start {
            snapshots = try await start.children(flags: isTree ? flags.union(.descendants) : flags)
            if isTree { snapshots.insert(start, at: 0) }
        } else {
            snapshots = try await domain.snapshots(flags: flags)
        }
        if !call.has("topological") { snapshots = snapshots.sorted(byName: \.reference.name) }
        if call.has("name") { return call.printList(snapshots.map(\.reference.name)) }
        if isTree, !call.output.isJSON {
            var nodes: [(name: String, parent: String?)] = []
            for snapshot in snapshots {
                let name = snapshot.reference.name
                let isStart = start?.reference.name == name
                nodes.append((name, isStart ? nil : (try? await snapshot.parent())?.reference.name))
            }
            return call.output.printRaw(Tree.text(nodes))
        }
        var table = Table(header: ["Name", "Creation Time", "State"] + (call.has("parent") ? ["Parent"] : []))
        for snapshot in snapshots {
            let xml = try XMLSelection(document: try await snapshot.xml())
            let time = Int(xml.string("string(/domainsnapshot/creationTime)") ?? "") ?? 0
            var row = [
                Table.Cell(snapshot.reference.name), Table.Cell(LocalTime(seconds: time).withZone),
                Table.Cell(xml.string("string(/domainsnapshot/state)") ?? ""),
            ]
            if call.has("parent") { row.append(Table.Cell(xml.string("string(/domainsnapshot/parent/name)") ?? "")) }
            table.rows.append(row)
        }
        call.print(table)
    }

    static let snapshotInfo = Command(
        "snapshot-info", "Show what a snapshot is.", [.domain, .snapshotName, .currentSnapshot]
    ) { call in
        let domain = try await call.domain()
        let snapshot = try await call.snapshot(of: domain)
        let xml = try XMLSelection(document: try await snapshot.xml())
        guard let state = xml.string("string(/domainsnapshot/state)"), !state.isEmpty else {
            throw ShellError("unexpected problem reading snapshot xml")
        }
        let isExternal =
            xml.count("/domainsnapshot/memory") > 0
            ? xml.count(
                "/domainsnapshot/memory[@snapshot='external'] | /domainsnapshot/disks/disk[@snapshot='external']") > 0
            : state == "disk-snapshot"
        let parent = xml.string("string(/domainsnapshot/parent/name)") ?? ""
        var facts = [
            Fact("name", "Name", snapshot.reference.name), Fact("domain", "Domain", domain.name),
            Fact("current", "Current", try await snapshot.isCurrent(), "yes", "no"), Fact("state", "State", state),
            Fact("location", "Location", isExternal ? "external" : "internal"),
            Fact("parent", "Parent", parent.isEmpty ? "-" : parent, parent.isEmpty ? .null : .string(parent)),
        ]
        let children = try await snapshot.children().count
        let descendants = try await snapshot.children(flags: .descendants).count
        facts.append(Fact("children", "Children", String(children), .unsigned(UInt64(children))))
        facts.append(Fact("descendants", "Descendants", String(descendants), .unsigned(UInt64(descendants))))
        if let hasMetadata = try? await snapshot.hasMetadata() {
            facts.append(Fact("metadata", "Metadata", hasMetadata, "yes", "no"))
        }
        call.print(facts, labelWidth: 15)
    }

    static let snapshotDumpxml = Command(
        "snapshot-dumpxml", "Print a snapshot's XML.",
        [
            .domain, .required("snapshotname", "Name of the snapshot.", .snapshots),
            .flag("security-info", "With passwords."), .xpath, .wrap,
        ]
    ) { call in
        let domain = try await call.domain()
        let snapshot = try await domain.lookupSnapshot(byName: try call.required("snapshotname"))
        try call.printXML(try await snapshot.xml(flags: call.has("security-info") ? .secure : []))
    }

    static let snapshotParent = Command(
        "snapshot-parent", "Print the name of a snapshot's parent.", [.domain, .snapshotName, .currentSnapshot]
    ) { call in
        let domain = try await call.domain()
        let snapshot = try await call.snapshot(of: domain)
        do {
            call.printUnended(try await snapshot.parent().reference.name, as: "name")
        } catch let error as VirtError where error.code == .noDomainSnapshot {
            throw ShellError("snapshot '\(snapshot.reference.name)' has no parent")
        }
    }

    static let snapshotCurrent = Command(
        "snapshot-current", "Show the current snapshot, or choose another.",
        [
            .domain, .flag("name", "Print its name."), .flag("security-info", "With passwords."),
            .text("snapshotname", "Snapshot that becomes the current one.", .snapshots),
        ]
    ) { call in
        try call.exclude("name", "snapshotname")
        let domain = try await call.domain()
        if let name = try call.text("snapshotname") {
            let xml = try await domain.lookupSnapshot(byName: name).xml(flags: .secure)
            _ = try await domain.createSnapshot(xml: xml, flags: [.redefine, .current])
            return call.output.remarkUnended("Snapshot \(name) set as current")
        }
        guard try await domain.hasCurrentSnapshot() else {
            throw ShellError("domain '\(domain.name)' has no current snapshot")
        }
        let snapshot = try await domain.currentSnapshot()
        if call.has("name") { return call.printUnended(snapshot.reference.name, as: "name") }
        try call.printXML(try await snapshot.xml(flags: call.has("security-info") ? .secure : []))
    }

    static let snapshotDelete = Command(
        "snapshot-delete", "Delete a snapshot.",
        [
            .domain, .snapshotName, .currentSnapshot, .flag("children", "And those that came of it."),
            .flag("children-only", "Only those that came of it."), .flag("metadata", "Only the metadata."),
        ]
    ) { call in
        let domain = try await call.domain()
        let snapshot = try await call.snapshot(of: domain)
        let name = snapshot.reference.name
        let flags: DomainSnapshotDeleteFlags = call.flags([
            "children": .children, "children-only": .childrenOnly, "metadata": .metadataOnly,
        ])
        try await attempt("Failed to delete snapshot \(name)") { try await snapshot.delete(flags: flags) }
        call.remark("Domain snapshot \(name) \(call.has("children-only") ? "children " : "")deleted")
    }

    static let snapshotRevert = Command(
        "snapshot-revert", "Bring a domain back to what it was.",
        [
            .domain, .snapshotName, .currentSnapshot, .flag("running", "Running then."),
            .flag("paused", "Paused then."),
            .flag("force", "Even if that is risky."), .flag("reset-nvram", "Reset the firmware's variables."),
        ]
    ) { call in
        let flags: DomainSnapshotRevertFlags = call.flags([
            "running": .running, "paused": .paused, "force": .force, "reset-nvram": .resetNvram,
        ])
        let domain = try await call.domain()
        let snapshot = try await call.snapshot(of: domain)
        let name = snapshot.reference.name
        try await attempt("Failed to revert snapshot \(name)") { try await snapshot.revert(flags: flags) }
        call.remark("Domain snapshot \(name) reverted")
    }

    static let snapshotEdit = Command(
        "snapshot-edit", "Change a snapshot's definition in an editor.",
        [
            .domain, .snapshotName, .flag("current", "The current snapshot, or it becomes that."),
            .flag("rename", "A changed name is a new name."), .flag("clone", "A changed name is a copy."),
        ]
    ) { call in
        try call.exclude("rename", "clone")
        let domain = try await call.domain()
        let snapshot = try await call.snapshot(of: domain, isExclusive: false)
        let name = snapshot.reference.name
        var flags: DomainSnapshotCreateFlags = .redefine
        if call.has("current"), call.has("snapshotname") { flags.insert(.current) }
        let creation = flags
        try await call.edit(
            read: { try await snapshot.xml(flags: .secure) },
            unchanged: "Snapshot \(name) XML configuration not changed."
        ) { xml, _ in
            let edited = try await domain.createSnapshot(xml: xml, flags: creation)
            let newName = edited.reference.name
            if newName == name { return "Snapshot \(name) edited." }
            if call.has("clone") { return "Snapshot \(name) cloned to \(newName)." }
            guard call.has("rename") else {
                try await edited.delete(flags: .metadataOnly)
                throw ShellError("Must use --rename or --clone to change \(name) to \(newName)")
            }
            try await snapshot.delete(flags: .metadataOnly)
            return "Snapshot \(name) edited."
        }
    }
}

internal import LibvirtRemote

extension CommandGroup {
    static let checkpoint = CommandGroup(
        "Checkpoint", keyword: "checkpoint",
        [
            .checkpointCreate, .checkpointCreateAs, .checkpointDelete, .checkpointDumpxml, .checkpointEdit,
            .checkpointInfo,
            .checkpointList, .checkpointParent,
        ])
}

extension CommandOption {
    fileprivate static let checkpointName = text("checkpointname", "Name of the checkpoint.", .checkpoints)
    fileprivate static let quiesce = flag("quiesce", "Let the guest's file systems rest meanwhile.")
}

extension Invocation {
    fileprivate func checkpoint(of domain: Domain, option: String = "checkpointname") async throws -> DomainCheckpoint {
        guard let name = try text(option) else { throw ShellError("--\(option) is required") }
        return try await domain.lookupCheckpoint(byName: name)
    }

    fileprivate func createCheckpoint(
        of domain: Domain, _ xml: String, _ flags: DomainCheckpointCreateFlags, from file: String?
    ) async throws {
        let name = try await domain.createCheckpoint(xml: xml, flags: flags).reference.name
        if output.isJSON { return output.print(.object(["name": .string(name)])) }
        output.remarkUnended(
            file.map { "Domain checkpoint \(name) created from '\($0)'" } ?? "Domain checkpoint \(name) created")
    }
}

extension Command {
    static let checkpointCreate = Command(
        "checkpoint-create", "Make a checkpoint, as XML says.",
        [
            .domain, .text("xmlfile", "File with the checkpoint's XML.", .files),
            .flag("redefine", "Only put metadata back."), .flag("redefine-validate", "See whether it is in the disks."),
            .quiesce,
        ]
    ) { call in
        try call.require("redefine", by: "redefine-validate")
        let flags: DomainCheckpointCreateFlags = call.flags([
            "redefine": .redefine, "redefine-validate": .redefineValidate, "quiesce": .quiesce,
        ])
        let domain = try await call.domain()
        let file = try call.text("xmlfile")
        try await call.createCheckpoint(
            of: domain, try file.map(TextFile.read) ?? "<domaincheckpoint/>", flags, from: file)
    }

    static let checkpointCreateAs = Command(
        "checkpoint-create-as", "Make a checkpoint, as options say.",
        [
            .domain, .text("name", "Name of the checkpoint."), .text("description", "What it is for."),
            .flag("print-xml", "Print the XML, and do nothing."), .quiesce,
            .rest("diskspec", "What becomes of a disk: DISK[,checkpoint=TYPE][,bitmap=NAME]."),
        ]
    ) { call in
        let domain = try await call.domain()
        var children: [XMLElement?] = [
            XMLElement("name", text: try call.text("name")),
            XMLElement("description", text: try call.text("description")),
        ]
        if !call.rest.isEmpty {
            var disks: [XMLElement?] = []
            for text in call.rest { disks.append(try disk(text)) }
            children.append(XMLElement("disks", [:], disks))
        }
        let xml = XMLElement("domaincheckpoint", [:], children).formatted()
        if call.has("print-xml") { return try call.printXML(xml + "\n") }
        try await call.createCheckpoint(of: domain, xml, call.has("quiesce") ? .quiesce : [], from: nil)
    }

    private static func disk(_ text: String) throws(ShellError) -> XMLElement {
        let parts = OptionList.split(text)
        var checkpoint: String?
        var bitmap: String?
        for part in parts.dropFirst() {
            if checkpoint == nil, part.hasPrefix("checkpoint=") {
                checkpoint = String(part.dropFirst(11))
            } else if bitmap == nil, part.hasPrefix("bitmap=") {
                bitmap = String(part.dropFirst(7))
            } else {
                throw ShellError("unable to parse diskspec: \(text)")
            }
        }
        return XMLElement("disk", ["name": parts[0], "checkpoint": checkpoint, "bitmap": bitmap])
    }

    static let checkpointDelete = Command(
        "checkpoint-delete", "Delete a checkpoint.",
        [
            .domain, .checkpointName, .flag("children", "And those that came of it."),
            .flag("children-only", "Only those that came of it."), .flag("metadata", "Only the metadata."),
        ]
    ) { call in
        let domain = try await call.domain()
        let checkpoint = try await call.checkpoint(of: domain)
        let name = checkpoint.reference.name
        let flags: DomainCheckpointDeleteFlags = call.flags([
            "children": .children, "children-only": .childrenOnly, "metadata": .metadataOnly,
        ])
        try await attempt("Failed to delete checkpoint \(name)") { try await checkpoint.delete(flags: flags) }
        call.remark("Domain checkpoint \(name) \(call.has("children-only") ? "children " : "")deleted")
    }

    static let checkpointDumpxml = Command(
        "checkpoint-dumpxml", "Print a checkpoint's XML.",
        [
            .domain, .checkpointName, .flag("security-info", "With passwords."),
            .flag("no-domain", "Without the domain."),
            .flag("size", "With how much has changed since."), .xpath, .wrap,
        ]
    ) { call in
        let flags: DomainCheckpointXMLFlags = call.flags([
            "security-info": .secure, "no-domain": .noDomain, "size": .size,
        ])
        let domain = try await call.domain()
        try call.printXML(try await call.checkpoint(of: domain).xml(flags: flags))
    }

    static let checkpointEdit = Command(
        "checkpoint-edit", "Change a checkpoint's definition in an editor.", [.domain, .checkpointName]
    ) { call in
        let domain = try await call.domain()
        let checkpoint = try await call.checkpoint(of: domain)
        let name = checkpoint.reference.name
        try await call.edit(
            read: { try await checkpoint.xml(flags: .secure) },
            unchanged: "Checkpoint \(name) XML configuration not changed."
        ) { xml, _ in
            let edited = try await domain.createCheckpoint(xml: xml, flags: .redefine)
            guard edited.reference.name == name else {
                try await edited.delete(flags: .metadataOnly)
                throw ShellError("Cannot rename checkpoint \(name) to \(edited.reference.name)")
            }
            return "Checkpoint \(name) edited."
        }
    }

    static let checkpointInfo = Command(
        "checkpoint-info", "Show what a checkpoint is.", [.domain, .checkpointName]
    ) { call in
        let domain = try await call.domain()
        let checkpoint = try await call.checkpoint(of: domain)
        let parent = (try? await checkpoint.parent())?.reference.name
        let children = try await checkpoint.children().count
        let descendants = try await checkpoint.children(flags: .descendants).count
        call.print(
            [
                Fact("name", "Name", checkpoint.reference.name), Fact("domain", "Domain", domain.name),
                Fact("parent", "Parent", parent ?? "-", JSON(parent)),
                Fact("children", "Children", String(children), .unsigned(UInt64(children))),
                Fact("descendants", "Descendants", String(descendants), .unsigned(UInt64(descendants))),
            ], labelWidth: 15)
    }

    static let checkpointList = Command(
        "checkpoint-list", "List the checkpoints of a domain.",
        [
            .domain, .flag("parent", "Show each one's parent."), .flag("roots", "Only those without a parent."),
            .flag("leaves", "Only those without children."), .flag("no-leaves", "Only those with children."),
            .flag("tree", "As a tree."), .text("from", "Only children of this checkpoint.", .checkpoints),
            .flag("descendants", "With children of children."), .flag("name", "Print names."),
            .flag("topological", "Parents before children."),
        ]
    ) { call in
        try call.excludePairs(["tree": "name", "parent": "roots", "parent": "tree", "roots": "tree", "roots": "from"])
        for option in ["leaves", "no-leaves"] where call.has(option) && call.has("tree") {
            throw ShellError("--\(option) and --tree are mutually exclusive")
        }
        var flags: DomainCheckpointListFlags = call.flags([
            "leaves": .leaves, "no-leaves": .noLeaves, "roots": .roots, "topological": .topological,
        ])
        if call.has("descendants") {
            guard call.has("from") else { throw ShellError("--descendants requires --from") }
            flags.insert(.descendants)
        }
        let domain = try await call.domain()
        let start = call.has("from") ? try await call.checkpoint(of: domain, option: "from") : nil
        let isTree = call.has("tree")
        var checkpoints: [DomainCheckpoint]
        if let start {
            checkpoints = try await start.children(flags: isTree ? flags.union(.descendants) : flags)
            if isTree { checkpoints.insert(start, at: 0) }
        } else {
            checkpoints = try await domain.checkpoints(flags: flags)
        }
        if !call.has("topological") { checkpoints = checkpoints.sorted(byName: \.reference.name) }
        if call.has("name") { return call.printList(checkpoints.map(\.reference.name)) }
        if isTree, !call.output.isJSON {
            var nodes: [(name: String, parent: String?)] = []
            for checkpoint in checkpoints {
                let name = checkpoint.reference.name
                let isStart = start?.reference.name == name
                nodes.append((name, isStart ? nil : (try? await checkpoint.parent())?.reference.name))
            }
            return call.output.printRaw(Tree.text(nodes))
        }
        var table = Table(header: ["Name", "Creation Time"] + (call.has("parent") ? ["Parent"] : []))
        for checkpoint in checkpoints {
            let xml = try XMLSelection(document: try await checkpoint.xml(flags: .noDomain))
            let time = Int(xml.string("string(/domaincheckpoint/creationTime)") ?? "") ?? 0
            var row = [Table.Cell(checkpoint.reference.name), Table.Cell(LocalTime(seconds: time).withZone)]
            if call.has("parent") { row.append(Table.Cell(xml.string("string(/domaincheckpoint/parent/name)") ?? "")) }
            table.rows.append(row)
        }
        call.print(table)
    }

    static let checkpointParent = Command(
        "checkpoint-parent", "Print the name of a checkpoint's parent.", [.domain, .checkpointName]
    ) { call in
        let domain = try await call.domain()
        let checkpoint = try await call.checkpoint(of: domain)
        do {
            call.printUnended(try await checkpoint.parent().reference.name, as: "name")
        } catch let error as VirtError where error.code == .noDomainCheckpoint {
            throw ShellError("checkpoint '\(checkpoint.reference.name)' has no parent")
        }
    }
}

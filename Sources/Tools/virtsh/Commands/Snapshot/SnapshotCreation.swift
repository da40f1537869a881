internal import LibvirtRemote

extension CommandOption {
    fileprivate static let creation: [CommandOption] = [
        .flag("no-metadata", "Keep no metadata of it."), .flag("halt", "Stop the domain afterwards."),
        .flag("disk-only", "Of the disks, not of the memory."), .flag("reuse-external", "Use files that are there."),
        .flag("quiesce", "Let the guest's file systems rest meanwhile."), .flag("atomic", "All or nothing."),
        .flag("live", "Let the guest run meanwhile."), .validate,
    ]
}

extension Invocation {
    fileprivate func snapshotFlags() -> DomainSnapshotCreateFlags {
        flags([
            "no-metadata": .noMetadata, "halt": .halt, "disk-only": .diskOnly, "reuse-external": .reuseExt,
            "quiesce": .quiesce, "atomic": .atomic, "live": .live, "validate": .validate,
        ])
    }

    fileprivate func createSnapshot(
        of domain: Domain, _ xml: String, _ flags: DomainSnapshotCreateFlags, from file: String?
    ) async throws {
        let snapshot = try await domain.createSnapshot(xml: xml, flags: flags)
        let name = snapshot.reference.name
        if output.isJSON { return output.print(.object(["name": .string(name)])) }
        output.remarkUnended(
            file.map { "Domain snapshot \(name) created from '\($0)'" } ?? "Domain snapshot \(name) created")
    }
}

extension Command {
    static let snapshotCreate = Command(
        "snapshot-create", "Take a snapshot, as XML says.",
        [
            .domain, .text("xmlfile", "File with the snapshot's XML.", .files),
            .flag("redefine", "Only put metadata back."), .flag("current", "With --redefine: it is the current one."),
        ] + CommandOption.creation
    ) { call in
        var flags = call.snapshotFlags()
        if call.has("redefine") { flags.insert(.redefine) }
        if call.has("current") { flags.insert(.current) }
        let domain = try await call.domain()
        let file = try call.text("xmlfile")
        let xml = try file.map(TextFile.read) ?? "<domainsnapshot/>"
        try await call.createSnapshot(of: domain, xml, flags, from: file)
    }

    static let snapshotCreateAs = Command(
        "snapshot-create-as", "Take a snapshot, as options say.",
        [
            .domain, .text("name", "Name of the snapshot."), .text("description", "What it is for."),
            .flag("print-xml", "Print the XML, and do nothing."),
        ] + CommandOption.creation + [
            .named("memspec", "Where the memory goes: [file=]NAME[,snapshot=TYPE]."),
            .rest("diskspec", "What becomes of a disk: DISK[,snapshot=TYPE][,driver=TYPE][,stype=TYPE][,file=NAME]."),
        ]
    ) { call in
        let flags = call.snapshotFlags()
        let domain = try await call.domain()
        var children: [XMLElement?] = [
            XMLElement("name", text: try call.text("name")),
            XMLElement("description", text: try call.text("description")),
        ]
        if let memory = try call.text("memspec") { children.append(try SnapshotParts.memory(memory)) }
        if !call.rest.isEmpty {
            var disks: [XMLElement?] = []
            for text in call.rest { disks.append(try SnapshotParts.disk(text)) }
            children.append(XMLElement("disks", [:], disks))
        }
        let xml = XMLElement("domainsnapshot", [:], children).formatted()
        if call.has("print-xml") { return try call.printXML(xml + "\n") }
        try await call.createSnapshot(of: domain, xml, flags, from: nil)
    }
}

/// Parts of a snapshot's definition, in the words of options.
enum SnapshotParts {
    static func memory(_ text: String) throws(ShellError) -> XMLElement {
        var file: String?
        var snapshot: String?
        for part in OptionList.split(text) {
            if snapshot == nil, part.hasPrefix("snapshot=") {
                snapshot = String(part.dropFirst(9))
            } else if file == nil, part.hasPrefix("file=") {
                file = String(part.dropFirst(5))
            } else if file == nil, part == OptionList.split(text)[0] {
                file = part
            } else {
                throw ShellError("unable to parse memspec: \(text)")
            }
        }
        return XMLElement("memory", ["snapshot": snapshot, "file": file])
    }

    static func disk(_ text: String) throws(ShellError) -> XMLElement {
        let parts = OptionList.split(text)
        var values: [String: String] = [:]
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2, ["snapshot", "driver", "stype", "file"].contains(pair[0]), values[pair[0]] == nil
            else {
                throw ShellError("unable to parse diskspec: \(text)")
            }
            values[pair[0]] = pair[1]
        }
        var attribute = "file"
        if let type = values["stype"] {
            switch type {
            case "file": break
            case "block": attribute = "dev"
            default: throw ShellError(lines: ["Unknown storage type: '\(type)'", "unable to parse diskspec: \(text)"])
            }
        }
        let driver = values["driver"]
        let source = values["file"]
        return XMLElement(
            "disk", ["name": parts[0], "snapshot": values["snapshot"], "type": values["stype"]],
            [
                driver == nil ? nil : XMLElement("driver", ["type": driver]),
                source == nil ? nil : sourceElement(attribute, source),
            ])
    }

    private static func sourceElement(_ attribute: String, _ value: String?) -> XMLElement {
        var element = XMLElement("source")
        element.set(attribute, value)
        return element
    }
}

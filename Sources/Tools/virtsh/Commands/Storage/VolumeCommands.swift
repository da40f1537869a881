internal import LibvirtRemote

extension CommandOption {
    fileprivate static let preallocate = flag("prealloc-metadata", "Write qcow2's metadata at once.")
    fileprivate static let reflink = flag("reflink", "Share blocks with the source.")
}

extension Command {
    private static let volumeTypes = ["file", "block", "dir", "network", "netdir", "ploop"]
    private static let algorithms = [
        "zero", "nnsa", "dod", "bsi", "gutmann", "schneier", "pfitzner7", "pfitzner33", "random", "trim",
    ]

    private static func typeWord(_ type: Int8) -> String {
        volumeTypes.indices.contains(Int(type)) ? volumeTypes[Int(type)] : "unknown"
    }

    static let volList = Command(
        "vol-list", "List the volumes of a pool.", [.pool, .flag("details", "Show sizes, too.")]
    ) { call in
        let pool = try await call.pool()
        let volumes = try await attempt("Failed to list volumes") { try await pool.volumes() }.sorted(byName: \.name)
        let isDetailed = call.has("details")
        var table = Table(header: ["Name", "Path"] + (isDetailed ? ["Type", "Capacity", "Allocation"] : []))
        for volume in volumes {
            var row = [Table.Cell(volume.name), Table.Cell((try? await volume.path()) ?? "-")]
            if isDetailed {
                let info = try? await volume.info()
                row.append(Table.Cell(info.map { typeWord($0.type) } ?? "unknown"))
                row.append(Table.Cell(size: info?.capacity))
                row.append(Table.Cell(size: info?.allocation))
            }
            table.rows.append(row)
        }
        call.print(table)
    }

    static let volInfo = Command(
        "vol-info", "Show what a volume is.",
        [
            .volume, .poolOfVolume, .flag("bytes", "Print sizes in bytes."),
            .flag("physical", "Show the size on disk instead of the allocation."),
        ]
    ) { call in
        let volume = try await call.volume()
        let isPhysical = call.has("physical")
        var facts = [Fact("name", "Name", volume.name)]
        let info: StorageVolumeInfo
        do {
            info = isPhysical ? try await volume.info(flags: .getPhysical) : try await volume.info()
        } catch {
            call.print(facts, labelWidth: 15)
            throw error
        }
        let unit = call.has("bytes") ? " bytes" : nil
        facts.append(Fact("type", "Type", typeWord(info.type)))
        facts.append(Fact("capacityBytes", "Capacity", bytes: info.capacity, unit))
        facts.append(
            isPhysical
                ? Fact("physicalBytes", "Physical", bytes: info.allocation, unit)
                : Fact("allocationBytes", "Allocation", bytes: info.allocation, unit))
        call.print(facts, labelWidth: 15)
    }

    static let volDumpxml = Command(
        "vol-dumpxml", "Print a volume's XML.", [.volume, .poolOfVolume, .xpath, .wrap]
    ) { call in
        try call.printXML(try await call.volume().xml())
    }

    static let volKey = Command(
        "vol-key", "Print the key of a volume.",
        [.required("vol", "Name or path of the volume.", .volumes), .poolOfVolume]
    ) { call in call.print(try await call.volume().key, as: "key") }

    static let volName = Command(
        "vol-name", "Print the name of a volume.", [.required("vol", "Key or path of the volume.", .volumes)]
    ) { call in call.print(try await call.volume(pool: nil).name, as: "name") }

    static let volPath = Command(
        "vol-path", "Print the path of a volume.",
        [.required("vol", "Name or key of the volume.", .volumes), .poolOfVolume]
    ) { call in call.print(try await call.volume().path(), as: "path") }

    static let volPool = Command(
        "vol-pool", "Print the pool of a volume.",
        [
            .required("vol", "Key or path of the volume.", .volumes),
            .flag("uuid", "Print the UUID instead of the name."),
        ]
    ) { call in
        let volume = try await call.volume(pool: nil)
        let pool = try await attempt("failed to get parent pool") { try await volume.storagePool() }
        call.has("uuid") ? call.print(pool.uuid.description, as: "uuid") : call.print(pool.name, as: "name")
    }

    static let volCreate = Command(
        "vol-create", "Create a volume from XML.",
        [.pool, .file("File with the volume's XML."), .preallocate, .validate]
    ) { call in
        let flags: StorageVolCreateFlags = call.flags(["prealloc-metadata": .preallocMetadata, "validate": .validate])
        let pool = try await call.pool()
        let file = try call.required("file")
        let xml = try TextFile.read(file)
        let volume = try await attempt("Failed to create vol from \(file)") {
            try await pool.createVolume(xml: xml, flags: flags)
        }
        call.remark("Vol \(volume.name) created from \(file)")
    }

    static let volCreateFrom = Command(
        "vol-create-from", "Create a volume from XML, with the content of another.",
        [
            .pool, .file("File with the new volume's XML."), .required("vol", "Volume to copy.", .volumes),
            .text("inputpool", "Name or UUID of the pool of that.", .pools), .preallocate, .reflink, .validate,
        ]
    ) { call in
        let pool = try await call.pool()
        let flags: StorageVolCreateFlags = call.flags([
            "prealloc-metadata": .preallocMetadata, "reflink": .reflink, "validate": .validate,
        ])
        let file = try call.required("file")
        let source = try await call.volume(pool: "inputpool")
        let xml = try TextFile.read(file)
        let volume = try await attempt("Failed to create vol from \(file)") {
            try await pool.createVolume(xml: xml, from: source, flags: flags)
        }
        call.remark("Vol \(volume.name) created from input vol \(source.name)")
    }

    static let volCreateAs = Command(
        "vol-create-as", "Create a volume from options.",
        [
            .pool, .required("name", "Name of the volume."), .required("capacity", "Size, with a unit; bytes without."),
            .text("allocation", "Size to begin with."), .text("format", "Format, such as raw or qcow2."),
            .text("backing-vol", "Volume that it is a layer on.", .volumes),
            .text("backing-vol-format", "Format of that."),
            .preallocate, .printXML,
        ]
    ) { call in
        let pool = try await call.pool()
        let name = try call.required("name")
        let capacityText = try call.required("capacity")
        guard let capacity = try? ScaledNumber.bytes(capacityText, unit: 1, limit: .max) else {
            throw ShellError("Malformed size \(capacityText)")
        }
        var allocation: UInt64?
        if let text = try call.text("allocation") {
            allocation = try? ScaledNumber.bytes(text, unit: 1, limit: .max)
            if allocation == nil { throw ShellError("Malformed size \(text)") }
        }
        var children: [XMLElement?] = [
            XMLElement("name", text: name), XMLElement("capacity", text: String(capacity)),
            XMLElement("allocation", text: allocation.map { String($0) }),
        ]
        if let format = try call.text("format") {
            children.append(XMLElement("target", [:], [XMLElement("format", ["type": format])]))
        }
        if let backing = try call.text("backing-vol") {
            let path = try await backingPath(backing, pool)
            let format = try call.text("backing-vol-format")
            children.append(
                XMLElement(
                    "backingStore", [:],
                    [XMLElement("path", text: path), format == nil ? nil : XMLElement("format", ["type": format])]))
        }
        let xml = XMLElement("volume", [:], children).formatted()
        if call.has("print-xml") { return try call.printXML(xml) }
        let volume = try await attempt("Failed to create vol \(name)") {
            try await pool.createVolume(xml: xml, flags: call.has("prealloc-metadata") ? .preallocMetadata : [])
        }
        call.remark("Vol \(volume.name) created")
    }

    /// The path of a volume by name, key or path.
    private static func backingPath(_ text: String, _ pool: StoragePool) async throws -> String {
        if let volume = try? await pool.lookupVolume(byName: text) { return try await volume.path() }
        if let volume = try? await pool.connection.lookupStorageVolume(byKey: text) { return try await volume.path() }
        return try await attempt("failed to get vol '\(text)'") {
            try await pool.connection.lookupStorageVolume(byPath: text).path()
        }
    }

    static let volClone = Command(
        "vol-clone", "Copy a volume within its pool.",
        [
            .volume, .required("newname", "Name of the copy."), .poolOfVolume, .preallocate, .reflink, .printXML,
        ]
    ) { call in
        let flags: StorageVolCreateFlags = call.flags(["prealloc-metadata": .preallocMetadata, "reflink": .reflink])
        let source = try await call.volume()
        let pool = try await attempt("failed to get parent pool") { try await source.storagePool() }
        let name = try call.required("newname")
        let xml = try XMLSelection(document: try await source.xml()).replacing("/volume/name", with: name) + "\n"
        if call.has("print-xml") { return try call.printXML(xml) }
        let volume = try await attempt("Failed to clone vol from \(source.name)") {
            try await pool.createVolume(xml: xml, from: source, flags: flags)
        }
        call.remark("Vol \(volume.name) cloned from \(source.name)")
    }

    static let volDelete = Command(
        "vol-delete", "Delete a volume.",
        [.volume, .poolOfVolume, .flag("delete-snapshots", "Delete its snapshots, too.")]
    ) { call in
        let volume = try await call.volume()
        try await attempt("Failed to delete vol \(volume.name)") {
            try await volume.delete(flags: call.has("delete-snapshots") ? .withSnapshots : [])
        }
        call.remark("Vol \(volume.name) deleted")
    }

    static let volWipe = Command(
        "vol-wipe", "Overwrite a volume.",
        [.volume, .poolOfVolume, .text("algorithm", "How; zero unless said.", .words(algorithms))]
    ) { call in
        let volume = try await call.volume()
        var algorithm: UInt32?
        if let text = try call.text("algorithm") {
            guard let index = algorithms.firstIndex(of: text) else {
                throw ShellError("Unsupported algorithm '\(text)'")
            }
            algorithm = UInt32(index)
        }
        let chosen = algorithm
        try await attempt("Failed to wipe vol \(volume.name)") {
            if let chosen, chosen != 0 { try await volume.wipe(algorithm: chosen) } else { try await volume.wipe() }
        }
        call.remark("Vol \(volume.name) wiped")
    }

    static let volResize = Command(
        "vol-resize", "Change the size of a volume.",
        [
            .volume, .required("capacity", "The new size, with a unit; bytes without."), .poolOfVolume,
            .flag("allocate", "Allocate what is added."), .flag("delta", "The size is added."),
            .flag("shrink", "The volume may become smaller."),
        ]
    ) { call in
        let flags: StorageVolResizeFlags = call.flags(["allocate": .allocate, "delta": .delta, "shrink": .shrink])
        let volume = try await call.volume()
        var text = String(try call.required("capacity").drop { $0 == " " })
        if text.hasPrefix("-") {
            guard call.has("shrink") else { throw ShellError("negative size requires --shrink") }
            text.removeFirst()
        }
        guard let capacity = try? ScaledNumber.bytes(text, unit: 1, limit: .max) else {
            throw ShellError("Malformed size \(text)")
        }
        let way = call.has("delta") ? "by" : "to"
        let shown = text
        try await attempt("Failed to change size of volume '\(volume.name)' \(way) \(shown)") {
            try await volume.resize(capacity: capacity, flags: flags)
        }
        call.remark("Size of volume '\(volume.name)' successfully changed \(way) \(shown)")
    }
}

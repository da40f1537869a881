package import VirtUtil

/// `<domainbackup>`: disks that are copied away while the guest runs, all of them or what has changed since a checkpoint.
package struct BackupDefinition: XMLMapped {
    package enum Mode: String, XMLKeyword { case push, pull }

    /// Whether the copy is written, or served for somebody to fetch.
    package var mode: Mode?
    /// The checkpoint since which changes are copied.
    package var incremental: String?
    package var server: GenericElement?
    package var disks: [Disk] = []

    package init() {}

    /// Reads a backup that somebody asks for.
    package init(document: XMLDocument) throws(ConfError) {
        try document.root.require("domainbackup")
        let coder = XMLCoder(reading: document.root)
        self.init()
        map(coder)
        if let error = coder.error { throw error }
        mode = mode ?? .push
        if mode == .pull, server == nil { throw Self.unsupported("server must be specified for pull mode backup") }
    }

    package mutating func map(_ x: XMLCoder) {
        x.attribute("mode", &mode)
        x.textElement("incremental", &incremental)
        x.shaped("server", Self.serverShape, &server)
        if x.isReading {
            if server != nil, mode != .pull { x.fail(Self.unsupported("use of <server> requires pull mode backup")) }
            completeServer(x)
        }
        let isPull = mode == .pull
        x.element("disks") { x.elements("disk", &disks, of: Disk()) { $0.map(x, isPull: isPull) } }
    }

    private mutating func completeServer(_ x: XMLCoder) {
        guard server != nil else { return }
        let transport = server?.attribute("transport") ?? "tcp"
        server?.set("transport", transport)
        if transport == "unix" {
            if server?.attribute("socket") == nil { x.failXML("missing socket for unix transport") }
            server?.order(["transport", "tls", "socket"])
        } else {
            if server?.attribute("name") == nil { x.failXML("missing name for host") }
            if server?.attribute("port") == nil { server?.set("port", "10809") }
            server?.order(["transport", "tls", "name", "port"])
        }
    }

    static func unsupported(_ text: String) -> ConfError { ConfError(.unsupported, text) }

    private static let serverShape = ElementShape([
        .optional("transport", .words(["tcp", "unix"])), .optional("tls", .yesNo), .optional("name"),
        .optional("port", .unsigned()), .optional("socket"),
    ])

    /// Prints the backup.
    package func xml() -> String {
        let coder = XMLCoder(writing: XMLStyle())
        coder.write("domainbackup", self)
        return coder.text
    }

    /// Gives every disk of the domain its place: those that are not named are copied if none is named.
    ///
    /// - Parameter suffix: What names of files end with that nobody has named.
    package mutating func align(with domain: DomainDefinition, suffix: String) throws(ConfError) {
        var given: [String: Disk] = [:]
        for disk in disks {
            guard let target = domain.devices.disks.first(where: { $0.target.name == disk.name }) else {
                throw Self.unsupported("no disk named '\(disk.name)'")
            }
            if given.updateValue(disk, forKey: disk.name) != nil {
                throw Self.unsupported("backup for disk '\(disk.name)' specified twice")
            }
            guard disk.isBackedUp ?? .yes == .yes else { continue }
            if target.source.isEmpty || target.isReadOnly {
                throw Self.unsupported("disk '\(disk.name)' is empty or readonly")
            }
        }
        let copiesAll = disks.isEmpty
        var aligned: [Disk] = []
        for target in domain.devices.disks {
            var disk = given[target.target.name ?? ""] ?? Disk()
            let isNamed = !disk.name.isEmpty
            disk.name = target.target.name ?? ""
            let canBe = !target.source.isEmpty && !target.isReadOnly
            disk.isBackedUp = isNamed ? disk.isBackedUp ?? .yes : copiesAll && canBe ? .yes : .no
            if disk.isBackedUp == .yes { try complete(&disk, target, suffix) }
            aligned.append(disk)
        }
        disks = aligned
        if !disks.contains(where: { $0.isBackedUp == .yes }) {
            throw Self.unsupported("no disks selected for backup")
        }
    }

    private func complete(_ disk: inout Disk, _ target: VirtConf.Disk, _ suffix: String) throws(ConfError) {
        disk.kind = disk.kind ?? .file
        if disk.format == nil { disk.format = .qcow2 }
        if disk.path == nil {
            guard target.source.kind == .file, disk.kind == .file, let path = target.source.path else {
                throw Self.unsupported("refusing to generate file name for disk '\(disk.name)'")
            }
            disk.path = "\(path).\(suffix)"
        }
        let since = disk.incremental ?? incremental
        disk.incremental = disk.backupMode == .full ? nil : since
        disk.backupMode = disk.backupMode ?? (since == nil ? .full : .incremental)
        if disk.backupMode == .incremental, since == nil {
            throw Self.unsupported("'incremental' backup mode of disk '\(disk.name)' requires setting 'incremental' field")
        }
        guard mode == .pull else { return }
        disk.exportName = disk.exportName ?? disk.name
        if disk.backupMode == .incremental { disk.exportBitmap = disk.exportBitmap ?? "backup-\(disk.name)" }
    }

    /// How one disk takes part.
    package struct Disk: XMLMapped {
        package enum Kind: String, XMLKeyword { case file, block }
        package enum BackupMode: String, XMLKeyword { case full, incremental }

        package var name = ""
        package var isBackedUp: YesNo?
        package var kind: Kind?
        package var backupMode: BackupMode?
        package var incremental: String?
        package var exportName: String?
        package var exportBitmap: String?
        package var format: VirtConf.Disk.Format?
        /// Where the copy goes (push), or what the guest overwrites meanwhile (pull).
        package var path: String?
        package var encryption: GenericElement?

        package init() {}

        package mutating func map(_ x: XMLCoder) { map(x, isPull: false) }

        mutating func map(_ x: XMLCoder, isPull: Bool) {
            x.put("name", name)
            if x.isReading {
                name = x.peek("name") ?? ""
                if name.isEmpty { x.failXML("missing name from disk backup element") }
            }
            x.attribute("backup", &isBackedUp)
            if isBackedUp == .no { return }
            x.attribute("type", &kind, unknown: "unsupported disk backup type")
            x.attribute("backupmode", &backupMode)
            x.attribute("incremental", &incremental)
            x.attribute("exportname", &exportName)
            x.attribute("exportbitmap", &exportBitmap)
            if x.isReading, !isPull, exportName != nil || exportBitmap != nil {
                x.failXML("'exportname' and 'exportbitmap' are valid only for pull mode")
            }
            x.element("driver") {
                x.attribute("type", &format, unknown: "unsupported driver format value")
            }
            x.element(isPull ? "scratch" : "target") {
                if kind == .block { x.attribute("dev", &path) } else { x.attribute("file", &path) }
                x.shaped("encryption", StorageShapes.encryption, &encryption)
            }
        }
    }
}

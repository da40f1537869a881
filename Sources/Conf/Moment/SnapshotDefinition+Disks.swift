package import VirtUtil

extension SnapshotDefinition {
    /// Gives every disk of the domain its place.
    ///
    /// - Parameter isRegularFile: whether there is one at a path; a new file is only named after one.
    package mutating func align(
        with domain: DomainDefinition, isRegularFile: (String) -> Bool
    ) throws(ConfError) {
        let standard: Location = memory == .external ? .external : .internal
        if disks.count > domain.devices.disks.count {
            throw unsupported("too many disk snapshot requests for domain")
        }
        var given: [String: Disk] = [:]
        for var disk in disks {
            guard let target = domain.devices.disks.first(where: { $0.target.name == disk.name || $0.source.path == disk.name })
            else { throw unsupported("no disk named '\(disk.name)'") }
            disk.name = target.target.name ?? ""
            try decide(&disk, target, standard)
            if given.updateValue(disk, forKey: disk.name) != nil {
                throw unsupported("disk '\(disk.name)' specified twice")
            }
        }
        disks = domain.devices.disks.map { target in
            if let disk = given[target.target.name ?? ""] { return disk }
            var disk = Disk()
            disk.name = target.target.name ?? ""
            disk.kind = .file
            disk.location = target.source.isEmpty ? .no : target.snapshotLocation ?? standard
            return disk
        }
        try nameFiles(domain, isRegularFile)
    }

    private func unsupported(_ message: String) -> ConfError {
        ConfError(.unsupported, message, domain: ConfError.fromSnapshot)
    }

    private func decide(
        _ disk: inout Disk, _ target: VirtConf.Disk, _ standard: Location
    ) throws(ConfError) {
        if let location = disk.location {
            // Memory inside a disk goes with the state of the others.
            if standard == .internal, location != .internal, location != .no {
                throw unsupported("disk '\(disk.name)' must use snapshot mode '\(standard.rawValue)'")
            }
        } else {
            disk.location = target.snapshotLocation ?? standard
        }
        if let path = disk.source.path, disk.location != .external {
            throw unsupported(
                "file '\(path)' for disk '\(disk.name)' requires use of external snapshot mode")
        }
    }

    /// A disk that goes on outside needs a file: it is called as the one before, with the snapshot's name behind.
    private mutating func nameFiles(
        _ domain: DomainDefinition, _ isRegularFile: (String) -> Bool
    ) throws(ConfError) {
        for index in disks.indices where disks[index].location == .external && disks[index].source.isEmpty {
            let disk = disks[index].name
            guard let target = domain.devices.disks.first(where: { $0.target.name == disk }) else { continue }
            guard target.source.kind == .file else {
                throw unsupported(
                    "cannot generate external snapshot name for disk '\(disk)' on a '\(target.source.kind.rawValue)' device"
                )
            }
            guard let path = target.source.path else {
                throw unsupported("cannot generate external snapshot name for disk '\(disk)' without source")
            }
            guard isRegularFile(path) else {
                throw unsupported(
                    "source for disk '\(disk)' is not a regular file; refusing to generate external snapshot name")
            }
            disks[index].setFile("\(path.withoutExtension).\(name)")
            for other in disks.indices where other != index && disks[other].source.path == disks[index].source.path {
                throw unsupported(
                    "cannot generate external snapshot name for disk '\(disk)': collision with disk '\(disks[other].name)'")
            }
        }
    }
}

extension Disk {
    /// What the domain's definition says of its snapshots.
    fileprivate var snapshotLocation: SnapshotDefinition.Location? {
        snapshot.flatMap { SnapshotDefinition.Location(rawValue: $0.rawValue) }
    }
}

extension String {
    fileprivate var withoutExtension: String {
        guard let dot = lastIndex(of: "."), !self[dot...].contains("/") else { return self }
        return String(self[..<dot])
    }
}

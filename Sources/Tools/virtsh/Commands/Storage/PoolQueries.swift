internal import LibvirtRemote

extension Command {
    private static let states = ["inactive", "building", "running", "degraded", "inaccessible"]

    private static let types: KeyValuePairs<String, ConnectListAllStoragePoolsFlags> = [
        "dir": .dir, "fs": .fs, "netfs": .netfs, "logical": .logical, "disk": .disk, "iscsi": .iscsi, "scsi": .scsi,
        "mpath": .mpath, "rbd": .rbd, "sheepdog": .sheepdog, "gluster": .gluster, "zfs": .zfs, "vstorage": .vstorage,
        "iscsi-direct": .iscsiDirect,
    ]

    static let poolList = Command(
        "pool-list", "List storage pools.",
        [
            .flag("inactive", "Inactive pools only."), .flag("all", "Active and inactive pools."),
            .flag("transient", "Pools that go when they stop."), .flag("persistent", "Pools that are defined."),
            .flag("autostart", "Pools that start with the host."),
            .flag("no-autostart", "Pools that do not start with the host."),
            .text("type", "Only pools of these types, with commas.", .wordList(types.map(\.key))),
            .flag("details", "Show sizes, too."), .flag("uuid", "Print UUIDs."), .flag("name", "Print names."),
        ]
    ) { call in
        try call.excludePairs(["details": "uuid", "details": "name"])
        var flags: ConnectListAllStoragePoolsFlags = .active
        if call.has("inactive") { flags = .inactive }
        if call.has("all") { flags = [.active, .inactive] }
        flags.formUnion(
            call.flags([
                "transient": .transient, "persistent": .persistent, "autostart": .autostart,
                "no-autostart": .noAutostart,
            ]))
        for word in try call.text("type")?.split(separator: ",", omittingEmptySubsequences: false) ?? [] {
            guard let type = types.first(where: { $0.key == word }) else {
                throw ShellError("Invalid pool type '\(word)'")
            }
            flags.formUnion(type.value)
        }
        let filter = flags
        let connection = try await call.connection()
        let pools = try await attempt("Failed to list pools") { try await connection.storagePools(flags: filter) }
            .sorted(byName: \.name)
        if call.has("name") || call.has("uuid") {
            if call.output.isJSON {
                return call.printList(pools.map { call.has("uuid") ? $0.uuid.description : $0.name })
            }
            for pool in pools {
                // Both stand in one line, the UUID first.
                let name = pool.name.padded(to: 20)
                let words = (call.has("uuid") ? [pool.uuid.description] : []) + (call.has("name") ? [name] : [])
                call.output.print(words.joined(separator: " "))
            }
            return
        }
        call.print(try await call.has("details") ? details(pools) : overview(pools))
    }

    private static func overview(_ pools: [StoragePool]) async throws -> Table {
        var table = Table(header: ["Name", "State", "Autostart"])
        for pool in pools {
            let autostart = try? await pool.autostart()
            let isActive = (try? await pool.isActive()) ?? false
            table.rows.append([
                Table.Cell(pool.name), Table.Cell(isActive ? "active" : "inactive", isActive ? .running : .stopped),
                Table.Cell(autostart.yesOrNo ?? "no autostart"),
            ])
        }
        return table
    }

    private static func details(_ pools: [StoragePool]) async throws -> Table {
        var table = Table(
            header: ["Name", "State", "Autostart", "Persistent", "Capacity", "Allocation", "Available"])
        for pool in pools {
            let autostart = try? await pool.autostart()
            let isPersistent = try? await pool.isPersistent()
            guard let info = try? await pool.info() else {
                throw ShellError("Could not retrieve pool information")
            }
            let state = Int(info.state)
            let isActive = state != 0
            table.rows.append([
                Table.Cell(pool.name),
                Table.Cell(states.indices.contains(state) ? states[state] : "unknown", isActive ? .running : .stopped),
                Table.Cell(autostart.yesOrNo ?? "no autostart"), Table.Cell(isPersistent.yesOrNo ?? "unknown"),
                Table.Cell(size: isActive ? info.capacity : nil), Table.Cell(size: isActive ? info.allocation : nil),
                Table.Cell(size: isActive ? info.available : nil),
            ])
        }
        return table
    }

    static let poolInfo = Command(
        "pool-info", "Show what a pool is.", [.pool, .flag("bytes", "Print sizes in bytes.")]
    ) { call in
        let pool = try await call.pool()
        var facts = [Fact("name", "Name", pool.name), Fact("uuid", "UUID", pool.uuid.description)]
        let info = try await pool.info()
        let state = Int(info.state)
        facts.append(Fact("state", "State", states.indices.contains(state) ? states[state] : "unknown"))
        facts.append(Fact("persistent", "Persistent", try? await pool.isPersistent(), "yes", "no"))
        if let autostart = try? await pool.autostart() {
            facts.append(Fact("autostart", "Autostart", autostart, "yes", "no"))
        } else {
            facts.append(Fact("autostart", "Autostart", "no autostart", .null))
        }
        if state == 2 || state == 3 {
            let inBytes = call.has("bytes")
            facts.append(Fact("capacityBytes", "Capacity", bytes: info.capacity, inBytes ? "" : nil))
            facts.append(Fact("allocationBytes", "Allocation", bytes: info.allocation, inBytes ? "" : nil))
            facts.append(Fact("availableBytes", "Available", bytes: info.available, inBytes ? "" : nil))
        }
        call.print(facts, labelWidth: 15)
    }

    static let poolDumpxml = Command(
        "pool-dumpxml", "Print a pool's XML.", [.pool, .flag("inactive", "The XML of the next start."), .xpath, .wrap]
    ) { call in
        let pool = try await call.pool()
        try call.printXML(try await pool.xml(flags: call.has("inactive") ? .inactive : []))
    }

    static let poolName = Command(
        "pool-name", "Print the name of a pool.", [.required("pool", "UUID of the pool.", .pools)]
    ) { call in
        call.print(try await call.pool(byName: false).name, as: "name")
    }

    static let poolUuid = Command(
        "pool-uuid", "Print the UUID of a pool.", [.required("pool", "Name of the pool.", .pools)]
    ) { call in
        call.print(try await call.pool(byUUID: false).uuid.description, as: "uuid")
    }

    static let poolCapabilities = Command("pool-capabilities", "Print what kinds of pools there can be.") { call in
        let connection = try await call.connection()
        try call.printXML(
            try await attempt("failed to get storage pool capabilities") {
                try await connection.storagePoolCapabilities()
            } + "\n")
    }
}

extension Table.Cell {
    /// A size as virsh writes it; nil is none.
    init(size: UInt64?) {
        guard let size else {
            self.init("-")
            return
        }
        self.init(Capacity.text(size), json: .unsigned(size))
    }
}

extension Fact {
    /// A size, with its unit or, if `unit` is given, in bytes with that word behind.
    init(_ key: String, _ label: String, bytes: UInt64, _ unit: String? = nil) {
        self.init(key, label, unit.map { "\(bytes)\($0)" } ?? Capacity.text(bytes), .unsigned(bytes))
    }
}

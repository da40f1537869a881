internal import LibvirtRemote

extension CommandOption {
    static let buildPool = flag("build", "Build what it is in before it starts.")
    static let keepPoolContent = flag("no-overwrite", "Do not touch what is there.")
    static let overwritePool = flag("overwrite", "Overwrite what is there.")
}

extension Invocation {
    /// How a pool is created: built or not, and over what.
    func poolCreateFlags() throws(ShellError) -> StoragePoolCreateFlags {
        try exclude("overwrite", "no-overwrite")
        return flags([
            "build": .withBuild, "overwrite": .withBuildOverwrite, "no-overwrite": .withBuildNoOverwrite,
        ])
    }
}

extension Command {
    static let poolAutostart = Command(
        "pool-autostart", "Start a pool with the host, or no longer.", [.pool, .flag("disable", "No longer.")]
    ) { call in
        let pool = try await call.pool()
        let disable = call.has("disable")
        try await attempt("failed to \(disable ? "unmark" : "mark") pool \(pool.name) as autostarted") {
            try await pool.setAutostart(!disable)
        }
        call.remark("Pool \(pool.name) \(disable ? "unmarked" : "marked") as autostarted")
    }

    static let poolBuild = Command(
        "pool-build", "Build what a pool is in, such as its folder.", [.pool, .keepPoolContent, .overwritePool]
    ) { call in
        let pool = try await call.pool()
        let flags: StoragePoolBuildFlags = call.flags(["overwrite": .overwrite, "no-overwrite": .noOverwrite])
        try await attempt("Failed to build pool \(pool.name)") { try await pool.build(flags: flags) }
        call.remark("Pool \(pool.name) built")
    }

    static let poolCreate = Command(
        "pool-create", "Create and start a pool that goes when it stops.",
        [.file("File with the pool's XML."), .buildPool, .keepPoolContent, .overwritePool]
    ) { call in
        let file = try call.required("file")
        let flags = try call.poolCreateFlags()
        let xml = try TextFile.read(file)
        let connection = try await call.connection()
        let pool = try await attempt("Failed to create pool from \(file)") {
            try await connection.createStoragePool(xml: xml, flags: flags)
        }
        call.remark("Pool \(pool.name) created from \(file)")
    }

    static let poolDefine = Command(
        "pool-define", "Define a pool, or change its definition.", [.file("File with the pool's XML."), .validate]
    ) { call in
        let file = try call.required("file")
        let xml = try TextFile.read(file)
        let connection = try await call.connection()
        let pool = try await attempt("Failed to define pool from \(file)") {
            try await connection.defineStoragePool(xml: xml, flags: call.has("validate") ? .validate : [])
        }
        call.remark("Pool \(pool.name) defined from \(file)")
    }

    static let poolStart = Command(
        "pool-start", "Start a pool that is defined.", [.pool, .buildPool, .keepPoolContent, .overwritePool]
    ) { call in
        let pool = try await call.pool()
        let flags = try call.poolCreateFlags()
        try await attempt("Failed to start pool \(pool.name)") { try await pool.start(flags: flags) }
        call.remark("Pool \(pool.name) started")
    }

    static let poolDestroy = Command("pool-destroy", "Stop a pool; what is in it stays.", [.pool]) { call in
        let pool = try await call.pool()
        try await attempt("Failed to destroy pool \(pool.name)") { try await pool.destroy() }
        call.remark("Pool \(pool.name) destroyed")
    }

    static let poolDelete = Command("pool-delete", "Delete what an inactive pool is in.", [.pool]) { call in
        let pool = try await call.pool()
        try await attempt("Failed to delete pool \(pool.name)") { try await pool.delete() }
        call.remark("Pool \(pool.name) deleted")
    }

    static let poolRefresh = Command("pool-refresh", "Look again which volumes a pool has.", [.pool]) { call in
        let pool = try await call.pool()
        try await attempt("Failed to refresh pool \(pool.name)") { try await pool.refresh() }
        call.remark("Pool \(pool.name) refreshed")
    }

    static let poolUndefine = Command("pool-undefine", "Forget an inactive pool's definition.", [.pool]) { call in
        let pool = try await call.pool()
        try await attempt("Failed to undefine pool \(pool.name)") { try await pool.undefine() }
        call.remark("Pool \(pool.name) has been undefined")
    }

    static let poolEdit = Command("pool-edit", "Change a pool's definition in an editor.", [.pool]) { call in
        let pool = try await call.pool()
        try await call.edit(
            read: {
                // Daemons that do not know the flag have one XML only.
                do { return try await pool.xml(flags: .inactive) } catch let error as VirtError
                    where error.code == .invalidArg
                { return try await pool.xml() }
            }, unchanged: "Pool \(pool.name) XML configuration not changed."
        ) { xml, _ in
            let edited = try await pool.connection.defineStoragePool(xml: xml)
            return "Pool \(edited.name) XML configuration edited."
        }
    }

    static let poolEvent = Command(
        "pool-event", "Wait for events of pools, or list their kinds.",
        EventWaiting.options(of: .text("pool", "Only events of this pool.", .pools), names: ["lifecycle", "refresh"])
    ) { call in
        try await EventWaiting.run(call, names: ["lifecycle", "refresh"]) { kind in
            let pool = call.has("pool") ? try await call.pool() : nil
            return try await call.connection().storagePoolEvents([StoragePoolEventID(rawValue: kind)], pool: pool)
        } describe: { (event: StoragePoolEvent) in
            switch event {
            case .lifecycle(_, let type, _):
                EventText(
                    "lifecycle", "storage pool", event.object.name,
                    detail: EventText.word(
                        ["Defined", "Undefined", "Started", "Stopped", "Created", "Deleted"], type.rawValue))
            default: EventText("refresh", "storage pool", event.object.name)
            }
        }
    }
}

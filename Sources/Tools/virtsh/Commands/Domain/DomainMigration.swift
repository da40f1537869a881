internal import LibvirtRemote

extension Command {
    private static let flagNames: KeyValuePairs<String, DomainMigrateFlags> = [
        "live": .live, "offline": .offline, "p2p": .peer2peer, "tunnelled": .tunnelled, "persistent": .persistDest,
        "undefinesource": .undefineSource, "suspend": .paused, "copy-storage-all": .nonSharedDisk,
        "copy-storage-inc": .nonSharedInc, "copy-storage-synchronous-writes": .nonSharedSynchronousWrites,
        "change-protection": .changeProtection, "unsafe": .unsafe, "compressed": .compressed,
        "auto-converge": .autoConverge, "rdma-pin-all": .rdmaPinAll, "abort-on-error": .abortOnError,
        "postcopy": .postcopy, "postcopy-resume": .postcopyResume, "zerocopy": .zerocopy, "tls": .tls,
        "parallel": .parallel,
    ]

    /// Texts of options that are parameters as they are.
    private static let texts: KeyValuePairs<String, String> = [
        "migrateuri": "migrate_uri", "graphicsuri": "graphics_uri", "listen-address": "listen_address",
        "dname": "destination_name", "disks-uri": "disks_uri", "tls-destination": "tls.destination",
    ]

    static let migrate = Command(
        "migrate", "Move a domain to another host.",
        [
            .domain,
            .required(
                "desturi", "URI of the other host's hypervisor, as this program sees it; with --p2p as the daemon does."
            ),
            .flag("live", "While the guest runs."), .flag("offline", "Only the definition."),
            .flag("p2p", "The daemon talks to the other one."), .flag("direct", "The hypervisor does it all."),
            .flag("tunnelled", "Through the connection of the daemons."), .flag("persistent", "It is defined there."),
            .flag("undefinesource", "It is not defined here any more."), .flag("suspend", "It is paused there."),
            .flag("copy-storage-all", "Copy the disks."),
            .flag("copy-storage-inc", "Copy the topmost layers of the disks."),
            .flag("copy-storage-synchronous-writes", "What the guest writes meanwhile is copied at once."),
            .flag("change-protection", "Nobody may change the domain meanwhile."),
            .flag("unsafe", "Even if it is unsafe."),
            .flag("verbose", "Show how far it is."), .flag("compressed", "Compress memory."),
            .flag("auto-converge", "Slow the guest down if it must be."),
            .flag("rdma-pin-all", "Pin all memory, for RDMA."),
            .flag("abort-on-error", "An error of the guest's disks ends it."),
            .flag("postcopy", "The guest may be switched over before its memory is."),
            .flag("postcopy-after-precopy", "Switch over after the first pass."),
            .flag("postcopy-resume", "Go on with one whose copying has stopped."),
            .flag("zerocopy", "Send memory without copying it."),
            .text("migrateuri", "Where the memory goes."), .text("graphicsuri", "Where viewers go."),
            .text("listen-address", "Address that the other host listens on."), .text("dname", "Name of it there."),
            .number("timeout", "Seconds after which --timeout-suspend or --timeout-postcopy acts."),
            .flag("timeout-suspend", "Then pause the guest (default)."), .flag("timeout-postcopy", "Then switch over."),
            .text("xml", "File with the XML for there.", .files),
            .text("migrate-disks", "Disks to copy, with commas.", .disks),
            .number("disks-port", "Port for the disks."), .text("disks-uri", "Where the disks go."),
            .text("comp-methods", "How to compress, with commas.", .wordList(["xbzrle", "mt", "zstd", "zlib"])),
            .number("comp-mt-level", "Level of compression."), .number("comp-mt-threads", "Threads that compress."),
            .number("comp-mt-dthreads", "Threads that decompress."),
            .number("comp-xbzrle-cache", "Bytes of xbzrle's cache."),
            .number("auto-converge-initial", "How much the guest is slowed down at first, in percent."),
            .number("auto-converge-increment", "And how much more each time."),
            .text("persistent-xml", "File with the XML that is defined there.", .files), .flag("tls", "Encrypted."),
            .number("postcopy-bandwidth", "Limit after the switch, in MiB a second."),
            .flag("parallel", "Over several connections."), .number("parallel-connections", "How many."),
            .number("bandwidth", "Limit in MiB a second."),
            .text("tls-destination", "Name in the other host's certificate."),
        ]
    ) { call in
        try call.excludePairs(["live": "offline", "timeout-suspend": "timeout-postcopy"])
        try call.require("postcopy", by: "postcopy-after-precopy")
        try call.require("postcopy", by: "timeout-postcopy")
        try call.require("persistent", by: "persistent-xml")
        let flags = call.flags(flagNames)
        if call.has("copy-storage-synchronous-writes"), !call.has("copy-storage-all"), !call.has("copy-storage-inc") {
            throw ShellError(
                "'--copy-storage-synchronous-writes' requires one of '--copy-storage-all', 'copy-storage-inc'")
        }
        let domain = try await call.domain()
        let timeout: Int64? = try call.integer("timeout", in: 1...Int64(Int32.max) / 1000)
        if timeout != nil, call.has("offline") { throw ShellError("migrate: Unexpected timeout for offline migration") }
        if timeout == nil, call.has("timeout-suspend") || call.has("timeout-postcopy") {
            throw ShellError("migrate: Unexpected --timeout-* option without --timeout")
        }
        let destination = try call.required("desturi")
        let parameters = try parameters(call)
        if call.has("direct") {
            throw ShellError("migrate: this program has no migration by the hypervisor alone (--direct)")
        }
        let session = call.shell.session
        let timer = MigrationTimer(call: call, domain: domain, seconds: timeout)
        try await JobWatch.run(call, domain, "Migration") {
            try await timer.run {
                if call.has("p2p") {
                    try await domain.migrate(toURI: destination, parameters: parameters, flags: flags)
                } else {
                    let other = try await session.another(destination)
                    do {
                        _ = try await domain.migrate(to: other, parameters: parameters, flags: flags)
                    } catch {
                        await other.close()
                        throw error
                    }
                    await other.close()
                }
            }
        }
    }

    private static func parameters(_ call: Invocation) throws -> [TypedParameter] {
        var parameters: [TypedParameter] = []
        for (option, field) in texts { try call.addText(option, field, to: &parameters) }
        if let file = try call.text("xml") {
            parameters.append(TypedParameter(field: "destination_xml", value: .string(try TextFile.read(file))))
        }
        if let file = try call.text("persistent-xml") {
            parameters.append(TypedParameter(field: "persistent_xml", value: .string(try TextFile.read(file))))
        }
        for disk in try call.text("migrate-disks")?.split(separator: ",") ?? [] {
            parameters.append(TypedParameter(field: "migrate_disks", value: .string(String(disk))))
        }
        for method in try call.text("comp-methods")?.split(separator: ",") ?? [] {
            parameters.append(TypedParameter(field: "compression", value: .string(String(method))))
        }
        for (option, field) in [
            ("disks-port", "disks_port"), ("comp-mt-level", "compression.mt.level"),
            ("comp-mt-threads", "compression.mt.threads"), ("comp-mt-dthreads", "compression.mt.dthreads"),
            ("auto-converge-initial", "auto_converge.initial"), ("auto-converge-increment", "auto_converge.increment"),
            ("parallel-connections", "parallel.connections"),
        ] {
            if let value: Int32 = try call.integer(option) {
                parameters.append(TypedParameter(field: field, value: .int(value)))
            }
        }
        try call.addNumber("comp-xbzrle-cache", "compression.xbzrle.cache", to: &parameters)
        try call.addNumber("postcopy-bandwidth", "bandwidth.postcopy", to: &parameters)
        try call.addNumber("bandwidth", "bandwidth", to: &parameters)
        return parameters
    }

    static let migrateSetmaxdowntime = Command(
        "migrate-setmaxdowntime", "Change how long a guest may stand still in a migration.",
        [.domain, .number("downtime", "Milliseconds.", required: true)]
    ) { call in
        let domain = try await call.domain()
        let downtime = try call.requiredInteger("downtime", as: Int64.self)
        guard downtime > 0 else { throw ShellError("migrate: Invalid downtime") }
        try await domain.setMigrationMaxDowntime(UInt64(downtime))
    }

    static let migrateGetmaxdowntime = Command(
        "migrate-getmaxdowntime", "Print how long a guest may stand still in a migration.", [.domain]
    ) { call in
        let downtime = try await call.domain().migrationMaxDowntime()
        call.print(String(downtime), as: "milliseconds", .unsigned(downtime))
    }

    static let migrateCompcache = Command(
        "migrate-compcache", "Show or change the cache for compression in a migration.",
        [.domain, .namedNumber("size", "Its size in bytes.")]
    ) { call in
        let domain = try await call.domain()
        if let size: UInt64 = try call.integer("size") { try await domain.setMigrationCompressionCache(size) }
        let size = try await domain.migrationCompressionCache()
        call.print("Compression cache: \(Capacity.text(size, places: 3))", as: "bytes", .unsigned(size))
    }

    static let migrateSetspeed = Command(
        "migrate-setspeed", "Change how fast migrations go.",
        [.domain, .number("bandwidth", "MiB a second.", required: true), .flag("postcopy", "After the switch.")]
    ) { call in
        let domain = try await call.domain()
        let bandwidth = try call.requiredInteger("bandwidth", as: UInt64.self)
        try await domain.setMigrationMaxSpeed(bandwidth, flags: call.has("postcopy") ? .postcopy : [])
    }

    static let migrateGetspeed = Command(
        "migrate-getspeed", "Print how fast migrations go, in MiB a second.",
        [.domain, .flag("postcopy", "After the switch.")]
    ) { call in
        let speed = try await call.domain().migrationMaxSpeed(flags: call.has("postcopy") ? .postcopy : [])
        call.print(String(speed), as: "bandwidth", .unsigned(speed))
    }

    static let migratePostcopy = Command(
        "migrate-postcopy", "Switch a guest over before its memory is.", [.domain]
    ) { call in try await call.domain().startMigrationPostCopy() }
}

/// What happens to a migration that takes too long.
private struct MigrationTimer: Sendable {
    let call: Invocation
    let domain: Domain
    let seconds: Int64?

    func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await body()
                return true
            }
            if let seconds {
                group.addTask {
                    do { try await Task.sleep(for: .seconds(seconds)) } catch { return false }
                    if call.has("timeout-postcopy") {
                        try? await domain.startMigrationPostCopy()
                    } else {
                        try? await domain.suspend()
                    }
                    return false
                }
            }
            if call.has("postcopy-after-precopy") {
                group.addTask {
                    // The second pass begins when the first is over.
                    let events = try? await domain.connection.domainEvents([.migrationIteration], domain: domain)
                    guard let events else { return false }
                    for await event in events {
                        if case .migrationIteration(_, let pass) = event, pass >= 2 {
                            try? await domain.startMigrationPostCopy()
                            break
                        }
                    }
                    return false
                }
            }
            defer { group.cancelAll() }
            while let isDone = try await group.next() {
                if isDone { break }
            }
        }
    }
}

internal import LibvirtRemote

extension CommandOption {
    fileprivate static let path = required("path", "Target or source of the disk.", .disks)
    fileprivate static let bandwidth = number("bandwidth", "Limit in MiB a second; with --bytes in bytes.")
    fileprivate static let wait = flag("wait", "Wait until it is done.")
    fileprivate static let verbose = flag("verbose", "With --wait: show how far it is.")
    fileprivate static let timeout = number("timeout", "With --wait: end it after so many seconds.")
    fileprivate static let async = flag("async", "With --wait: do not wait for its end once it is told to end.")
    fileprivate static let bytes = flag("bytes", "The bandwidth is in bytes.")
    fileprivate static let keepRelative = flag("keep-relative", "Keep relative names of backing files.")
    fileprivate static let shallow = flag("shallow", "Only the topmost layer.")
}

extension Invocation {
    /// The limit that a line gives, in the unit that the call takes with `--bytes` or without.
    func blockBandwidth() throws(ShellError) -> UInt64 {
        if has("bytes") { return try size("bandwidth", unit: 1) ?? 0 }
        return try integer("bandwidth") ?? 0
    }

    /// Refuses what makes sense for a line that waits only.
    fileprivate func requireWaiting(_ options: [String], _ isWaiting: Bool) throws(ShellError) {
        guard !isWaiting else { return }
        for option in ["verbose", "async"] where has(option) {
            let list = options.dropLast().map { "--\($0)" }.joined(separator: ", ")
            throw ShellError("--\(option) requires at least one of \(list), or --\(options[options.count - 1])")
        }
    }
}

/// Waiting for the end of a job on a disk.
private struct BlockJobWait {
    enum Ending { case completed, ready, failed, aborted }

    let call: Invocation
    let domain: Domain
    let path: String
    let label: String

    /// Polls, since not every daemon tells of the end with an event that names this disk as the line does. What an
    /// event tells of a failure counts; a job that is gone without one has done its work.
    func run() async throws -> Ending {
        let seconds: Int64? = try call.integer("timeout", in: 1...Int64(Int32.max) / 1000)
        let deadline = seconds.map { ContinuousClock.now.advanced(by: .seconds($0)) }
        let interrupted = Counter()
        return try await withThrowingTaskGroup(of: Ending?.self) { group in
            group.addTask {
                for await _ in Interrupts([2]).sequence { interrupted.increment() }
                return nil
            }
            let failures = Counter()
            if let events = try? await domain.connection.domainEvents([.blockJob, .blockJob2], domain: domain) {
                group.addTask {
                    for await event in events {
                        switch event {
                        case .blockJob(_, path, _, .failed), .blockJob2(_, path, _, .failed): failures.increment()
                        default: break
                        }
                    }
                    return nil
                }
            }
            group.addTask { try await poll(deadline, interrupted, failures) }
            defer { group.cancelAll() }
            while let ending = try await group.next() {
                if let ending { return ending }
            }
            return .failed
        }
    }

    private func poll(
        _ deadline: ContinuousClock.Instant?, _ interrupted: Counter, _ failures: Counter
    ) async throws -> Ending {
        var isEnding = false
        while true {
            let info = try await attempt("failed to query job for disk \(path)") { try await domain.blockJobInfo(path) }
            guard info.found > 0 else {
                if isEnding { return .aborted }
                if call.has("verbose") { JobWatch.show(label, left: 0, of: 1, call.output) }
                // The event may come after the answer.
                try await Task.sleep(for: .milliseconds(100))
                return failures.value == 0 ? .completed : .failed
            }
            if call.has("verbose") {
                JobWatch.show(label, left: info.end - min(info.cur, info.end), of: info.end, call.output)
            }
            let canBeReady = info.type == .copy || info.type == .activeCommit
            if canBeReady, info.end > 0, info.cur == info.end {
                let xml = try XMLSelection(document: try await domain.xml())
                if xml.count("/domain/devices/disk/mirror[@ready='yes']") > 0 { return .ready }
            }
            let isLate = deadline.map { ContinuousClock.now >= $0 } ?? false
            if !isEnding, isLate || interrupted.value > 0 {
                isEnding = true
                try await attempt("failed to abort job for disk '\(path)'") {
                    try await domain.abortBlockJob(path, flags: call.has("async") ? .async : [])
                }
                if call.has("async") { return .aborted }
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}

extension Command {
    static let blockpull = Command(
        "blockpull", "Copy what is in the backing files of a disk into it.",
        [
            .domain, .path, .bandwidth, .text("base", "Backing file that stays."), .wait, .verbose, .timeout, .async,
            .keepRelative, .bytes,
        ]
    ) { call in
        try call.require("wait", by: "verbose")
        try call.require("wait", by: "async")
        let path = try call.required("path")
        let base = try call.text("base")
        let bandwidth = try call.blockBandwidth()
        let domain = try await call.domain()
        let isBytes = call.has("bytes")
        if base != nil || call.has("keep-relative") {
            let flags: DomainBlockRebaseFlags = call.flags(["keep-relative": .relative, "bytes": .bandwidthBytes])
            try await domain.blockRebase(path, base: base, bandwidth: bandwidth, flags: flags)
        } else {
            try await domain.blockPull(path, bandwidth: bandwidth, flags: isBytes ? .bandwidthBytes : [])
        }
        guard call.has("wait") || call.has("timeout") else { return call.output.remarkUnended("Block Pull started") }
        let wait = BlockJobWait(call: call, domain: domain, path: path, label: "Block Pull")
        switch try await wait.run() {
        case .completed, .ready: call.output.remarkUnended("\nPull complete")
        case .aborted: call.output.remarkUnended("\nPull aborted")
        case .failed: throw ShellError("Pull failed")
        }
    }

    static let blockcommit = Command(
        "blockcommit", "Write what is in a disk's layers into a backing file.",
        [
            .domain, .path, .bandwidth, .text("base", "Backing file that takes it; the lowest unless said."), .shallow,
            .text("top", "Topmost layer that is written; the highest unless said."),
            .flag("active", "The topmost layer, too, in two phases."),
            .flag("delete", "Delete files that are done with."),
            .wait, .verbose, .timeout, .flag("pivot", "Use the base when it has everything."),
            .flag("keep-overlay", "Use the layer on, when the base has everything."), .async, .keepRelative, .bytes,
        ]
    ) { call in
        try call.excludePairs(["pivot": "keep-overlay", "base": "shallow"])
        let isActive = ["active", "pivot", "keep-overlay"].contains(where: call.has)
        let isWaiting = ["wait", "timeout", "pivot", "keep-overlay"].contains(where: call.has)
        try call.requireWaiting(["timeout", "wait", "pivot", "keep-overlay"], isWaiting)
        let path = try call.required("path")
        let base = try call.text("base")
        let top = try call.text("top")
        let bandwidth = try call.blockBandwidth()
        var flags: DomainBlockCommitFlags = call.flags([
            "shallow": .shallow, "delete": .delete, "keep-relative": .relative, "bytes": .bandwidthBytes,
        ])
        if isActive { flags.insert(.active) }
        let domain = try await call.domain()
        try await domain.blockCommit(path, base: base, top: top, bandwidth: bandwidth, flags: flags)
        guard isWaiting else {
            return call.output.remarkUnended(isActive ? "Active Block Commit started" : "Block Commit started")
        }
        let wait = BlockJobWait(
            call: call, domain: domain, path: path, label: isActive ? "Active Block Commit" : "Block commit")
        switch try await wait.run() {
        case .completed: call.output.remarkUnended("\nCommit complete")
        case .aborted: call.output.remarkUnended("\nCommit aborted")
        case .failed: throw ShellError("Commit failed")
        case .ready:
            if call.has("pivot") {
                try await attempt("failed to pivot job for disk \(path)") {
                    try await domain.abortBlockJob(path, flags: .pivot)
                }
                call.output.remarkUnended("\nSuccessfully pivoted")
            } else if call.has("keep-overlay") {
                try await attempt("failed to finish job for disk \(path)") { try await domain.abortBlockJob(path) }
                call.output.remarkUnended("\nCommit complete, overlay image kept")
            } else {
                call.output.remarkUnended("\nNow in synchronized phase")
            }
        }
    }

    static let blockcopy = Command(
        "blockcopy", "Copy a disk to another place, while it is in use.",
        [
            .domain, .path, .text("dest", "Where to.", .files), .bandwidth, .shallow,
            .flag("reuse-external", "Use a file that is there."), .alias("raw", of: "format=raw"),
            .flag("blockdev", "The destination is a block device."), .wait, .verbose, .timeout,
            .flag("pivot", "Use the copy when it is complete."),
            .flag("finish", "Use the source on, when the copy is complete."),
            .async, .text("xml", "File with XML of the destination.", .files),
            .text("format", "Format of the destination."),
            .number("granularity", "Granularity in bytes, a power of two."),
            .number("buf-size", "Most bytes on their way."), .bytes, .flag("transient-job", "It goes with the domain."),
            .flag("synchronous-writes", "What the guest writes is copied at once."), .printXML,
        ]
    ) { call in
        try call.excludePairs(["pivot": "finish", "dest": "xml", "format": "xml", "blockdev": "xml"])
        let isWaiting = ["wait", "timeout", "pivot", "finish"].contains(where: call.has)
        try call.requireWaiting(["timeout", "wait", "pivot", "finish"], isWaiting)
        let path = try call.required("path")
        let destination = try call.text("dest")
        let format = try call.text("format")
        let file = try call.text("xml")
        let bandwidth = try call.blockBandwidth()
        let granularity: UInt32? = try call.integer("granularity")
        let buffer: UInt64? = try call.integer("buf-size")
        guard destination != nil || file != nil else { throw ShellError("need either --dest or --xml") }
        let domain = try await call.domain()
        let flags: DomainBlockCopyFlags = call.flags([
            "shallow": .shallow, "reuse-external": .reuseExt, "transient-job": .transientJob,
            "synchronous-writes": .synchronousWrites,
        ])
        var parameters: [TypedParameter] = []
        if bandwidth > 0 {
            parameters.append(
                TypedParameter(field: "bandwidth", value: .ullong(call.has("bytes") ? bandwidth : bandwidth &<< 20)))
        }
        if let granularity { parameters.append(TypedParameter(field: "granularity", value: .uint(granularity))) }
        if let buffer { parameters.append(TypedParameter(field: "buf-size", value: .ullong(buffer))) }
        let xml: String
        if let file {
            xml = try TextFile.read(file)
        } else {
            let isBlock = call.has("blockdev")
            var source = XMLElement("source")
            source.set(isBlock ? "dev" : "file", destination)
            xml = XMLElement(
                "disk", ["type": isBlock ? "block" : "file"],
                [source, format == nil ? nil : XMLElement("driver", ["type": format])]
            ).formatted()
        }
        if call.has("print-xml") { return try call.printXML(xml) }
        try await domain.blockCopy(path, to: xml, parameters: parameters, flags: flags)
        guard isWaiting else { return call.output.remarkUnended("Block Copy started") }
        switch try await BlockJobWait(call: call, domain: domain, path: path, label: "Block Copy").run() {
        case .aborted: call.output.remarkUnended("\nCopy aborted")
        case .failed, .completed: throw ShellError("Copy failed")
        case .ready:
            if call.has("pivot") {
                try await attempt("failed to pivot job for disk \(path)") {
                    try await domain.abortBlockJob(path, flags: .pivot)
                }
                call.output.remarkUnended("\nSuccessfully pivoted")
            } else if call.has("finish") {
                try await attempt("failed to finish job for disk \(path)") { try await domain.abortBlockJob(path) }
                call.output.remarkUnended("\nSuccessfully copied")
            } else {
                call.output.remarkUnended("\nNow in mirroring phase")
            }
        }
    }

    private static let jobLabels = [
        "Unknown job", "Block Pull", "Block Copy", "Block Commit", "Active Block Commit", "Backup",
    ]

    static let blockjob = Command(
        "blockjob", "Show or change a job on a disk.",
        [
            .domain, .path, .flag("abort", "End it."), .flag("async", "With --abort: do not wait for its end."),
            .flag("pivot", "Use what it made."), .flag("info", "Show it (default)."), .bytes,
            .flag("raw", "Show it as numbers."), .bandwidth,
        ]
    ) { call in
        try call.excludePairs([
            "raw": "abort", "raw": "async", "raw": "pivot", "raw": "bandwidth", "info": "abort", "info": "async",
            "info": "pivot", "info": "bandwidth", "bytes": "abort", "bytes": "async", "bytes": "pivot",
            "bandwidth": "abort", "bandwidth": "async", "bandwidth": "pivot",
        ])
        let path = try call.required("path")
        let domain = try await call.domain()
        if call.has("abort") || call.has("async") || call.has("pivot") {
            return try await domain.abortBlockJob(path, flags: call.flags(["async": .async, "pivot": .pivot]))
        }
        if call.has("bandwidth") {
            let bandwidth = try call.blockBandwidth()
            return try await domain.setBlockJobSpeed(
                path, bandwidth: bandwidth, flags: call.has("bytes") ? .bandwidthBytes : [])
        }
        var isBytes = true
        let info: DomainBlockJobInfo
        do {
            info = try await domain.blockJobInfo(path, flags: .bandwidthBytes)
        } catch let error as VirtError where error.code == .invalidArg {
            // Daemons that do not know the flag count MiB.
            isBytes = false
            info = try await domain.blockJobInfo(path)
        }
        let rate = isBytes ? info.bandwidth : info.bandwidth << 20
        let label = EventText.word(jobLabels, info.type.rawValue)
        if call.output.isJSON {
            guard info.found > 0 else { return call.output.print(.null) }
            return call.output.print(
                .object([
                    "job": .string(label), "bytesPerSecond": .unsigned(rate), "current": .unsigned(info.cur),
                    "end": .unsigned(info.end),
                ]))
        }
        guard info.found > 0 else {
            return call.has("raw") ? () : call.output.remarkUnended("No current block job for \(path)")
        }
        if call.has("raw") {
            call.output.printRaw(
                " type=\(label)\n bandwidth=\(info.bandwidth)\n cur=\(info.cur)\n end=\(info.end)\n")
            return
        }
        JobWatch.show(label, left: info.end - min(info.cur, info.end), of: info.end, call.output)
        if rate > 0 {
            let (value, unit) = Capacity.scaled(rate)
            call.output.printRaw(
                "    Bandwidth limit: \(rate) bytes/s (\(Decimal.text(value, places: 3)) \(unit)/s)")
        }
        call.output.printRaw("\n")
    }

    static let blockresize = Command(
        "blockresize", "Change the size of a disk of a running domain.",
        [.domain, .path, .number("size", "The new size; KiB without a unit.", required: true)]
    ) { call in
        let path = try call.required("path")
        var size = try call.size("size", unit: 1024) ?? 0
        // In KiB where that is exact, since every daemon takes that.
        var flags: DomainBlockResizeFlags = []
        if size % 1024 == 0 { size /= 1024 } else { flags.insert(.bytes) }
        let (wanted, unit) = (size, flags)
        let domain = try await call.domain()
        try await attempt("Failed to resize block device '\(path)'") {
            try await domain.resizeBlock(path, to: wanted, flags: unit)
        }
        call.output.remarkUnended("Block device '\(path)' is resized")
    }

    static let domblkthreshold = Command(
        "domblkthreshold", "Be told when a guest writes beyond an offset.",
        [
            .domain, .required("dev", "The device, such as vda or vda[1].", .disks),
            .number("threshold", "Offset in bytes.", required: true),
        ]
    ) { call in
        let device = try call.required("dev")
        let threshold = try call.size("threshold", unit: 1) ?? 0
        let domain = try await call.domain()
        try await domain.setBlockThreshold(device, to: threshold)
    }
}

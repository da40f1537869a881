internal import LibvirtRemote

/// What is known of a job, under libvirt's names.
private struct JobReport {
    let values: [String: TypedParameterValue]

    func number(_ field: String) -> UInt64? {
        switch values[field] {
        case .int(let value)?: UInt64(clamping: value)
        case .uint(let value)?: UInt64(value)
        case .llong(let value)?: UInt64(clamping: value)
        case .ullong(let value)?: value
        default: nil
        }
    }

    private static func line(_ label: String, _ text: String) -> String {
        "\(label.padded(to: 17)) \(text)\n"
    }

    private func count(_ label: String, _ field: String, _ unit: String = "", width: Int = 12) -> String {
        guard let value = number(field) else { return "" }
        return Self.line(label, String(value).padded(to: width) + (unit.isEmpty ? "" : " \(unit)"))
    }

    private func size(_ label: String, _ field: String, _ suffix: String = "") -> String {
        guard let value = number(field) else { return "" }
        return Self.line(label, Capacity.text(value, places: 3) + suffix)
    }

    /// Progress of one kind of data: shown if there is any of it.
    private func progress(_ labels: (String, String, String), _ prefix: String) -> String {
        let fields = ["processed", "remaining", "total"].map { "\(prefix)_\($0)" }
        guard fields.contains(where: { (number($0) ?? 0) > 0 }) else { return "" }
        func line(_ label: String, _ field: String) -> String {
            Self.line(label, Capacity.text(number(field) ?? 0, places: 3))
        }
        return line(labels.0, fields[0]) + line(labels.1, fields[1]) + line(labels.2, fields[2])
    }

    func text(isBounded: Bool, isCompleted: Bool) -> String {
        var text = ""
        if let operation = number("operation") {
            let words = [
                "Unknown", "Start", "Save", "Restore", "Incoming migration", "Outgoing migration", "Snapshot",
                "Snapshot revert", "Dump", "Backup", "Snapshot delete",
            ]
            text += Self.line("Operation:", EventText.word(words, Int32(clamping: operation)).padded(to: 12))
        }
        text += Self.line("Time elapsed:", String(number("time_elapsed") ?? 0).padded(to: 12) + " ms")
        text += count("Time elapsed w/o network:", "time_elapsed_net", "ms")
        if isBounded {
            text += Self.line("Time remaining:", String(number("time_remaining") ?? 0).padded(to: 12) + " ms")
        }
        text += progress(("Data processed:", "Data remaining:", "Data total:"), "data")
        let memory = progress(("Memory processed:", "Memory remaining:", "Memory total:"), "memory")
        text += memory
        if !memory.isEmpty {
            if (number("memory_bps") ?? 0) > 0 { text += size("Memory bandwidth:", "memory_bps", "/s") }
            if !isCompleted { text += count("Dirty rate:", "memory_dirty_rate", "pages/s") }
            text += count("Page size:", "memory_page_size", "bytes")
            text += count("Iteration:", "memory_iteration")
            text += count("Postcopy requests:", "memory_postcopy_requests")
        }
        let files = progress(("File processed:", "File remaining:", "File total:"), "disk")
        text += files
        if !files.isEmpty, (number("disk_bps") ?? 0) > 0 { text += size("File bandwidth:", "disk_bps", "/s") }
        text += count("Constant pages:", "memory_constant")
        text += count("Normal pages:", "memory_normal")
        text += size("Normal data:", "memory_normal_bytes")
        text += count(isCompleted ? "Total downtime:" : "Expected downtime:", "downtime", "ms")
        text += count("Downtime w/o network:", "downtime_net", "ms")
        text += count("Setup time:", "setup_time", "ms")
        text += size("Compression cache:", "compression_cache")
        text += size("Compressed data:", "compression_bytes")
        text += count("Compressed pages:", "compression_pages", width: 13)
        text += count("Compression cache misses:", "compression_cache_misses", width: 13)
        text += count("Compression overflows:", "compression_overflow", width: 13)
        text += count("Auto converge throttle:", "auto_converge_throttle", width: 13)
        text += size("Temporary disk space use:", "disk_temp_used")
        text += size("Temporary disk space total:", "disk_temp_total")
        if case .string(let message)? = values["errmsg"] { text += Self.line("Error message:", message) }
        return text
    }
}

extension Command {
    static let domjobinfo = Command(
        "domjobinfo", "Show the job of a domain.",
        [
            .domain, .flag("completed", "The one that has ended."),
            .flag("keep-completed", "And keep what is known of it."),
            .flag("anystats", "Everything that is known."), .flag("rawstats", "With the daemon's own names."),
        ]
    ) { call in
        try call.require("completed", by: "keep-completed")
        let domain = try await call.domain()
        let flags: DomainGetJobStatsFlags = call.flags(["completed": .completed, "keep-completed": .keepCompleted])
        let type: DomainJobType
        var parameters: [TypedParameter] = []
        do {
            let statistics = try await domain.jobStatistics(flags: flags)
            (type, parameters) = (statistics.type, statistics.params)
        } catch let error as VirtError where error.code == .noSupport {
            if !flags.isEmpty || call.has("rawstats") {
                throw ShellError("Optional flags or --rawstats are not supported by the daemon")
            }
            let info = try await domain.jobInfo()
            type = info.type
            parameters = [
                ("time_elapsed", info.timeElapsed), ("time_remaining", info.timeRemaining),
                ("data_total", info.dataTotal), ("data_processed", info.dataProcessed),
                ("data_remaining", info.dataRemaining), ("memory_total", info.memTotal),
                ("memory_processed", info.memProcessed), ("memory_remaining", info.memRemaining),
                ("disk_total", info.fileTotal), ("disk_processed", info.fileProcessed),
                ("disk_remaining", info.fileRemaining),
            ].map { TypedParameter(field: $0.0, value: .ullong($0.1)) }
        }
        let words = ["None", "Bounded", "Unbounded", "Completed", "Failed", "Cancelled"]
        let word = EventText.word(words, type.rawValue)
        if call.output.isJSON {
            return call.output.print(.object(["type": .string(word), "statistics": parameters.json]))
        }
        if call.has("rawstats") {
            call.output.print("Job type: \(type.rawValue)\n")
            for parameter in parameters { call.output.print("\(parameter.field): \(parameter.value.text)") }
            return
        }
        call.output.print("\("Job type:".padded(to: 17)) \(word.padded(to: 12))")
        let hasEnded = type == .completed || type == .failed
        guard call.has("anystats") || type == .bounded || type == .unbounded || call.has("completed") && hasEnded else {
            return
        }
        let report = JobReport(
            values: Dictionary(parameters.map { ($0.field, $0.value) }, uniquingKeysWith: { $1 }))
        call.output.printRaw(report.text(isBounded: type == .bounded, isCompleted: call.has("completed")))
    }

    static let domjobabort = Command(
        "domjobabort", "End the job of a domain.",
        [.domain, .flag("postcopy", "Stop the copying of a migration after the switch.")]
    ) { call in
        let domain = try await call.domain()
        if call.has("postcopy") {
            try await domain.abortJob(flags: .postcopy)
        } else {
            try await domain.abortJob()
        }
    }

    static let dirtyRate = Command(
        "domdirtyrate-calc", "Measure how fast a guest writes to its memory.",
        [
            .domain, .number("seconds", "How long to measure, 1 to 60."),
            .text("mode", "How.", .words(["page-sampling", "dirty-bitmap", "dirty-ring"])),
        ]
    ) { call in
        let domain = try await call.domain()
        let seconds: Int32 = try call.integer("seconds") ?? 1
        var flags: DomainDirtyRateCalcFlags = []
        if let mode = try call.text("mode") {
            switch mode {
            case "page-sampling": flags = .pageSampling
            case "dirty-bitmap": flags = .dirtyBitmap
            case "dirty-ring": flags = .dirtyRing
            default: throw ShellError("Unknown calculation mode '\(mode)'")
            }
        }
        try await domain.startDirtyRateCalculation(seconds: seconds, flags: flags)
        call.remark("Start to calculate domain's memory dirty rate successfully.")
        call.remark("The calculated dirty rate information is available by calling 'domstats --dirtyrate'.")
    }
}

internal import LibvirtRemote

extension Command {
    private static let memoryFields = [
        "swap_in", "swap_out", "major_fault", "minor_fault", "unused", "available", "actual", "rss", "usable",
        "last_update", "disk_caches", "hugetlb_pgalloc", "hugetlb_pgfail",
    ]

    static let dommemstat = Command(
        "dommemstat", "Print how a domain uses its memory.",
        [.domain, .namedNumber("period", "Ask the balloon for it every so many seconds."), .config, .live, .current]
    ) { call in
        try call.excludePairs(["current": "live", "current": "config"])
        let domain = try await call.domain()
        if let period: Int32 = try call.integer("period") {
            guard period >= 0 else { throw ShellError("Invalid collection period value '\(period)'") }
            let impact = try call.impact()
            return try await attempt("Unable to change balloon collection period.") {
                try await domain.setMemoryStatisticsPeriod(period, flags: impact)
            }
        }
        let statistics = try await attempt("Failed to get memory statistics for domain \(domain.name)") {
            try await domain.memoryStatistics(maxStats: 13)
        }
        let known = statistics.filter { memoryFields.indices.contains(Int($0.tag.rawValue)) }
        if call.output.isJSON {
            return call.output.print(
                .object(
                    known.map { JSON.Member(name: memoryFields[Int($0.tag.rawValue)], value: .unsigned($0.val)) }))
        }
        for statistic in known { call.output.print("\(memoryFields[Int(statistic.tag.rawValue)]) \(statistic.val)") }
    }

    static let domtime = Command(
        "domtime", "Show or set the clock of a guest.",
        [
            .domain, .flag("now", "Set it to this host's."), .flag("pretty", "As a date."),
            .flag("sync", "Set it to the guest's own hardware clock."), .number("time", "Set it: seconds since 1970."),
        ]
    ) { call in
        try call.excludePairs(["time": "now", "time": "sync", "now": "sync"])
        let domain = try await call.domain()
        let time: Int64? = try call.integer("time")
        if time != nil || call.has("now") || call.has("sync") {
            let now = LocalTime.now
            let seconds = call.has("now") ? Int64(now.seconds) : time ?? 0
            return try await domain.setTime(
                seconds: seconds, nanoseconds: 0, flags: call.has("sync") ? .sync : [])
        }
        let current = try await domain.time()
        if call.output.isJSON { return call.print("", as: "seconds", .integer(current.seconds)) }
        let date = LocalTime(seconds: Int(current.seconds), isUTC: true)
        // The end of the command ends the line.
        call.output.printRaw("Time: " + (call.has("pretty") ? "\(date.date) \(date.clock)" : "\(current.seconds)"))
    }
}

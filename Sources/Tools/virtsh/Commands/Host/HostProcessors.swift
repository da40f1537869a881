internal import LibvirtRemote

extension Command {
    static let nodecpumap = Command(
        "nodecpumap", "Show which processors the host has, and which are on.",
        [.flag("pretty", "As ranges of numbers.")]
    ) { call in
        let connection = try await call.connection()
        let map = try await attempt("Unable to get cpu map") { try await connection.cpuMap(needMap: 1, needOnline: 1) }
        let processors = CPUMap(bytes: Array(map.cpumap), count: Int(map.ret))
        call.print(
            [
                Fact("present", "CPUs present", String(map.ret), .integer(Int64(map.ret))),
                Fact("online", "CPUs online", String(map.online), .unsigned(UInt64(map.online))),
                Fact("map", "CPU map", call.has("pretty") ? processors.ranges : processors.letters, processors.json),
            ], labelWidth: 15)
    }

    private struct Times {
        var fields: [String: UInt64]
        var user: UInt64 { fields["user"] ?? 0 }
        var system: UInt64 { fields["kernel"] ?? 0 }
        var idle: UInt64 { fields["idle"] ?? 0 }
        var waiting: UInt64 { fields["iowait"] ?? 0 }
    }

    private static let timeLabels = [
        ("user", "user"), ("kernel", "system"), ("idle", "idle"), ("iowait", "iowait"), ("intr", "intr"),
        ("utilization", "usage"),
    ]

    static let nodecpustats = Command(
        "nodecpustats", "Print what the host's processors did.",
        [.number("cpu", "Only this processor."), .flag("percent", "In percent, during one second.")]
    ) { call in
        let cpu: Int32 = try call.integer("cpu") ?? -1
        let connection = try await call.connection()
        let first = try await processorTimes(connection, cpu)
        if !call.has("percent") {
            if call.output.isJSON {
                let members = timeLabels.compactMap { label in
                    first.fields[label.0].map { JSON.Member(name: label.1, value: .unsigned($0)) }
                }
                return call.output.print(.object(members))
            }
            for (field, label) in timeLabels {
                guard let value = first.fields[field] else { continue }
                call.output.print("\((label + ":").padded(to: 15)) \(String(value).leftPadded(to: 20))")
            }
            return
        }
        if let usage = first.fields["utilization"] {
            return call.output.isJSON
                ? call.output.print(.object(["usage": .unsigned(usage)]))
                : call.output.print("\("usage:".padded(to: 15)) \(String(usage).leftPadded(to: 5))%")
        }
        try await Task.sleep(for: .seconds(1))
        let second = try await processorTimes(connection, cpu)
        let differences = [
            ("user", second.user &- first.user), ("system", second.system &- first.system),
            ("idle", second.idle &- first.idle), ("iowait", second.waiting &- first.waiting),
        ]
        let total = Double(differences.reduce(0) { $0 + $1.1 })
        let shares = [("usage", differences[0].1 + differences[1].1)] + differences
        let percentages = shares.map { ($0.0, total == 0 ? 0 : Double($0.1) / total * 100) }
        if call.output.isJSON {
            return call.output.print(.object(percentages.map { JSON.Member(name: $0.0, value: .number($0.1)) }))
        }
        for (label, share) in percentages {
            let text = Decimal.text(share, places: 1)
            call.output.print("\((label + ":").padded(to: 15)) \(text.leftPadded(to: 5))%")
        }
    }

    private static func processorTimes(_ connection: Connection, _ cpu: Int32) async throws -> Times {
        let statistics = try await attempt("Unable to get number of cpu stats") {
            try await connection.cpuStatistics(cpu: cpu)
        }
        var fields: [String: UInt64] = [:]
        for statistic in statistics { fields[statistic.field] = statistic.value }
        return Times(fields: fields)
    }

    static let nodesevinfo = Command("nodesevinfo", "Print what the host's SEV can do.") { call in
        let connection = try await call.connection()
        let parameters = try await attempt("Unable to get host SEV information") {
            try await connection.sevInfo(flags: .paramStringOkay)
        }
        if call.output.isJSON { return call.output.print(parameters.json) }
        for parameter in parameters { call.output.print("\(parameter.field.padded(to: 18)): \(parameter.value.text)") }
    }

    static let nodesuspend = Command(
        "nodesuspend", "Let the host sleep for a time.",
        [
            .required("target", "mem, disk or hybrid.", .words(["mem", "disk", "hybrid"])),
            .number("duration", "Seconds.", required: true),
        ]
    ) { call in
        let word = try call.required("target")
        let duration = try call.requiredInteger("duration", as: Int64.self)
        guard let target = ["mem", "disk", "hybrid"].firstIndex(of: word) else { throw ShellError("Invalid target") }
        guard duration >= 0 else { throw ShellError("Invalid duration") }
        let connection = try await call.connection()
        try await attempt("The host was not suspended") {
            try await connection.suspendNode(target: UInt32(target), duration: UInt64(duration))
        }
    }

    static let sysinfo = Command("sysinfo", "Print what the host's firmware says of it, as XML.") { call in
        let connection = try await call.connection()
        try call.printXML(try await attempt("failed to get sysinfo") { try await connection.sysinfo() })
    }
}

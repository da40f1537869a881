internal import LibvirtRemote

extension Invocation {
    /// Prints parameters a line each; `text` words a value, or leaves it to its type.
    func printTuning(
        _ parameters: [TypedParameter], text: (TypedParameter) -> String? = { _ in nil }
    ) {
        if output.isJSON { return output.print(parameters.json) }
        for parameter in parameters {
            output.print("\(parameter.field.padded(to: 15)): \(text(parameter) ?? parameter.value.text)")
        }
    }

    /// The number of an option as a parameter, under libvirt's name of it.
    func addNumber(_ option: String, _ field: String, to parameters: inout [TypedParameter]) throws {
        if let value: UInt64 = try integer(option) {
            parameters.append(TypedParameter(field: field, value: .ullong(value)))
        }
    }

    /// The text of an option as a parameter.
    func addText(_ option: String, _ field: String, to parameters: inout [TypedParameter]) throws {
        if let value = try text(option) { parameters.append(TypedParameter(field: field, value: .string(value))) }
    }
}

extension Command {
    static let blkiotune = Command(
        "blkiotune", "Show or change the domain's share of the host's disks.",
        [
            .domain, .number("weight", "Weight, 100 to 1000."),
            .text("device-weights", "Weights of devices: /path,weight,...", empty: true),
            .text("device-read-iops-sec", "Reads a second: /path,number,...", empty: true),
            .text("device-write-iops-sec", "Writes a second: /path,number,...", empty: true),
            .text("device-read-bytes-sec", "Bytes read a second: /path,number,...", empty: true),
            .text("device-write-bytes-sec", "Bytes written a second: /path,number,...", empty: true), .config, .live,
            .current,
        ]
    ) { call in
        let impact = try call.impact()
        let domain = try await call.domain()
        var parameters: [TypedParameter] = []
        if let weight: Int32 = try call.integer("weight") {
            guard weight > 0 else { throw ShellError("Invalid value of \(weight) for I/O weight") }
            parameters.append(TypedParameter(field: "weight", value: .uint(UInt32(weight))))
        }
        for (option, field) in [
            ("device-weights", "device_weight"), ("device-read-iops-sec", "device_read_iops_sec"),
            ("device-write-iops-sec", "device_write_iops_sec"), ("device-read-bytes-sec", "device_read_bytes_sec"),
            ("device-write-bytes-sec", "device_write_bytes_sec"),
        ] {
            try call.addText(option, field, to: &parameters)
        }
        let wanted = parameters
        if !wanted.isEmpty {
            return try await attempt("Unable to change blkio parameters") {
                try await domain.setBlkioParameters(wanted, flags: impact)
            }
        }
        let known = try await attempt("Unable to get number of blkio parameters") {
            try await domain.blkioParameters(flags: impact.withStrings)
        }
        call.printTuning(known)
    }

    static let memtune = Command(
        "memtune", "Show or change the limits of a domain's memory.",
        [
            .domain, .number("hard-limit", "Most memory that it may use; KiB without a unit, -1: no limit."),
            .number("soft-limit", "Memory that it is cut to when memory is scarce."),
            .number("swap-hard-limit", "Most memory and swap."),
            .number("min-guarantee", "Memory that it has for sure."),
            .config, .live, .current,
        ]
    ) { call in
        let impact = try call.impact()
        let domain = try await call.domain()
        var parameters: [TypedParameter] = []
        for (option, field) in [
            ("hard-limit", "hard_limit"), ("soft-limit", "soft_limit"), ("swap-hard-limit", "swap_hard_limit"),
            ("min-guarantee", "min_guarantee"),
        ] {
            guard call.has(option) else { continue }
            // A negative number is no limit at all.
            if let text = try call.text(option), text.hasPrefix("-"), Int64(text) != nil {
                parameters.append(TypedParameter(field: field, value: .ullong(memoryUnlimited)))
            } else {
                let size: UInt64
                do throws(ShellError) { size = try call.size(option, unit: 1024) ?? 0 } catch {
                    throw ShellError(
                        lines: Array(error.lines.dropFirst()) + ["Unable to parse integer parameter \(option)"])
                }
                parameters.append(TypedParameter(field: field, value: .ullong(size / 1024)))
            }
        }
        let wanted = parameters
        if !wanted.isEmpty {
            return try await attempt("Unable to change memory parameters") {
                try await domain.setMemoryParameters(wanted, flags: impact)
            }
        }
        let known = try await attempt("Unable to get number of memory parameters") {
            try await domain.memoryParameters(flags: impact.withStrings)
        }
        call.printTuning(known) { parameter in
            if case .ullong(memoryUnlimited) = parameter.value { "unlimited" } else { nil }
        }
    }

    /// No limit, as libvirt numbers it.
    private static let memoryUnlimited: UInt64 = 9_007_199_254_740_991

    private static let numaModes = ["strict", "preferred", "interleave", "restrictive"]

    static let numatune = Command(
        "numatune", "Show or change which NUMA nodes a domain's memory comes from.",
        [
            .domain, .text("mode", "strict, preferred, interleave or restrictive.", .words(numaModes)),
            .text("nodeset", "The nodes, such as 0-1,3."), .config, .live, .current,
        ]
    ) { call in
        let impact = try call.impact()
        let domain = try await call.domain()
        var parameters: [TypedParameter] = []
        if let text = try call.text("mode") {
            guard let mode = Int32(text) ?? numaModes.firstIndex(of: text).map(Int32.init) else {
                throw ShellError("Invalid mode: \(text)")
            }
            parameters.append(TypedParameter(field: "numa_mode", value: .int(mode)))
        }
        try call.addText("nodeset", "numa_nodeset", to: &parameters)
        let wanted = parameters
        if !wanted.isEmpty {
            return try await attempt("Unable to change numa parameters") {
                try await domain.setNUMAParameters(wanted, flags: impact)
            }
        }
        let known = try await attempt("Unable to get number of memory parameters") {
            try await domain.numaParameters(flags: impact.withStrings)
        }
        call.printTuning(known) { parameter in
            guard parameter.field == "numa_mode", case .int(let mode) = parameter.value else { return nil }
            return EventText.word(numaModes, mode)
        }
    }

    static let blkdeviotune = Command(
        "blkdeviotune", "Show or change the limits of a disk.",
        throttleOptions
    ) { call in
        let impact = try call.impact()
        let domain = try await call.domain()
        let disk = try call.required("device")
        var parameters: [TypedParameter] = []
        for option in limitNames {
            let value: UInt64?
            do throws(ShellError) {
                value = try call.size(option, unit: 1)
            } catch {
                throw ShellError(lines: error.lines + ["Unable to parse integer parameter"])
            }
            if let value { parameters.append(TypedParameter(field: field(option), value: .ullong(value))) }
        }
        try call.addText("group-name", "group_name", to: &parameters)
        for option in lengthNames { try call.addNumber(option, field(option), to: &parameters) }
        let wanted = parameters
        if !wanted.isEmpty {
            return try await attempt("Unable to change block I/O throttle") {
                try await domain.setBlockIOTune(disk, to: wanted, flags: impact)
            }
        }
        let known = try await attempt("Unable to get block I/O throttle parameters") {
            try await domain.blockIOTune(disk, flags: impact.withStrings)
        }
        call.printTuning(known)
    }

    private static let limitNames = [
        "total-bytes-sec", "read-bytes-sec", "write-bytes-sec", "total-iops-sec", "read-iops-sec", "write-iops-sec",
        "total-bytes-sec-max", "read-bytes-sec-max", "write-bytes-sec-max", "total-iops-sec-max", "read-iops-sec-max",
        "write-iops-sec-max", "size-iops-sec",
    ]

    private static let lengthNames = [
        "total-bytes-sec-max-length", "read-bytes-sec-max-length", "write-bytes-sec-max-length",
        "total-iops-sec-max-length", "read-iops-sec-max-length", "write-iops-sec-max-length",
    ]

    /// Each limit has an older name with underscores.
    private static let throttleOptions: [CommandOption] = {
        var options: [CommandOption] = [.domain, .required("device", "Target or source of the disk.", .disks)]
        func add(_ name: String) {
            options.append(.alias(field(name), of: name))
            options.append(.number(name, limitSummary(name)))
        }
        for name in limitNames { add(name) }
        options.append(.alias("group_name", of: "group-name"))
        options.append(.text("group-name", "Disks of one name share their limits."))
        for name in lengthNames { add(name) }
        return options + [.config, .live, .current]
    }()

    /// `read-iops-sec-max` → `read_iops_sec_max`
    private static func field(_ option: String) -> String { String(option.map { $0 == "-" ? "_" : $0 }) }

    private static func limitSummary(_ option: String) -> String {
        if option == "size-iops-sec" { return "Size of what counts as one operation, in bytes." }
        let what = option.hasPrefix("total") ? "read and written" : option.hasPrefix("read") ? "read" : "written"
        let unit = option.contains("bytes") ? "Bytes \(what)" : "Operations, \(what)"
        if option.hasSuffix("length") { return "\(unit): how many seconds the most may last." }
        return option.hasSuffix("max") ? "\(unit): most in a second, for a while." : "\(unit): most in a second."
    }

    static let perf = Command(
        "perf", "Show or change which performance events are counted.",
        [
            .domain, .text("enable", "Events to count, with commas."),
            .text("disable", "Events not to count, with commas."),
            .config, .live, .current,
        ]
    ) { call in
        let impact = try call.impact()
        var parameters: [TypedParameter] = []
        let enabled = try call.text("enable")
        let disabled = try call.text("disable")
        let domain = try await call.domain()
        for (text, isOn) in [(enabled, true), (disabled, false)] {
            for event in text?.split(separator: ",") ?? [] {
                parameters.append(TypedParameter(field: String(event), value: .boolean(isOn ? 1 : 0)))
            }
        }
        let wanted = parameters
        if !wanted.isEmpty {
            try await attempt("Unable to enable/disable perf events") {
                try await domain.setPerfEvents(wanted, flags: impact)
            }
        }
        let known =
            wanted.isEmpty
            ? try await attempt("Unable to get perf events") { try await domain.perfEvents(flags: impact.withStrings) }
            : wanted
        call.printTuning(known) { parameter in
            guard case .boolean(let value) = parameter.value else { return nil }
            return value != 0 ? "enabled" : "disabled"
        }
    }

    static let schedinfo = Command(
        "schedinfo", "Show or change how a domain's processors are scheduled.",
        [
            .domain, .namedNumber("weight", "Weight, of Xen's scheduler."),
            .namedNumber("cap", "Cap, of Xen's scheduler."), .current,
            .config, .live, .rest("set", "Parameters: name=value."),
        ]
    ) { call in
        try call.excludePairs(["current": "live", "current": "config"])
        let impact: DomainModificationImpact = call.flags(["config": .config, "live": .live])
        let domain = try await call.domain()
        let scheduler = try await domain.schedulerType()
        if !call.output.isJSON {
            call.output.print("\("Scheduler".padded(to: 15)): \(scheduler.type)")
        }
        guard scheduler.nparams > 0 else { return }
        let isBoth = call.has("config") && call.has("live")
        func parameters() async throws -> [TypedParameter] {
            // Both at once cannot be asked for; after a change they are the same.
            let one: DomainModificationImpact = isBoth ? [] : impact
            return impact.isEmpty && !call.has("current")
                ? try await domain.schedulerParameters()
                : try await domain.schedulerParameters(flags: one.withStrings)
        }
        var known = try await parameters()
        let wanted = try newSchedule(call, known)
        if !wanted.isEmpty {
            if impact.isEmpty && !call.has("current") {
                try await domain.setSchedulerParameters(params: wanted)
            } else {
                try await domain.setSchedulerParameters(wanted, flags: impact)
            }
            known = try await parameters()
        } else {
            // What no parameter is called has no effect, which should not go unnoticed.
            for word in call.rest {
                let name = String(word.prefix { $0 != "=" })
                if !known.contains(where: { $0.field == name }) {
                    throw ShellError("invalid scheduler option: \(name)")
                }
            }
            if isBoth { throw ShellError("cannot query both live and config at once") }
        }
        call.printTuning(known)
    }

    /// The parameters that a line changes, in the types that the domain has them in.
    private static func newSchedule(_ call: Invocation, _ known: [TypedParameter]) throws -> [TypedParameter] {
        var texts: [String: String] = [:]
        for word in call.rest {
            let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2 else { throw ShellError("Invalid syntax for --set, expecting name=value") }
            texts[pair[0]] = pair[1]
        }
        for option in ["weight", "cap"] {
            if let value: UInt32 = try call.integer(option) { texts[option] = String(value) }
        }
        var wanted: [TypedParameter] = []
        for parameter in known {
            guard let text = texts[parameter.field] else { continue }
            guard let value = parameter.value.parsed(text) else {
                throw ShellError(
                    "invalid argument: Invalid value for field '\(parameter.field)': expected "
                        + parameter.value.typeName
                )
            }
            wanted.append(TypedParameter(field: parameter.field, value: value))
        }
        return wanted
    }
}

extension DomainModificationImpact {
    /// With the promise to understand texts, without which a daemon leaves such parameters out.
    var withStrings: DomainModificationImpact {
        union(DomainModificationImpact(rawValue: TypedParameterFlags.paramStringOkay.rawValue))
    }
}

extension TypedParameterValue {
    /// What an integer of the type is called.
    var typeName: String {
        switch self {
        case .int: "int"
        case .uint: "unsigned int"
        case .llong: "long long"
        case .ullong: "unsigned long long"
        case .double: "double"
        case .boolean: "boolean"
        case .string: "string"
        }
    }

    /// Another value of the same type; nil if the text is not one.
    func parsed(_ text: String) -> TypedParameterValue? {
        switch self {
        case .int: Int32(text).map { .int($0) }
        case .uint: UInt32(text).map { .uint($0) }
        case .llong: Int64(text).map { .llong($0) }
        case .ullong: UInt64(text).map { .ullong($0) }
        case .double: Double(text).map { .double($0) }
        case .boolean: UInt32(text).map { .boolean($0 == 0 ? 0 : 1) }
        case .string: .string(text)
        }
    }
}

internal import LibvirtRemote

extension Command {
    static let setmem = Command(
        "setmem", "Change how much memory a domain has.",
        [
            .domain, .alias("kilobytes", of: "size"), .number("size", "Size; KiB without a unit.", required: true),
            .config,
            .live, .current,
        ]
    ) { call in
        try call.excludePairs(["current": "live", "current": "config"])
        let domain = try await call.domain()
        let size = (try call.size("size", unit: 1024) ?? 0) / 1024
        let flags: DomainMemoryModFlags = call.flags(["config": .config, "live": .live])
        // What runs is meant, unless something else is said.
        try await domain.setMemory(size, flags: flags.isEmpty && !call.has("current") ? .live : flags)
    }

    static let setmaxmem = Command(
        "setmaxmem", "Change how much memory a domain may have.",
        [
            .domain, .alias("kilobytes", of: "size"), .number("size", "Size; KiB without a unit.", required: true),
            .config,
            .live, .current,
        ]
    ) { call in
        try call.excludePairs(["current": "live", "current": "config"])
        let domain = try await call.domain()
        let size = (try call.size("size", unit: 1024) ?? 0) / 1024
        let flags: DomainMemoryModFlags = call.flags(["config": .config, "live": .live])
        try await attempt("Unable to change MaxMemorySize") {
            try await domain.setMemory(size, flags: flags.union(.maximum))
        }
    }

    static let setvcpus = Command(
        "setvcpus", "Change how many virtual processors a domain has.",
        [
            .domain, .number("count", "How many.", required: true), .flag("maximum", "How many it may have."), .config,
            .live, .current, .flag("guest", "Ask the guest's agent to use so many."),
            .flag("hotpluggable", "Those that are added can be removed."),
        ]
    ) { call in
        try call.excludePairs([
            "current": "live", "current": "config", "guest": "config", "guest": "hotpluggable",
        ])
        if call.has("maximum") && call.has("config") == false {
            throw ShellError("Option --config is required by option --maximum")
        }
        let flags: DomainVCPUFlags = call.flags([
            "config": .config, "live": .live, "guest": .guest, "maximum": .maximum, "hotpluggable": .hotpluggable,
        ])
        let domain = try await call.domain()
        let count = try call.requiredInteger("count", as: UInt32.self)
        guard count > 0 else { throw ShellError("Can't set 0 processors for a VM") }
        if flags.isEmpty && !call.has("current") {
            try await domain.setVCPUs(nvcpus: count)
        } else {
            try await domain.setVcpus(count, flags: flags)
        }
    }

    static let setvcpu = Command(
        "setvcpu", "Add or remove single virtual processors.",
        [
            .domain, .required("vcpulist", "Their numbers, such as 0-2,5."), .flag("enable", "Add them."),
            .flag("disable", "Remove them."), .config, .live, .current,
        ]
    ) { call in
        try call.excludePairs(["current": "live", "current": "config", "enable": "disable"])
        let flags: DomainModificationImpact = call.flags(["config": .config, "live": .live])
        guard call.has("enable") || call.has("disable") else {
            throw ShellError("one of --enable, --disable is required")
        }
        let list = try call.required("vcpulist")
        let domain = try await call.domain()
        try await domain.setVcpu(list, enabled: call.has("enable") ? 1 : 0, flags: flags)
    }

    static let vcpucount = Command(
        "vcpucount", "Show how many virtual processors a domain has.",
        [
            .domain, .flag("maximum", "How many it may have."), .flag("active", "How many it has."), .live, .config,
            .current, .flag("guest", "As the guest's agent says."),
        ]
    ) { call in
        try call.excludePairs([
            "live": "config", "active": "maximum", "guest": "config",
        ])
        let isAny = ["maximum", "active", "live", "config", "current", "guest"].contains(where: call.has)
        let domain = try await call.domain()
        func count(_ flags: DomainVCPUFlags) async throws -> Int32 { try await domain.vcpuCount(flags: flags) }
        if isAny {
            let wanted: DomainVCPUFlags = call.flags([
                "live": .live, "config": .config, "guest": .guest, "maximum": .maximum,
            ])
            let number =
                call.has("guest")
                ? try await attempt("Failed to retrieve vCPU count from the guest") { try await count(wanted) }
                : try await count(wanted)
            return call.print(String(number), as: "vcpus", .integer(Int64(number)))
        }
        var lines: [(String, String, Int32)] = []
        for (kind, kindFlag) in [("maximum", DomainVCPUFlags.maximum), ("current", [])] {
            for (scope, scopeFlag) in [("config", DomainVCPUFlags.config), ("live", .live)] {
                if let number = try? await count(kindFlag.union(scopeFlag)) { lines.append((kind, scope, number)) }
            }
        }
        if call.output.isJSON {
            return call.output.print(
                .array(
                    lines.map {
                        .object(["kind": .string($0.0), "scope": .string($0.1), "vcpus": .integer(Int64($0.2))])
                    }))
        }
        for (kind, scope, number) in lines {
            call.output.print(
                "\(kind.padded(to: 12)) \(scope.padded(to: 12)) \(String(number).leftPadded(to: 3))")
        }
    }

    static let vcpuinfo = Command(
        "vcpuinfo", "Show what each virtual processor does, and where.",
        [.domain, .flag("pretty", "Affinities as ranges.")]
    ) { call in
        let domain = try await call.domain()
        let hostCount = Int(try await domain.connection.cpuMap(needMap: 0, needOnline: 0).ret)
        let info = try await domain.info()
        let length = (hostCount + 7) / 8
        let states = ["offline", "running", "blocked"]
        var vcpus: [(number: UInt32, cpu: String, state: String, time: UInt64?, map: CPUMap)] = []
        do {
            let placement = try await domain.vcpus(maxInfo: Int32(info.nrVirtCpu), mapLength: Int32(length))
            let maps = Array(placement.cpumaps)
            for (index, vcpu) in placement.info.enumerated() {
                let bytes = maps.dropFirst(index * length).prefix(length)
                let cpu = vcpu.cpu >= 0 ? String(vcpu.cpu) : vcpu.cpu == -1 ? "N/A" : "offline"
                vcpus.append(
                    (
                        vcpu.number, cpu, EventText.word(states, vcpu.state.rawValue), vcpu.cpuTime,
                        CPUMap(bytes: bytes, count: hostCount)
                    ))
            }
        } catch let error as VirtError where info.state == UInt8(DomainState.shutoff.rawValue) {
            // Of a domain that is shut off, there is what is kept of its affinities.
            guard
                let pins = try? await domain.vcpuPinInfo(
                    maxMaps: Int32(info.nrVirtCpu), mapLength: Int32(length), flags: .config)
            else { throw error }
            let maps = Array(pins.cpumaps)
            for index in 0..<Int(pins.num) {
                let bytes = maps.dropFirst(index * length).prefix(length)
                vcpus.append((UInt32(index), "N/A", "N/A", nil, CPUMap(bytes: bytes, count: hostCount)))
            }
        }
        if call.output.isJSON {
            return call.output.print(
                .array(
                    vcpus.map { vcpu in
                        .object([
                            "vcpu": .unsigned(UInt64(vcpu.number)),
                            "cpu": Int64(vcpu.cpu).map { .integer($0) } ?? .null,
                            "state": .string(vcpu.state), "timeNanoseconds": vcpu.time.map { .unsigned($0) } ?? .null,
                            "affinity": vcpu.map.json,
                        ])
                    }))
        }
        for (index, vcpu) in vcpus.enumerated() {
            if index > 0 { call.output.print("") }
            let isPretty = call.has("pretty")
            var lines = [("VCPU:", String(vcpu.number)), ("CPU:", vcpu.cpu), ("State:", vcpu.state)]
            if let time = vcpu.time {
                if time > 0 { lines.append(("CPU time:", "\(Decimal.text(Double(time) / 1_000_000_000, places: 1))s")) }
            } else {
                lines.append(("CPU time", "N/A"))
            }
            lines.append(
                ("CPU Affinity:", isPretty ? "\(vcpu.map.ranges) (out of \(hostCount))" : vcpu.map.letters))
            for (label, text) in lines { call.output.print("\(label.padded(to: 15)) \(text)") }
        }
    }

    static let guestvcpus = Command(
        "guestvcpus", "Show or change which processors a guest uses, through its agent.",
        [
            .domain, .text("cpulist", "Their numbers, such as 0-2,5."), .flag("enable", "Use them."),
            .flag("disable", "Do not use them."),
        ]
    ) { call in
        try call.exclude("enable", "disable")
        try call.require("cpulist", by: "enable")
        try call.require("cpulist", by: "disable")
        let list = try call.text("cpulist")
        if list != nil, !call.has("enable"), !call.has("disable") {
            throw ShellError("One of options --enable or --disable is required by option --cpulist")
        }
        let domain = try await call.domain()
        if let list { return try await domain.setGuestVcpus(list, enabled: call.has("enable") ? 1 : 0) }
        let parameters = try await domain.guestVcpus()
        if call.output.isJSON { return call.output.print(parameters.json) }
        for parameter in parameters { call.output.print("\(parameter.field.padded(to: 15)): \(parameter.value.text)") }
    }

    static let cpuStats = Command(
        "cpu-stats", "Print what a domain used of the host's processors.",
        [
            .domain, .flag("total", "Of all together."), .number("start", "The first processor."),
            .number("count", "How many processors."),
        ]
    ) { call in
        let domain = try await call.domain()
        var isTotal = call.has("total")
        let start: Int32 = try call.integer("start") ?? 0
        guard start >= 0 else { throw ShellError("Invalid value for start CPU") }
        let wanted: Int32? = try call.integer("count")
        if let wanted, wanted < 0 { throw ShellError("Invalid value for number of CPUs to show") }
        let isEach = call.has("start") || wanted != nil || !isTotal
        if !call.has("start") && wanted == nil && !isTotal { isTotal = true }
        let strings = TypedParameterFlags.paramStringOkay.rawValue
        let failure = "Failed to retrieve CPU statistics for domain '\(domain.name)'"
        var json: [JSON.Member] = []
        if isEach {
            let available = try await attempt(failure) {
                try await domain.cpuStatistics(parameterCount: 0, startCPU: 0, cpuCount: 0, flags: strings).nparams
            }
            guard start < available || available == 0 else {
                throw ShellError("Start CPU \(start) is out of range (min: 0, max: \(available - 1))")
            }
            var count = wanted ?? available - start
            if count > available - start {
                count = available - start
                if let wanted, wanted > count { call.output.errors([]) }
            }
            let perCPU = try await attempt(failure) {
                try await domain.cpuStatistics(parameterCount: 0, startCPU: 0, cpuCount: 1, flags: strings).nparams
            }
            if perCPU == 0 { call.output.print("No per-CPU stats available") }
            var processor = start
            let end = start + count
            while perCPU > 0, processor < end {
                // At most 128 processors at a time.
                let piece = UInt32(min(end - processor, 128))
                let first = processor
                let result = try await attempt(failure) {
                    try await domain.cpuStatistics(
                        parameterCount: UInt32(perCPU), startCPU: first, cpuCount: piece,
                        flags: strings)
                }
                for offset in 0..<Int(piece) {
                    let parameters = Array(result.params.dropFirst(offset * Int(perCPU)).prefix(Int(perCPU)))
                    if parameters.isEmpty { continue }
                    let number = Int(first) + offset
                    if call.output.isJSON {
                        json.append(JSON.Member(name: "cpu\(number)", value: parameters.json))
                    } else {
                        call.output.print("CPU\(number):")
                        printTimes(parameters, call)
                    }
                }
                processor += Int32(piece)
            }
        }
        if isTotal {
            let count = try await attempt(failure) {
                try await domain.cpuStatistics(parameterCount: 0, startCPU: -1, cpuCount: 1, flags: strings).nparams
            }
            if count == 0 {
                if !call.output.isJSON { call.output.print("No total stats available") }
            } else {
                let parameters = try await attempt(failure) {
                    try await domain.cpuStatistics(
                        parameterCount: UInt32(count), startCPU: -1, cpuCount: 1, flags: strings
                    ).params
                }
                if call.output.isJSON {
                    json.append(JSON.Member(name: "total", value: parameters.json))
                } else {
                    call.output.print("Total:")
                    printTimes(parameters, call)
                }
            }
        }
        if call.output.isJSON { call.output.print(.object(json)) }
    }

    /// Times in seconds, to the nanosecond.
    private static func printTimes(_ parameters: [TypedParameter], _ call: Invocation) {
        for parameter in parameters {
            var text = parameter.value.text
            if case .ullong(let time) = parameter.value,
                ["cpu_time", "user_time", "system_time", "vcpu_time"].contains(parameter.field)
            {
                let nanoseconds = String(time % 1_000_000_000).leftPadded(to: 9, with: "0")
                text = "\(String(time / 1_000_000_000).leftPadded(to: 9)).\(nanoseconds) seconds"
            }
            call.output.print("\t\(parameter.field.padded(to: 12)) \(text)")
        }
    }
}

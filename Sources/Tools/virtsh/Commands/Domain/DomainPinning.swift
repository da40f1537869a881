internal import LibvirtRemote

extension Invocation {
    /// How many processors the host has.
    fileprivate func hostProcessors() async throws -> Int {
        Int(try await connection().cpuMap(needMap: 0, needOnline: 0).ret)
    }

    /// The processors that a list names.
    fileprivate func processors(_ list: String, of count: Int) throws(ShellError) -> OpaqueData {
        guard let map = CPUMap(list, count: count) else {
            throw ShellError(
                lines: ["Invalid cpulist '\(list)'", "invalid argument: Failed to parse bitmap '\(list)'"])
        }
        if let last = map.last, last >= count {
            throw ShellError("CPU \(last) in cpulist '\(list)' exceed the maxcpu \(count)")
        }
        return OpaqueData(map.bytes[...])
    }

    /// Prints which processors of the host something runs on.
    fileprivate func print(affinities: [(String, CPUMap)], labels: (String, String)) {
        var table = Table(header: [labels.0, labels.1])
        table.rows = affinities.map { [Table.Cell($0.0), Table.Cell($0.1.ranges, json: $0.1.json)] }
        print(table)
    }
}

extension Command {
    static let vcpupin = Command(
        "vcpupin", "Show or change where virtual processors run.",
        [
            .domain, .number("vcpu", "Number of the virtual processor."),
            .text("cpulist", "Processors of the host, such as 0-2,^1; r: all.", empty: true), .config, .live, .current,
        ]
    ) { call in
        try call.excludePairs(["current": "live", "current": "config"])
        let impact: DomainModificationImpact = call.flags(["config": .config, "live": .live])
        let list = try call.text("cpulist")
        let domain = try await call.domain()
        let vcpu: UInt32? = try call.integer("vcpu")
        if list != nil, vcpu == nil { throw ShellError("vcpupin: Missing vCPU number in pin mode.") }
        let host = try await call.hostProcessors()
        if let list, let vcpu {
            let map = try call.processors(list, of: host)
            if impact.isEmpty && !call.has("current") {
                return try await domain.pinVCPU(vcpu: vcpu, cpumap: map)
            }
            return try await domain.pinVcpu(vcpu, cpumap: map, flags: impact)
        }
        // As many as there may be: those that are not there have affinities, too.
        let scope: DomainVCPUFlags = call.flags(["config": .config, "live": .live])
        let count = try await domain.vcpuCount(flags: scope.union(.maximum))
        let length = (host + 7) / 8
        let pins = try await domain.vcpuPinInfo(maxMaps: count, mapLength: Int32(length), flags: impact)
        if let vcpu, Int(vcpu) >= Int(pins.num) {
            let isLive = !impact.contains(.config)
            throw ShellError(
                isLive
                    ? "vcpu \(vcpu) is out of range of live cpu count \(pins.num)"
                    : "vcpu \(vcpu) is out of range of persistent cpu count \(pins.num)")
        }
        let bytes = Array(pins.cpumaps)
        let rows = (0..<Int(pins.num)).filter { vcpu == nil || Int(vcpu ?? 0) == $0 }.map { index in
            (String(index), CPUMap(bytes: bytes.dropFirst(index * length).prefix(length), count: host))
        }
        call.print(affinities: rows, labels: ("VCPU", "CPU Affinity"))
    }

    static let emulatorpin = Command(
        "emulatorpin", "Show or change where a domain's emulator runs.",
        [
            .domain, .text("cpulist", "Processors of the host, such as 0-2,^1; r: all.", empty: true), .config, .live,
            .current,
        ]
    ) { call in
        try call.excludePairs(["current": "live", "current": "config"])
        let impact: DomainModificationImpact = call.flags(["config": .config, "live": .live])
        let domain = try await call.domain()
        let list = try call.text("cpulist")
        let host = try await call.hostProcessors()
        if let list {
            let map = try call.processors(list, of: host)
            // What runs is meant, unless something else is said.
            let change: DomainModificationImpact = impact.isEmpty && !call.has("current") ? .live : impact
            return try await domain.pinEmulator(cpumap: map, flags: change)
        }
        let info = try await domain.emulatorPinInfo(mapLength: Int32((host + 7) / 8), flags: impact)
        let map = CPUMap(bytes: Array(info.cpumaps), count: host)
        if call.output.isJSON { return call.output.print(.object(["affinity": map.json])) }
        call.remark("emulator: CPU Affinity")
        call.remark(String(repeating: "-", count: 34))
        call.output.print("       *: \(map.ranges)")
    }

    static let iothreadinfo = Command(
        "iothreadinfo", "List a domain's I/O threads, and where they run.", [.domain, .config, .live, .current]
    ) { call in
        try call.excludePairs(["current": "live", "current": "config"])
        let impact: DomainModificationImpact = call.flags(["config": .config, "live": .live])
        let domain = try await call.domain()
        let host = try await call.hostProcessors()
        let threads = try await attempt("Unable to get domain IOThreads information") {
            try await domain.iothreads(flags: impact)
        }.info
        if threads.isEmpty, !call.output.isJSON { return call.output.printRaw("No IOThreads found for the domain") }
        let rows = threads.map { thread in
            (String(thread.iothreadID), CPUMap(bytes: Array(thread.cpumap), count: host))
        }
        call.print(affinities: rows, labels: ("IOThread ID", "CPU Affinity"))
    }

    static let iothreadpin = Command(
        "iothreadpin", "Change where an I/O thread runs.",
        [
            .domain, .number("iothread", "Number of the thread.", required: true),
            .required("cpulist", "Processors of the host, such as 0-2,^1; r: all."), .config, .live, .current,
        ]
    ) { call in
        try call.excludePairs(["current": "live", "current": "config"])
        let impact: DomainModificationImpact = call.flags(["config": .config, "live": .live])
        let list = try call.required("cpulist")
        let domain = try await call.domain()
        let thread = try call.requiredInteger("iothread", as: UInt32.self)
        let host = try await call.hostProcessors()
        let map = try call.processors(list, of: host)
        try await domain.pinIOThread(thread, cpumap: map, flags: impact)
    }

    static let iothreadadd = Command(
        "iothreadadd", "Add an I/O thread.",
        [.domain, .number("id", "Its number.", required: true), .config, .live, .current]
    ) { call in
        try call.excludePairs(["current": "live", "current": "config"])
        let impact: DomainModificationImpact = call.flags(["config": .config, "live": .live])
        let domain = try await call.domain()
        let id = try threadNumber(call)
        try await domain.addIOThread(id, flags: impact)
    }

    static let iothreaddel = Command(
        "iothreaddel", "Remove an I/O thread.",
        [.domain, .number("id", "Its number.", required: true), .config, .live, .current]
    ) { call in
        try call.excludePairs(["current": "live", "current": "config"])
        let impact: DomainModificationImpact = call.flags(["config": .config, "live": .live])
        let domain = try await call.domain()
        let id = try threadNumber(call)
        try await domain.deleteIOThread(id, flags: impact)
    }

    private static func threadNumber(_ call: Invocation) throws(ShellError) -> UInt32 {
        let id = try call.requiredInteger("id", as: Int32.self)
        guard id > 0 else { throw ShellError("Invalid IOThread id value: '\(id)'") }
        return UInt32(id)
    }

    static let iothreadset = Command(
        "iothreadset", "Change how an I/O thread works.",
        [
            .domain, .number("id", "Its number.", required: true),
            .number("poll-max-ns", "Longest polling, in nanoseconds."),
            .number("poll-grow", "How fast polling grows; 0: as the hypervisor likes."),
            .number("poll-shrink", "How fast polling shrinks; 0: as the hypervisor likes."),
            .number("thread-pool-min", "Fewest threads of its pool."),
            .number("thread-pool-max", "Most threads of its pool."),
            .config, .live, .current,
        ]
    ) { call in
        try call.excludePairs(["current": "live", "current": "config"])
        let impact: DomainModificationImpact = call.flags(["config": .config, "live": .live])
        let domain = try await call.domain()
        let id = try threadNumber(call)
        var parameters: [TypedParameter] = []
        try call.addNumber("poll-max-ns", "poll_max_ns", to: &parameters)
        for (option, field) in [("poll-grow", "poll_grow"), ("poll-shrink", "poll_shrink")] {
            if let value: UInt32 = try call.integer(option) {
                parameters.append(TypedParameter(field: field, value: .uint(value)))
            }
        }
        for (option, field) in [("thread-pool-min", "thread_pool_min"), ("thread-pool-max", "thread_pool_max")] {
            if let value: Int32 = try call.integer(option) {
                parameters.append(TypedParameter(field: field, value: .int(value)))
            }
        }
        if parameters.isEmpty { throw ShellError("Not enough arguments passed, nothing to set") }
        try await domain.setIOThreadParameters(id, to: parameters, flags: impact)
    }
}

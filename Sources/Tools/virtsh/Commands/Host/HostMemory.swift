internal import LibvirtRemote

extension Command {
    static let allocpages = Command(
        "allocpages", "Change how many huge pages the host keeps.",
        [
            .number("pagesize", "Size of the pages; KiB without a unit.", required: true),
            .number("pagecount", "How many.", required: true),
            .number("cellno", "In which NUMA node."), .flag("add", "Add them to those that are there."),
            .flag("all", "In each NUMA node."),
        ]
    ) { call in
        try call.exclude("all", "cellno")
        var startCell: Int32 = try call.integer("cellno") ?? -1
        let size = try call.size("pagesize", unit: 1024, limit: UInt64(UInt32.max) * 1024) ?? 0
        let pages = UInt32((size + 1023) / 1024)
        let count = try call.requiredInteger("pagecount", as: UInt64.self)
        let connection = try await call.connection()
        var cells: UInt32 = 1
        if call.has("all") {
            let xml = try await attempt("unable to get node capabilities") { try await connection.capabilities() }
            cells = UInt32(try XMLSelection(document: xml).count("/capabilities/host/topology/cells/cell"))
            startCell = 0
        }
        let cellCount = cells
        let start = startCell
        _ = try await connection.allocatePages(
            pageSizes: [pages], pageCounts: [count], startCell: start, cellCount: cellCount,
            flags: call.has("add") ? .add : .set)
    }

    static let freecell = Command(
        "freecell", "Print how much memory is free.",
        [.number("cellno", "In which NUMA node."), .flag("all", "In each NUMA node.")]
    ) { call in
        try call.exclude("all", "cellno")
        let cell: Int32? = try call.integer("cellno")
        let connection = try await call.connection()
        if call.has("all") {
            let xml = try await attempt("unable to get node capabilities") { try await connection.capabilities() }
            let cells = try XMLSelection(document: xml).strings("/capabilities/host/topology/cells/cell/@id")
            if cells.isEmpty { throw ShellError("could not get information about NUMA topology") }
            var rows: [(String, UInt64)] = []
            for id in cells {
                guard let number = Int32(id) else { throw ShellError("conversion from string failed") }
                let free = try await attempt("failed to get free memory for NUMA node number: \(id)") {
                    try await connection.freeMemory(startCell: number, maxCells: 1)
                }
                rows.append((id, free.first ?? 0))
            }
            let total = rows.reduce(0) { $0 + $1.1 }
            if call.output.isJSON {
                return call.output.print(
                    .array(rows.map { .object(["node": JSON($0.0), "freeKiB": .unsigned($0.1 / 1024)]) }))
            }
            for (id, free) in rows {
                call.output.print("\(id.leftPadded(to: 5)): \(String(free / 1024).leftPadded(to: 10)) KiB")
            }
            call.output.print(String(repeating: "-", count: 20))
            return call.output.print("Total: \(String(total / 1024).leftPadded(to: 10)) KiB")
        }
        let memory: UInt64
        if let cell {
            memory = try await connection.freeMemory(startCell: cell, maxCells: 1).first ?? 0
        } else {
            memory = try await connection.freeMemory()
        }
        if call.output.isJSON { return call.output.print(.object(["freeKiB": .unsigned(memory / 1024)])) }
        call.output.print("\(cell.map { String($0) } ?? "Total"): \(memory / 1024) KiB")
    }

    static let freepages = Command(
        "freepages", "Print how many pages of a size are free.",
        [
            .number("cellno", "In which NUMA node."), .number("pagesize", "Size of the pages; KiB without a unit."),
            .flag("all", "In each NUMA node, and of each size."),
        ]
    ) { call in
        try call.exclude("all", "cellno")
        let connection = try await call.connection()
        guard call.has("all") else {
            let size = try call.size("pagesize", unit: 1024, limit: UInt64(UInt32.max) * 1024)
            guard let cell: Int32 = try call.integer("cellno") else { throw ShellError("missing cellno argument") }
            if cell < -1 { throw ShellError("cell number must be non-negative integer or -1") }
            guard let size else { throw ShellError("missing pagesize argument") }
            let pages = UInt32((size + 1023) / 1024)
            let counts = try await connection.freePages(pageSizes: [pages], startCell: cell, cellCount: 1)
            return call.print("\(pages)KiB: \(counts.first ?? 0)", as: "pages", .unsigned(counts.first ?? 0))
        }
        let text = try await attempt("unable to get node capabilities") { try await connection.capabilities() }
        let xml = try XMLSelection(document: text)
        let size = try call.size("pagesize", unit: 1024, limit: UInt64(UInt32.max) * 1024)
        let cells = xml.strings("/capabilities/host/topology/cells/cell/@id")
        var sizes = xml.strings("/capabilities/host/cpu/pages/@size").compactMap { UInt32($0) }
        if sizes.isEmpty {
            sizes = Set(xml.strings("/capabilities/host/topology/cells/cell/pages/@size").compactMap { UInt32($0) })
                .sorted()
        }
        if let size { sizes = [UInt32((size + 1023) / 1024)] }
        if sizes.isEmpty { throw ShellError("could not get information about supported page sizes") }
        var json: [JSON] = []
        for id in cells {
            guard let cell = Int32(id) else { throw ShellError("unable to parse numa node id: \(id)") }
            let counts = try await connection.freePages(pageSizes: sizes, startCell: cell, cellCount: 1)
            if !call.output.isJSON { call.output.print("Node \(cell):") }
            for (size, count) in zip(sizes, counts) {
                if call.output.isJSON {
                    json.append(
                        .object([
                            "node": .integer(Int64(cell)), "pageKiB": .unsigned(UInt64(size)), "free": .unsigned(count),
                        ]))
                } else {
                    call.output.print("\(size)KiB: \(count)")
                }
            }
            if !call.output.isJSON { call.output.print("") }
        }
        if call.output.isJSON { call.output.print(.array(json)) }
    }

    static let nodeMemoryTune = Command(
        "node-memory-tune", "Show or change how the host shares equal pages.",
        [
            .number("shm-pages-to-scan", "Pages to look at before a rest."),
            .number("shm-sleep-millisecs", "Milliseconds of the rest."),
            .number("shm-merge-across-nodes", "Whether pages of different NUMA nodes become one: 0 or 1."),
        ]
    ) { call in
        var parameters: [TypedParameter] = []
        for option in ["shm-pages-to-scan", "shm-sleep-millisecs", "shm-merge-across-nodes"] {
            guard let value: UInt32 = try call.integer(option) else { continue }
            let field = String(option.map { $0 == "-" ? "_" : $0 })
            parameters.append(TypedParameter(field: field, value: .uint(value)))
        }
        let connection = try await call.connection()
        if !parameters.isEmpty {
            let wanted = parameters
            return try await attempt("Unable to change memory parameters") {
                try await connection.setNodeMemoryParameters(wanted)
            }
        }
        let known = try await attempt("Unable to get number of memory parameters") {
            try await connection.nodeMemoryParameters(flags: .paramStringOkay)
        }
        if call.output.isJSON { return call.output.print(known.json) }
        call.output.print("Shared memory:")
        for parameter in known {
            let name = parameter.field.hasPrefix("shm_") ? String(parameter.field.dropFirst(4)) : parameter.field
            call.output.print("\t\(name.padded(to: 15)) \(parameter.value.text)")
        }
    }

    static let nodememstats = Command(
        "nodememstats", "Print how much memory the host uses.", [.number("cell", "In which NUMA node.")]
    ) { call in
        let cell: Int32 = try call.integer("cell") ?? -1
        let connection = try await call.connection()
        let statistics = try await attempt("Unable to get number of memory stats") {
            try await connection.memoryStatistics(cell: cell)
        }
        if call.output.isJSON {
            return call.output.print(
                .object(statistics.map { JSON.Member(name: "\($0.field)KiB", value: .unsigned($0.value)) }))
        }
        for statistic in statistics {
            call.output.print(
                "\(statistic.field.padded(to: 7)): \(String(statistic.value).leftPadded(to: 20)) KiB")
        }
    }
}

extension [TypedParameter] {
    /// Parameters as members of an object.
    var json: JSON { .object(map { JSON.Member(name: $0.field, value: $0.value.json) }) }
}

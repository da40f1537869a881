/// Elements directly under `<domain>` that are kept by table.
enum DomainShapes {
    static let blockIOTune = ElementShape([], [
        .text("weight", .unsigned()),
        .many("device", ElementShape([], [
            .text("path"), .text("weight", .unsigned()), .text("read_iops_sec", .unsigned()),
            .text("write_iops_sec", .unsigned()), .text("read_bytes_sec", .number64),
            .text("write_bytes_sec", .number64),
        ])),
    ])

    static let vcpus = ElementShape([], [
        .many("vcpu", [
            .required("id", .unsigned()), .required("enabled", .yesNo), .optional("hotpluggable", .yesNo),
            .optional("order", .positive),
        ])
    ])

    static let ioThreadIDs = ElementShape([], [
        .many("iothread", [
            .required("id", .positive), .optional("thread_pool_min", .unsigned()),
            .optional("thread_pool_max", .unsigned()),
        ])
    ])

    static let defaultIOThread = ElementShape([
        .optional("thread_pool_min", .unsigned()), .optional("thread_pool_max", .unsigned()),
    ])

    static let resource = ElementShape([], [.text("partition"), .some("fibrechannel", [.optional("appid")])])

    private static let idMapEntry: [ElementShape.Attribute] = [
        .required("start", .unsigned()), .required("target", .unsigned()), .required("count", .unsigned()),
    ]
    static let idMap = ElementShape([], [.many("uid", idMapEntry), .many("gid", idMapEntry)])

    static let performance = ElementShape([], [
        .many("event", [.required("name", .words(Set(performanceEvents))), .required("enabled", .yesNo)])
    ])

    /// In the order in which they are printed.
    static let performanceEvents = [
        "cmt", "mbmt", "mbml", "cpu_cycles", "instructions", "cache_references", "cache_misses", "branch_instructions",
        "branch_misses", "bus_cycles", "stalled_cycles_frontend", "stalled_cycles_backend", "ref_cpu_cycles",
        "cpu_clock", "task_clock", "page_faults", "context_switches", "cpu_migrations", "page_faults_min",
        "page_faults_maj", "alignment_faults", "emulation_faults",
    ]

    static let keyWrap = ElementShape([], [
        .many("cipher", [.required("name", .words(["aes", "dea"])), .required("state", .onOff)])
    ])

    static let sev = ElementShape(
        [.required("type"), .optional("kernelHashes", .yesNo)],
        [
            .text("cbitpos", .unsigned()), .text("reducedPhysBits", .unsigned()),
            .text("policy", .hexadecimal(4)), .text("dhCert"), .text("session"),
        ])

    static let securityLabel = ElementShape(
        [
            .optional("type", .words(["none", "dynamic", "static"])), .optional("model"), .optional("relabel", .yesNo),
        ],
        [.text("label"), .text("imagelabel"), .text("baselabel")])

    // MARK: <numatune>

    static let numaModes = ElementShape.Value.words(["strict", "preferred", "interleave", "restrictive"])
    static let numaMemory = ElementShape([
        .optional("mode", numaModes), .optional("nodeset"), .optional("placement", .words(["static", "auto"])),
    ])
    static let numaNode = ElementShape([
        .required("cellid", .unsigned()), .optional("mode", numaModes), .optional("nodeset"),
    ])

    // MARK: <memoryBacking>

    static let hugePages = ElementShape([], [
        .many("page", [.required("size", .number64), .optional("unit"), .optional("nodeset")])
    ])
    static let memorySource = ElementShape([
        .optional("type", .words(["file", "anonymous", "memfd"], unknown: "unknown memoryBacking/source/type"))
    ])
    static let memoryAccess = ElementShape([
        .optional("mode", .words(["shared", "private"], unknown: "unknown memoryBacking/access/mode"))
    ])
    static let memoryAllocation = ElementShape([
        .optional("mode", .words(["immediate", "ondemand"], unknown: "unknown memoryBacking/allocation/mode")),
        .optional("threads", .positive),
    ])

    // MARK: <sysinfo>

    static let systemInformation = ElementShape(
        [.required("type", .words(["smbios", "fwcfg"]))],
        [
            .some("bios", entries), .some("system", entries),
            ElementShape.Child(name: "baseBoard", shape: entries, isRepeated: true, isDroppedWhenEmpty: true),
            .some("chassis", entries), .some("oemStrings", entries),
        ])
    static let firmwareConfiguration = ElementShape(
        [.required("type")],
        [.many("entry", ElementShape([.required("name"), .optional("file")], text: .any))])
    private static let entries = ElementShape([], [.many("entry", ElementShape([.optional("name")], text: .any))])

    /// The entries that a table of SMBIOS has, in the order in which they are printed.
    static let systemEntries: [String: [String]] = [
        "bios": ["vendor", "version", "date", "release"],
        "system": ["manufacturer", "product", "version", "serial", "uuid", "sku", "family"],
        "baseBoard": ["manufacturer", "product", "version", "serial", "asset", "location"],
        "chassis": ["manufacturer", "version", "serial", "asset", "sku"],
    ]
}

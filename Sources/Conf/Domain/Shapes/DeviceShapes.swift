/// Devices that are kept by table, and parts of devices. `GenericDevice` adds what all devices have.
enum DeviceShapes {
    static let virtio: [ElementShape.Attribute] = [
        .optional("iommu", .onOff), .optional("ats", .onOff), .optional("packed", .onOff),
        .optional("page_per_vq", .onOff),
    ]
    static let virtioModels: Set = ["virtio", "virtio-transitional", "virtio-non-transitional"]

    static let lease = ElementShape([], [
        .text("lockspace"), .text("key"), .one("target", [.optional("path"), .optional("offset", .number64)]),
    ])

    static let redirectionFilter = ElementShape([], [
        .many("usbdev", [
            .optional("class"), .optional("vendor"), .optional("product"), .optional("version"),
            .required("allow", .yesNo),
        ])
    ])

    /// Devices whose element has these attributes and parts.
    static func generic(_ name: String) -> ElementShape {
        switch name {
        case "smartcard": smartcard
        case "tpm": tpm
        case "hub": hub
        case "shmem": sharedMemory
        case "memory": memory
        case "iommu": iommu
        case "vsock": vsock
        default: ElementShape()
        }
    }

    private static let smartcard = ElementShape(
        [
            .required("mode", .words(["host", "host-certificates", "passthrough"])),
            .optional("type"),
        ],
        [
            .many("certificate", ElementShape(text: .any)), .text("database"),
            .one("source", sourceOfCharacterDevice), .one("protocol", [.optional("type")]), .one("log", log),
        ])
    private static let sourceOfCharacterDevice = ElementShape([
        .optional("mode"), .optional("host"), .optional("service"), .optional("path"), .optional("channel"),
        .optional("tls"), .optional("append"),
    ])
    private static let log: [ElementShape.Attribute] = [.required("file"), .optional("append", .onOff)]

    private static let hub = ElementShape([.optional("type")])

    private static let tpm = ElementShape(
        [.optional("model", .words(["tpm-tis", "tpm-crb", "tpm-spapr", "spapr-tpm-proxy"]))],
        [
            .many("backend", ElementShape(
                [
                    .required("type", .words(["passthrough", "emulator", "external"])),
                    .optional("version", .words(["1.2", "2.0"])), .optional("persistent_state", .yesNo),
                ],
                [
                    .one("device", [.optional("path")]), .one("encryption", [.optional("secret")]),
                    .some("active_pcr_banks", ElementShape([], ["sha1", "sha256", "sha384", "sha512"].map { .one($0, []) })),
                    .one("source", [.optional("type"), .optional("mode"), .optional("path")]),
                ]))
        ])

    private static let sharedMemory = ElementShape(
        [.optional("name"), .optional("role", .words(["peer", "master"]))],
        [
            .one("model", [.required("type", .words(["ivshmem", "ivshmem-plain", "ivshmem-doorbell"]))]),
            .one("size", ElementShape([.optional("unit")], text: .number64)),
            .one("server", [.optional("path")]),
            .one("msi", [
                .optional("enabled", .yesNo), .optional("vectors", .unsigned()), .optional("ioeventfd", .onOff),
            ]),
        ])

    private static let memory = ElementShape(
        [
            .required("model", .words(["dimm", "nvdimm", "virtio-pmem", "virtio-mem", "sgx-epc"])),
            .optional("access", .words(["shared", "private"])), .optional("discard", .yesNo), .optional("uuid"),
        ],
        [
            .text("uuid"),
            .some("source", ElementShape([], [
                .text("path"), .text("alignsize", .kibibytes), .one("pmem", []), .text("pagesize", .kibibytes),
                .text("nodemask", .set),
            ])),
            .one("target", ElementShape([], [
                .text("size", .kibibytes), .text("node", .unsigned()),
                .some("label", ElementShape([], [.text("size", .kibibytes)])), .one("readonly", []),
                .text("block", .kibibytes), .text("requested", .kibibytes), .text("current", .kibibytes),
            ])),
        ])

    private static let iommu = ElementShape(
        [.required("model", .words(["intel", "smmuv3", "virtio"]))],
        [
            .some("driver", [
                .optional("intremap", .onOff), .optional("caching_mode", .onOff), .optional("eim", .onOff),
                .optional("iotlb", .onOff), .optional("aw_bits", .unsigned()),
            ])
        ])

    private static let vsock = ElementShape(
        [.optional("model", .words(virtioModels))],
        [.some("cid", [.optional("auto", .yesNo), .optional("address", .unsigned())]), .some("driver", virtio)])

    // MARK: parts of several devices

    static let rom = ElementShape([
        .optional("enabled", .yesNo), .optional("bar", .onOff), .optional("file"),
    ])
    static let virtioDriver = ElementShape(virtio)

    // MARK: <input>, <sound>

    static let evdev = ElementShape([
        .optional("dev"), .optional("evdev"), .optional("grab", .words(["all"])),
        .optional("grabToggle", .words(["ctrl-ctrl", "alt-alt", "shift-shift", "meta-meta", "scrolllock", "ctrl-scrolllock"])),
        .optional("repeat", .onOff),
    ])
    static let codec = ElementShape([.optional("type", .words(["duplex", "micro", "output"], unknown: "unknown codec type"))])
    static let audioReference = ElementShape([.required("id", .positive)])
    static let randomRate = ElementShape([.required("bytes", .unsigned()), .optional("period", .unsigned())])

    // MARK: <disk>

    static let geometry = ElementShape([
        .optional("cyls", .unsigned()), .optional("heads", .unsigned()), .optional("secs", .unsigned()),
        .optional("trans", .words(["none", "auto", "lba"])),
    ])
    static let blockIO = ElementShape([
        .optional("logical_block_size", .unsigned()), .optional("physical_block_size", .unsigned()),
        .optional("discard_granularity", .unsigned()),
    ])
    static let blockTune = ElementShape([], blockTuneNames.map { .text($0, .number64) } + [.text("group_name")] + blockTuneLengths.map { .text($0, .number64) })
    private static let blockTuneNames = [
        "total_bytes_sec", "read_bytes_sec", "write_bytes_sec", "total_iops_sec", "read_iops_sec", "write_iops_sec",
        "total_bytes_sec_max", "read_bytes_sec_max", "write_bytes_sec_max", "total_iops_sec_max",
        "read_iops_sec_max", "write_iops_sec_max", "size_iops_sec",
    ]
    private static let blockTuneLengths = [
        "total_bytes_sec_max_length", "read_bytes_sec_max_length", "write_bytes_sec_max_length",
        "total_iops_sec_max_length", "read_iops_sec_max_length", "write_iops_sec_max_length",
    ]
    static let transient = ElementShape([.optional("shareBacking", .yesNo)])
    static let metadataCache = ElementShape([], [
        .one("max_size", ElementShape(text: .size(standard: 1, unit: "bytes", shift: 0)))
    ])
    static let backendDomain = ElementShape([.optional("name")])

    // MARK: <video>

    static let acceleration = ElementShape([
        .optional("accel3d", .yesNo), .optional("accel2d", .yesNo), .optional("rendernode"),
    ])
    static let resolution = ElementShape([.required("x", .positive), .required("y", .positive)])
    static let videoDriver = ElementShape(
        [.optional("vgaconf", .words(["io", "on", "off"]))] + virtio + [.optional("name", .words(["default", "qemu", "vhostuser"]), nothing: "default")])

    // MARK: <controller>

    static let pciModelName = ElementShape([.required("name")])
    static let pciTarget = ElementShape(
        [
            .optional("chassisNr", .unsigned()), .optional("chassis", .unsigned()), .optional("port", .hexadecimal(1)),
            .optional("busNr", .unsigned()), .optional("index", .unsigned()), .optional("hotplug", .onOff),
        ], [.text("node", .unsigned())])
}

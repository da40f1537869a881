/// `<features>`: the switches of a machine, in the order in which they are printed.
enum FeatureShapes {
    static let order: [(name: String, shape: ElementShape)] = [
        ("acpi", ElementShape()), ("apic", ElementShape([.optional("eoi", .onOff)])), ("pae", ElementShape()),
        ("hap", state), ("viridian", ElementShape()), ("privnet", ElementShape()), ("hyperv", hyperV), ("kvm", kvm),
        ("pvspinlock", state), ("capabilities", capabilities), ("pmu", state), ("vmport", state),
        ("gic", ElementShape([.optional("version", .words(["2", "3", "host"]))])),
        ("smm", ElementShape([.optional("state", .onOff)], [.text("tseg", .number64, unit: true)])),
        ("ioapic", ElementShape([.optional("driver", .words(["kvm", "qemu"]))])),
        ("hpt", ElementShape(
            [.optional("resizing", .words(["enabled", "disabled", "required"]))],
            [.text("maxpagesize", .kibibytes)])),
        ("vmcoreinfo", state), ("htm", required), ("nested-hv", required),
        ("msrs", ElementShape([.required("unknown", .words(["ignore", "fault"]))])), ("ccf-assist", required),
        ("xen", xen), ("cfpc", ElementShape([.required("value", mitigation)])),
        ("sbbc", ElementShape([.required("value", mitigation)])),
        ("ibs", ElementShape([
            .required("value", .words(["broken", "workaround", "fixed-ibs", "fixed-ccd", "fixed-na"]))
        ])),
        ("tcg", ElementShape([], [.text("tb-cache", .kibibytes)])),
    ]

    private static let state = ElementShape([.optional("state", .onOff)])
    private static let required = ElementShape([.required("state", .onOff)])
    private static let mitigation = ElementShape.Value.words(["broken", "workaround", "fixed"])

    private static func parts(_ names: [String]) -> [ElementShape.Child] {
        names.map { .one($0, [.required("state", .onOff)]) }
    }

    static let hyperV = ElementShape(
        [.optional("mode", .words(["custom", "passthrough"]))],
        parts(["relaxed", "vapic"]) + [.one("spinlocks", [.required("state", .onOff), .optional("retries", .unsigned())])]
            + parts(["vpindex", "runtime", "synic"])
            + [.one("stimer", ElementShape([.required("state", .onOff)], [.one("direct", [.required("state", .onOff)])]))]
            + parts(["reset"]) + [.one("vendor_id", [.required("state", .onOff), .optional("value")])]
            + parts(["frequencies", "reenlightenment", "tlbflush", "ipi", "evmcs", "avic"]))

    static let kvm = ElementShape(
        [],
        parts(["hidden", "hint-dedicated", "poll-control", "pv-ipi"]) + [
            .one("dirty-ring", [.required("state", .onOff), .optional("size", .unsigned())])
        ])

    static let xen = ElementShape([], [
        .one("e820_host", [.required("state", .onOff)]),
        .one("passthrough", [.required("state", .onOff), .optional("mode", .words(["default", "sync_pt", "share_pt"]))]),
    ])

    private static let capabilities = ElementShape(
        [.optional("policy", .words(["default", "allow", "deny"]))],
        [
            "audit_control", "audit_write", "block_suspend", "chown", "dac_override", "dac_read_search", "fowner",
            "fsetid", "ipc_lock", "ipc_owner", "kill", "lease", "linux_immutable", "mac_admin", "mac_override", "mknod",
            "net_admin", "net_bind_service", "net_broadcast", "net_raw", "setgid", "setfcap", "setpcap", "setuid",
            "sys_admin", "sys_boot", "sys_chroot", "sys_module", "sys_nice", "sys_pacct", "sys_ptrace", "sys_rawio",
            "sys_resource", "sys_time", "sys_tty_config", "syslog", "wake_alarm",
        ].map { .one($0, [.optional("state", .onOff)]) })
}

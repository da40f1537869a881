/// Elements of `<cputune>`, in the order in which they are printed.
enum CPUTuneShapes {
    static let order: [(name: String, shape: ElementShape)] = [
        ("shares", number), ("period", number), ("quota", signed), ("global_period", number), ("global_quota", signed),
        ("emulator_period", number), ("emulator_quota", signed), ("iothread_period", number),
        ("iothread_quota", signed),
        ("vcpupin", ElementShape([.required("vcpu", .unsigned()), .required("cpuset", .set)])),
        ("emulatorpin", ElementShape([.optional("cpuset", .set)])),
        ("iothreadpin", ElementShape([.required("iothread", .positive), .required("cpuset", .set)])),
        ("emulatorsched", ElementShape(scheduler)),
        ("vcpusched", ElementShape([.required("vcpus", .set)] + scheduler)),
        ("iothreadsched", ElementShape([.required("iothreads", .set)] + scheduler)),
        ("cachetune", cacheTune), ("memorytune", memoryTune),
    ]

    private static let number = ElementShape(text: .number64)
    private static let signed = ElementShape(text: .signed)
    private static let scheduler: [ElementShape.Attribute] = [
        .required("scheduler", .words(["batch", "idle", "fifo", "rr"])), .optional("priority", .signed),
    ]
    private static let cacheTune = ElementShape(
        [.required("vcpus", .set), .optional("id")],
        [
            .many("cache", [
                .required("id", .unsigned()), .required("level", .unsigned()),
                .required("type", .words(["both", "code", "data"])), .required("size", .number64), .optional("unit"),
            ]),
            .many("monitor", [.required("level", .unsigned()), .required("vcpus", .set)]),
        ])
    private static let memoryTune = ElementShape(
        [.required("vcpus", .set), .optional("id")],
        [
            .many("node", [.required("id", .unsigned()), .required("bandwidth", .unsigned())]),
            .many("monitor", [.required("vcpus", .set)]),
        ])
}

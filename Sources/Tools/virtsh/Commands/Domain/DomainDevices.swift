internal import LibvirtRemote

extension Invocation {
    /// `--persistent`, `--config`, `--live` and `--current` of a change of devices: what is changed, and whether that
    /// was said at all.
    func deviceFlags(of domain: Domain) async throws -> DomainDeviceModifyFlags {
        var flags: DomainDeviceModifyFlags = []
        if has("config") || has("persistent") { flags.insert(.config) }
        if has("live") { flags.insert(.live) }
        // What runs is changed, too, if anything does.
        if has("persistent"), (try? await domain.isActive()) == true { flags.insert(.live) }
        return flags
    }

    func checkDeviceFlags() throws(ShellError) {
        try excludePairs(["persistent": "current", "current": "config", "current": "live"])
    }

    /// Adds a device; the older call where nothing was said, since every daemon has it.
    func attach(_ xml: String, to domain: Domain, _ flags: DomainDeviceModifyFlags) async throws {
        if !flags.isEmpty || has("current") {
            try await domain.attachDevice(xml: xml, affecting: flags)
        } else {
            try await domain.attachDevice(xml: xml)
        }
    }

    func detach(_ xml: String, from domain: Domain, _ flags: DomainDeviceModifyFlags) async throws {
        if !flags.isEmpty || has("current") {
            try await domain.detachDevice(xml: xml, affecting: flags)
        } else {
            try await domain.detachDevice(xml: xml)
        }
    }
}

extension CommandOption {
    static let deviceChange: [CommandOption] = [.persistent, .config, .live, .current]
    static let printXML = flag("print-xml", "Print the XML, and do nothing.")
}

extension Command {
    static let attachDevice = Command(
        "attach-device", "Add a device from XML.",
        [.domain, .file("File with the device's XML.")] + CommandOption.deviceChange
    ) { call in
        try call.checkDeviceFlags()
        let domain = try await call.domain()
        let file = try call.required("file")
        let flags = try await call.deviceFlags(of: domain)
        let xml = try TextFile.read(file)
        try await attempt("Failed to attach device from \(file)") { try await call.attach(xml, to: domain, flags) }
        call.remark("Device attached successfully")
    }

    static let detachDevice = Command(
        "detach-device", "Remove a device that XML describes.",
        [.domain, .file("File with the device's XML.")] + CommandOption.deviceChange
    ) { call in
        try call.checkDeviceFlags()
        let domain = try await call.domain()
        let file = try call.required("file")
        let flags = try await call.deviceFlags(of: domain)
        let xml = try TextFile.read(file)
        try await attempt("Failed to detach device from \(file)") { try await call.detach(xml, from: domain, flags) }
        call.remark("Device detached successfully")
    }

    static let updateDevice = Command(
        "update-device", "Change a device, as XML says.",
        [.domain, .file("File with the device's XML.")] + CommandOption.deviceChange
            + [.flag("force", "Even if the guest has it in use.")]
    ) { call in
        try call.checkDeviceFlags()
        let domain = try await call.domain()
        let file = try call.required("file")
        var flags = try await call.deviceFlags(of: domain)
        if call.has("force") { flags.insert(.force) }
        let xml = try TextFile.read(file)
        let change = flags
        try await attempt("Failed to update device from \(file)") {
            try await domain.updateDevice(xml: xml, affecting: change)
        }
        call.remark("Device updated successfully")
    }

    static let detachDeviceAlias = Command(
        "detach-device-alias", "Ask a guest to let a device go.",
        [.domain, .required("alias", "Alias of the device.", .deviceAliases), .config, .live, .current]
    ) { call in
        try call.excludePairs(["current": "live", "current": "config"])
        let flags: DomainDeviceModifyFlags = call.flags(["config": .config, "live": .live])
        let domain = try await call.domain()
        let alias = try call.required("alias")
        try await attempt("Failed to detach device with alias \(alias)") {
            try await domain.detachDevice(alias: alias, flags: flags)
        }
        call.remark("Device detach request sent successfully")
    }

    static let updateMemoryDevice = Command(
        "update-memory-device", "Change how much of a memory device a guest is to use.",
        [
            .domain, .config, .live, .current, .printXML, .text("alias", "Alias of the device.", .deviceAliases),
            .number("node", "NUMA node of the device."), .number("requested-size", "Size; KiB without a unit."),
        ]
    ) { call in
        try call.excludePairs(["current": "live", "current": "config", "node": "alias"])
        let domain = try await call.domain()
        let flags: DomainDeviceModifyFlags = call.flags(["config": .config, "live": .live])
        let xml = try XMLSelection(document: try await domain.xml(flags: flags == .config ? .inactive : []))
        var path = "/domain/devices/memory"
        if let alias = try call.text("alias") {
            path = "/domain/devices/memory[./alias/@name='\(alias)']"
        } else if let node: UInt32 = try call.integer("node") {
            path = "/domain/devices/memory[./target/node='\(node)']"
        }
        let count = xml.count(path)
        if count == 0 { throw ShellError("no memory device found") }
        if count > 1 { throw ShellError("multiple memory devices found, use --alias or --node to select one") }
        if let size = try call.size("requested-size", unit: 1024) {
            xml.setText("\(path)/target/requested", String((size + 1023) / 1024))
            xml.setAttribute("\(path)/target/requested", "unit", "KiB")
        }
        let device = try xml.serialized(path, wrapped: false)[0]
        if call.has("print-xml") { return try call.printXML(device + "\n") }
        try await domain.updateDevice(xml: device, affecting: flags)
        call.remark("")
    }
}

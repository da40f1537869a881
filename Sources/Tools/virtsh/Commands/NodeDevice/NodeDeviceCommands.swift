internal import LibvirtRemote

extension CommandGroup {
    static let nodeDevice = CommandGroup(
        "Node Device", keyword: "nodedev",
        [
            .nodedevCreate, .nodedevDestroy, .nodedevDetach, .nodedevDumpxml, .nodedevList, .nodedevReattach,
            .nodedevReset,
            .nodedevEvent, .nodedevDefine, .nodedevUndefine, .nodedevStart, .nodedevAutostart, .nodedevInfo,
        ])
}

extension Command {
    static let nodedevCreate = Command(
        "nodedev-create", "Create a device on the host.", [.file("File with the device's XML."), .validate]
    ) { call in
        let file = try call.required("file")
        let xml = try TextFile.read(file)
        let connection = try await call.connection()
        let device = try await attempt("Failed to create node device from \(file)") {
            try await connection.createNodeDevice(xml: xml, flags: call.has("validate") ? .validate : [])
        }
        call.remark("Node device \(device.reference.name) created from \(file)")
    }

    static let nodedevDefine = Command(
        "nodedev-define", "Define a device of the host.", [.file("File with the device's XML."), .validate]
    ) { call in
        let file = try call.required("file")
        let xml = try TextFile.read(file)
        let connection = try await call.connection()
        let device = try await attempt("Failed to define node device from '\(file)'") {
            try await connection.defineNodeDevice(xml: xml, flags: call.has("validate") ? .validate : [])
        }
        call.remark("Node device '\(device.reference.name)' defined from '\(file)'")
    }

    static let nodedevDestroy = Command("nodedev-destroy", "Remove a device of the host.", [.device]) { call in
        let name = try call.required("device")
        let device = try await call.nodeDevice()
        try await attempt("Failed to destroy node device '\(name)'") { try await device.destroy() }
        call.remark("Destroyed node device '\(name)'")
    }

    static let nodedevUndefine = Command("nodedev-undefine", "Forget a device's definition.", [.device]) { call in
        let name = try call.required("device")
        let device = try await call.nodeDevice()
        try await attempt("Failed to undefine node device '\(name)'") { try await device.undefine() }
        call.remark("Undefined node device '\(name)'")
    }

    static let nodedevStart = Command("nodedev-start", "Start a device that is defined.", [.device]) { call in
        let name = try call.required("device")
        let device = try await call.nodeDevice()
        try await attempt("Failed to start device \(name)") { try await device.start() }
        call.remark("Device \(name) started")
    }

    static let nodedevAutostart = Command(
        "nodedev-autostart", "Start a device with the host, or no longer.", [.device, .flag("disable", "No longer.")]
    ) { call in
        let device = try await call.nodeDevice()
        let name = device.reference.name
        let disable = call.has("disable")
        try await attempt("failed to \(disable ? "unmark" : "mark") device \(name) as autostarted") {
            try await device.setAutostart(!disable)
        }
        call.remark("Device \(name) \(disable ? "unmarked" : "marked") as autostarted")
    }

    static let nodedevDetach = Command(
        "nodedev-detach", "Take a device from the host, for a guest.",
        [.device, .text("driver", "Driver that takes it.", .words(["vfio", "xen"]))]
    ) { call in
        let name = try call.required("device")
        let device = try await call.nodeDevice(isExact: true)
        let driver = try call.text("driver")
        try await attempt("Failed to detach device \(name)") {
            if let driver { try await device.detach(driverName: driver) } else { try await device.detach() }
        }
        call.remark("Device \(name) detached")
    }

    static let nodedevReattach = Command("nodedev-reattach", "Give a device back to the host.", [.device]) { call in
        let name = try call.required("device")
        let device = try await call.nodeDevice(isExact: true)
        try await attempt("Failed to re-attach device \(name)") { try await device.reattach() }
        call.remark("Device \(name) re-attached")
    }

    static let nodedevReset = Command("nodedev-reset", "Reset a device of the host.", [.device]) { call in
        let name = try call.required("device")
        let device = try await call.nodeDevice(isExact: true)
        try await attempt("Failed to reset device \(name)") { try await device.reset() }
        call.remark("Device \(name) reset")
    }

    static let nodedevDumpxml = Command("nodedev-dumpxml", "Print a device's XML.", [.device, .xpath, .wrap]) { call in
        try call.printXML(try await call.nodeDevice().xml())
    }

    static let nodedevInfo = Command("nodedev-info", "Show what a device is.", [.device]) { call in
        let device = try await call.nodeDevice()
        let parent = (try? await device.parent()) ?? nil
        var facts = [
            Fact("name", "Name", device.reference.name), Fact("parent", "Parent", parent ?? "", JSON(parent)),
        ]
        facts.append(Fact("active", "Active", try? await device.isActive(), "yes", "no"))
        facts.append(Fact("persistent", "Persistent", try? await device.isPersistent(), "yes", "no"))
        if let autostart = try? await device.autostart() {
            facts.append(Fact("autostart", "Autostart", autostart, "yes", "no"))
        } else {
            facts.append(Fact("autostart", "Autostart", "no autostart", .null))
        }
        call.print(facts, labelWidth: 15)
    }

    private static let capabilityFlags: KeyValuePairs<String, ConnectListAllNodeDeviceFlags> = [
        "system": .capSystem, "pci": .capPCIDev, "usb_device": .capUSBDev, "usb": .capUSBInterface, "net": .capNet,
        "scsi_host": .capSCSIHost, "scsi_target": .capSCSITarget, "scsi": .capSCSI, "storage": .capStorage,
        "fc_host": .capFcHost, "vports": .capVports, "scsi_generic": .capSCSIGeneric, "drm": .capDrm,
        "mdev_types": .capMdevTypes, "mdev": .capMdev, "ccw": .capCcwDev, "css": .capCssDev, "vdpa": .capVdpa,
        "ap_card": .capApCard, "ap_queue": .capApQueue, "ap_matrix": .capApMatrix, "vpd": .capVpd,
    ]

    static let nodedevList = Command(
        "nodedev-list", "List devices of the host.",
        [
            .flag("tree", "As a tree."),
            .text("cap", "Only devices with these capabilities, with commas.", .wordList(capabilityFlags.map(\.key))),
            .flag("inactive", "Inactive devices only."), .flag("all", "Active and inactive devices."),
        ]
    ) { call in
        if call.has("all") && call.has("inactive") {
            throw ShellError("Option --all is incompatible with --inactive")
        }
        let capabilities = try call.text("cap")
        if call.has("tree") && (capabilities != nil || call.has("inactive")) {
            throw ShellError("Option --tree is incompatible with --cap and --inactive")
        }
        var flags: ConnectListAllNodeDeviceFlags = []
        for word in capabilities?.split(separator: ",", omittingEmptySubsequences: false) ?? [] {
            guard let known = capabilityFlags.first(where: { $0.key == word }) else {
                throw ShellError("Invalid capability type")
            }
            flags.formUnion(known.value)
        }
        if call.has("inactive") || call.has("all") { flags.insert(.inactive) }
        if !call.has("inactive") { flags.insert(.active) }
        let filter = flags
        let connection = try await call.connection()
        let devices = try await attempt("Failed to list node devices") {
            try await connection.nodeDevices(flags: filter)
        }.sorted(byName: \.reference.name)
        guard call.has("tree"), !call.output.isJSON else { return call.printList(devices.map(\.reference.name)) }
        var nodes: [(name: String, parent: String?)] = []
        for device in devices {
            let name = device.reference.name
            nodes.append((name, name == "computer" ? nil : (try? await device.parent()) ?? nil))
        }
        call.output.printRaw(Tree.text(nodes))
    }

    static let nodedevEvent = Command(
        "nodedev-event", "Wait for events of devices, or list their kinds.",
        EventWaiting.options(
            of: .text("device", "Only events of this device.", .nodeDevices), names: ["lifecycle", "update"])
    ) { call in
        try await EventWaiting.run(call, names: ["lifecycle", "update"]) { kind in
            let device = call.has("device") ? try await call.nodeDevice() : nil
            return try await call.connection().nodeDeviceEvents([NodeDeviceEventID(rawValue: kind)], device: device)
        } describe: { (event: NodeDeviceEvent) in
            switch event {
            case .lifecycle(_, let type, _):
                EventText(
                    "lifecycle", "node device", event.object.name,
                    detail: EventText.word(["Created", "Deleted", "Defined", "Undefined"], type.rawValue))
            default: EventText("update", "node device", event.object.name)
            }
        }
    }
}

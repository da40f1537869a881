internal import LibvirtRemote

extension Command {
    static let attachDisk = Command(
        "attach-disk", "Add a disk, as options say.",
        [
            .domain, .required("source", "What the disk is made of.", empty: true, .files),
            .required("target", "What the guest is to see, such as vdb."), .text("targetbus", "Bus of the guest."),
            .text("driver", "Name of the driver."), .text("subdriver", "Format of the disk."),
            .text("iothread", "I/O thread that serves it.", .iothreads), .text("cache", "How writes are cached."),
            .text("io", "threads, native or io_uring."),
            .text("type", "Kind of device.", .words(["disk", "cdrom", "floppy", "lun"])),
            .text("mode", "readonly or shareable.", .words(["readonly", "shareable"])),
            .text("sourcetype", "file, block or network.", .words(["file", "block", "network"])),
            .text("serial", "Serial number."), .text("wwn", "World wide name."), .text("alias", "Alias of the device."),
            .flag("rawio", "It needs raw I/O."), .text("address", "Address of the device in the guest."),
            .flag("multifunction", "Its PCI address has several functions."), .printXML,
            .text("source-protocol", "Protocol of a disk in the network."),
            .text("source-host-name", "Host that has it."),
            .text("source-host-transport", "How that host is reached."),
            .text("source-host-socket", "Socket of that host."),
            .persistent, .config, .live, .current,
        ]
    ) { call in
        try call.checkDeviceFlags()
        let disk = try NewDisk.document(call)
        if call.has("print-xml") { return try call.printXML(disk) }
        let domain = try await call.domain()
        let flags = try await call.deviceFlags(of: domain)
        try await attempt("Failed to attach disk") { try await call.attach(disk, to: domain, flags) }
        call.remark("Disk attached successfully")
    }

    static let detachDisk = Command(
        "detach-disk", "Remove a disk.",
        [.domain, .required("target", "Target or source of the disk.", .disks)] + CommandOption.deviceChange + [
            .printXML
        ]
    ) { call in
        try call.checkDeviceFlags()
        let domain = try await call.domain()
        let target = try call.required("target")
        let flags = try await call.deviceFlags(of: domain)
        let xml = try XMLSelection(document: try await domain.xml(flags: flags == .config ? .inactive : []))
        let path = try ExistingDisk.path(target, in: xml)
        let disk = try xml.serialized(path, wrapped: false)[0]
        if call.has("print-xml") { return try call.printXML(disk) }
        try await attempt("Failed to detach disk") { try await call.detach(disk, from: domain, flags) }
        call.remark("Disk detached successfully")
    }

    static let changeMedia = Command(
        "change-media", "Change what is in a drive.",
        [
            .domain, .required("path", "Target or source of the drive.", .disks),
            .text("source", "What is put in.", .files), .flag("eject", "Take out what is in."),
            .flag("insert", "Put something into an empty drive."), .flag("update", "Change what is in."), .current,
            .live,
            .config, .flag("force", "Even if the guest has it locked."), .printXML,
            .flag("block", "The source is a block device."),
        ]
    ) { call in
        try call.excludePairs([
            "eject": "insert", "eject": "update", "insert": "update", "eject": "block", "current": "live",
            "current": "config",
        ])
        let source = try call.text("source")
        let action = call.has("eject") ? "eject" : call.has("insert") ? "insert" : "update"
        var flags: DomainDeviceModifyFlags = call.flags(["config": .config, "live": .live])
        if call.has("force") { flags.insert(.force) }
        let domain = try await call.domain()
        let path = try call.required("path")
        let xml = try XMLSelection(
            document: try await domain.xml(flags: call.has("config") && !call.has("live") ? .inactive : []))
        let disk = try ExistingDisk.path(path, in: xml, isRemovable: true)
        let hasMedia = xml.count("\(disk)/source") > 0
        if action == "eject" {
            guard hasMedia else { throw ShellError("The disk device '\(path)' doesn't have media") }
        } else {
            guard source != nil else { throw ShellError("New disk media source was not specified") }
            if action == "insert", hasMedia { throw ShellError("The disk device '\(path)' already has media") }
        }
        xml.remove("\(disk)/source")
        if let source, action != "eject" {
            let isBlock = call.has("block")
            xml.setAttribute(disk, "type", isBlock ? "block" : "file")
            xml.add("source", isBlock ? "dev" : "file", source, to: disk)
        } else {
            xml.setAttribute(disk, "type", "file")
        }
        let text = try xml.serialized(disk, wrapped: false)[0]
        if call.has("print-xml") { return try call.printXML(text) }
        let change = flags
        try await attempt("Failed to complete action \(action) on media") {
            try await domain.updateDevice(xml: text, affecting: change)
        }
        let done = ["eject": "ejected", "insert": "inserted", "update": "updated"][action] ?? action
        call.output.remarkUnended("Successfully \(done) media.")
    }
}

/// A disk of a domain's definition.
private enum ExistingDisk {
    /// The XPath of the disk with a target or a source.
    static func path(
        _ name: String, in xml: borrowing XMLSelection, isRemovable: Bool = false
    ) throws(ShellError) -> String {
        for index in 1..<(1 + xml.count("/domain/devices/disk")) {
            let disk = "/domain/devices/disk[\(index)]"
            let device = xml.string("string(\(disk)/@device)") ?? ""
            if isRemovable, device != "cdrom", device != "floppy" { continue }
            if xml.string("string(\(disk)/target/@dev)") == name { return disk }
            for attribute in ["file", "dev", "dir", "name"]
            where xml.string("string(\(disk)/source/@\(attribute))") == name { return disk }
        }
        throw ShellError("No disk found whose source path or target is \(name)")
    }
}

/// The definition of a disk, from options of a line.
private enum NewDisk {
    static func document(_ call: Invocation) throws(ShellError) -> String {
        let source = try call.text("source") ?? ""
        let type = try sourceType(call, source)
        let mode = try call.text("mode")
        if let mode, mode != "readonly", mode != "shareable" {
            throw ShellError("No support for \(mode) in command 'attach-disk'")
        }
        let wwn = try call.text("wwn")
        if let wwn, wwn.count != 16 || !wwn.allSatisfy(\.isHexDigit) {
            throw ShellError("internal error: Malformed wwn: \(wwn)")
        }
        let driver = XMLElement(
            "driver",
            [
                "name": try call.text("driver"), "type": try call.text("subdriver"),
                "iothread": try call.text("iothread"),
                "cache": try call.text("cache"), "io": try call.text("io"),
            ])
        let alias = try call.text("alias")
        var address: XMLElement?
        if let text = try call.text("address") {
            address = try DeviceAddress(text, target: try call.required("target")).element(call.has("multifunction"))
        }
        let parts: [XMLElement?] = [
            driver.attributes.isEmpty ? nil : driver, try sourceElement(call, source, type),
            XMLElement("target", ["dev": try call.required("target"), "bus": try call.text("targetbus")]),
            mode.map { XMLElement($0) }, XMLElement("serial", text: try call.text("serial")),
            alias == nil ? nil : XMLElement("alias", ["name": alias]), XMLElement("wwn", text: wwn),
            address,
        ]
        return XMLElement(
            "disk",
            ["type": type, "device": try call.text("type"), "rawio": call.has("rawio") ? "yes" : nil], parts
        ).formatted()
    }

    private static func sourceType(_ call: Invocation, _ source: String) throws(ShellError) -> String {
        if let text = try call.text("sourcetype") {
            guard ["file", "block", "network"].contains(text) else {
                throw ShellError("Unknown source type: '\(text)'")
            }
            if text != "network", call.has("source-protocol") {
                throw ShellError("--source-protocol option requires --sourcetype network")
            }
            return text
        }
        if call.has("source-protocol") { throw ShellError("--source-protocol option requires --sourcetype network") }
        if let driver = try call.text("driver") {
            if driver == "file" || driver == "tap" { return "file" }
            if driver == "phy" { return "block" }
        }
        return FileNames.isBlockDevice(source) ? "block" : "file"
    }

    private static func sourceElement(
        _ call: Invocation, _ source: String, _ type: String
    ) throws(ShellError) -> XMLElement? {
        guard type == "network" else {
            var element = XMLElement("source")
            element.set(type == "block" ? "dev" : "file", source)
            return element
        }
        var host: XMLElement?
        let name = try call.text("source-host-name")
        let transport = try call.text("source-host-transport")
        let socket = try call.text("source-host-socket")
        if name != nil || transport != nil || socket != nil {
            // The port stands behind the name.
            let parts = name.map { $0.split(separator: ":", maxSplits: 1).map(String.init) } ?? []
            host = XMLElement(
                "host",
                [
                    "transport": transport, "socket": socket, "name": parts.first,
                    "port": parts.count > 1 ? parts[1] : nil,
                ])
        }
        return XMLElement(
            "source", ["protocol": try call.text("source-protocol"), "name": source.isEmpty ? nil : source], [host])
    }
}

/// Where in a guest a device is: `pci:0000.00.00.00`, `ccw:00.0.0000`, `scsi:00.00.00`, `usb:00.00` and so on.
struct DeviceAddress {
    private let kind: String
    private let numbers: [UInt64]

    init(_ text: String, target: String) throws(ShellError) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw ShellError("Invalid address.") }
        kind = parts[0]
        let isHexadecimal = kind == "pci" || kind == "ccw"
        let fields = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        let numbers = fields.compactMap { field -> UInt64? in
            let digits = field.hasPrefix("0x") ? field.dropFirst(2) : field
            return UInt64(digits, radix: isHexadecimal || field.hasPrefix("0x") ? 16 : 10)
        }
        let counts = ["pci": 4, "ccw": 3, "scsi": 3, "sata": 3, "usb": 2, "ide": 3]
        guard let count = counts[kind], numbers.count == fields.count, numbers.count == count else {
            throw ShellError("Invalid address.")
        }
        self.numbers = numbers
        let bus = target.prefix(2)
        if bus == "vd", kind != "pci", kind != "ccw" {
            throw ShellError("expecting a pci:0000.00.00.00 or ccw:00.0.0000 address.")
        }
        if bus == "sd", kind != "scsi", kind != "usb", kind != "sata" {
            throw ShellError("expecting a scsi:00.00.00 or usb:00.00 or sata:00.00.00 address.")
        }
        if bus == "hd", kind != "ide" { throw ShellError("expecting an ide:00.00.00 address.") }
    }

    func element(_ isMultifunction: Bool) -> XMLElement {
        func hex(_ index: Int, _ width: Int) -> String {
            "0x" + String(numbers[index], radix: 16).leftPadded(to: width, with: "0")
        }
        switch kind {
        case "pci":
            return XMLElement(
                "address",
                [
                    "type": "pci", "domain": hex(0, 4), "bus": hex(1, 2), "slot": hex(2, 2), "function": hex(3, 1),
                    "multifunction": isMultifunction ? "on" : nil,
                ])
        case "ccw":
            return XMLElement(
                "address", ["type": "ccw", "cssid": hex(0, 2), "ssid": hex(1, 1), "devno": hex(2, 4)])
        case "usb":
            return XMLElement("address", ["type": "usb", "bus": String(numbers[0]), "port": String(numbers[1])])
        default:
            return XMLElement(
                "address",
                [
                    "type": "drive", "controller": String(numbers[0]), "bus": String(numbers[1]),
                    "unit": String(numbers[2]),
                ])
        }
    }
}

internal import LibvirtRemote

/// A rate: `average[,peak[,burst[,floor]]]`, in KiB a second and KiB.
struct NetworkRate {
    var average: UInt64 = 0
    var peak: UInt64 = 0
    var burst: UInt64 = 0
    var floor: UInt64 = 0

    init(_ text: String) throws(ShellError) {
        let fields = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard fields.count <= 4 else { throw ShellError("Rate string '\(text)' has too many fields") }
        let names = ["average", "peak", "burst", "floor"]
        var values: [UInt64] = [0, 0, 0, 0]
        for (index, field) in fields.enumerated() where !field.isEmpty {
            guard let value = UInt64(field) else { throw ShellError("field '\(names[index])' is malformed") }
            values[index] = value
        }
        (average, peak, burst, floor) = (values[0], values[1], values[2], values[3])
    }

    /// As an element of a definition; what is 0 is not said.
    func element(_ name: String) -> XMLElement {
        func text(_ value: UInt64) -> String? { value == 0 ? nil : String(value) }
        return XMLElement(
            name, ["average": text(average), "peak": text(peak), "burst": text(burst), "floor": text(floor)])
    }

    /// As typed parameters of an interface.
    func parameters(_ direction: String) -> [TypedParameter] {
        var parameters = [
            TypedParameter(field: "\(direction).average", value: .uint(UInt32(clamping: average))),
            TypedParameter(field: "\(direction).peak", value: .uint(UInt32(clamping: peak))),
            TypedParameter(field: "\(direction).burst", value: .uint(UInt32(clamping: burst))),
        ]
        if direction == "inbound" {
            parameters.append(TypedParameter(field: "inbound.floor", value: .uint(UInt32(clamping: floor))))
        }
        return parameters
    }
}

extension Command {
    static let attachInterface = Command(
        "attach-interface", "Add a network interface, as options say.",
        [
            .domain,
            .required("type", "Kind of interface.", .words(["network", "bridge", "direct", "hostdev"])),
            .required("source", "What it is connected with."), .text("target", "Name of its device on the host."),
            .text("mac", "MAC address."), .text("script", "Script for the bridge.", .files),
            .text("model", "Model that the guest sees."), .text("alias", "Alias of the device."),
            .text("inbound", "Limit to the guest: average,peak,burst,floor."),
            .text("outbound", "Limit from the guest: average,peak,burst."), .persistent, .config, .live, .current,
            .printXML, .flag("managed", "libvirt takes the device from the host."),
            .text("source-mode", "Mode of a vhostuser interface: server or client."),
        ]
    ) { call in
        try call.checkDeviceFlags()
        let interface = try newInterface(call)
        if call.has("print-xml") { return try call.printXML(interface) }
        let domain = try await call.domain()
        let flags = try await call.deviceFlags(of: domain)
        try await attempt("Failed to attach interface") { try await call.attach(interface, to: domain, flags) }
        call.remark("Interface attached successfully")
    }

    private static func newInterface(_ call: Invocation) throws(ShellError) -> String {
        let type = try call.required("type")
        let source = try call.required("source")
        let mode = try call.text("source-mode")
        if let mode, mode != "server", mode != "client" { throw ShellError("Invalid source mode: \(mode)") }
        guard ["network", "bridge", "direct", "hostdev", "vhostuser"].contains(type) else {
            throw ShellError("No support for \(type) in command 'attach-interface'")
        }
        var bandwidth: [XMLElement?] = []
        if let text = try call.text("inbound") {
            let rate = try NetworkRate(text)
            if rate.average == 0 && rate.floor == 0 { throw ShellError("either inbound average or floor is mandatory") }
            bandwidth.append(rate.element("inbound"))
        }
        if let text = try call.text("outbound") {
            let rate = try NetworkRate(text)
            if rate.average == 0 { throw ShellError("outbound average is mandatory") }
            if rate.floor > 0 { throw ShellError("outbound floor is unsupported yet") }
            bandwidth.append(rate.element("outbound"))
        }
        var sourceElement = XMLElement("source")
        switch type {
        case "network", "bridge": sourceElement.set(type, source)
        case "direct": sourceElement.set("dev", source)
        case "vhostuser":
            guard let mode else { throw ShellError("source-mode is mandatory") }
            sourceElement.set("type", "unix")
            sourceElement.set("path", source)
            sourceElement.set("mode", mode)
        case "hostdev":
            let address = try DeviceAddress.pci(source)
            sourceElement.children = [address]
        default: break
        }
        let target = try call.text("target")
        let mac = try call.text("mac")
        let script = try call.text("script")
        let model = try call.text("model")
        let alias = try call.text("alias")
        return XMLElement(
            "interface", ["type": type, "managed": call.has("managed") ? "yes" : nil],
            [
                sourceElement, target == nil ? nil : XMLElement("target", ["dev": target]),
                mac == nil ? nil : XMLElement("mac", ["address": mac]),
                script == nil ? nil : XMLElement("script", ["path": script]),
                model == nil ? nil : XMLElement("model", ["type": model]),
                alias == nil ? nil : XMLElement("alias", ["name": alias]),
                bandwidth.isEmpty ? nil : XMLElement("bandwidth", [:], bandwidth),
            ]
        ).formatted()
    }

    static let detachInterface = Command(
        "detach-interface", "Remove a network interface.",
        [
            .domain, .required("type", "Kind of interface, such as bridge."),
            .text("mac", "MAC address.", .domainInterfaces),
        ] + CommandOption.deviceChange + [.printXML]
    ) { call in
        try call.checkDeviceFlags()
        let domain = try await call.domain()
        let flags = try await call.deviceFlags(of: domain)
        let type = try call.required("type")
        let mac = try call.text("mac")
        let text = try await attempt("Failed to get interface information") {
            try await domain.xml(flags: flags == .config ? .inactive : [])
        }
        let xml = try XMLSelection(document: text)
        let all = "/domain/devices/interface[@type='\(type)']"
        func failure(_ text: String) -> ShellError { ShellError(lines: [text, "Failed to detach interface"]) }
        let count = xml.count(all)
        if count == 0 { throw failure("No interface found whose type is \(type)") }
        var path = "\(all)[1]"
        if let mac {
            let matching = (1...count).filter {
                xml.string("string((\(all))[\($0)]/mac/@address)")?.lowercased() == mac.lowercased()
            }
            if matching.isEmpty { throw failure("No interface with MAC address \(mac) was found") }
            if matching.count > 1 {
                throw failure(
                    "Domain has multiple interfaces matching MAC address \(mac). You must use detach-device and "
                        + "specify the device pci address to remove it.")
            }
            path = "(\(all))[\(matching[0])]"
        } else if count > 1 {
            throw failure("Domain has \(count) interfaces. Please specify which one to detach using --mac")
        }
        let interface = try xml.serialized(path, wrapped: false)[0]
        if call.has("print-xml") { return try call.printXML(interface) }
        try await attempt("Failed to detach interface") { try await call.detach(interface, from: domain, flags) }
        call.remark("Interface detached successfully")
    }

    static let domifSetlink = Command(
        "domif-setlink", "Take an interface's link up or down.",
        [
            .domain, .domainInterface, .required("state", "up or down.", .words(["up", "down"])),
            .flag("config", "Of the next start."),
            .alias("persistent", of: "config"), .printXML,
        ]
    ) { call in
        let name = try call.required("interface")
        let state = try call.required("state")
        guard ["up", "down"].contains(state) else { throw ShellError("invalid link state '\(state)'") }
        let domain = try await call.domain()
        var isConfig = call.has("config")
        if try await !domain.isActive() { isConfig = true }
        let xmlFlags: DomainXMLFlags = isConfig ? .inactive : []
        let change: DomainDeviceModifyFlags = isConfig ? .config : .live
        let text = try await attempt("Failed to get domain description xml") {
            try await domain.xml(flags: xmlFlags)
        }
        let xml = try XMLSelection(document: text)
        guard let index = try? xml.interfaceIndex(name) else { throw ShellError("interface '\(name)' not found") }
        let path = "/domain/devices/interface[\(index)]"
        if xml.count("\(path)/link") > 0 {
            xml.setAttribute("\(path)/link", "state", state)
        } else {
            xml.add("link", "state", state, to: path)
        }
        let interface = try xml.serialized(path, wrapped: false)[0]
        if call.has("print-xml") { return try call.printXML(interface) }
        try await attempt("Failed to update interface link state") {
            try await domain.updateDevice(xml: interface, affecting: change)
        }
        call.remark("Device updated successfully")
    }

    static let domiftune = Command(
        "domiftune", "Show or change the limits of an interface.",
        [
            .domain, .domainInterface, .text("inbound", "Limit to the guest: average,peak,burst,floor."),
            .text("outbound", "Limit from the guest: average,peak,burst."), .config, .live, .current,
        ]
    ) { call in
        let impact = try call.impact()
        let domain = try await call.domain()
        let device = try call.required("interface")
        var wanted: [TypedParameter] = []
        if let text = try call.text("inbound") {
            let rate = try NetworkRate(text)
            if rate.average == 0 && (rate.burst > 0 || rate.peak > 0) {
                throw ShellError("either inbound average or floor is mandatory")
            }
            wanted += rate.parameters("inbound")
        }
        if let text = try call.text("outbound") {
            let rate = try NetworkRate(text)
            if rate.floor > 0 { throw ShellError("outbound floor is unsupported yet") }
            if rate.average == 0 && (rate.burst > 0 || rate.peak > 0) {
                throw ShellError("outbound average is mandatory")
            }
            wanted += rate.parameters("outbound")
        }
        if !wanted.isEmpty {
            let parameters = wanted
            return try await attempt("Unable to set interface parameters") {
                try await domain.setInterfaceParameters(device, to: parameters, flags: impact)
            }
        }
        let known = try await attempt("Unable to get interface parameters") {
            try await domain.interfaceParameters(device, flags: impact.withStrings)
        }
        call.printTuning(known)
    }
}

extension DeviceAddress {
    /// `0000:00:1f.2` as an element.
    static func pci(_ text: String) throws(ShellError) -> XMLElement {
        let fields = text.split { ":.".contains($0) }.compactMap { UInt64($0, radix: 16) }
        guard fields.count == 4 else { throw ShellError("cannot parse pci address '\(text)' for network interface") }
        func hex(_ index: Int, _ width: Int) -> String {
            "0x" + String(fields[index], radix: 16).leftPadded(to: width, with: "0")
        }
        return XMLElement(
            "address",
            ["type": "pci", "domain": hex(0, 4), "bus": hex(1, 2), "slot": hex(2, 2), "function": hex(3, 1)])
    }
}

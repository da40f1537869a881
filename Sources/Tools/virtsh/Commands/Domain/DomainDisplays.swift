internal import LibvirtRemote

extension Command {
    static let domdisplay = Command(
        "domdisplay", "Print where a domain's display is.",
        [
            .domain, .flag("include-password", "With the password."),
            .text("type", "Only displays of this kind.", .words(["vnc", "spice", "rdp", "dbus"])),
            .flag("all", "All displays."),
        ]
    ) { call in
        let domain = try await call.domain()
        guard try await domain.isActive() else { throw ShellError("Domain is not running") }
        let type = try call.text("type")
        let xml = try XMLSelection(
            document: try await domain.xml(flags: call.has("include-password") ? .secure : []))
        var found: [String] = []
        for kind in ["vnc", "spice", "rdp", "dbus"] where type == nil || type == kind {
            if let uri = try displayURI(kind, xml, call) { found.append(uri) }
            if !found.isEmpty, !call.has("all") { break }
        }
        guard !found.isEmpty else {
            throw ShellError(
                type.map { "No graphical display with type '\($0)' found" } ?? "No graphical display found")
        }
        // The end of the command ends the last line.
        call.output.isJSON ? call.printList(found) : call.output.printRaw(found.joined(separator: "\n"))
    }

    /// The URI of a display of one kind; nil if there is none that can be reached.
    private static func displayURI(
        _ kind: String, _ xml: borrowing XMLSelection, _ call: Invocation
    ) throws(ShellError) -> String? {
        let graphics = "/domain/devices/graphics[@type='\(kind)']"
        func text(_ path: String, _ xml: borrowing XMLSelection) -> String {
            xml.string("string(\(graphics)/\(path))") ?? ""
        }
        guard xml.count(graphics) > 0 else { return nil }
        if kind == "dbus" {
            let address = text("@address", xml)
            if address.isEmpty { return nil }
            guard address.hasPrefix("unix:path=") else { throw ShellError("'\(address)' D-Bus address is not handled") }
            return "dbus+unix://\(address.dropFirst("unix:path=".count))"
        }
        let port = Int(text("@port", xml)) ?? 0
        let tlsPort = kind == "spice" ? Int(text("@tlsPort", xml)) ?? 0 : 0
        let password = text("@passwd", xml)
        if port <= 0, tlsPort <= 0 {
            let socket = text("listen[@type='socket']/@socket", xml)
            let path = socket.isEmpty ? text("@socket", xml) : socket
            return path.isEmpty ? nil : "\(kind)+unix://\(path)"
        }
        var host = text("@listen", xml)
        if host.isEmpty { host = text("listen/@address", xml) }
        // What listens everywhere is reached under the name of the host, or here.
        if host.isEmpty || host == "0.0.0.0" || host == "::" { host = "localhost" }
        if host.contains(":") { host = "[\(host)]" }
        var uri = "\(kind)://"
        if !password.isEmpty, kind == "vnc" { uri += ":\(password)@" }
        uri += host
        // VNC numbers displays, from port 5900 on.
        if port > 0 { uri += ":\(kind == "vnc" ? port - 5900 : port)" }
        var query: [String] = []
        if tlsPort > 0 { query.append("tls-port=\(tlsPort)") }
        if !password.isEmpty, kind == "spice" { query.append("password=\(password)") }
        return query.isEmpty ? uri : uri + "?" + query.joined(separator: "&")
    }

    static let vncdisplay = Command("vncdisplay", "Print the number of a domain's VNC display.", [.domain]) { call in
        let domain = try await call.domain()
        guard try await domain.isActive() else { throw ShellError("Domain is not running") }
        let xml = try XMLSelection(document: try await domain.xml())
        let port = Int(xml.string("string(/domain/devices/graphics[@type='vnc']/@port)") ?? "") ?? -1
        guard port >= 0 else { throw ShellError("Failed to get VNC port. Is this domain using VNC?") }
        let listen = xml.string("string(/domain/devices/graphics[@type='vnc']/@listen)") ?? ""
        let display = listen.isEmpty || listen == "0.0.0.0" ? ":\(port - 5900)" : "\(listen):\(port - 5900)"
        call.print(display, as: "display")
    }

    static let ttyconsole = Command("ttyconsole", "Print the device of a domain's console.", [.domain]) { call in
        let domain = try await call.domain()
        let xml = try XMLSelection(document: try await domain.xml())
        let device = xml.string("string(/domain/devices/console/@tty)") ?? ""
        guard !device.isEmpty else { throw ShellError(lines: []) }
        call.print(device, as: "device")
    }
}

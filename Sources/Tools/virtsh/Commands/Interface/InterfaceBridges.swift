internal import LibvirtRemote

extension Command {
    static let ifaceBridge = Command(
        "iface-bridge", "Put an interface of the host into a new bridge.",
        [
            .required("interface", "Name of the interface.", .interfaces),
            .required("bridge", "Name of the new bridge."),
            .flag("no-stp", "Without the spanning tree protocol."), .number("delay", "Forwarding delay in seconds."),
            .flag("no-start", "Do not start the bridge."),
        ]
    ) { call in
        let interface = try await call.interface(byMAC: false)
        let name = interface.reference.name
        let bridge = try call.required("bridge")
        let delay: UInt32 = try call.integer("delay") ?? 0
        let connection = try await call.connection()
        if (try? await connection.lookupInterface(byName: bridge)) != nil {
            throw ShellError("Network device \(bridge) already exists")
        }
        let xml = try await interface.xml(flags: .inactive)
        guard let document = try? XMLSelection(document: xml) else {
            throw ShellError("Failed to parse configuration of \(name)")
        }
        guard let type = document.string("string(/interface/@type)"), !type.isEmpty else {
            throw ShellError("Existing device \(name) has no type")
        }
        if type == "bridge" { throw ShellError("Existing device \(name) is already a bridge") }
        guard document.string("string(/interface/@name)") == name else {
            throw ShellError(
                "Interface name from config \(document.string("string(/interface/@name)") ?? "") doesn't match given "
                    + "supplied name \(name)")
        }
        // The bridge takes over everything that is said of addresses and of the start; the rest stays with the device.
        let staying = ["mac", "bond", "vlan"]
        let moved = try document.serialized(
            "/interface/*[" + staying.map { "name() != '\($0)'" }.joined(separator: " and ") + "]", wrapped: false)
        let kept = try document.serialized(
            "/interface/*[" + staying.map { "name() = '\($0)'" }.joined(separator: " or ") + "]", wrapped: false)
        let stp = call.has("no-stp") ? "off" : "on"
        let delayText = call.has("no-stp") ? "" : " delay='\(delay)'"
        let definition = """
            <interface type='bridge' name='\(XMLText.escape(bridge))'>\(moved.joined())\
            <bridge stp='\(stp)'\(delayText)><interface type='\(type)' name='\(XMLText.escape(name))'>\(kept.joined())\
            </interface></bridge></interface>
            """
        let created = try await attempt("Failed to define new bridge interface \(bridge)") {
            try await connection.defineInterface(xml: definition)
        }
        call.remark("Created bridge \(bridge) with attached device \(name)")
        if !call.has("no-start") {
            try await attempt("Failed to start bridge interface \(bridge)") { try await created.start() }
            call.remark("Bridge interface \(bridge) started")
        }
    }

    static let ifaceUnbridge = Command(
        "iface-unbridge", "Take a bridge away, and keep the interface that is in it.",
        [
            .required("bridge", "Name of the bridge.", .interfaces),
            .flag("no-start", "Do not start the interface that is left."),
        ]
    ) { call in
        let bridgeName = try call.required("bridge")
        let connection = try await call.connection()
        let bridge = try await attempt("failed to get interface '\(bridgeName)'") {
            try await connection.lookupInterface(byName: bridgeName)
        }
        guard let document = try? XMLSelection(document: try await bridge.xml(flags: .inactive)) else {
            throw ShellError("Failed to parse configuration of \(bridgeName)")
        }
        let type = document.string("string(/interface/@type)") ?? ""
        if type.isEmpty { throw ShellError("Existing device \(bridgeName) has no type") }
        guard type == "bridge" else { throw ShellError("Device \(bridgeName) is not a bridge") }
        guard document.count("/interface/bridge") > 0 else { throw ShellError("No bridge node in xml document") }
        let count = document.count("/interface/bridge/interface")
        if count > 1 { throw ShellError("Multiple interfaces attached to bridge") }
        if count == 0 { throw ShellError("No interface attached to bridge") }
        let name = document.string("string(/interface/bridge/interface/@name)") ?? ""
        if name.isEmpty { throw ShellError("Device attached to bridge \(bridgeName) has no name") }
        let inner = document.string("string(/interface/bridge/interface/@type)") ?? ""
        if inner.isEmpty { throw ShellError("Attached device \(name) has no type") }
        let outside = try document.serialized("/interface/*[name() != 'bridge' and name() != 'mac']", wrapped: false)
        let inside = try document.serialized("/interface/bridge/interface/*", wrapped: false)
        let definition = """
            <interface type='\(inner)' name='\(XMLText.escape(name))'>\(outside.joined())\(inside.joined())</interface>
            """
        if try await bridge.isActive() {
            try await attempt("Failed to destroy bridge interface \(bridgeName)") { try await bridge.destroy() }
        }
        try await attempt("Failed to undefine bridge interface \(bridgeName)") { try await bridge.undefine() }
        let interface = try await attempt("Failed to define new interface \(name)") {
            try await connection.defineInterface(xml: definition)
        }
        call.remark("Device \(name) un-attached from bridge \(bridgeName)")
        if !call.has("no-start") {
            try await attempt("Failed to start interface \(name)") { try await interface.start() }
            call.remark("Interface \(name) started")
        }
    }
}

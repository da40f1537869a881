import VirtUtil

/// `<graphics>`.
package struct Graphics: XMLMapped {
    package enum Kind: String, XMLKeyword, CaseIterable {
        case sdl, vnc, rdp, desktop, spice, dbus
        case eglHeadless = "egl-headless"
    }

    package var kind = Kind.vnc
    package var port: Int32?
    package var tlsPort: Int32?
    package var autoport: YesNo?
    package var webSocket: Int32?
    package var keymap: String?
    package enum SharePolicy: String, XMLKeyword {
        case ignore
        case allowExclusive = "allow-exclusive"
        case forceShared = "force-shared"
    }
    package var sharePolicy: SharePolicy?
    package var powerControl: YesNo?
    package var defaultMode: String?
    /// Printed only when secrets are asked for.
    package var password: String?
    package var passwordValidTo: String?
    package var connected: String?
    package var display: String?
    package var xauth: String?
    package var fullscreen: YesNo?
    package var replaceUser: String?
    package var multiUser: String?
    package var extra: [(name: String, value: String)] = []
    package var listens: [Listen] = []
    package var settings: [GenericElement] = []

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        if x.isReading, x.peek("type") == nil { x.failMissing("type") }
        x.attribute("type", &kind)
        switch kind {
        case .vnc: mapVNC(x)
        case .spice: mapSPICE(x)
        case .sdl, .desktop:
            x.attribute("display", &display)
            x.attribute("xauth", &xauth)
            x.attribute("fullscreen", &fullscreen)
        case .rdp:
            readPorts(x)
            if x.isReading {
                x.attribute("replaceUser", &replaceUser)
                x.attribute("multiUser", &multiUser)
                if autoport == .yes { port = 0 }
            }
            mapPorts(x)
        case .dbus, .eglHeadless: mapRest(x)
        }
        if kind != .sdl, kind != .desktop, kind != .dbus, kind != .eglHeadless { x.elements("listen", &listens) }
        if x.isReading {
            readListenAttributes(x)
            for name in Self.settingOrder {
                x.forEachElement { if $0.isNamed(name) { settings.append(GenericElement($0)) } }
            }
        } else {
            x.putElements(settings)
        }
    }

    private mutating func mapVNC(_ x: XMLCoder) {
        readPorts(x)
        if x.isWriting, let first = listens.first, first.kind == .socket {
            x.put("socket", first.socket)
        } else if x.isWriting {
            if listens.first?.kind != Listen.Kind.none { mapPorts(x) }
        }
        mapKeyboardAndPassword(x)
    }

    private mutating func mapSPICE(_ x: XMLCoder) {
        readPorts(x)
        if x.isReading {
            x.attribute("tlsPort", &tlsPort)
            if tlsPort == 0 { tlsPort = nil }
            if autoport == .yes, x.style.isInactive {
                port = nil
                tlsPort = nil
            }
        } else if listens.first?.kind != .socket, listens.first?.kind != Listen.Kind.none {
            mapPorts(x)
        }
        x.attribute("keymap", &keymap)
        x.attribute("defaultMode", &defaultMode)
        if x.isReading, defaultMode == "any" { defaultMode = nil }
        mapPassword(x)
    }

    private mutating func readPorts(_ x: XMLCoder) {
        guard x.isReading else { return }
        if let text = x.peek("port") {
            port = Int32(text)
            if port == nil { x.failInternal("cannot parse \(kind.rawValue) port \(text)") }
        }
        if let text = x.peek("autoport") { autoport = YesNo(rawValue: text) ?? .no }
        if port == 0, kind == .spice { port = nil }
        guard kind != .spice else { return }
        if kind == .vnc, port == nil, autoport == nil { autoport = .yes }
        if kind == .vnc, port == -1, autoport == nil { autoport = .yes }
        if kind == .vnc, port == 0 || autoport == .no && port == -1 { port = nil }
        if autoport == .yes, x.style.isInactive { port = -1 }
        if kind == .vnc { x.attribute("websocket", &webSocket) }
    }

    private func mapPorts(_ x: XMLCoder) {
        guard x.isWriting else { return }
        if let port { x.put("port", String(port)) }
        if let tlsPort { x.put("tlsPort", String(tlsPort)) }
        if kind != .rdp || autoport == .yes { x.put("autoport", (autoport ?? .no).rawValue) }
        if kind == .rdp {
            x.put("replaceUser", replaceUser)
            x.put("multiUser", multiUser)
        }
        if let webSocket { x.put("websocket", String(webSocket)) }
        if listens.first?.kind == .address { x.put("listen", listens.first?.address) }
    }

    private mutating func mapKeyboardAndPassword(_ x: XMLCoder) {
        x.attribute("keymap", &keymap)
        x.attribute("sharePolicy", &sharePolicy)
        x.attribute("powerControl", &powerControl)
        mapPassword(x)
    }

    private mutating func mapPassword(_ x: XMLCoder) {
        if x.isWriting, password == nil { return }
        if x.isReading || x.style.isSecure { x.attribute("passwd", &password) }
        x.attribute("passwdValidTo", &passwordValidTo)
        x.attribute("connected", &connected)
    }

    private mutating func mapRest(_ x: XMLCoder) {
        if x.isReading {
            extra = (x.node?.attributes ?? []).filter { $0.name != "type" }
        } else {
            for attribute in extra { x.put(attribute.name, attribute.value) }
        }
    }

    /// The attributes `listen` and `socket` are older than the element; they describe the first of them.
    private mutating func readListenAttributes(_ x: XMLCoder) {
        guard kind == .vnc || kind == .spice || kind == .rdp else { return }
        if kind == .vnc, let socket = x.peek("socket"), !socket.isEmpty {
            if listens.isEmpty { listens.append(Listen()) }
            if listens[0].kind != .socket || listens[0].socket == nil {
                listens[0] = Listen()
                listens[0].kind = .socket
                listens[0].socket = socket
            }
        }
        if let address = x.peek("listen"), !address.isEmpty {
            if listens.isEmpty { listens.append(Listen()) }
            if listens[0].kind == .address, let other = listens[0].address, other != address {
                x.failUnsupported(
                    "graphics 'listen' attribute '\(address)' must match 'address' attribute of first listen element (found '\(other)')"
                )
            }
            if listens[0].kind == .address, listens[0].address == nil { listens[0].address = address }
        }
        if listens.isEmpty { listens.append(Listen()) }
        // SPICE without a port is reached through a descriptor that a client passes.
        if kind == .spice, listens[0].kind == .address, listens[0].address == nil, port == nil, tlsPort == nil,
            autoport != .yes
        {
            listens[0].kind = Listen.Kind.none
        }
    }

    package struct Listen: XMLMapped {
        package enum Kind: String, XMLKeyword { case address, network, socket, none }
        package var kind = Kind.address
        package var address: String?
        package var network: String?
        package var socket: String?
        package init() {}
        package mutating func map(_ x: XMLCoder) {
            if x.isReading, x.peek("type") == nil { x.failMissing("type") }
            x.attribute("type", &kind)
            if kind == .address || kind == .network && !x.style.isInactive { x.attribute("address", &address) }
            if kind == .network { x.attribute("network", &network) }
            if kind == .socket { x.attribute("socket", &socket) }
            if x.isReading, kind == .network, network == nil {
                x.failXML("'network' attribute is required for listen type 'network'")
            }
            if x.isReading, address?.isEmpty == true { address = nil }
        }
    }

    private static let settingOrder: [StaticString] = [
        "channel", "image", "jpeg", "zlib", "playback", "streaming", "mouse", "clipboard", "filetransfer", "gl",
        "audio",
    ]
}

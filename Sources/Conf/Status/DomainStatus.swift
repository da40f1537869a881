package import VirtUtil

/// `<domstatus>`: what a daemon writes down of a guest that runs, to take it back after a restart.
///
/// The driver's own part (monitor, threads, what the emulator can do) is kept as elements, in their order.
package struct DomainStatus: XMLMapped {
    package var state = RunState.noState
    /// libvirt's word for how it came to that; see ``RunState/reasons``.
    package var reason = "unknown"
    package var pid: Int64 = 0
    package var taints: [GenericElement] = []
    package var deprecations: [GenericElement] = []
    package var driverData: [GenericElement] = []
    package var domain = DomainDefinition()

    package init() {}

    /// Reads a status.
    ///
    /// - Throws: `.internalError` in libvirt's words for a state or reason that there is not.
    package init(document: XMLDocument) throws(ConfError) {
        try document.root.require("domstatus")
        let coder = XMLCoder(reading: document.root, style: Self.style)
        self.init()
        map(coder)
        if let error = coder.error { throw error }
        try domain.validate()
    }

    /// With everything that belongs to a run, secrets too.
    private static var style: XMLStyle {
        var style = XMLStyle()
        style.isSecure = true
        style.isStatus = true
        return style
    }

    package func xml() -> String {
        let coder = XMLCoder(writing: Self.style)
        coder.write("domstatus", self)
        return coder.text
    }

    package mutating func map(_ x: XMLCoder) {
        if x.isReading { readState(x) }
        x.put("state", state.rawValue)
        x.put("reason", reason)
        x.put("pid", String(pid))
        if x.isWriting {
            x.putElements(taints + deprecations + driverData)
            x.writeElement("domain") { domain.map(x) }
            return
        }
        x.forEachElement { node in
            switch node.name {
            case "taint": taints.append(GenericElement(node))
            case "deprecation": deprecations.append(GenericElement(node))
            case "domain": break
            default: driverData.append(GenericElement(node))
            }
        }
        guard let node = x.node?.child("domain") else { return x.failInternal("no domain config") }
        x.read(node) { domain.map(x) }
    }

    private mutating func readState(_ x: XMLCoder) {
        guard let word = x.peek("state") else { return x.failInternal("missing domain state") }
        guard let known = RunState(rawValue: word) else { return x.failInternal("invalid domain state '\(word)'") }
        state = known
        if let word = x.peek("reason") {
            guard known.reasons.contains(word) else {
                return x.failInternal("invalid domain state reason '\(word)'")
            }
            reason = word
        }
        guard let number = x.peek("pid").flatMap({ Int64($0) }), number >= 0 else {
            return x.failInternal("invalid pid")
        }
        pid = number
    }
}

/// What a domain does, in the words of `virDomainState`; the place in the list is its number.
package enum RunState: String, CaseIterable, Sendable {
    case noState = "nostate"
    case running, blocked, paused, shutdown, shutoff, crashed
    case asleep = "pmsuspended"

    /// The words of `virDomain…Reason`; the place in the list is the number.
    package var reasons: [String] {
        switch self {
        case .noState, .blocked, .asleep: ["unknown"]
        case .running:
            [
                "unknown", "booted", "migrated", "restored", "from snapshot", "unpaused", "migration canceled",
                "save canceled", "wakeup", "crashed", "post-copy", "post-copy failed",
            ]
        case .paused:
            [
                "unknown", "user", "migration", "save", "dump", "ioerror", "watchdog", "from snapshot", "shutdown",
                "snapshot", "panicked", "starting up", "post-copy", "post-copy failed", "api error",
            ]
        case .shutdown: ["unknown", "user"]
        case .shutoff:
            [
                "unknown", "shutdown", "destroyed", "crashed", "migrated", "saved", "failed", "from snapshot", "daemon",
            ]
        case .crashed: ["unknown", "panicked"]
        }
    }
}

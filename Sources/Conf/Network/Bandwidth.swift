internal import VirtUtil

/// `<bandwidth>`: limits of a network, a port group, a port or an interface.
package struct Bandwidth: Sendable {
    /// KiB each second, KiB for the burst; 0 for none.
    package struct Rate: Sendable {
        package var average: UInt64 = 0
        package var peak: UInt64 = 0
        package var floor: UInt64 = 0
        package var burst: UInt64 = 0
        package init() {}
    }

    /// Which of the host's classes of traffic; only a port has one.
    package var classID: UInt32?
    package var inbound: Rate?
    package var outbound: Rate?

    package init() {}

    /// Where it stands decides what it may say.
    package struct Permissions: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }
        package static let floor = Permissions(rawValue: 1)
        package static let classID = Permissions(rawValue: 2)
    }

    mutating func map(_ x: XMLCoder, allowing permissions: Permissions) {
        if x.isReading { return read(x, permissions) }
        if let classID, classID > 0 { x.put("classID", String(classID)) }
        x.forceEndTag()
        for (name, rate) in [("inbound" as StaticString, inbound), ("outbound", outbound)] {
            // The rest means nothing alone.
            guard let rate, rate.average > 0 || rate.floor > 0 else { continue }
            x.element(name) {
                for (name, value) in [
                    ("average" as StaticString, rate.average), ("peak", rate.peak), ("floor", rate.floor),
                    ("burst", rate.burst),
                ] where value > 0 { x.put(name, String(value)) }
            }
        }
    }

    private mutating func read(_ x: XMLCoder, _ permissions: Permissions) {
        func refuse(_ kind: ConfError.Kind, _ text: String) {
            x.fail(ConfError(kind, text, domain: ConfError.fromNone))
        }
        if let text = x.peek("classID") {
            if !permissions.contains(.classID) {
                refuse(.xmlDetail, "classID attribute not supported on <bandwidth> in this usage context")
            }
            classID = UInt32(wrapping: text)
            if classID == nil { refuse(.internal, "Unable to parse class id '\(text)'") }
        }
        for name in ["inbound" as StaticString, "outbound"] where x.count(name) > 1 {
            refuse(.xmlDetail, "Only one child <\(name)> element allowed")
        }
        x.readFirst("inbound") { inbound = readRate(x) }
        if let inbound, inbound.floor > 0, !permissions.contains(.floor) {
            refuse(.unsupported, "floor attribute is not supported for this config")
        }
        x.readFirst("outbound") { outbound = readRate(x) }
        if let outbound, outbound.floor > 0 {
            refuse(.unsupported, "'floor' attribute allowed only in <inbound> element")
        }
    }

    private func readRate(_ x: XMLCoder) -> Rate {
        var rate = Rate()
        func refuse(_ kind: ConfError.Kind, _ text: String) {
            x.fail(ConfError(kind, text, domain: ConfError.fromNone))
        }
        func read(_ name: StaticString, _ value: inout UInt64) {
            guard let text = x.peek(name) else { return }
            if let number = UInt64(text.trimmedLeadingBlanks) {
                value = number
            } else {
                refuse(.unsupported, "could not convert bandwidth \(name) value '\(text)'")
            }
        }
        let isBased = x.peek("average") != nil
        if !isBased, x.peek("floor") == nil {
            refuse(.xmlDetail, "Missing mandatory average or floor attributes")
        }
        read("average", &rate.average)
        if !isBased, x.peek("peak") != nil || x.peek("burst") != nil {
            refuse(.unsupported, "'peak' and 'burst' require 'average' attribute")
        }
        read("peak", &rate.peak)
        read("burst", &rate.burst)
        read("floor", &rate.floor)
        return rate
    }
}

/// `<bandwidth>` of the element; one that limits neither way is none.
func mapBandwidth(_ x: XMLCoder, _ value: inout Bandwidth?, allowing permissions: Bandwidth.Permissions = []) {
    if x.isReading {
        x.readFirst("bandwidth") {
            var bandwidth = Bandwidth()
            bandwidth.map(x, allowing: permissions)
            if bandwidth.inbound != nil || bandwidth.outbound != nil { value = bandwidth }
        }
    } else if var bandwidth = value {
        x.writeElement("bandwidth") { bandwidth.map(x, allowing: permissions) }
    }
}

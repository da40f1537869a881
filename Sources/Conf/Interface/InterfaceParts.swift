package import VirtUtil

/// `<bridge>`: interfaces that are one network.
package struct InterfaceBridge: XMLMapped {
    package var spanningTree: OnOff?
    package var delay: String?
    package var members: [InterfaceDefinition] = []

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        // Of a bridge whose protocol is neither on nor off libvirt reads nothing.
        if x.isReading, let text = x.peek("stp"), OnOff(rawValue: text) == nil { return }
        x.attribute("stp", &spanningTree)
        x.attribute("delay", &delay)
        x.forceEndTag()
        InterfaceDefinition.mapMembers(x, &members, of: .bridge)
    }
}

/// `<bond>`: interfaces that stand in for each other, and how it is noticed that one is gone.
package struct InterfaceBond: XMLMapped {
    package enum Mode: String, XMLKeyword {
        case balanceRR = "balance-rr"
        case activeBackup = "active-backup"
        case balanceXOR = "balance-xor"
        case broadcast
        case ieee8023AD = "802.3ad"
        case balanceTLB = "balance-tlb"
        case balanceALB = "balance-alb"
    }

    package var mode: Mode?
    package var mii: MIIMonitor?
    package var arp: ARPMonitor?
    package var members: [InterfaceDefinition] = []

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        if x.isReading, let text = x.peek("mode"), Mode(rawValue: text) == nil {
            x.fail(InterfaceDefinition.error("unknown bonding mode \(text)"))
        }
        x.attribute("mode", &mode)
        x.forceEndTag()
        x.element("miimon", &mii)
        if x.isWriting || mii == nil { x.element("arpmon", &arp) }
        InterfaceDefinition.mapMembers(x, &members, of: .bond)
    }

    /// Milliseconds.
    package struct MIIMonitor: XMLMapped {
        package enum Carrier: String, XMLKeyword { case ioctl, netif }
        package var frequency: UInt32?
        package var downDelay: UInt32?
        package var upDelay: UInt32?
        package var carrier: Carrier?

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            number(x, "freq", &frequency, "bond interface miimon freq missing or invalid", isRequired: true)
            number(x, "downdelay", &downDelay, "bond interface miimon downdelay invalid")
            number(x, "updelay", &upDelay, "bond interface miimon updelay invalid")
            if x.isReading, let text = x.peek("carrier"), Carrier(rawValue: text) == nil {
                x.fail(InterfaceDefinition.error("unknown mii bonding carrier \(text)"))
            }
            x.attribute("carrier", &carrier)
        }
    }

    /// Milliseconds.
    package struct ARPMonitor: XMLMapped {
        package enum Validation: String, XMLKeyword { case none, active, backup, all }
        package var interval: UInt32?
        package var target: String?
        package var validation: Validation?

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            number(x, "interval", &interval, "bond interface arpmon interval missing or invalid", isRequired: true)
            x.attribute("target", &target)
            if x.isReading, target == nil { x.fail(InterfaceDefinition.error("bond interface arpmon target missing")) }
            if x.isReading, let text = x.peek("validate"), Validation(rawValue: text) == nil {
                x.fail(InterfaceDefinition.error("unknown arp bonding validate \(text)"))
            }
            x.attribute("validate", &validation)
        }
    }
}

/// `<vlan>`: the packets of another interface that have a tag.
package struct InterfaceVLAN: XMLMapped {
    package var tag = ""
    package var device = ""

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.put("tag", tag)
        if x.isReading {
            tag = x.peek("tag") ?? ""
            if tag.isEmpty { x.fail(InterfaceDefinition.error("vlan interface misses the tag attribute")) }
            device = x.node?.child("interface")?.attribute("name") ?? ""
            if device.isEmpty { x.fail(InterfaceDefinition.error("vlan interface misses name attribute")) }
        } else {
            x.element("interface") { x.put("name", device) }
        }
    }
}

/// An attribute that has a message of its own for what is no number.
private func number(
    _ x: XMLCoder, _ name: StaticString, _ value: inout UInt32?, _ message: String, isRequired: Bool = false
) {
    if x.isReading {
        let text = x.peek(name)
        value = text.flatMap { UInt32($0) }
        if value == nil, text != nil || isRequired { x.fail(InterfaceDefinition.error(message)) }
    } else {
        x.put(name, value.flatMap { $0 == 0 && !isRequired ? nil : String($0) })
    }
}

import VirtUtil

/// What every device has: boot order, alias, option ROM, address.
package struct DeviceInfo: XMLMapped {
    package var bootOrder: UInt32?
    package var bootLoadparm: String?
    package var alias: String?
    /// First port of a companion of a USB 2 controller.
    package var masterPort: UInt32?
    package var rom: GenericElement?
    package var acpiIndex: UInt32?
    private var boxedAddress: Boxed<DeviceAddress>?
    package var address: DeviceAddress? {
        get { boxedAddress?.value }
        set { boxedAddress = newValue.map { Boxed($0) } }
    }

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.element("boot") {
            x.attribute("order", &bootOrder)
            x.attribute("loadparm", &bootLoadparm)
            if x.isReading, bootOrder == nil { x.failMissing("order") }
            if x.isReading, bootOrder == 0 {
                x.fail(
                    ConfError(
                        .xml, "Invalid value for attribute 'order' in element 'boot': Zero is not permitted",
                        domain: ConfError.fromXML))
            }
            if x.isReading, let given = bootLoadparm { bootLoadparm = loadparm(given, x) }
        }
        x.element("alias") {
            // A definition keeps names that a user chose; the others belong to one run of the domain.
            if x.isWriting, x.style.isInactive, alias?.hasPrefix("ua-") != true { return }
            x.attribute("name", &alias)
            if x.isReading, x.style.isInactive, alias?.hasPrefix("ua-") == false { alias = nil }
        }
        x.element("master") {
            x.attribute("startport", &masterPort)
            if x.isReading, masterPort == nil { masterPort = 0 }
        }
        x.shaped("rom", DeviceShapes.rom, &rom)
        if x.isReading, rom?.attributes.isEmpty == true { rom = nil }
        x.element("acpi") { x.attribute("index", &acpiIndex) }
        x.element("address", &boxedAddress)
    }
}

extension DeviceInfo {
    /// What an s390 loader is told: up to eight characters, in capitals.
    fileprivate func loadparm(_ text: String, _ x: XMLCoder) -> String {
        let capitals = text.uppercased()
        if !(1...8).contains(capitals.utf8.count) {
            x.failInternal("loadparm value '\(capitals)' must be between 1 and 8 characters")
        }
        for character in capitals.unicodeScalars where !"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789. ".unicodeScalars.contains(character) {
            x.failInternal("invalid loadparm char '\(character)', expecting chars in set of [a-zA-Z0-9.] and blank spaces")
        }
        return capitals
    }
}

/// Where a device is plugged in. Which fields are used follows from the type.
package struct DeviceAddress: XMLMapped {
    package enum Kind: String, XMLKeyword {
        case pci, drive, usb, ccid, isa, dimm, ccw, unassigned
        case virtioSerial = "virtio-serial"
        case spaprVIO = "spapr-vio"
        case virtioS390 = "virtio-s390"
        case virtioMMIO = "virtio-mmio"
    }

    package var kind = Kind.pci
    package var pci = PCIAddress()
    package var controller: UInt32?
    package var bus: UInt32?
    package var target: UInt32?
    package var unit: UInt32?
    /// USB: `1.2`; virtio-serial: a number.
    package var port: String?
    package var slot: UInt32?
    package var cssid: UInt32?
    package var ssid: UInt32?
    package var devno: UInt32?
    package var ioBase: UInt32?
    package var irq: UInt32?
    package var reg: UInt64?
    package var base: UInt64?

    package init() {}

    package static func drive(controller: UInt32, bus: UInt32, target: UInt32 = 0, unit: UInt32) -> DeviceAddress {
        var address = DeviceAddress()
        address.kind = .drive
        address.controller = controller
        address.bus = bus
        address.target = target
        address.unit = unit
        return address
    }

    package mutating func map(_ x: XMLCoder) {
        if x.isReading, x.peek("type") == nil { x.failInternal("No type specified for device address") }
        x.attribute("type", &kind, unknown: "unknown address type")
        switch kind {
        case .pci: pci.mapOfGuest(x)
        case .drive:
            number(x, "controller", &controller)
            number(x, "bus", &bus)
            number(x, "target", &target)
            number(x, "unit", &unit)
        case .virtioSerial:
            number(x, "controller", &controller)
            number(x, "bus", &bus)
            x.attribute("port", &port)
            if x.isReading, port == nil { port = "0" }
        case .ccid:
            number(x, "controller", &controller)
            number(x, "slot", &slot)
        case .usb:
            number(x, "bus", &bus)
            x.attribute("port", &port)
            if x.isReading, let port, !isUSBPort(port) {
                x.fail(
                    ConfError(.internal, "Cannot parse <address> 'port' attribute", domain: ConfError.fromDevice))
            }
        case .spaprVIO: x.attribute("reg", &reg, hex: 8)
        case .ccw:
            x.attribute("cssid", &cssid, hex: 1)
            x.attribute("ssid", &ssid, hex: 1)
            x.attribute("devno", &devno, hex: 4)
            let given = [cssid, ssid, devno].count { $0 != nil }
            if x.isReading, given != 0, given != 3 {
                x.fail(
                    ConfError(
                        .internal, "Invalid partial specification for virtio ccw address", domain: ConfError.fromDevice))
            }
        case .isa:
            x.attribute("iobase", &ioBase, hex: 1)
            x.attribute("irq", &irq, hex: 1)
        case .dimm:
            if x.isReading, x.peek("slot") == nil { x.failMissing("slot") }
            number(x, "slot", &slot)
            x.attribute("base", &base, hex: 1)
        case .virtioS390, .virtioMMIO, .unassigned: break
        }
    }

    /// Up to four numbers with points between them.
    private func isUSBPort(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count <= 4 && parts.allSatisfy { UInt32($0) != nil }
    }

    private func number(_ x: XMLCoder, _ name: StaticString, _ value: inout UInt32?) {
        x.attribute(name, &value)
        if x.isReading, value == nil { value = 0 }
    }
}

/// A PCI address, of the guest or of the host.
package struct PCIAddress: XMLMapped, Equatable {
    package var domain: UInt32?
    package var bus: UInt32?
    package var slot: UInt32?
    package var function: UInt32?
    package var multifunction: OnOff?
    package var zpciUID: UInt32?
    package var zpciFID: UInt32?

    package init() {}

    static let zero: PCIAddress = {
        var address = PCIAddress()
        address.domain = 0
        address.bus = 0
        address.slot = 0
        address.function = 0
        return address
    }()

    package mutating func map(_ x: XMLCoder) { map(x, hasWideDomain: false) }

    /// The address of a guest: one of zeros alone is printed without them.
    mutating func mapOfGuest(_ x: XMLCoder) {
        guard x.isWriting, domain == 0, bus == 0, slot == 0 else { return map(x) }
        x.attribute("multifunction", &multifunction)
        x.element("zpci") {
            x.attribute("uid", &zpciUID, hex: 4)
            x.attribute("fid", &zpciFID, hex: 8)
        }
    }

    /// - Parameter hasWideDomain: A host's address, whose domain may have 32 bits.
    mutating func map(_ x: XMLCoder, hasWideDomain: Bool) {
        x.attribute("domain", &domain, hex: 4)
        x.attribute("bus", &bus, hex: 2)
        x.attribute("slot", &slot, hex: 2)
        x.attribute("function", &function, hex: 1)
        x.attribute("multifunction", &multifunction)
        x.element("zpci") {
            x.attribute("uid", &zpciUID, hex: 4)
            x.attribute("fid", &zpciFID, hex: 8)
        }
        guard x.isReading else { return }
        domain = domain ?? 0
        bus = bus ?? 0
        slot = slot ?? 0
        function = function ?? 0
        // Without domain, bus and slot it says nothing, and nobody looks at the function.
        if domain == 0, bus == 0, slot == 0 { return }
        if !hasWideDomain { check(x, "domain", domain, 0xFFFF) }
        check(x, "bus", bus, 0xFF)
        check(x, "slot", slot, 0x1F)
        check(x, "function", function, 7)
    }

    private func check(_ x: XMLCoder, _ name: StaticString, _ value: UInt32?, _ limit: UInt32) {
        guard let value, value > limit else { return }
        let given = "0x" + String(value, radix: 16)
        let largest = String(limit, radix: 16, uppercase: true)
        // Of the smallest part libvirt speaks in a way of its own.
        let fault = limit == 7 ? "\(name)=\(given), must be <= 7" : "\(name)='\(given)', must be <= 0x\(largest)"
        x.fail(ConfError(.xml, "Invalid PCI address \(fault)", domain: ConfError.fromNone))
    }
}

extension GenericElement {
    /// Gives a kept PCI address all its parts, in libvirt's width.
    mutating func normalizePCIAddress() {
        for (name, digits) in [("domain", 4), ("bus", 2), ("slot", 2), ("function", 1)] {
            let value = attribute(name).flatMap { UInt32(anyBase: $0) } ?? 0
            set(name, hexadecimal(value, digits: digits))
        }
        order(["type", "domain", "bus", "slot", "function", "multifunction"])
    }
}

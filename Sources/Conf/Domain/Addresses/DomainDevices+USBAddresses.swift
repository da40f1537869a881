internal import VirtUtil

/// Ports of a USB controller or hub, and the hubs in them.
struct USBHub {
    private var isTaken: [Bool]
    private var hubs: [Int: USBHub] = [:]
    /// As many hubs may hang in a row.
    private static let maximumDepth = 4
    static let portsOfHub = 8

    init(ports: Int) { isTaken = Array(repeating: false, count: ports) }

    /// A free port here, or else in one of the hubs below.
    func firstFree(depth: Int = 1) -> [Int]? {
        if let port = isTaken.firstIndex(of: false) { return [port + 1] }
        guard depth < Self.maximumDepth else { return nil }
        for port in hubs.keys.sorted() {
            if let path = hubs[port]?.firstFree(depth: depth + 1) { return [port] + path }
        }
        return nil
    }

    mutating func take(_ path: ArraySlice<Int>, bus: UInt32, port: String, asHub: Bool) throws(ConfError) {
        guard let first = path.first else { return }
        if path.count > 1 {
            guard hubs[first] != nil else {
                throw ConfError(
                    .xml, "there is no hub at port \(first) in USB address bus: \(bus) port: \(port)")
            }
            try hubs[first]?.take(path.dropFirst(), bus: bus, port: port, asHub: asHub)
            return
        }
        guard first >= 1, first <= isTaken.count else {
            throw ConfError(.xml, "requested USB port \(port) not present on USB bus \(bus)")
        }
        if isTaken[first - 1] { throw ConfError(.xml, "Duplicate USB address bus \(bus) port \(port)") }
        isTaken[first - 1] = true
        if asHub { hubs[first] = USBHub(ports: Self.portsOfHub) }
    }
}

extension DomainDevices {
    /// Gives every USB device a port, adding hubs if there are not enough.
    mutating func assignUSBPorts() throws(ConfError) {
        let masters = controllers.filter { $0.kind == .usb && $0.usbPorts > 0 }
        guard !masters.isEmpty else { return }
        addHubs(ports: masters.reduce(0) { $0 + $1.usbPorts })
        var buses: [UInt32: USBHub] = [:]
        for controller in masters { buses[controller.index ?? 0] = USBHub(ports: controller.usbPorts) }
        for hub in hubs { try hub.info.takeUSBPort(in: &buses, asHub: true) }
        try forEachUSBDevice { info throws(ConfError) in try info.takeUSBPort(in: &buses, asHub: false) }
        for index in hubs.indices { try hubs[index].info.assignUSBPort(in: &buses, asHub: true) }
        try forEachUSBDevice { info throws(ConfError) in try info.assignUSBPort(in: &buses, asHub: false) }
    }

    private mutating func addHubs(ports: Int) {
        var count = hubs.count
        var copy = self
        try? copy.forEachUSBDevice { _ in count += 1 }
        let missing = count - ports - hubs.count * USBHub.portsOfHub
        guard missing > 0 else { return }
        let each = USBHub.portsOfHub - 1
        var hub = GenericDevice()
        hub.attributes = [("type", "usb")]
        // A hub takes a port too, and one port is left over, as libvirt reckons.
        hubs += Array(repeating: hub, count: missing / each + 1)
    }

    /// Visits what is on a USB bus, except hubs, in the order in which ports are given out.
    private mutating func forEachUSBDevice(_ body: (inout DeviceInfo) throws(ConfError) -> Void) throws(ConfError) {
        for index in hostDevices.indices where hostDevices[index].kind == .usb { try body(&hostDevices[index].info) }
        for index in disks.indices where disks[index].target.bus == .usb { try body(&disks[index].info) }
        for index in controllers.indices where controllers[index].kind == .ccid { try body(&controllers[index].info) }
        for index in inputs.indices where inputs[index].bus == .usb { try body(&inputs[index].info) }
        for index in serials.indices where serials[index].target.type == "usb-serial" {
            try body(&serials[index].info)
        }
        for index in sounds.indices where sounds[index].model == .usb { try body(&sounds[index].info) }
        for index in redirectedDevices.indices { try body(&redirectedDevices[index].info) }
    }
}

extension Controller {
    /// How many ports a USB controller has; none if it shares those of another.
    fileprivate var usbPorts: Int {
        switch model {
        case "piix3-uhci", "piix4-uhci", "vt82c686b-uhci": 2
        case "ehci", "ich9-ehci1": 6
        case "pci-ohci": 3
        case "nec-xhci", "qemu-xhci": ports.map { Int(min($0, 15)) } ?? 4
        default: 0
        }
    }
}

extension DeviceInfo {
    private var usbPath: [Int]? {
        guard address?.kind == .usb, let path = address?.port?.split(separator: ".").compactMap({ Int($0) }) else {
            return nil
        }
        return path.first == 0 ? nil : path
    }

    /// Takes the port that the device has.
    fileprivate func takeUSBPort(in buses: inout [UInt32: USBHub], asHub: Bool) throws(ConfError) {
        guard let path = usbPath, !path.isEmpty else { return }
        let bus = address?.bus ?? 0
        guard buses[bus] != nil else { throw ConfError(.xml, "Missing USB bus \(bus)") }
        try buses[bus]?.take(path[...], bus: bus, port: address?.port ?? "", asHub: asHub)
    }

    /// Gives the device a port: of the bus that it names, or of the first that has one.
    fileprivate mutating func assignUSBPort(in buses: inout [UInt32: USBHub], asHub: Bool) throws(ConfError) {
        if let kind = address?.kind, kind != .usb { return }
        if usbPath?.isEmpty == false { return }
        let candidates = address?.kind == .usb ? [address?.bus ?? 0] : buses.keys.sorted()
        for bus in candidates {
            guard let path = buses[bus]?.firstFree() else { continue }
            let port = path.map { String($0) }.joined(separator: ".")
            try buses[bus]?.take(path[...], bus: bus, port: port, asHub: asHub)
            var new = DeviceAddress()
            (new.kind, new.bus, new.port) = (.usb, bus, port)
            address = new
            return
        }
        throw ConfError(.internal, "No free USB ports")
    }
}

internal import VirtUtil

/// Ports of virtio-serial controllers; port 0 is the console's.
extension DomainDevices {
    private static let standardPorts: UInt32 = 31

    mutating func assignVirtioSerialPorts() throws(ConfError) {
        var taken: [UInt32: Set<UInt32>] = [:]
        for device in channels + consoles where device.target.type == "virtio" {
            guard let address = device.info.address, address.kind == .virtioSerial, let port = address.serialPort else {
                continue
            }
            let controller = address.controller ?? 0
            guard let count = portCount(controller) else {
                throw ConfError(.xml, "virtio serial controller \(controller) is missing")
            }
            if port >= count {
                throw ConfError(.xml, "virtio serial controller \(controller) does not have port \(port)")
            }
            if taken[controller, default: []].contains(port) {
                throw ConfError(.xml, "virtio serial port \(port) on controller \(controller) is already occupied")
            }
            taken[controller, default: []].insert(port)
        }
        for index in channels.indices where channels[index].target.type == "virtio" {
            channels[index].info = try withSerialPort(channels[index].info, from: 1, &taken)
        }
        for index in consoles.indices
        where consoles[index].target.type == "virtio" && consoles[index].info.address?.kind == .virtioSerial {
            consoles[index].info = try withSerialPort(consoles[index].info, from: 0, &taken)
        }
    }

    private func portCount(_ index: UInt32) -> UInt32? {
        controllers.first { $0.kind == .virtioSerial && $0.index == index }.map { $0.ports ?? Self.standardPorts }
    }

    private mutating func withSerialPort(
        _ given: DeviceInfo, from first: UInt32, _ taken: inout [UInt32: Set<UInt32>]
    ) throws(ConfError) -> DeviceInfo {
        var info = given
        if let kind = info.address?.kind, kind != .virtioSerial { return info }
        if info.address?.serialPort != nil { return info }
        let wanted = info.address?.controller
        let known = controllers.filter { $0.kind == .virtioSerial }.compactMap(\.index).sorted()
        for controller in wanted.map({ [$0] }) ?? known {
            let count = portCount(controller) ?? 0
            guard first < count,
                let port = (first..<count).first(where: { !taken[controller, default: []].contains($0) })
            else { continue }
            taken[controller, default: []].insert(port)
            info.address = .virtioSerial(controller: controller, bus: info.address?.bus ?? 0, port: port)
            return info
        }
        if let wanted {
            throw ConfError(.xml, "Unable to find a free port on virtio-serial controller \(wanted)")
        }
        let index = (UInt32(0)...).first { !known.contains($0) } ?? 0
        controllers.append(Controller(.virtioSerial, index: index))
        taken[index] = [1]
        info.address = .virtioSerial(controller: index, bus: 0, port: 1)
        return info
    }
}

extension DeviceAddress {
    /// The port, if it was given: 0 asks for any.
    fileprivate var serialPort: UInt32? {
        guard let number = port.flatMap({ UInt32($0) }), number > 0 else { return nil }
        return number
    }

    fileprivate static func virtioSerial(controller: UInt32, bus: UInt32, port: UInt32) -> DeviceAddress {
        var address = DeviceAddress()
        address.kind = .virtioSerial
        (address.controller, address.bus, address.port) = (controller, bus, String(port))
        return address
    }
}

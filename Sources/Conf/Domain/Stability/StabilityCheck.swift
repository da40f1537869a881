import VirtUtil

/// Compares two definitions of one guest, as the guest sees them.
///
/// What a guest can notice must not change while it runs: when it is migrated, restored or reverted. What only its host
/// notices may. The first difference counts, and is told in libvirt's words.
struct StabilityCheck {
    static func failure(_ message: String) -> ConfError { ConfError(.unsupported, message) }

    /// `Target WHAT 2 does not match source 1`.
    static func same<Value: Equatable>(_ what: String, _ source: Value, _ target: Value) throws(ConfError) {
        guard source != target else { return }
        throw failure("Target \(what) \(text(target)) does not match source \(text(source))")
    }

    private static func text<Value>(_ value: Value) -> String {
        func unwrapped<Inner>(_ value: Inner?) -> String { value.map { "\($0)" } ?? "(null)" }
        if let optional = value as? String? { return unwrapped(optional) }
        if let optional = value as? UInt32? { return unwrapped(optional) }
        return "\(value)"
    }

    /// Pairs of devices, after a look at how many there are.
    static func pairs<Device>(
        _ what: String, _ source: [Device], _ target: [Device], _ check: (Device, Device) throws(ConfError) -> Void
    ) throws(ConfError) {
        try same("domain \(what) count", source.count, target.count)
        for index in source.indices { try check(source[index], target[index]) }
    }

    // MARK: where a device is

    static func info(_ source: DeviceInfo, _ target: DeviceInfo) throws(ConfError) {
        guard let first = source.address, let second = target.address else {
            if source.address?.kind == target.address?.kind { return }
            let names = [source, target].map { $0.address?.kind.rawValue ?? "none" }
            throw failure("Target device address type \(names[1]) does not match source \(names[0])")
        }
        try same("device address type", first.kind.rawValue, second.kind.rawValue)
        switch first.kind {
        case .pci: try same("device PCI address", place(first.pci), place(second.pci))
        case .drive: try same("device drive address", drive(first), drive(second))
        case .virtioSerial: try same("device virtio serial address", serial(first), serial(second))
        case .ccid:
            try same(
                "device ccid address", "\(first.controller ?? 0):\(first.slot ?? 0)",
                "\(second.controller ?? 0):\(second.slot ?? 0)")
        case .isa:
            try same(
                "device isa address", "\(first.irq ?? 0):\(first.ioBase ?? 0)", "\(second.irq ?? 0):\(second.ioBase ?? 0)")
        case .usb:
            try same(
                "device usb address", "\(first.bus ?? 0):\(first.port ?? "")", "\(second.bus ?? 0):\(second.port ?? "")")
        case .ccw: try same("device ccw address", ccw(first), ccw(second))
        case .dimm: try same("device dimm slot", first.slot ?? 0, second.slot ?? 0)
        case .spaprVIO: try same("device spapr-vio address", first.reg ?? 0, second.reg ?? 0)
        case .unassigned, .virtioS390, .virtioMMIO: break
        }
    }

    static func place(_ address: PCIAddress) -> String {
        func hexadecimal(_ value: UInt32?, _ digits: Int) -> String {
            let text = String(value ?? 0, radix: 16)
            return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
        }
        return
            "\(hexadecimal(address.domain, 4)):\(hexadecimal(address.bus, 2)):\(hexadecimal(address.slot, 2)).\(address.function ?? 0)"
    }

    private static func drive(_ address: DeviceAddress) -> String {
        "\(address.controller ?? 0):\(address.bus ?? 0):\(address.unit ?? 0)"
    }

    private static func serial(_ address: DeviceAddress) -> String {
        "\(address.controller ?? 0):\(address.bus ?? 0):\(address.port ?? "0")"
    }

    private static func ccw(_ address: DeviceAddress) -> String {
        "\(address.cssid ?? 0):\(address.ssid ?? 0):\(address.devno ?? 0)"
    }
}

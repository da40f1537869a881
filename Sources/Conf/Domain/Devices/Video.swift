import VirtUtil

/// `<video>`. The model's sizes are in KiB.
package struct Video: XMLMapped {
    package enum Kind: String, XMLKeyword, CaseIterable {
        case vga, cirrus, vmvga, xen, vbox, qxl, parallels, virtio, gop, none, bochs, ramfb
        case standard = "default"
    }

    package var driver: GenericElement?
    package var kind: Kind?
    package var ram: UInt32?
    package var vram: UInt32?
    package var vram64: UInt32?
    package var vgaMemory: UInt32?
    package var heads: UInt32?
    package var isPrimary: YesNo?
    package var acceleration: GenericElement?
    package var resolution: GenericElement?
    package var info = DeviceInfo()

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.shaped("driver", DeviceShapes.videoDriver, &driver)
        x.element("model") {
            x.attribute("type", &kind, unknown: "unknown video model")
            x.attribute("ram", &ram)
            x.attribute("vram", &vram)
            x.attribute("vram64", &vram64)
            x.attribute("vgamem", &vgaMemory)
            x.attribute("heads", &heads)
            x.attribute("primary", &isPrimary)
            x.shaped("acceleration", DeviceShapes.acceleration, &acceleration)
            if x.isReading { checkModel(x) }
            x.shaped("resolution", DeviceShapes.resolution, &resolution)
        }
        if x.isReading, driver?.attributes.isEmpty == true { driver = nil }
        info.map(x)
        if x.isReading, isPrimary == .no { isPrimary = nil }
    }

    private func checkModel(_ x: XMLCoder) {
        if acceleration?.attributes.isEmpty == true { x.failUnsupported("missing values for acceleration") }
        guard kind != .qxl else { return }
        for (name, value) in [("ram", ram), ("vram64", vram64), ("vgamem", vgaMemory)] where value != nil {
            x.failUnsupported("\(name) attribute only supported for video type qxl")
        }
    }

    /// Fills in what the model implies.
    mutating func complete(defaultKind: Kind, isFirst: Bool) {
        if kind == nil || kind == .standard { kind = defaultKind }
        if kind == Kind.none {
            (ram, vram, vram64, vgaMemory, heads, info.address) = (nil, nil, nil, nil, nil, nil)
            return
        }
        isPrimary = isFirst && kind != Kind.none ? .yes : nil
        if heads == nil { heads = kind == Kind.none ? nil : 1 }
        if heads == 0 { heads = nil }
        switch kind {
        case .qxl:
            if ram == nil { ram = 65536 }
            if vram == nil { vram = 65536 }
            ram = roundedUp(ram)
            vram = roundedUp(vram)
            vram64 = roundedUp(vram64)
        case .vga: vram = roundedUp(vram ?? 16384)
        case .cirrus, .vmvga, .bochs: vram = vram ?? 16384
        case .xen: vram = vram ?? 4096
        default: break
        }
        if vram == 0 { vram = nil }
    }

    private func roundedUp(_ value: UInt32?) -> UInt32? {
        guard let value, value > 1 else { return value }
        let shift = UInt32.bitWidth - (value - 1).leadingZeroBitCount
        return shift < 32 ? 1 << UInt32(shift) : value
    }
}

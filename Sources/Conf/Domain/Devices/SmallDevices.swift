import VirtUtil

/// `<input>`.
package struct Input: XMLMapped {
    package enum Kind: String, XMLKeyword { case mouse, tablet, keyboard, passthrough, evdev }
    package enum Bus: String, XMLKeyword { case ps2, usb, xen, parallels, virtio, none }
    package var kind = Kind.mouse
    package var bus: Bus?
    package enum Model: String, XMLKeyword {
        case virtio
        case virtioTransitional = "virtio-transitional"
        case virtioNonTransitional = "virtio-non-transitional"
    }
    package var model: Model?
    package var driver: GenericElement?
    package var source: GenericElement?
    package var info = DeviceInfo()

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        if x.isReading, x.peek("type") == nil { x.failInternal("missing input device type") }
        x.attribute("type", &kind, unknown: "unknown input device type")
        if x.isReading || bus != Bus.none { x.attribute("bus", &bus, unknown: "unknown input bus type") }
        x.attribute("model", &model, unknown: "unknown input model")
        x.shaped("driver", DeviceShapes.virtioDriver, &driver)
        if x.isReading, driver?.attributes.isEmpty == true { driver = nil }
        if x.isReading { completeBus(x) }
        x.shaped("source", DeviceShapes.evdev, &source)
        if x.isReading, kind != .passthrough, kind != .evdev { source = nil }
        if x.isReading, kind == .passthrough, source?.attribute("evdev") == nil {
            x.failXML("Missing evdev path for input device")
        }
        info.map(x)
    }
}

extension Input {
    fileprivate mutating func completeBus(_ x: XMLCoder) {
        switch bus {
        case .some where kind == .evdev: x.failUnsupported("input evdev doesn't support bus element")
        case .some(let other) where kind == .passthrough && other != .virtio:
            x.failUnsupported("only bus 'virtio' is supported for 'passthrough' input devices")
        case .ps2 where kind != .mouse && kind != .keyboard:
            x.failInternal("ps2 bus does not support \(kind.rawValue) input device")
        case .xen, .parallels: x.failInternal("unsupported input bus \(bus!.rawValue)")
        case nil:
            switch kind {
            case .mouse, .keyboard: bus = .ps2
            case .tablet: bus = .usb
            case .passthrough: bus = .virtio
            case .evdev: break
            }
        default: break
        }
    }
}

/// `<sound>`.
package struct Sound: XMLMapped {
    package enum Model: String, XMLKeyword { case sb16, es1370, pcspk, ac97, ich6, ich9, usb, ich7 }
    package var model = Model.ich6
    package var codecs: [GenericElement] = []
    package var audio: GenericElement?
    package var info = DeviceInfo()

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        if x.isReading, x.peek("model") == nil { x.failMissing("model") }
        x.attribute("model", &model)
        x.shaped("codec", DeviceShapes.codec, &codecs)
        if x.isReading, codecs.contains(where: { $0.attribute("type") == nil }) {
            x.failUnsupported("unknown codec type '(null)'")
        }
        if x.isReading, model != .ich6, model != .ich9 { codecs = [] }
        x.shaped("audio", DeviceShapes.audioReference, &audio)
        info.map(x)
    }
}

/// `<watchdog>`.
package struct Watchdog: XMLMapped {
    package enum Model: String, XMLKeyword { case i6300esb, ib700, diag288 }
    package enum Action: String, XMLKeyword {
        case reset, shutdown, poweroff, pause, dump, none
        case injectNMI = "inject-nmi"
    }
    package var model = Model.i6300esb
    package var action = Action.reset
    package var info = DeviceInfo()

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        if x.isReading, x.peek("model") == nil { x.failInternal("watchdog must contain model name") }
        x.attribute("model", &model, unknown: "unknown watchdog model")
        x.attribute("action", &action, unknown: "unknown watchdog action")
        info.map(x)
    }
}

/// `<memballoon>`.
package struct MemoryBalloon: XMLMapped {
    package enum Model: String, XMLKeyword {
        case virtio, xen, none
        case virtioTransitional = "virtio-transitional"
        case virtioNonTransitional = "virtio-non-transitional"
    }
    package var model = Model.virtio
    package var autodeflate: OnOff?
    package var freePageReporting: OnOff?
    package var statisticsPeriod: UInt32?
    package var driver: GenericElement?
    package var info = DeviceInfo()

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        if x.isReading, x.peek("model") == nil { x.failMissing("model") }
        x.attribute("model", &model)
        x.attribute("autodeflate", &autodeflate)
        x.attribute("freePageReporting", &freePageReporting)
        x.element("stats") {
            var period = statisticsPeriod.map { Int64($0) }
            x.attribute("period", &period)
            if x.isReading { statisticsPeriod = period.flatMap { UInt32(exactly: $0) } }
        }
        info.map(x)
        x.shaped("driver", DeviceShapes.virtioDriver, &driver)
        if x.isReading, driver?.attributes.isEmpty == true { driver = nil }
        if x.isReading, statisticsPeriod == 0 { statisticsPeriod = nil }
        if x.isReading, model == .none { info.address = nil }
    }
}

/// `<rng>`.
package struct RandomGenerator: XMLMapped {
    package enum Model: String, XMLKeyword, CaseIterable {
        case virtio
        case virtioTransitional = "virtio-transitional"
        case virtioNonTransitional = "virtio-non-transitional"
    }
    package enum Backend: String, XMLKeyword, CaseIterable { case random, egd, builtin }
    package var model = Model.virtio
    package var rate: GenericElement?
    package var backend = Backend.random
    package var path: String?
    package var source: CharacterSource?
    package var driver: GenericElement?
    package var info = DeviceInfo()

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        if x.isReading, x.peek("model") == nil { x.failXML("missing RNG device model") }
        x.attribute("model", &model, unknown: "unknown RNG model")
        x.shaped("rate", DeviceShapes.randomRate, &rate)
        if x.isReading, x.node.map({ Array($0.children("backend")).count }) != 1 {
            x.failXML("only one RNG backend is supported")
        }
        x.element("backend") {
            if x.isReading, x.peek("model") == nil { x.failXML("missing RNG device backend model") }
            x.attribute("model", &backend, unknown: "unknown RNG backend model")
            switch backend {
            case .random:
                x.characters(&path)
                if x.isReading, path == nil { path = "/dev/random" }
            case .egd:
                var value = source ?? CharacterSource()
                value.isPathRequired = true
                value.map(x)
                if x.isReading { source = value }
            case .builtin: break
            }
        }
        x.shaped("driver", DeviceShapes.virtioDriver, &driver)
        if x.isReading, driver?.attributes.isEmpty == true { driver = nil }
        info.map(x)
    }
}

/// `<panic>`.
package struct PanicDevice: XMLMapped {
    package enum Model: String, XMLKeyword { case isa, pseries, hyperv, s390, pvpanic }
    package var model: Model?
    package var info = DeviceInfo()

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.attribute("model", &model, unknown: "unknown panic model")
        info.map(x)
    }
}

/// A device that a table describes (``DeviceShapes``): its attributes and parts are kept as elements.
package struct GenericDevice: XMLMapped {
    package var attributes: [(name: String, value: String)] = []
    package var parts: [GenericElement] = []
    package var info = DeviceInfo()

    package init() {}

    /// Shared memory is counted in MiB, and is of the old kind unless it says so.
    mutating func completeSharedMemory() {
        let model =
            parts.first { $0.name == "model" } ?? GenericElement(name: "model", attributes: [("type", "ivshmem")])
        var size = parts.first { $0.name == "size" }
        if let given = size, let number = UInt64(given.text ?? "") {
            let unit = given.attribute("unit")
            let bytes = try? ScaledSize.bytes(number, unit: unit, standard: 1)
            size?.text = String((bytes ?? 0) >> 20)
            size?.attributes = [("unit", "M")]
        }
        let rest = parts.filter { $0.name != "model" && $0.name != "size" }
        // Who keeps the memory is only known to the newer kinds.
        if model.attribute("type") == "ivshmem" { attributes.removeAll { $0.name == "role" } }
        parts = [model] + (size.map { [$0] } ?? []) + rest
    }

    /// A card that is reached over TCP speaks the plain protocol unless it says otherwise.
    private mutating func completeSmartcard() {
        guard attribute("type") == "tcp", !parts.contains(where: { $0.name == "protocol" }) else { return }
        let place = parts.firstIndex { $0.name == "log" } ?? parts.endIndex
        parts.insert(GenericElement(name: "protocol", attributes: [("type", "raw")]), at: place)
    }

    /// Whether a `<memory>` device belongs to one of the guest's nodes; only SGX memory need not.
    var hasNode: Bool {
        attribute("model") != "sgx-epc" || parts.first { $0.name == "target" }?.child("node") != nil
    }

    /// The size of a `<memory>` device, in KiB.
    var memoryDeviceKiB: UInt64 {
        let size = parts.first { $0.name == "target" }?.child("size")
        guard let size, let number = size.text.flatMap({ UInt64($0) }) else { return 0 }
        return ((try? ScaledSize.bytes(number, unit: size.attribute("unit"), standard: 1024)) ?? 0) >> 10
    }

    package func attribute(_ name: String) -> String? { attributes.first { $0.name == name }?.value }

    package mutating func map(_ x: XMLCoder) {
        if x.isReading {
            guard let node = x.node else { return }
            let element = DeviceShapes.generic(node.name).read(node, x)
            attributes = element.attributes
            parts = element.children
            if node.name == "smartcard" { completeSmartcard() }
        } else {
            for attribute in attributes { x.put(attribute.name, attribute.value) }
            x.putElements(parts)
        }
        info.map(x)
    }
}

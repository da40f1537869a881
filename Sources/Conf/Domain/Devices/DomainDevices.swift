import VirtUtil

/// `<devices>`, every kind in the order in which libvirt prints them.
package struct DomainDevices: XMLMapped {
    package var emulator: String?
    package var disks: [Disk] = []
    package var controllers: [Controller] = []
    package var leases: [GenericElement] = []
    package var fileSystems: [FileSystem] = []
    package var interfaces: [NetworkInterface] = []
    package var smartcards: [GenericDevice] = []
    package var serials: [CharacterDevice] = []
    package var parallels: [CharacterDevice] = []
    package var consoles: [CharacterDevice] = []
    package var channels: [CharacterDevice] = []
    package var inputs: [Input] = []
    package var tpms: [GenericDevice] = []
    package var graphics: [Graphics] = []
    package var sounds: [Sound] = []
    package var audios: [GenericElement] = []
    package var videos: [Video] = []
    package var hostDevices: [HostDevice] = []
    package var redirectedDevices: [RedirectedDevice] = []
    package var redirectionFilter: GenericElement?
    package var hubs: [GenericDevice] = []
    package var watchdogs: [Watchdog] = []
    package var balloon: MemoryBalloon?
    package var randomGenerators: [RandomGenerator] = []
    package var hasNVRAM = false
    package var nvram = DeviceInfo()
    package var panics: [PanicDevice] = []
    package var sharedMemories: [GenericDevice] = []
    package var memories: [GenericDevice] = []
    private var boxedIOMMU: Boxed<GenericDevice>?
    package var iommu: GenericDevice? {
        get { boxedIOMMU?.value }
        set { boxedIOMMU = newValue.map { Boxed($0) } }
    }
    private var boxedVSock: Boxed<GenericDevice>?
    package var vsock: GenericDevice? {
        get { boxedVSock?.value }
        set { boxedVSock = newValue.map { Boxed($0) } }
    }

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.textElement("emulator", &emulator)
        x.elements("disk", &disks)
        x.elements("controller", &controllers)
        x.shaped("lease", DeviceShapes.lease, &leases)
        x.elements("filesystem", &fileSystems)
        x.elements("interface", &interfaces)
        x.elements("smartcard", &smartcards)
        x.elements("serial", &serials)
        x.elements("parallel", &parallels)
        x.elements("console", &consoles, of: CharacterDevice()) { $0.map(x, isConsole: true) }
        x.elements("channel", &channels)
        x.elements("input", &inputs)
        x.elements("tpm", &tpms)
        x.elements("graphics", &graphics)
        x.elements("sound", &sounds)
        mapAudios(x)
        x.elements("video", &videos)
        x.elements("hostdev", &hostDevices)
        x.elements("redirdev", &redirectedDevices)
        if x.isReading, x.node.map({ Array($0.children("redirfilter")).count }) ?? 0 > 1 {
            x.failInternal("only one set of redirection filter rule is supported")
        }
        x.shaped("redirfilter", DeviceShapes.redirectionFilter, &redirectionFilter)
        x.elements("hub", &hubs)
        x.elements("watchdog", &watchdogs)
        x.element("memballoon", &balloon)
        x.elements("rng", &randomGenerators)
        x.element("nvram", present: &hasNVRAM) {
            x.forceEndTag()
            nvram.map(x)
        }
        x.elements("panic", &panics)
        x.elements("shmem", &sharedMemories)
        x.elements("memory", &memories)
        if x.isReading, x.node.map({ Array($0.children("iommu")).count }) ?? 0 > 1 {
            x.failXML("only a single IOMMU device is supported")
        }
        x.element("iommu", &boxedIOMMU)
        x.element("vsock", &boxedVSock)
        if x.isReading {
            completeRedirectionFilter()
        }
    }

    private mutating func mapAudios(_ x: XMLCoder) {
        guard x.isReading else { return x.putElements(audios) }
        for node in x.node.map({ Array($0.children("audio")) }) ?? [] {
            audios.append(AudioShapes.shape(node.attribute("type") ?? "").read(node, x))
        }
    }

    /// `-1` matches anything, as no attribute does.
    private mutating func completeRedirectionFilter() {
        guard var filter = redirectionFilter else { return }
        for index in filter.children.indices {
            filter.children[index].attributes.removeAll { $0.value == "-1" }
            for (name, digits) in [("class", 2), ("vendor", 4), ("product", 4)] {
                guard let number = filter.children[index].attribute(name).flatMap({ UInt32(anyBase: $0) }) else {
                    continue
                }
                let digitsOf = String(number, radix: 16, uppercase: true)
                let zeros = String(repeating: "0", count: max(0, digits - digitsOf.utf8.count))
                filter.children[index].set(name, "0x\(zeros)\(digitsOf)")
            }
            if let version = filter.children[index].attribute("version"), let dot = version.utf8.firstIndex(of: 0x2E) {
                let fraction = version[version.index(after: dot)...]
                if fraction.utf8.count == 1 { filter.children[index].set("version", version + "0") }
            }
        }
        redirectionFilter = filter
    }

    /// What is wrong with devices beside each other, or with what tables keep.
    func check(_ x: XMLCoder) {
        for channel in channels {
            guard let type = channel.target.type else {
                if channel.hasTarget {
                    x.failUnsupported("unknown target type '(null)' specified for character device")
                } else {
                    x.failXML("target type must be specified for channel device")
                }
                return
            }
            checkTarget(x, type, ["none", "guestfwd", "virtio", "xen"])
            if type == "guestfwd", channel.target.address == nil {
                x.failXML("guestfwd channel does not define a target address")
            }
        }
        for serial in serials {
            if let type = serial.target.type { checkTarget(x, type, Self.serialTargets) }
        }
        if watchdogs.count > 1 { x.failInternal("only a single watchdog device is supported") }
        for console in consoles {
            if let type = console.target.type { checkTarget(x, type, Self.consoleTargets) }
        }
        for hub in hubs where hub.attribute("type") == nil { x.failInternal("missing hub device type") }
        for device in sharedMemories {
            if device.attribute("name") == nil { x.failXML("shmem element must contain 'name' attribute") }
            guard let size = device.parts.first(where: { $0.name == "size" }), let number = UInt64(size.text ?? "")
            else {
                continue
            }
            _ = x.attempt { () throws(ConfError) in
                try ScaledSize.bytes(number, unit: size.attribute("unit"), standard: 1)
            }
        }
        for tpm in tpms where !tpm.parts.contains(where: { $0.name == "backend" }) {
            x.failXML("missing TPM device backend")
        }
        checkGenericDevices(x)
        for lease in leases {
            if lease.child("key") == nil { x.failXML("Missing 'key' element for lease") }
            if lease.child("target") == nil { x.failXML("Missing 'target' element for lease") }
        }
    }

    /// What tables do not say of devices that are kept by them.
    private func checkGenericDevices(_ x: XMLCoder) {
        for card in smartcards
        where card.attribute("mode") == "host-certificates"
            && card.parts.filter({ $0.name == "certificate" }).count != 3
        {
            x.failXML("host-certificates mode needs exactly three certificates")
        }
        let cid = vsock?.parts.first { $0.name == "cid" }?.attribute("address").flatMap { UInt32($0) }
        if let cid, cid < 3 { x.failUnsupported("guest CIDs must be >= 3") }
        for hub in hubs {
            if let type = hub.attribute("type"), type != "usb" {
                x.failUnsupported("unknown hub device type '\(type)'")
            }
        }
        for tpm in tpms where tpm.parts.filter({ $0.name == "backend" }).count > 1 {
            x.failXML("only one TPM backend is supported")
        }
        let used = audios.compactMap { $0.attribute("id") }
        for (index, id) in used.enumerated() where used[..<index].contains(id) {
            x.failXML("audio ID \(id) is used multiple times")
        }
        for memory in memories {
            guard let target = memory.parts.first(where: { $0.name == "target" }) else {
                x.failXML("missing <target> element for <memory> device")
                continue
            }
            if target.child("size") == nil {
                x.fail(ConfError(.xml, "missing element or attribute './size'", domain: ConfError.fromXML))
            }
        }
        for card in smartcards where card.attribute("mode") == "passthrough" && card.attribute("type") == nil {
            x.failXML("passthrough mode requires a character device type attribute")
        }
        let ids = Set(audios.compactMap { $0.attribute("id") })
        for sound in sounds {
            if let id = sound.audio?.attribute("id"), !ids.contains(id) { x.failXML("no audio device with ID \(id)") }
        }
    }

    private func checkTarget(_ x: XMLCoder, _ type: String, _ known: Set<String>) {
        guard !known.contains(type) else { return }
        x.failUnsupported("unknown target type '\(type)' specified for character device")
    }

    private static let serialTargets: Set = [
        "isa-serial", "usb-serial", "pci-serial", "spapr-vio-serial", "system-serial", "sclp-serial", "isa-debug",
        "none",
    ]
    private static let consoleTargets: Set = [
        "none", "serial", "xen", "uml", "virtio", "lxc", "openvz", "sclp", "sclplm",
    ]
}

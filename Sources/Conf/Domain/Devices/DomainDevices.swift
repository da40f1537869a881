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
    package var iommu: GenericDevice?
    package var vsock: GenericDevice?

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.textElement("emulator", &emulator)
        x.elements("disk", &disks)
        x.elements("controller", &controllers)
        x.verbatim("lease", &leases)
        x.elements("filesystem", &fileSystems)
        x.elements("interface", &interfaces)
        x.elements("smartcard", &smartcards)
        x.elements("serial", &serials)
        x.elements("parallel", &parallels)
        x.elements("console", &consoles)
        x.elements("channel", &channels)
        x.elements("input", &inputs)
        x.elements("tpm", &tpms)
        x.elements("graphics", &graphics)
        x.elements("sound", &sounds)
        x.verbatim("audio", &audios)
        x.elements("video", &videos)
        x.elements("hostdev", &hostDevices)
        x.elements("redirdev", &redirectedDevices)
        x.verbatim("redirfilter", &redirectionFilter)
        x.elements("hub", &hubs)
        x.elements("watchdog", &watchdogs)
        x.element("memballoon", &balloon)
        x.elements("rng", &randomGenerators)
        x.element("nvram", present: &hasNVRAM) {
            x.forceEndTag()
            nvram.map(x)
        }
        x.elements("panic", &panics)
        // A panic device of an unknown model without an address says nothing.
        if x.isReading { panics.removeAll { $0.model == nil && $0.info.address == nil } }
        x.elements("shmem", &sharedMemories)
        x.elements("memory", &memories)
        x.element("iommu", &iommu)
        x.element("vsock", &vsock)
        if x.isReading {
            completeRedirectionFilter()
            for index in memories.indices { memories[index].completeMemory() }
            check(x)
        }
    }

    /// `-1` matches anything, as no attribute does.
    private mutating func completeRedirectionFilter() {
        guard var filter = redirectionFilter else { return }
        for index in filter.children.indices {
            filter.children[index].order(["class", "vendor", "product", "version", "allow"])
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

    private func check(_ x: XMLCoder) {
        for channel in channels {
            guard let type = channel.target.type else {
                x.failXML("target type must be specified for channel device")
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
        for device in sharedMemories where device.attribute("name") == nil {
            x.failXML("shmem element must contain 'name' attribute")
        }
        for tpm in tpms where !tpm.parts.contains(where: { $0.name == "backend" }) {
            x.failXML("missing TPM device backend")
        }
        if memoryBalloonCount(x) > 1 { x.failInternal("only a single memory balloon device is supported") }
        checkWords(x)
        requireModel(x, iommu, "iommu")
        for memory in memories { requireModel(x, memory, "memory") }
        for lease in leases {
            if lease.child("key") == nil { x.failXML("Missing 'key' element for lease") }
            if lease.child("target") == nil { x.failXML("Missing 'target' element for lease") }
        }
    }

    private func memoryBalloonCount(_ x: XMLCoder) -> Int {
        x.node.map { Array($0.children("memballoon")).count } ?? 0
    }

    /// Words in attributes of devices that are kept as elements.
    private func checkWords(_ x: XMLCoder) {
        func element(_ device: GenericDevice, _ name: String) -> GenericElement {
            GenericElement(name: name, attributes: device.attributes)
        }
        for tpm in tpms {
            x.check(
                element(tpm, "tpm"), "model", ["tpm-tis", "tpm-crb", "tpm-spapr", "spapr-tpm-proxy"])
            x.check(
                tpm.parts.first { $0.name == "backend" }, "type", ["passthrough", "emulator", "external"],
                required: true)
        }
        for card in smartcards {
            x.check(element(card, "smartcard"), "mode", ["host", "host-certificates", "passthrough"], required: true)
            if card.attribute("mode") == "host-certificates",
                card.parts.filter({ $0.name == "certificate" }).count != 3
            {
                x.failXML("host-certificates mode needs exactly three certificates")
            }
        }
        if let vsock {
            x.check(
                element(vsock, "vsock"), "model", ["virtio", "virtio-transitional", "virtio-non-transitional"])
            if let cid = vsock.parts.first(where: { $0.name == "cid" })?.attribute("address").flatMap({ UInt32($0) }),
                cid < 3
            {
                x.failUnsupported("guest CIDs must be >= 3")
            }
        }
        for hub in hubs {
            if let type = hub.attribute("type"), type != "usb" {
                x.failUnsupported("unknown hub device type '\(type)'")
            }
        }
        if let iommu { x.check(element(iommu, "iommu"), "model", ["intel", "smmuv3", "virtio"]) }
        for memory in memories {
            x.check(
                element(memory, "memory"), "model", ["dimm", "nvdimm", "virtio-pmem", "virtio-mem", "sgx-epc"])
        }
        for audio in audios {
            x.check(
                audio, "type",
                ["none", "alsa", "coreaudio", "jack", "oss", "pulseaudio", "sdl", "spice", "file", "dbus"],
                required: true)
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

    private func requireModel(_ x: XMLCoder, _ device: GenericDevice?, _ name: String) {
        guard let device, device.attribute("model") == nil else { return }
        x.fail(
            ConfError(
                .xml, "Missing required attribute 'model' in element '\(name)'", domain: ConfError.fromXML))
    }

    private static let serialTargets: Set = [
        "isa-serial", "usb-serial", "pci-serial", "spapr-vio-serial", "system-serial", "sclp-serial", "isa-debug",
        "none",
    ]
    private static let consoleTargets: Set = [
        "none", "serial", "xen", "uml", "virtio", "lxc", "openvz", "sclp", "sclplm",
    ]
}

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
            check(x)
        }
    }

    /// `-1` matches anything, as no attribute does.
    private mutating func completeRedirectionFilter() {
        guard var filter = redirectionFilter else { return }
        for index in filter.children.indices {
            filter.children[index].order(["class", "vendor", "product", "version", "allow"])
            filter.children[index].attributes.removeAll { $0.value == "-1" }
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
        requireModel(x, iommu, "iommu")
        for memory in memories { requireModel(x, memory, "memory") }
        for lease in leases where lease.child("key") == nil { x.failXML("Missing 'key' element for lease") }
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

import VirtUtil

extension DomainDevices {
    func checkStability(against target: DomainDevices) throws(ConfError) {
        typealias Check = StabilityCheck
        try Check.pairs("disk", disks, target.disks) { first, second throws(ConfError) in try first.checkStability(second) }
        try Check.pairs("controller", controllers, target.controllers) { first, second throws(ConfError) in
            try first.checkStability(second)
        }
        try Check.pairs("filesystem", fileSystems, target.fileSystems) { first, second throws(ConfError) in
            try Check.same("filesystem guest target", first.target?.attribute("dir"), second.target?.attribute("dir"))
            try Check.info(first.info, second.info)
        }
        try Check.pairs("net card", interfaces, target.interfaces) { first, second throws(ConfError) in
            try Check.same("network card mac", first.mac?.address.description, second.mac?.address.description)
            try Check.same("network card model", first.model, second.model)
            try Check.same("network card MTU", first.mtu?.attribute("size"), second.mtu?.attribute("size"))
            try Check.info(first.info, second.info)
        }
        try Check.pairs("input device", inputs, target.inputs) { first, second throws(ConfError) in
            try Check.same("input device type", first.kind.rawValue, second.kind.rawValue)
            try Check.same("input device bus", first.bus?.rawValue, second.bus?.rawValue)
            try Check.same("input model", first.model?.rawValue, second.model?.rawValue)
            try Check.info(first.info, second.info)
        }
        try Check.pairs("sound card", sounds, target.sounds) { first, second throws(ConfError) in
            try Check.same("sound card model", first.model.rawValue, second.model.rawValue)
            try Check.info(first.info, second.info)
        }
        try Check.pairs("video card", videos, target.videos) { first, second throws(ConfError) in
            try Check.same("video card model", first.kind?.rawValue, second.kind?.rawValue)
            try Check.same("video card ram", first.ram, second.ram)
            try Check.same("video card vram", first.vram, second.vram)
            try Check.same("video card vgamem", first.vgaMemory, second.vgaMemory)
            try Check.same("video card heads", first.heads, second.heads)
            try Check.info(first.info, second.info)
        }
        try Check.pairs("host device", hostDevices, target.hostDevices) { first, second throws(ConfError) in
            try first.checkStability(second)
        }
        try checkPorts(target)
        try checkRest(target)
    }

    private func checkPorts(_ target: DomainDevices) throws(ConfError) {
        typealias Check = StabilityCheck
        let ports = [
            ("serial port", serials, target.serials), ("parallel port", parallels, target.parallels),
            ("channel", channels, target.channels), ("console", consoles, target.consoles),
        ]
        for (what, mine, theirs) in ports {
            try Check.pairs(what, mine, theirs) { first, second throws(ConfError) in
                try Check.same("\(what) type", first.target.type, second.target.type)
                try Check.same("\(what) name", first.target.name, second.target.name)
                try Check.same("\(what) address", first.target.address, second.target.address)
                try Check.same(what, first.target.port.map { String($0) }, second.target.port.map { String($0) })
                try Check.info(first.info, second.info)
            }
        }
    }

    private func checkRest(_ target: DomainDevices) throws(ConfError) {
        typealias Check = StabilityCheck
        let generic = [
            ("smartcard", smartcards, target.smartcards), ("hub device", hubs, target.hubs), ("TPM device", tpms, target.tpms),
            ("shared memory device", sharedMemories, target.sharedMemories),
            ("memory device", memories, target.memories), ("IOMMU device", iommu.map { [$0] } ?? [], target.iommu.map { [$0] } ?? []),
            ("vsock device", vsock.map { [$0] } ?? [], target.vsock.map { [$0] } ?? []),
        ]
        for (what, mine, theirs) in generic {
            try Check.pairs(what, mine, theirs) { first, second throws(ConfError) in
                for name in ["mode", "type", "model", "name", "role"] {
                    try Check.same("\(what) \(name)", first.attribute(name), second.attribute(name))
                }
                try Check.info(first.info, second.info)
            }
        }
        for (first, second) in zip(memories, target.memories) {
            try Check.same("memory device size", first.memoryDeviceKiB, second.memoryDeviceKiB)
        }
        try Check.pairs("redirected devices", redirectedDevices, target.redirectedDevices) { first, second throws(ConfError) in
            try Check.same("redirected device bus", first.bus.rawValue, second.bus.rawValue)
            try Check.info(first.info, second.info)
        }
        try Check.pairs("watchdog", watchdogs, target.watchdogs) { first, second throws(ConfError) in
            try Check.same("watchdog model", first.model.rawValue, second.model.rawValue)
            try Check.info(first.info, second.info)
        }
        let (balloons, others) = (balloon.map { [$0] } ?? [], target.balloon.map { [$0] } ?? [])
        try Check.pairs("memory balloon", balloons, others) { first, second throws(ConfError) in
            try Check.same("balloon model", first.model.rawValue, second.model.rawValue)
            try Check.info(first.info, second.info)
        }
        try Check.pairs("RNG device", randomGenerators, target.randomGenerators) { first, second throws(ConfError) in
            try Check.same("RNG model", first.model.rawValue, second.model.rawValue)
            try Check.info(first.info, second.info)
        }
        try Check.pairs("panic device", panics, target.panics) { first, second throws(ConfError) in
            try Check.same("panic model", first.model?.rawValue, second.model?.rawValue)
            try Check.info(first.info, second.info)
        }
        if hasNVRAM != target.hasNVRAM {
            throw Check.failure("Target domain NVRAM presence does not match source")
        }
    }
}

extension Disk {
    fileprivate func checkStability(_ target: Disk) throws(ConfError) {
        typealias Check = StabilityCheck
        try Check.same("disk device", device.rawValue, target.device.rawValue)
        try Check.same("disk bus", self.target.bus?.rawValue, target.target.bus?.rawValue)
        try Check.same("disk", self.target.name, target.target.name)
        try Check.same("disk serial", serial, target.serial)
        try Check.same("disk wwn", wwn, target.wwn)
        if isReadOnly != target.isReadOnly || isShareable != target.isShareable {
            throw Check.failure("Target disk access mode does not match source")
        }
        try Check.same("disk model", model, target.model)
        try Check.info(info, target.info)
    }
}

extension Controller {
    fileprivate func checkStability(_ target: Controller) throws(ConfError) {
        typealias Check = StabilityCheck
        try Check.same("controller type", kind.rawValue, target.kind.rawValue)
        try Check.same("controller index", index, target.index)
        try Check.same("controller model", model, target.model)
        try Check.same("controller ports", ports, target.ports)
        try Check.same("controller vectors", vectors, target.vectors)
        try Check.info(info, target.info)
    }
}

extension HostDevice {
    /// A virtual GPU is a mediated device on one host and a virtual function of the card on another: that may be tried.
    fileprivate func checkStability(_ target: HostDevice) throws(ConfError) {
        typealias Check = StabilityCheck
        try Check.same("host device mode", mode.rawValue, target.mode.rawValue)
        if kind != target.kind, !(isVirtualGPU && target.isVirtualGPU) {
            try Check.same("host device subsystem", kind?.rawValue, target.kind?.rawValue)
        }
        if kind == .mdev, target.kind == .mdev {
            try Check.same("host device model", attribute("model"), target.attribute("model"))
        }
        try Check.info(info, target.info)
    }

    /// Whether it can be one: what the guest sees is a PCI device.
    private var isVirtualGPU: Bool {
        switch kind {
        case .mdev: mode == .subsystem && attribute("model") == "vfio-pci"
        case .pci: mode == .subsystem
        default: false
        }
    }

    private func attribute(_ name: String) -> String? { rest.first { $0.name == name }?.value }
}

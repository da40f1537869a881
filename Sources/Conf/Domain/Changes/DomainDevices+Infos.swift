/// A device that can have an alias, an address, a place in the boot order.
protocol InformedDevice { var info: DeviceInfo { get set } }

extension Disk: InformedDevice {}
extension Controller: InformedDevice {}
extension FileSystem: InformedDevice {}
extension NetworkInterface: InformedDevice {}
extension GenericDevice: InformedDevice {}
extension CharacterDevice: InformedDevice {}
extension Input: InformedDevice {}
extension Sound: InformedDevice {}
extension Video: InformedDevice {}
extension HostDevice: InformedDevice {}
extension RedirectedDevice: InformedDevice {}
extension Watchdog: InformedDevice {}
extension MemoryBalloon: InformedDevice {}
extension RandomGenerator: InformedDevice {}
extension PanicDevice: InformedDevice {}

extension DomainDevices {
    /// Visits what every device has, kind after kind, each in its order.
    mutating func forEachInfo(_ body: (DeviceKind, Int, inout DeviceInfo) -> Void) {
        func visit(_ kind: DeviceKind, _ list: inout [some InformedDevice]) {
            for index in list.indices { body(kind, index, &list[index].info) }
        }
        visit(.disk, &disks)
        visit(.controller, &controllers)
        visit(.fileSystem, &fileSystems)
        visit(.interface, &interfaces)
        visit(.smartcard, &smartcards)
        visit(.serial, &serials)
        visit(.parallel, &parallels)
        visit(.console, &consoles)
        visit(.channel, &channels)
        visit(.input, &inputs)
        visit(.tpm, &tpms)
        visit(.sound, &sounds)
        visit(.video, &videos)
        visit(.hostDevice, &hostDevices)
        visit(.redirectedDevice, &redirectedDevices)
        visit(.hub, &hubs)
        visit(.watchdog, &watchdogs)
        visit(.randomGenerator, &randomGenerators)
        visit(.panic, &panics)
        visit(.sharedMemory, &sharedMemories)
        visit(.memory, &memories)
        if balloon != nil { body(.balloon, 0, &balloon!.info) }
        if hasNVRAM { body(.nvram, 0, &nvram) }
        if iommu != nil { body(.iommu, 0, &iommu!.info) }
        if vsock != nil { body(.vsock, 0, &vsock!.info) }
    }

    /// The device that has the alias.
    package func device(withAlias alias: String) -> (kind: DeviceKind, index: Int)? {
        var copy = self
        var found: (DeviceKind, Int)?
        copy.forEachInfo { kind, index, info in if info.alias == alias, found == nil { found = (kind, index) } }
        return found
    }

    /// Takes a device out of its list.
    mutating func remove(_ kind: DeviceKind, at index: Int) {
        switch kind {
        case .disk: disks.remove(at: index)
        case .controller: controllers.remove(at: index)
        case .lease: leases.remove(at: index)
        case .fileSystem: fileSystems.remove(at: index)
        case .interface: interfaces.remove(at: index)
        case .smartcard: smartcards.remove(at: index)
        case .serial: serials.remove(at: index)
        case .parallel: parallels.remove(at: index)
        case .console: consoles.remove(at: index)
        case .channel: channels.remove(at: index)
        case .input: inputs.remove(at: index)
        case .tpm: tpms.remove(at: index)
        case .graphics: graphics.remove(at: index)
        case .sound: sounds.remove(at: index)
        case .audio: audios.remove(at: index)
        case .video: videos.remove(at: index)
        case .hostDevice: hostDevices.remove(at: index)
        case .redirectedDevice: redirectedDevices.remove(at: index)
        case .hub: hubs.remove(at: index)
        case .watchdog: watchdogs.remove(at: index)
        case .randomGenerator: randomGenerators.remove(at: index)
        case .panic: panics.remove(at: index)
        case .sharedMemory: sharedMemories.remove(at: index)
        case .memory: memories.remove(at: index)
        case .balloon: balloon = nil
        case .nvram: hasNVRAM = false
        case .iommu: iommu = nil
        case .vsock: vsock = nil
        }
    }
}

internal import VirtUtil

/// Virtio devices where there is no PCI: the channels of a mainframe, or registers in memory.
extension DomainDevices {
    /// The order in which libvirt visits devices to give them addresses.
    private static let order: [DeviceKind] = [
        .disk, .interface, .sound, .hostDevice, .video, .controller, .smartcard, .serial, .parallel, .channel, .console,
        .input, .fileSystem, .watchdog, .balloon, .randomGenerator, .nvram, .hub, .sharedMemory, .tpm, .panic, .memory,
        .redirectedDevice, .iommu, .vsock,
    ]

    mutating func forEachInfoInOrder(_ body: (DeviceKind, Int, inout DeviceInfo) -> Void) {
        for kind in Self.order { forEachInfo { if $0 == kind { body($0, $1, &$2) } } }
    }

    /// Where one virtio device is without a bus, all are.
    var hasVirtioMMIO: Bool {
        var (copy, found) = (self, false)
        copy.forEachInfo { _, _, info in if info.address?.kind == .virtioMMIO { found = true } }
        return found
    }

    /// Puts virtio devices that have no address where there is no bus.
    mutating func assignVirtioMMIO() {
        let devices = self
        forEachInfo { kind, index, info in
            guard info.address == nil, devices.isVirtio(kind, index) else { return }
            var address = DeviceAddress()
            address.kind = .virtioMMIO
            info.address = address
        }
    }

    mutating func assignCCWAddresses() throws(ConfError) {
        var taken: Set<CCWPlace> = []
        var failure: ConfError?
        forEachInfoInOrder { _, _, info in
            guard let place = info.address?.ccwPlace else { return }
            if !taken.insert(place).inserted, failure == nil {
                failure = ConfError(.xml, "The CCW devno '\(place.text)' is in use already")
            }
        }
        if let failure { throw failure }
        let devices = self
        var next = CCWPlace(cssid: 0xFE, ssid: 0, devno: 0)
        forEachInfoInOrder { kind, index, info in
            let isCCW = info.address?.kind == .ccw
            guard isCCW ? info.address?.ccwPlace == nil : info.address == nil && devices.isVirtio(kind, index) else {
                return
            }
            while !taken.insert(next).inserted { next.devno += 1 }
            var address = DeviceAddress()
            address.kind = .ccw
            (address.cssid, address.ssid, address.devno) = (next.cssid, next.ssid, next.devno)
            info.address = address
        }
    }

    /// PCI devices of a mainframe have numbers of their own beside the address.
    ///
    /// - Parameter count: How many controllers there were before some were added; those have none.
    mutating func assignZPCINumbers(firstControllers count: Int) throws(ConfError) {
        var (uids, fids): (Set<UInt32>, Set<UInt32>) = ([], [])
        var failure: ConfError?
        forEachInfoInOrder { _, _, info in
            guard let pci = info.address?.kind == .pci ? info.address?.pci : nil else { return }
            if let uid = pci.zpciUID, !uids.insert(uid).inserted, failure == nil {
                failure = ConfError(.internal, "zPCI uid \(String(uid, radix: 8)) is already reserved")
            }
            if let fid = pci.zpciFID, !fids.insert(fid).inserted, failure == nil {
                failure = ConfError(.internal, "zPCI fid \(String(fid, radix: 8)) is already reserved")
            }
        }
        if let failure { throw failure }
        let devices = self
        forEachInfoInOrder { kind, index, info in
            guard info.address?.kind == .pci else { return }
            // What has no business on a mainframe is not numbered.
            if kind == .serial { return }
            if kind == .controller, index >= count, devices.controllers[index].kind == .pci { return }
            if info.address?.pci.zpciUID == nil {
                info.address?.pci.zpciUID = (UInt32(1)...).first { uids.insert($0).inserted }
            }
            if info.address?.pci.zpciFID == nil {
                info.address?.pci.zpciFID = (UInt32(0)...).first { fids.insert($0).inserted }
            }
        }
    }

    /// Whether the guest drives the device with virtio, on whatever bus.
    private func isVirtio(_ kind: DeviceKind, _ index: Int) -> Bool {
        switch kind {
        case .disk: return disks[index].target.bus == .virtio
        case .interface:
            return interfaces[index].kind != .hostdev
                && interfaces[index].model.map(DeviceShapes.virtioModels.contains) == true
        case .controller:
            let controller = controllers[index]
            return controller.kind == .virtioSerial
                || controller.kind == .scsi && controller.model.map(Controller.virtioSCSI.contains) == true
        case .hostDevice: return hostDevices[index].kind == .scsiHost || isCCWDevice(hostDevices[index])
        case .video: return videos[index].kind == .virtio
        case .input: return inputs[index].bus == .virtio
        case .fileSystem, .randomGenerator, .vsock: return true
        case .balloon: return balloon.map { $0.model != .none && $0.model != .xen } ?? false
        default: return false
        }
    }

    private func isCCWDevice(_ device: HostDevice) -> Bool {
        device.kind == .mdev && device.rest.contains { $0.name == "model" && $0.value == "vfio-ccw" }
    }
}

private struct CCWPlace: Hashable {
    var cssid: UInt32
    var ssid: UInt32
    var devno: UInt32

    /// `fe.0.0001`.
    var text: String {
        func part(_ value: UInt32, _ digits: Int) -> Substring { hexadecimal(value, digits: digits).dropFirst(2) }
        return "\(part(cssid, 1)).\(part(ssid, 1)).\(part(devno, 4))"
    }
}

extension DeviceAddress {
    fileprivate var ccwPlace: CCWPlace? {
        guard kind == .ccw, let cssid, let ssid, let devno else { return nil }
        return CCWPlace(cssid: cssid, ssid: ssid, devno: devno)
    }
}

package import VirtUtil

extension DomainDefinition {
    /// Puts another description in the place of a device.
    ///
    /// The definition that is kept takes all of it; a guest that runs takes what can change under it: a medium, a
    /// link's state, a network, a password.
    ///
    /// - Returns: The alias of the device.
    /// - Throws: `.operationUnsupported` naming what cannot be changed.
    @discardableResult
    package mutating func update(_ document: DeviceDocument, _ change: DeviceChange) throws(ConfError) -> String? {
        var new = self
        let place: (kind: DeviceKind, index: Int)
        switch document.kind {
        case .disk: place = (.disk, try new.updateDisk(document.devices.disks[0], change))
        case .interface: place = (.interface, try new.updateInterface(document, change))
        case .graphics: place = (.graphics, try new.updateGraphics(document.devices.graphics[0], change))
        case .memory: place = (.memory, try new.updateMemory(document.devices.memories[0], change))
        default: throw change.unsupported("update", document.kind)
        }
        try new.finish(change)
        self = new
        return change.scope == .live ? devices.alias(of: place.kind, at: place.index) : nil
    }

    private mutating func updateDisk(_ disk: Disk, _ change: DeviceChange) throws(ConfError) -> Int {
        let name = disk.target.name ?? ""
        guard let index = devices.disks.firstIndex(where: { $0.target.name == name }) else {
            if change.scope == .live { throw change.failure(.internal, "disk '\(name)' not found") }
            throw change.failure(.invalidArgument, "target \(name) doesn't exist.")
        }
        let old = devices.disks[index]
        if disk.device != old.device, disk.isRemovable, !old.isRemovable {
            throw change.failure(.unsupported, "disk type of '\(name)' does not support ejectable media")
        }
        if change.scope == .live {
            try old.checkLiveUpdate(to: disk, change)
            devices.disks[index].takeLive(disk)
            return index
        }
        var new = disk
        if new.target.bus == old.target.bus {
            new.info.address = new.info.address ?? old.info.address
            new.info.alias = new.info.alias ?? old.info.alias
        }
        devices.disks[index] = new
        return index
    }

    private mutating func updateInterface(_ document: DeviceDocument, _ change: DeviceChange) throws(ConfError) -> Int {
        let index = try devices.find(document, change)
        let old = devices.interfaces[index]
        var new = document.devices.interfaces[0]
        new.mac = new.mac ?? old.mac
        new.info.address = new.info.address ?? old.info.address
        new.info.alias = new.info.alias ?? old.info.alias
        if change.scope == .live {
            try old.checkLiveUpdate(to: new, change)
            new.targetName = new.targetName ?? old.targetName
        }
        devices.interfaces[index] = new
        return index
    }

    private mutating func updateGraphics(_ graphics: Graphics, _ change: DeviceChange) throws(ConfError) -> Int {
        guard let index = devices.graphics.firstIndex(where: { $0.kind == graphics.kind }) else {
            let kind = graphics.kind.rawValue
            if change.scope == .config {
                throw change.failure(.invalidArgument, "cannot find existing graphics type '\(kind)' device to modify")
            }
            throw change.failure(.deviceMissing, "cannot find existing graphics device to modify of type '\(kind)'")
        }
        if change.scope == .live { try devices.graphics[index].checkLiveUpdate(to: graphics, change) }
        devices.graphics[index] = graphics
        return index
    }

    /// Only how much of a virtio memory device is asked for can change.
    private mutating func updateMemory(_ memory: GenericDevice, _ change: DeviceChange) throws(ConfError) -> Int {
        let index = devices.memories.firstIndex { device in
            guard device.attribute("model") == "virtio-mem", memory.attribute("model") == "virtio-mem" else { return false }
            if let alias = memory.info.alias, alias != device.info.alias { return false }
            return device.memoryDeviceKiB == memory.memoryDeviceKiB
        }
        guard let index else {
            throw change.scope == .config
                ? change.failure(.invalidArgument, "memory not found")
                : change.failure(.unsupported, "memory '\(memory.info.alias ?? "(null)")' not found")
        }
        var new = memory
        new.info = devices.memories[index].info
        devices.memories[index] = new
        return index
    }
}

extension Disk {
    fileprivate var isRemovable: Bool { device == .cdrom || device == .floppy }

    /// Refuses what a guest would notice, in libvirt's order.
    fileprivate func checkLiveUpdate(to new: Disk, _ change: DeviceChange) throws(ConfError) {
        func refuse(_ field: String) -> ConfError {
            change.failure(.operationUnsupported, "cannot modify field '\(field)' of the disk")
        }
        if new.device != device { throw refuse("device") }
        if new.target.bus != target.bus { throw refuse("bus") }
        if new.blockIO.map({ $0.attributes.map(\.value) }) != blockIO.map({ $0.attributes.map(\.value) }) {
            throw refuse("blockio logical_block_size")
        }
        try checkLiveTuning(to: new, refuse)
        for (field, mine, theirs) in [
            ("serial", serial, new.serial), ("wwn", wwn, new.wwn), ("vendor", vendor, new.vendor),
            ("product", product, new.product),
        ] where mine != theirs { throw refuse(field) }
        let (mine, theirs) = (driver ?? Driver(), new.driver ?? Driver())
        if mine.cache != theirs.cache { throw refuse("cache") }
        if mine.errorPolicy != theirs.errorPolicy { throw refuse("error_policy") }
        if mine.readErrorPolicy != theirs.readErrorPolicy { throw refuse("rerror_policy") }
        if mine.io != theirs.io { throw refuse("io") }
        if mine.ioEventFD != theirs.ioEventFD { throw refuse("ioeventfd") }
        if mine.eventIndex != theirs.eventIndex { throw refuse("event_idx") }
        if mine.copyOnRead != theirs.copyOnRead { throw refuse("copy_on_read") }
        if mine.discard != theirs.discard { throw refuse("discard") }
        if mine.ioThread != theirs.ioThread { throw refuse("iothread") }
        if isReadOnly != new.isReadOnly { throw refuse("readonly") }
        if isShareable != new.isShareable { throw refuse("shareable") }
        if let address = new.info.address, let old = info.address,
            printed("address", address) != printed("address", old)
        {
            throw refuse("address")
        }
        if new.info.bootOrder != info.bootOrder { throw refuse("boot order") }
        if !isRemovable, !new.source.isSame(as: source) {
            throw change.failure(.unsupported, "disk source can be changed only in removable drives")
        }
    }

    private func checkLiveTuning(to new: Disk, _ refuse: (String) -> ConfError) throws(ConfError) {
        func values(_ disk: Disk) -> [(String, String)] { (disk.ioTune?.children ?? []).map { ($0.name, $0.text ?? "") } }
        let (mine, theirs) = (values(self), values(new))
        for (name, value) in theirs where !mine.contains(where: { $0 == (name, value) }) {
            throw refuse("blkdeviotune \(name)")
        }
    }

    /// Takes what can change: the medium, and what only the host cares about.
    fileprivate mutating func takeLive(_ new: Disk) {
        snapshot = new.snapshot
        source = new.source
        hasSource = new.hasSource
        backingStore = new.backingStore
        if let format = new.driver?.format { driver?.format = format }
    }
}

extension StorageSource {
    fileprivate func isSame(as other: StorageSource) -> Bool {
        kind == other.kind && path == other.path
            && attributes.map { "\($0.name)=\($0.value)" } == other.attributes.map { "\($0.name)=\($0.value)" }
    }
}

extension NetworkInterface {
    fileprivate func checkLiveUpdate(to new: NetworkInterface, _ change: DeviceChange) throws(ConfError) {
        func refuse(_ text: String) -> ConfError { change.failure(.operationUnsupported, text) }
        if let given = new.model, given != model {
            throw refuse("cannot modify network device model from \(model ?? "(null)") to \(given)")
        }
        func text(_ element: GenericElement?) -> String {
            element.map { printed("element", PrintedElement($0)) } ?? ""
        }
        if text(driver) != text(new.driver) { throw refuse("cannot modify virtio network device driver attributes") }
        if new.info.bootOrder != info.bootOrder { throw refuse("cannot modify network device boot index setting") }
        if text(new.mtu) != text(mtu) { throw refuse("cannot modify MTU") }
        if let script = new.script?.attribute("path"), script != self.script?.attribute("path") {
            throw refuse("cannot modify network device script attribute")
        }
        if text(new.guest) != text(guest) { throw refuse("cannot modify network device guest info") }
        let movable: Set<Kind> = [.network, .bridge]
        if new.kind != kind, !(movable.contains(kind) && movable.contains(new.kind)) {
            throw refuse("cannot change config of '\(kind.rawValue)' network interface type")
        }
    }
}

/// A kept element as something to print.
private struct PrintedElement: XMLMapped {
    var element = GenericElement(name: "")
    init() {}
    init(_ element: GenericElement) { self.element = element }
    mutating func map(_ x: XMLCoder) { x.putElements([element]) }
}

extension Graphics {
    fileprivate func checkLiveUpdate(to new: Graphics, _ change: DeviceChange) throws(ConfError) {
        let kind = kind.rawValue
        func refuse(_ what: String) -> ConfError { change.failure(.operationUnsupported, "cannot change \(what)") }
        guard self.kind == .vnc || self.kind == .spice else {
            throw change.failure(.internal, "unable to change config on '\(kind)' graphics type")
        }
        if new.autoport != autoport || new.autoport != .yes && (new.port != port || new.tlsPort != tlsPort) {
            throw refuse("port settings on \(kind) graphics")
        }
        if new.listens.count != listens.count { throw refuse("the number of listen addresses on '\(kind)' graphics") }
        for (mine, theirs) in zip(listens, new.listens) where printed("listen", mine) != printed("listen", theirs) {
            throw refuse("listen address setting on '\(kind)' graphics")
        }
        if new.keymap != keymap { throw refuse("keymap setting on \(kind) graphics") }
    }
}

import VirtUtil

/// `<disk>`.
package struct Disk: XMLMapped {
    package enum Device: String, XMLKeyword, CaseIterable { case disk, cdrom, floppy, lun }
    package enum Bus: String, XMLKeyword, CaseIterable { case ide, fdc, scsi, virtio, xen, usb, uml, sata, sd }
    package enum Snapshot: String, XMLKeyword { case no, `internal`, external, manual }
    package enum Format: String, XMLKeyword {
        case none, raw, dir, bochs, cloop, dmg, iso, vpc, vdi, luks, fat, vhd, ploop, cow, qcow, qcow2, qed, vmdk
        case auto
    }

    package var source = StorageSource()
    package var device = Device.disk
    package var model: String?
    package var rawIO: YesNo?
    package var sgio: String?
    package var snapshot: Snapshot?
    package var driver: Driver?
    /// An `<auth>` that stands outside the source, as it did before 3.9.
    package var auth: GenericElement?
    package var hasSource = false
    private var boxedBackingStore: Boxed<BackingStore>?
    package var backingStore: BackingStore? {
        get { boxedBackingStore?.value }
        set { boxedBackingStore = newValue.map { Boxed($0) } }
    }
    private var boxedMirror: Boxed<DiskMirror>?
    package var mirror: DiskMirror? {
        get { boxedMirror?.value }
        set { boxedMirror = newValue.map { Boxed($0) } }
    }
    package var backendDomain: GenericElement?
    package var geometry: GenericElement?
    package var blockIO: GenericElement?
    package var target = Target()
    package var ioTune: GenericElement?
    package var isReadOnly = false
    package var isShareable = false
    package var transient: GenericElement?
    package var serial: String?
    package var wwn: String?
    package var vendor: String?
    package var product: String?
    /// An `<encryption>` that stands outside the source.
    package var encryption: GenericElement?
    package var info = DeviceInfo()
    /// What the driver knows of the device in one run.
    package var privateData: GenericElement?

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.attribute("type", &source.kind)
        x.attribute("device", &device)
        x.attribute("model", &model)
        x.attribute("rawio", &rawIO)
        x.attribute("sgio", &sgio)
        x.attribute("snapshot", &snapshot)
        x.element("driver", &driver)
        x.shaped("auth", StorageShapes.authentication, &auth)

        mapSource(x)
        x.element("backingStore", &boxedBackingStore)
        x.shaped("backenddomain", DeviceShapes.backendDomain, &backendDomain)
        x.shaped("geometry", DeviceShapes.geometry, &geometry)
        x.shaped("blockio", DeviceShapes.blockIO, &blockIO)
        if x.isWriting, !x.style.isInactive { x.element("mirror", &boxedMirror) }
        x.element("target") { target.map(x) }
        x.shaped("iotune", DeviceShapes.blockTune, &ioTune)
        x.element("readonly", present: &isReadOnly)
        x.element("shareable", present: &isShareable)
        x.shaped("transient", DeviceShapes.transient, &transient)
        x.textElement("serial", &serial)
        x.textElement("wwn", &wwn)
        x.textElement("vendor", &vendor)
        x.textElement("product", &product)
        x.shaped("encryption", StorageShapes.encryption, &encryption)
        info.map(x)
        if x.style.isStatus { x.verbatim("privateData", &privateData) }
        if x.isReading { complete(x) }
    }

    private mutating func mapSource(_ x: XMLCoder) {
        if x.isWriting, !hasSource || source.isEmpty || source.kind == .volume && source.attributes.isEmpty { return }
        x.element("source", present: &hasSource) { source.map(x) }
    }

    private mutating func complete(_ x: XMLCoder) {
        if driver?.isEmpty == true { driver = nil }
        if let auth { source.checkAuthentication(auth, x) }
        if sgio == "unfiltered" { x.failUnsupported("unfiltered sgio is no longer supported") }
        if auth != nil, source.auth != nil { x.failUnsupported("an <auth> definition already found for disk source") }
        if encryption != nil, source.encryption != nil {
            x.failUnsupported("an <encryption> definition already found for disk source")
        }
        let isVolumeOfNone = source.kind == .volume && source.attributes.isEmpty && device != .disk && device != .lun
        if source.isEmpty || isVolumeOfNone { source.kind = .file }
        if source.kind == .vhostuser { snapshot = .no }
        if device == .cdrom { isReadOnly = true }
        if target.tray == "closed" { target.tray = nil }
    }

    mutating func completeBus() {
        if target.bus == nil, let name = target.name { target.bus = Self.bus(of: name, device) }
    }

    /// What has to be known before disks are ordered and given addresses.
    func checkTarget() throws(ConfError) {
        guard let name = target.name else {
            throw ConfError(code: 20, domain: ConfError.fromDomain, message: missingTarget(), detail: source.summary)
        }
        if info.address == nil, DomainDevices.index(ofDisk: name) == nil {
            throw ConfError(.xml, "Unknown disk name '\(name)' and no address specified")
        }
    }

    private func missingTarget() -> String {
        source.summary.map { "missing target information for device \($0)" } ?? "missing target information for device"
    }

    private static func bus(of name: String, _ device: Device) -> Bus {
        if device == .floppy { return .fdc }
        if name.hasPrefix("hd") { return .ide }
        if name.hasPrefix("sd") { return .scsi }
        if name.hasPrefix("vd") { return .virtio }
        if name.hasPrefix("xvd") { return .xen }
        if name.hasPrefix("ubd") { return .uml }
        return .ide
    }

    package struct Target: XMLMapped {
        package var name: String?
        package var bus: Bus?
        package var tray: String?
        package var removable: OnOff?
        package var rotationRate: UInt32?
        package init() {}
        package mutating func map(_ x: XMLCoder) {
            x.attribute("dev", &name)
            x.attribute("bus", &bus)
            x.attribute("tray", &tray)
            x.attribute("removable", &removable)
            x.attribute("rotation_rate", &rotationRate)
        }
    }

    package struct Driver: XMLMapped {
        package enum Cache: String, XMLKeyword {
            case none, writethrough, writeback, directsync, unsafe
            case standard = "default"
        }
        package enum ErrorPolicy: String, XMLKeyword { case stop, report, ignore, enospace }
        package enum IO: String, XMLKeyword {
            case native, threads
            case ioUring = "io_uring"
        }
        package enum Discard: String, XMLKeyword { case unmap, ignore }
        package enum DetectZeroes: String, XMLKeyword { case off, on, unmap }

        package var name: String?
        package var format: Format?
        package var cache: Cache?
        package var errorPolicy: ErrorPolicy?
        package var readErrorPolicy: ErrorPolicy?
        package var io: IO?
        package var ioEventFD: OnOff?
        package var eventIndex: OnOff?
        package var copyOnRead: OnOff?
        package var discard: Discard?
        package var ioThread: UInt32?
        package var detectZeroes: DetectZeroes?
        package var queues: UInt32?
        package var queueSize: UInt32?
        package var virtio = VirtioOptions()
        package var metadataCache: GenericElement?

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.attribute("name", &name)
            if x.isReading, x.peek("type") == "aio" {
                // Xen's old word for raw.
                format = .raw
            } else if x.isReading, let text = x.peek("type") {
                format = Format(rawValue: text)
                if format == nil { x.failUnsupported("unknown driver format value '\(text)'") }
            }
            x.put("type", format?.rawValue)
            x.attribute("cache", &cache)
            x.attribute("error_policy", &errorPolicy)
            x.attribute("rerror_policy", &readErrorPolicy)
            x.attribute("io", &io)
            x.attribute("ioeventfd", &ioEventFD)
            x.attribute("event_idx", &eventIndex)
            x.attribute("copy_on_read", &copyOnRead)
            x.attribute("discard", &discard)
            x.attribute("iothread", &ioThread)
            x.attribute("detect_zeroes", &detectZeroes)
            x.attribute("queues", &queues)
            x.attribute("queue_size", &queueSize)
            virtio.map(x)
            x.shaped("metadata_cache", DeviceShapes.metadataCache, &metadataCache)
            if x.isReading, cache == .standard { cache = nil }
        }

        var isEmpty: Bool {
            name == nil && format == nil && cache == nil && errorPolicy == nil && readErrorPolicy == nil && io == nil
                && ioEventFD == nil && eventIndex == nil && copyOnRead == nil && discard == nil && ioThread == nil
                && detectZeroes == nil && queues == nil && queueSize == nil && virtio.iommu == nil
                && virtio.ats == nil && virtio.packed == nil && virtio.pagePerVQ == nil && metadataCache == nil
        }
    }
}

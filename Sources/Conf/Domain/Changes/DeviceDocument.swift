package import VirtUtil

/// The document of one device: what is attached, updated or detached.
package struct DeviceDocument: Sendable {
    package let kind: DeviceKind
    /// The device, alone in the list of its kind.
    package var devices: DomainDevices

    /// Reads a device.
    ///
    /// - Parameter keepsAlias: Keep the name that a run of the domain gave it, to find it by.
    /// - Throws: `.unsupported` if there is no such device; else as of a whole definition.
    package init(xml: String, keepsAlias: Bool) throws(ConfError) {
        let document = try XMLDocument(xml, name: "(device_definition)")
        let name = document.root.name
        guard let kind = DeviceKind(element: name) else {
            throw ConfError(.unsupported, "unknown device type '\(name)'")
        }
        self.kind = kind
        var style = XMLStyle()
        style.isInactive = !keepsAlias
        // A device is read as part of `<devices>`, with the checks that are made there.
        let coder = XMLCoder(reading: document.wrapped(in: "devices").root, style: style)
        devices = DomainDevices()
        devices.map(coder)
        devices.check(coder)
        if let error = coder.error { throw error }
        for disk in devices.disks { try disk.checkTarget() }
        for index in devices.disks.indices { devices.disks[index].completeBus() }
    }
}

/// What a device is; the raw value is its element.
package enum DeviceKind: String, CaseIterable, Sendable {
    case disk, controller, lease, smartcard, serial, parallel, console, channel, input, tpm, graphics, sound, audio
    case video, hub, watchdog, nvram, panic, memory, iommu, vsock
    case fileSystem = "filesystem"
    case interface = "interface"
    case hostDevice = "hostdev"
    case redirectedDevice = "redirdev"
    case balloon = "memballoon"
    case randomGenerator = "rng"
    case sharedMemory = "shmem"

    init?(element: String) { self.init(rawValue: element) }

    /// libvirt's word for it in messages.
    package var word: String {
        switch self {
        case .serial, .parallel, .console, .channel: "chr"
        default: rawValue
        }
    }
}

import VirtUtil

/// `<controller>`: a bus that disks, ports or other devices hang on.
package struct Controller: XMLMapped {
    package enum Kind: String, XMLKeyword {
        case ide, fdc, scsi, sata, ccid, usb, pci, xenbus, isa
        case virtioSerial = "virtio-serial"
    }

    package var kind = Kind.ide
    package var index: UInt32?
    package var model: String?
    package var ports: UInt32?
    package var vectors: UInt32?
    package var maximumGrantFrames: UInt32?
    package var maximumEventChannels: UInt32?
    package var pciModelName: GenericElement?
    package var target: GenericElement?
    package var driver: Driver?
    package var hole64: GenericElement?
    package var info = DeviceInfo()

    package init() {}

    package init(_ kind: Kind, index: UInt32) {
        self.kind = kind
        self.index = index
    }

    package mutating func map(_ x: XMLCoder) {
        x.attribute("type", &kind)
        var signed = index.map { Int32(truncatingIfNeeded: $0) }
        x.attribute("index", &signed)
        if x.isReading, let signed, signed < 0 {
            x.failAttribute("index", String(signed), " Expected non-negative value")
        }
        if x.isReading { index = signed.flatMap { UInt32(exactly: $0) } }
        x.attribute("model", &model)
        if x.isReading, let model, !Self.models(of: kind).contains(model) {
            x.failUnsupported("Unknown model type '\(model)'")
        }
        if kind == .virtioSerial || kind == .usb { x.attribute("ports", &ports) }
        if kind == .xenbus {
            x.attribute("maxGrantFrames", &maximumGrantFrames)
            x.attribute("maxEventChannels", &maximumEventChannels)
        }
        if kind == .virtioSerial { x.attribute("vectors", &vectors) }
        if x.isReading {
            for name: StaticString in ["model", "target"] where x.node.map({ Array($0.children(name)).count }) ?? 0 > 1
            {
                x.failXML("Multiple <\(name)> elements in controller definition not allowed")
            }
        }
        if kind == .pci {
            x.shaped("model", DeviceShapes.pciModelName, &pciModelName)
            x.shaped("target", DeviceShapes.pciTarget, &target)
        }
        x.element("driver") {
            var value = driver ?? Driver()
            value.map(x)
            if x.isReading { driver = value }
        }
        info.map(x)
        if kind == .pci { x.verbatim("pcihole64", &hole64) }
        if x.isReading { hole64?.scaleText(standard: 1024, to: "KiB", shift: 10) }
        if x.isReading, kind == .usb, model == "none" { info.address = nil }
        if x.isReading, kind == .pci, index == 0, target?.child("node") != nil {
            x.failUnsupported("The PCI controller with index=0 can't be associated with a NUMA node")
        }
    }

    package struct Driver: XMLMapped {
        package var ioThread: UInt32?
        package var queues: UInt32?
        package var commandsPerLUN: UInt32?
        package var maximumSectors: UInt32?
        package var ioEventFD: OnOff?
        package var virtio = VirtioOptions()

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.attribute("queues", &queues)
            x.attribute("cmd_per_lun", &commandsPerLUN)
            x.attribute("max_sectors", &maximumSectors)
            x.attribute("ioeventfd", &ioEventFD)
            x.attribute("iothread", &ioThread)
            virtio.map(x)
        }
    }

    static let virtioSCSI: Set = ["virtio-scsi", "virtio-transitional", "virtio-non-transitional"]

    private static func models(of kind: Kind) -> Set<String> {
        switch kind {
        case .scsi: scsi
        case .usb: usb
        case .pci: pci
        case .ide: ["piix3", "piix4", "ich6"]
        case .virtioSerial: ["virtio", "virtio-transitional", "virtio-non-transitional"]
        default: []
        }
    }

    private static let scsi: Set = [
        "auto", "buslogic", "lsilogic", "lsisas1068", "vmpvscsi", "ibmvscsi", "virtio-scsi", "lsisas1078",
        "virtio-transitional", "virtio-non-transitional", "ncr53c90", "dc390", "am53c974",
    ]
    private static let usb: Set = [
        "piix3-uhci", "piix4-uhci", "ehci", "ich9-ehci1", "ich9-uhci1", "ich9-uhci2", "ich9-uhci3", "vt82c686b-uhci",
        "pci-ohci", "nec-xhci", "qusb1", "qusb2", "qemu-xhci", "none",
    ]
    private static let pci: Set = [
        "pci-root", "pcie-root", "pci-bridge", "dmi-to-pci-bridge", "pcie-to-pci-bridge", "pcie-root-port",
        "pcie-switch-upstream-port", "pcie-switch-downstream-port", "pci-expander-bus", "pcie-expander-bus",
    ]
}

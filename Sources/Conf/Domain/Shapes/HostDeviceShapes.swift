import VirtUtil

/// `<source>` of a host device, by what it is.
enum HostDeviceShapes {
    static func source(of kind: HostDevice.Kind?, _ node: XMLNode) -> ElementShape {
        switch kind {
        case .usb: usb
        case .scsi: node.attribute("protocol") == "iscsi" ? iSCSI : scsi
        case .scsiHost:
            ElementShape([.optional("protocol", .words(["vhost"])), .optional("wwpn")])
        case .mdev: ElementShape([], [.one("address", [.optional("uuid")])])
        case .storage: ElementShape([], [.text("block")])
        case .misc: ElementShape([], [.text("char")])
        case .net: ElementShape([], [.text("interface")])
        case .pci, nil: ElementShape()
        }
    }

    static let attributes = ElementShape([
        .optional("model", .words(DeviceShapes.virtioModels.union(["vfio-pci", "vfio-ccw", "vfio-ap"]))),
        .optional("display", .onOff),
        .optional("ramfb", .onOff), .optional("sgio", .words(["filtered", "unfiltered"])), .optional("rawio", .yesNo),
    ])

    private static let id = ElementShape([.optional("id", .hexadecimal(4))])
    private static let usb = ElementShape(
        [
            .optional("startupPolicy", .words(["default", "mandatory", "requisite", "optional"])),
            .optional("guestReset", .words(["off", "uninitialized", "on"])),
        ],
        [
            .one("vendor", id), .one("product", id),
            .one("address", [.optional("bus", .unsigned()), .optional("device", .unsigned())]),
        ])
    private static let scsi = ElementShape(
        [],
        [
            .one("adapter", [.optional("name")]),
            .one(
                "address",
                [
                    .required("bus", .unsigned()), .required("target", .unsigned()), .required("unit", .number64),
                ]),
        ])
    private static let iSCSI = ElementShape(
        [.required("protocol", .words(["adapter", "iscsi"])), .optional("name")],
        [
            .many("host", StorageShapes.host), .one("auth", StorageShapes.authentication),
            .one("initiator", ElementShape([], [.one("iqn", [.optional("name")])])),
        ])
}

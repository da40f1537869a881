import VirtUtil

/// What the kinds of capabilities hold, in the order in which it is printed.
enum NodeDeviceShapes {
    struct Part: Sendable {
        var name: String
        /// Of a capability inside the capability: its type.
        var type: String?
        var shape: ElementShape
        var isRepeated = false
        var isDroppedWhenEmpty = true

        func matches(_ node: XMLNode) -> Bool {
            node.name == name && (type == nil || node.attribute("type") == type)
        }

        func isSame(_ element: GenericElement) -> Bool {
            element.name == name && (type == nil || element.attribute("type") == type)
        }
    }

    static func parts(of kind: NodeDeviceCapability.Kind) -> [Part] { table[kind] ?? [] }

    // MARK: parts

    private static func text(_ names: String..., as value: ElementShape.Value = .any) -> [Part] {
        names.map { Part(name: $0, shape: ElementShape(text: value)) }
    }

    private static func nested(_ type: String, _ shape: ElementShape = ElementShape()) -> Part {
        var shape = shape
        shape.attributes.insert(.required("type"), at: 0)
        return Part(name: "capability", type: type, shape: shape)
    }

    private static func element(_ name: String, _ shape: ElementShape, repeated: Bool = false) -> Part {
        Part(name: name, shape: shape, isRepeated: repeated, isDroppedWhenEmpty: false)
    }

    private static let address: [ElementShape.Attribute] = [
        .optional("domain", .hexadecimal(4)), .optional("bus", .hexadecimal(2)), .optional("slot", .hexadecimal(2)),
        .optional("function", .hexadecimal(1)),
    ]
    private static let identifier = ElementShape([.optional("id", .hexadecimal(4))], text: .any)
    private static let group = ElementShape([.required("number", .unsigned())], [.many("address", address)])
    private static let mediatedTypes = nested("mdev_types", ElementShape([], [
        .many("type", ElementShape(
            [.optional("id")], [.text("name"), .text("deviceAPI"), .text("availableInstances")]))
    ]))
    private static let link: [ElementShape.Attribute] = [
        .optional("validity", .words(["cap", "sta"])), .optional("port", .signed),
        .optional("speed", .words(["", "2.5", "5", "8", "16", "32", "64"])), .optional("width", .unsigned()),
    ]
    private static let vitalProductData = nested("vpd", ElementShape([], [
        .text("name"),
        .many("fields", ElementShape(
            [.required("access", .words(["readonly", "readwrite"]))],
            [
                .text("change_level"), .text("manufacture_id"), .text("part_number"), .text("serial_number"),
                .text("asset_tag"),
                .many("vendor_field", ElementShape([.required("index")], text: .any)),
                .many("system_field", ElementShape([.required("index")], text: .any)),
            ])),
    ]))
    private static let channel = text("cssid", "ssid", as: .hexadecimal(1)) + text("devno", as: .hexadecimal(4))

    private static let table: [NodeDeviceCapability.Kind: [Part]] = [
        .system: text("product") + [
            element("hardware", ElementShape([], ["vendor", "version", "serial", "uuid"].map { .text($0) })),
            element("firmware", ElementShape([], ["vendor", "version", "release_date"].map { .text($0) })),
        ],
        .pci: text("class", as: .hexadecimal(6)) + text("domain", "bus", "slot", "function", as: .decimal) + [
            element("product", identifier), element("vendor", identifier),
            nested("phys_function", ElementShape([], [.one("address", address)])),
            nested("virt_functions", ElementShape([.optional("maxCount", .unsigned())], [.many("address", address)])),
            nested("pci-bridge"), nested("cardbus-bridge"), mediatedTypes, vitalProductData,
            element("iommuGroup", group), element("numa", ElementShape([.optional("node", .signed)])),
            element("pci-express", ElementShape([], [.many("link", link)])),
        ],
        .usbDevice: text("bus", "device", as: .decimal) + [element("product", identifier), element("vendor", identifier)],
        .usb: text("number", "class", "subclass", "protocol", as: .decimal) + text("description"),
        .net: text("interface", "address") + [
            element("link", ElementShape([.optional("speed", .unsigned()), .optional("state")])),
            element("feature", ElementShape([.optional("name")]), repeated: true), nested("80203"), nested("80211"),
        ],
        .scsiHost: text("host", "unique_id") + [
            nested("fc_host", ElementShape([], [.text("wwnn"), .text("wwpn"), .text("fabric_wwn")])),
            nested("vport_ops", ElementShape([], [.text("max_vports", .decimal), .text("vports", .decimal)])),
        ],
        .scsiTarget: text("target") + [
            nested("fc_remote_port", ElementShape([], [.text("rport"), .text("wwpn")]))
        ],
        .scsi: text("host", "bus", "target", "lun", as: .decimal) + text("type"),
        .storage: text("block", "bus", "drive_type", "model", "vendor", "serial") + [
            nested("removable", ElementShape([], [
                .text("media_available", .decimal), .text("media_size", .decimal), .text("media_label"),
            ]))
        ] + text("size", as: .decimal) + [nested("hotpluggable")],
        .fcHost: text("wwnn", "wwpn", "fabric_wwn"), .scsiGeneric: text("char"), .drm: text("type"),
        .mdev: [element("type", ElementShape([.optional("id")]))] + text("uuid", "parent_addr") + [
            element("iommuGroup", ElementShape([.optional("number", .unsigned())])),
            element("attr", ElementShape([.optional("name"), .optional("value")]), repeated: true),
        ],
        .ccw: channel,
        .css: channel + [
            element("channel_dev_addr", ElementShape([], [
                .text("cssid", .hexadecimal(1)), .text("ssid", .hexadecimal(1)), .text("devno", .hexadecimal(4)),
            ])), mediatedTypes,
        ],
        .vdpa: text("chardev"), .apCard: text("ap-adapter", as: .hexadecimal(2)),
        .apQueue: text("ap-adapter", as: .hexadecimal(2)) + text("ap-domain", as: .hexadecimal(4)),
        .apMatrix: [mediatedTypes],
    ]
}

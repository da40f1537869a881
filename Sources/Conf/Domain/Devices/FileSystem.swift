import VirtUtil

/// `<filesystem>`: a directory, device or image of the host inside the guest.
package struct FileSystem: XMLMapped {
    package enum Kind: String, XMLKeyword { case mount, block, file, template, ram, bind, volume }
    package enum AccessMode: String, XMLKeyword { case passthrough, mapped, squash }

    package var kind = Kind.mount
    /// How owners and modes are kept; not said of one that somebody else serves at a socket.
    package var accessMode: AccessMode?
    package var rest: [(name: String, value: String)] = []
    package var driver: GenericElement?
    package var binary: GenericElement?
    package var source: GenericElement?
    package var ramUsageKiB: UInt64?
    package var target: GenericElement?
    package var isReadOnly = false
    package var spaceHardLimit: GenericElement?
    package var spaceSoftLimit: GenericElement?
    package var info = DeviceInfo()

    private static let shape = ElementShape([
        .optional("model", .words(DeviceShapes.virtioModels)),
        .optional("multidevs", .words(["default", "remap", "forbid", "warn"]), nothing: "default"),
        .optional("fmode", .octal(4)), .optional("dmode", .octal(4)),
    ])
    private static let driver = ElementShape(
        [
            .optional("type", .words(["path", "handle", "loop", "nbd", "ploop", "virtiofs"])),
            .optional("format"), .optional("wrpolicy", .words(["immediate"])), .optional("queue", .number64),
        ] + DeviceShapes.virtio)
    private static let binary = ElementShape(
        [.optional("path"), .optional("xattr", .onOff)],
        [
            .some("cache", [.required("mode", .words(["none", "always"]))]),
            .some("sandbox", [.required("mode", .words(["namespace", "chroot"]))]),
            .some("lock", [.optional("posix", .onOff), .optional("flock", .onOff)]),
            .some("thread_pool", [.required("size", .signed)]),
        ])
    private static let target = ElementShape([.optional("dir")])
    private static let limit = ElementShape(text: .size(standard: 1, unit: "bytes", shift: 0))

    private static func source(of kind: Kind) -> ElementShape {
        switch kind {
        case .mount, .bind: ElementShape([.optional("dir"), .optional("socket")])
        case .block: ElementShape([.optional("dev")])
        case .file: ElementShape([.optional("file")])
        case .template: ElementShape([.optional("name")])
        case .volume: ElementShape([.optional("pool"), .optional("volume")])
        case .ram: ElementShape()
        }
    }

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.attribute("type", &kind)
        x.attribute("accessmode", &accessMode)
        if x.isReading, let node = x.node {
            rest = Self.shape.read(node, x).attributes
        } else {
            for attribute in rest { x.put(attribute.name, attribute.value) }
        }
        x.shaped("driver", Self.driver, &driver)
        if x.isReading, driver?.attributes.isEmpty == true { driver = nil }
        let socket = x.node?.child("source")?.attribute("socket")
        if x.isReading, accessMode == nil, socket == nil { accessMode = .passthrough }
        x.shaped("binary", Self.binary, &binary)
        if x.isReading, driver?.attribute("type") != "virtiofs" { binary = nil }
        if x.isReading { readSource(x) }
        if kind == .ram {
            x.element("source") {
                x.put("usage", ramUsageKiB.map { String($0) })
                x.put("units", "KiB")
            }
        } else {
            x.shaped("source", Self.source(of: kind), &source)
        }
        x.shaped("target", Self.target, &target)
        x.element("readonly", present: &isReadOnly)
        x.shaped("space_hard_limit", Self.limit, &spaceHardLimit)
        x.shaped("space_soft_limit", Self.limit, &spaceSoftLimit)
        info.map(x)
    }

    private mutating func readSource(_ x: XMLCoder) {
        guard let node = x.node?.child("source") else {
            let target = x.node?.child("target")?.attribute("dir")
            let suffix = target.map { " \($0)" } ?? ""
            x.fail(ConfError(.noSource, "missing source information for device\(suffix)"))
            return
        }
        if x.node?.child("target")?.attribute("dir") == nil {
            let path =
                ["dir", "file", "dev", "name"].compactMap { name in
                    GenericElement(node).attribute(name)
                }.first ?? ""
            x.fail(ConfError(.noTarget, "missing target information for device \(path)"))
        }
        let name: StaticString? =
            switch kind {
            case .mount, .bind: "dir"
            case .file: "file"
            case .block: "dev"
            case .template: "name"
            case .volume: "volume"
            case .ram: nil
            }
        if let name, node.attribute(name) == nil, node.attribute("socket") == nil,
            let target = x.node?.child("target")?.attribute("dir")
        {
            x.fail(ConfError(.noSource, "missing source information for device \(target)"))
        }
        if kind == .ram, node.attribute("usage") == nil {
            x.failXML("missing 'usage' attribute for RAM filesystem")
        }
        if kind == .ram, let usage = node.attribute("usage") {
            x.read(node) {
                ramUsageKiB = MemorySize.read(x, usage, unit: node.attribute("units"), path: "./source/@usage")
            }
        }
    }
}

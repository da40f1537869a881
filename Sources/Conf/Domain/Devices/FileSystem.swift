import VirtUtil

/// `<filesystem>`: a directory, device or image of the host inside the guest.
package struct FileSystem: XMLMapped {
    package enum Kind: String, XMLKeyword { case mount, block, file, template, ram, bind, volume }
    package enum AccessMode: String, XMLKeyword { case passthrough, mapped, squash }

    package var kind = Kind.mount
    package var accessMode = AccessMode.passthrough
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

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.attribute("type", &kind)
        x.attribute("accessmode", &accessMode)
        if x.isReading {
            rest = (x.node?.attributes ?? []).filter { ["multidevs", "model", "fmode", "dmode"].contains($0.name) }
        } else {
            for attribute in rest { x.put(attribute.name, attribute.value) }
        }
        x.verbatim("driver", &driver)
        x.verbatim("binary", &binary)
        if x.isReading { readSource(x) }
        if kind == .ram {
            x.element("source") {
                x.put("usage", ramUsageKiB.map { String($0) })
                x.put("units", "KiB")
            }
        } else {
            x.verbatim("source", &source)
        }
        x.verbatim("target", &target)
        x.element("readonly", present: &isReadOnly)
        x.verbatim("space_hard_limit", &spaceHardLimit)
        x.verbatim("space_soft_limit", &spaceSoftLimit)
        if x.isReading {
            spaceHardLimit?.scaleText(standard: 1, to: "bytes", shift: 0)
            spaceSoftLimit?.scaleText(standard: 1, to: "bytes", shift: 0)
        }
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
        if kind == .ram, let usage = node.attribute("usage") {
            x.read(node) {
                ramUsageKiB = MemorySize.read(x, usage, unit: node.attribute("units"), path: "./source/@usage")
            }
        }
    }
}

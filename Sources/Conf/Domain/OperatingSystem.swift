import VirtUtil

/// `<os>`: what the guest boots, and how.
package struct OperatingSystem: XMLMapped {
    package enum Kind: String, XMLKeyword { case hvm, xen, linux, exe, uml, xenpvh }
    package enum BootDevice: String, XMLKeyword { case fd, hd, cdrom, network }

    private static let nvram = ElementShape(
        [.optional("template"), .optional("type")],
        [
            .one("source", ElementShape(
                [.optional("file"), .optional("dev"), .optional("protocol"), .optional("name"), .optional("startupPolicy")],
                [.many("host", StorageShapes.host), .one("auth", StorageShapes.authentication)]))
        ], text: .any)

    private static let environment = ElementShape([.optional("name")], text: .any)

    package var firmware: String?
    package var kind = Kind.hvm
    package var architecture: String?
    package var machine: String?
    package var firmwareFeatures: GenericElement?
    package var initPath: String?
    package var initArguments: [String] = []
    package var initEnvironment: [GenericElement] = []
    package var initDirectory: String?
    package var initUser: String?
    package var initGroup: String?
    package var loader: Loader?
    package var nvram: GenericElement?
    package var kernel: String?
    package var initrd: String?
    package var commandLine: String?
    package var deviceTree: String?
    package var acpiTable: GenericElement?
    package var boot: [Boot] = []
    package var bootMenu: BootMenu?
    package var bios: BIOS?
    package var smbiosMode: String?

    /// Xen prints its own kind of guest as `linux`.
    var isXenGuest = false
    var hasBootloader = false

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.attribute("firmware", &firmware)
        if x.isReading, let firmware, firmware != "efi", firmware != "bios" {
            x.failXML("unknown firmware value \(firmware)")
        }
        var hasType = true
        x.element("type", present: &hasType) {
            x.attribute("arch", &architecture)
            if x.isReading, architecture?.isEmpty == true { architecture = nil }
            if x.isReading, let architecture, !architectures.contains(architecture) {
                x.failUnsupported("Unknown architecture \(architecture)")
            }
            x.attribute("machine", &machine)
            x.putCharacters((kind == .xen && isXenGuest ? Kind.linux : kind).rawValue)
            if x.isReading {
                let text = x.node?.text ?? ""
                if text.isEmpty { x.failXML("an os <type> must be specified") }
                if let known = Kind(rawValue: text) {
                    kind = known
                } else {
                    x.failUnsupported("unknown OS type '\(text)'")
                }
            }
        }
        if x.isReading, x.node?.child("type") == nil, !hasBootloader { x.failXML("an os <type> must be specified") }
        x.verbatim("firmware", &firmwareFeatures)
        x.textElement("init", &initPath)
        x.textElements("initarg", &initArguments)
        x.shaped("initenv", Self.environment, &initEnvironment)
        if x.isReading, initEnvironment.contains(where: { $0.attribute("name") == nil }) {
            x.failXML("No name supplied for <initenv> element")
        }
        x.textElement("initdir", &initDirectory)
        x.textElement("inituser", &initUser)
        x.textElement("initgroup", &initGroup)
        x.element("loader", &loader)
        x.shaped("nvram", Self.nvram, &nvram)
        x.textElement("kernel", &kernel)
        x.textElement("initrd", &initrd)
        x.textElement("cmdline", &commandLine)
        x.textElement("dtb", &deviceTree)
        x.verbatim("acpi", &acpiTable)
        x.elements("boot", &boot)
        x.element("bootmenu", &bootMenu)
        x.element("bios", &bios)
        x.element("smbios") { x.attribute("mode", &smbiosMode) }
        if x.isReading, let smbiosMode, !["emulate", "host", "sysinfo"].contains(smbiosMode) {
            x.failUnsupported("unknown smbios mode '\(smbiosMode)'")
        }
    }

    package struct Boot: XMLMapped {
        package var device = BootDevice.hd
        package init() {}
        package mutating func map(_ x: XMLCoder) {
            if x.isReading, x.peek("dev") == nil { x.failMissing("dev") }
            x.attribute("dev", &device)
        }
    }

    package struct BootMenu: XMLMapped {
        package var enable: YesNo?
        package var timeout: UInt32?
        package init() {}
        package mutating func map(_ x: XMLCoder) {
            x.attribute("enable", &enable)
            if !x.isReading || enable == .yes { x.attribute("timeout", &timeout) }
        }
    }

    package struct BIOS: XMLMapped {
        package var useSerial: YesNo?
        package var rebootTimeout: Int32?
        package init() {}
        package mutating func map(_ x: XMLCoder) {
            x.attribute("useserial", &useSerial)
            x.attribute("rebootTimeout", &rebootTimeout)
            if x.isReading, let rebootTimeout, !(-1...65535).contains(rebootTimeout) {
                x.failUnsupported("invalid value for rebootTimeout, must be in range [-1,65535]")
            }
        }
    }

    package struct Loader: XMLMapped {
        package enum Kind: String, XMLKeyword { case rom, pflash, none }
        package var readOnly: YesNo?
        package var kind: Kind?
        package var isSecure: YesNo?
        package var isStateless: YesNo?
        package var path: String?
        package init() {}
        package mutating func map(_ x: XMLCoder) {
            x.attribute("readonly", &readOnly)
            x.attribute("secure", &isSecure)
            x.attribute("type", &kind)
            x.attribute("stateless", &isStateless)
            x.characters(&path)
            if x.isReading, kind == nil, path != nil { kind = .rom }
        }
    }
}

/// The names that libvirt gives to processor architectures.
let architectures: Set<String> = [
    "alpha", "armv6l", "armv7l", "armv7b", "aarch64", "cris", "i686", "ia64", "lm32", "m68k", "microblaze",
    "microblazeel", "mips", "mipsel", "mips64", "mips64el", "openrisc", "parisc", "parisc64", "ppc", "ppcle",
    "ppc64", "ppc64le", "ppcemb", "riscv32", "riscv64", "s390", "s390x", "sh4", "sh4eb", "sparc", "sparc64",
    "unicore32", "x86_64", "xtensa", "xtensaeb", "loongarch64",
]

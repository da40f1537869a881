internal import XDRLanguage

/// Swift's spelling of the protocol's names. Mechanical; what does not read well is said with `@swift`.
struct Naming {
    /// Words that are written in capitals.
    private static let acronyms: Set<String> = [
        "acl", "cpu", "crc", "dhcp", "dns", "fd", "fs", "gid", "id", "io", "ip", "ipv4", "ipv6", "kvm", "lxc", "mac",
        "mtu", "nat", "nfs", "nmi", "numa", "os", "pci", "pid", "pm", "qemu", "ram", "rbd", "rng", "rpc", "rtc", "sasl",
        "scsi", "sev", "smbios", "ssh", "tcp", "tls", "tpm", "udp", "uid", "uri", "usb", "uuid", "vcpu", "vnc", "wwn",
        "wwnn", "wwpn", "xml",
    ]
    private static let specials: [String: String] = [
        "uuids": "UUIDs", "ids": "IDs", "cpus": "CPUs", "vcpus": "VCPUs", "iothread": "IOThread",
        "iothreads": "IOThreads", "nwfilter": "NWFilter", "nwfilters": "NWFilters", "fsinfo": "FSInfo",
        "fsfreeze": "FSFreeze", "fsthaw": "FSThaw", "fstrim": "FSTrim", "pmsuspend": "PMSuspend",
        "pmwakeup": "PMWakeup", "cpumap": "CPUMap", "cpumaps": "CPUMaps", "libvirt": "Libvirt", "hostname": "Hostname",
        "xmlcpu": "XMLCPU", "xmlcpus": "XMLCPUs",
    ]
    private static let keywords: Set<String> = [
        "Any", "Self", "Type", "as", "associatedtype", "break", "case", "catch", "class", "continue", "default",
        "defer", "deinit", "do", "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func",
        "guard", "if", "import", "in", "init", "inout", "internal", "is", "let", "nil", "operator", "precedencegroup",
        "private", "protocol", "public", "repeat", "rethrows", "return", "self", "static", "struct", "subscript",
        "super", "switch", "throw", "throws", "true", "try", "typealias", "var", "where", "while",
    ]

    static func isKeyword(_ name: String) -> Bool { keywords.contains(name) }

    /// In backticks if Swift needs them.
    static func escaped(_ name: String) -> String {
        if keywords.contains(name) { return "`\(name)`" }
        return leadingLetter(name)
    }

    /// `domain_get_xml_desc` → `[domain, get, xml, desc]`; a name in camel case is one word.
    static func words(_ name: String) -> [String] {
        let isUpper = !name.utf8.contains { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") }
        return name.split(separator: "_").map { isUpper ? $0.lowercased() : String($0) }
    }

    static func capitalized(_ word: String) -> String {
        let lower = word.lowercased()
        if word == lower || word == word.uppercased() {
            if acronyms.contains(lower) { return lower.uppercased() }
            if let special = specials[lower] { return special }
            return lower.prefix(1).uppercased() + lower.dropFirst()
        }
        return word.prefix(1).uppercased() + word.dropFirst()
    }

    /// `DomainGetXMLDesc`
    static func pascal(_ words: some Sequence<String>) -> String { words.map(capitalized).joined() }

    /// `domainGetXMLDesc`; a single word in camel case keeps its form.
    static func camel(_ words: some Collection<String>) -> String {
        guard let first = words.first else { return "" }
        let hasCase = first != first.lowercased() && first != first.uppercased()
        let head = hasCase ? first.prefix(1).lowercased() + first.dropFirst() : first.lowercased()
        return head + words.dropFirst().map(capitalized).joined()
    }

    static func camel(_ name: String) -> String { camel(words(name)) }
    static func pascal(_ name: String) -> String { pascal(words(name)) }

    /// The Swift name of a field or arm, before it is escaped.
    static func member(_ field: Field) -> String {
        field.documentation.argument(of: "swift") ?? member(camel(field.name))
    }

    /// A name that may stand behind a dot and not hide what every generated type has.
    static func member(_ name: String) -> String {
        if name.isEmpty { return "underscore" }
        if unusable.contains(name) { return name + "_" }
        return leadingLetter(name)
    }

    /// The label of the initialiser's parameter for a field; only this word needs backticks there.
    static func label(_ field: Field) -> String {
        let name = member(field)
        return name == "inout" ? "`\(name)`" : name
    }

    /// `x.self` and `X.init` mean something else whatever the quotes; the others are members of each type.
    private static let unusable: Set<String> = ["init", "self", "wireSize", "minimumWireSize"]

    /// With an underscore before a digit.
    static func leadingLetter(_ name: String) -> String {
        guard let first = name.utf8.first, first >= UInt8(ascii: "0"), first <= UInt8(ascii: "9") else { return name }
        return "_" + name
    }

    /// What enumerators share up to an underscore, plus words of the enumeration's own name if there is just one.
    static func commonPrefix(of names: [String], typeName: String) -> String {
        guard let first = names.first else { return "" }
        var parts: [Substring]
        if names.count == 1 {
            parts = singlePrefix(of: first, typeName: typeName)
        } else {
            parts = first.split(separator: "_", omittingEmptySubsequences: false).dropLast()
        }
        while !parts.isEmpty {
            let prefix = parts.joined(separator: "_") + "_"
            let fits = names.allSatisfy { name in
                guard name.hasPrefix(prefix), name.utf8.count > prefix.utf8.count else { return false }
                let next = name.utf8[name.utf8.index(name.utf8.startIndex, offsetBy: prefix.utf8.count)]
                return !(next >= UInt8(ascii: "0") && next <= UInt8(ascii: "9"))
            }
            if fits { return prefix }
            parts.removeLast()
        }
        return ""
    }

    private static func singlePrefix(of name: String, typeName: String) -> [Substring] {
        let typeWords = Set(words(typeName).map { $0.lowercased() })
        let parts = name.split(separator: "_", omittingEmptySubsequences: false)
        var taken = 0
        if parts.first == "VIR" { taken = 1 }
        while taken < parts.count - 1, typeWords.contains(parts[taken].lowercased()) { taken += 1 }
        return Array(parts.prefix(taken))
    }
}

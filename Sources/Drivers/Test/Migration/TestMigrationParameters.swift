internal import Libvirt

/// What callers say of a migration. Parameters that only a hypervisor with real memory can obey are taken and ignored.
struct TestMigrationParameters {
    private(set) var uri: String?
    private(set) var name: String?
    private(set) var xml: String?
    private(set) var persistentXML: String?
    /// MiB per second; 0: nobody said.
    private(set) var bandwidth: UInt64 = 0

    private static let texts: Set = [
        "migrate_uri", "destination_name", "destination_xml", "persistent_xml", "graphics_uri", "listen_address",
        "disks_uri", "tls.destination", "compression",
    ]
    /// These may be given more than once.
    private static let lists: Set = ["migrate_disks", "migrate_disks_detect_zeroes", "compression"]
    private static let numbers: Set = [
        "disks_port", "compression.mt.level", "compression.mt.threads", "compression.mt.dthreads",
        "auto_converge.initial", "auto_converge.increment", "parallel.connections", "compression.zlib.level",
        "compression.zstd.level",
    ]
    private static let longNumbers: Set = ["bandwidth", "bandwidth.postcopy", "compression.xbzrle.cache"]

    /// - Throws: `.argumentUnsupported` for a parameter that is none, `.invalidArg` for one of another type or given
    ///   twice.
    init(_ parameters: [TypedParameter]) throws {
        var seen: Set<String> = []
        for parameter in parameters {
            let field = parameter.field
            guard Self.lists.contains(field) || seen.insert(field).inserted else {
                throw VirtError.domain(.invalidArg, "parameter '\(field)' occurs multiple times")
            }
            switch parameter.value {
            case .string(let text) where Self.texts.contains(field) || Self.lists.contains(field):
                take(field, text)
            case .int where Self.numbers.contains(field): break
            case .ullong(let number) where Self.longNumbers.contains(field):
                if field == "bandwidth" { bandwidth = number }
            default:
                guard Self.texts.union(Self.lists).union(Self.numbers).union(Self.longNumbers).contains(field) else {
                    throw VirtError(.argumentUnsupported, domain: .none, "parameter '\(field)' not supported")
                }
                throw VirtError(.invalidArg, domain: .none, "invalid type of parameter '\(field)'")
            }
        }
    }

    private mutating func take(_ field: String, _ text: String) {
        switch field {
        case "migrate_uri": uri = text
        case "destination_name": name = text
        case "destination_xml": xml = text
        case "persistent_xml": persistentXML = text
        default: break
        }
    }
}

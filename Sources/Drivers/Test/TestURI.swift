internal import Libvirt

/// What a `test:` URI says: the host, and how the driver behaves for it.
struct TestURI {
    /// `/default`, or the file that the host is read from.
    let path: String
    private(set) var host: String?
    private(set) var isManual = false
    /// MiB per second.
    private(set) var rate: UInt64?
    private(set) var faults: String?

    /// - Throws: `.invalidArg` without a path, or for one of our parameters with a value that means nothing. Other
    ///   parameters are ignored, as libvirt does.
    init(_ text: String) throws {
        path = Self.path(of: text)
        if path.isEmpty || path == "/" {
            throw VirtError.test(.invalidArg, "testOpen: supply a path or use test:///default")
        }
        // A text that is no URI has no parameters.
        for parameter in (try? ConnectURI(text))?.parameters ?? [] {
            let (name, value) = (parameter.name, parameter.value)
            switch name {
            case "host": host = value
            case "clock":
                guard value == "manual" || value == "system" else { throw Self.refused(name, value, "manual or system") }
                isManual = value == "manual"
            case "rate":
                guard let number = UInt64(value), number <= UInt64.max >> 20 else {
                    throw Self.refused(name, value, "a number of MiB per second")
                }
                rate = number
            case "faults": faults = value
            default: break
            }
        }
    }

    private static func refused(_ name: String, _ value: String, _ wanted: String) -> VirtError {
        VirtError.test(.invalidArg, "testOpen: parameter '\(name)' is '\(value)', must be \(wanted)")
    }

    /// What those who share the host call it; nil if it is the connection's own.
    var sharedName: String? {
        if path != "/default", host == nil { return nil }
        return "\(path)?host=\(host ?? "")&clock=\(isManual)&rate=\(rate ?? 0)"
    }

    /// What stands between the authority and the query.
    private static func path(of uri: String) -> String {
        var text = uri[...]
        if let colon = text.firstIndex(of: ":") { text = text[text.index(after: colon)...] }
        if let end = text.firstIndex(where: { $0 == "?" || $0 == "#" }) { text = text[..<end] }
        guard text.hasPrefix("//") else { return String(text) }
        text = text.dropFirst(2)
        guard let slash = text.firstIndex(of: "/") else { return "" }
        return String(text[slash...])
    }
}

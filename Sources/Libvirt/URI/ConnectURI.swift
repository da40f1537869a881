/// The address of a hypervisor: `driver[+transport]://[user@][host][:port]/[path][?parameters]`.
///
/// It decides both where the client connects and what it asks the daemon there to open, see ``openName``.
public struct ConnectURI: Sendable, Hashable {
    /// How to reach the daemon.
    public enum Transport: String, Sendable, CaseIterable {
        case unix, tcp, tls, ssh, libssh, libssh2, ext
    }

    /// Which of a host's daemons to ask.
    public enum DaemonMode: String, Sendable {
        /// The driver's own if it runs, else the one that has all drivers.
        case auto
        /// The driver's own: `virtqemud`.
        case direct
        /// `libvirtd`, or `virtproxyd` in its place.
        case legacy
    }

    public struct Parameter: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// `qemu`, `test` …; `remote`: the daemon's own choice.
    public var driver: String
    /// As it is written; see ``effectiveTransport``.
    public var transport: Transport?
    public var user: String?
    /// Without brackets if it is an IPv6 address.
    public var host: String?
    public var port: Int?
    /// Decoded; begins with a slash unless it is empty.
    public var path: String
    /// In the order of the URI, decoded.
    public var parameters: [Parameter]
    public var fragment: String?

    /// Parameters that the client keeps for itself. All others are the driver's.
    static let clientParameters: Set<String> = [
        "name", "command", "argv", "socket", "auth", "authfile", "sshauth", "netcat", "keyfile", "pkipath",
        "known_hosts", "known_hosts_verify", "tls_priority", "no_sanity", "no_verify", "no_tty", "mode", "proxy",
    ]

    /// Reads a URI.
    ///
    /// - Throws: ``VirtError`` `.invalidArg`, which names the URI and what is wrong in it.
    public init(_ text: String) throws {
        var parser = ConnectURIParser(text)
        self = try parser.parse()
    }

    init(
        driver: String, transport: Transport?, user: String?, host: String?, port: Int?, path: String,
        parameters: [Parameter], fragment: String?
    ) {
        self.driver = driver
        self.transport = transport
        self.user = user
        self.host = host
        self.port = port
        self.path = path
        self.parameters = parameters
        self.fragment = fragment
    }

    // MARK: what it says

    /// Without a transport: TLS if there is a host, else a UNIX socket.
    public var effectiveTransport: Transport { transport ?? (host == nil ? .unix : .tls) }

    /// Whether the user's own daemon is meant, and not the system's.
    public var isSession: Bool { path == "/session" }

    /// The value of a parameter; of the last, if there are several, as libvirt does.
    public func value(_ name: String) -> String? { parameters.last { $0.name == name }?.value }

    /// The value of a parameter that is 0 or another number.
    public func flag(_ name: String) throws -> Bool {
        guard let value = value(name) else { return false }
        guard let number = Int(value) else { throw invalid("the value of \(name) has to be a number, not '\(value)'") }
        return number != 0
    }

    public var mode: DaemonMode {
        get throws {
            guard let value = value("mode") else { return .auto }
            guard let mode = DaemonMode(rawValue: value) else {
                throw invalid("the mode '\(value)' is none of auto, direct and legacy")
            }
            return mode
        }
    }

    /// What the daemon is asked to open: the URI without its way to the daemon, or the parameter `name`.
    public var openName: String {
        if let name = value("name") { return name }
        if driver == "remote" { return "" }
        var local = self
        local.transport = nil
        local.user = nil
        local.host = nil
        local.port = nil
        local.parameters.removeAll { Self.clientParameters.contains($0.name) }
        return local.description
    }

    func invalid(_ reason: String) -> VirtError { Self.invalid(description, reason) }

    static func invalid(_ text: String, _ reason: String) -> VirtError {
        VirtError(.invalidArg, domain: .uri, "cannot use the URI '\(text)': \(reason)")
    }
}

extension ConnectURI: CustomStringConvertible {
    public var description: String {
        var text = driver
        if let transport { text += "+\(transport.rawValue)" }
        text += "://"
        if let user { text += Self.encode(user, keeping: "!$&'()*+,;=:") + "@" }
        if let host {
            let isAddress = host.utf8.contains(UInt8(ascii: ":"))
            let encoded = Self.encode(host, keeping: "!$&'()*+,;=" + (isAddress ? ":" : ""))
            text += isAddress ? "[\(encoded)]" : encoded
        }
        if let port { text += ":\(port)" }
        text += Self.encode(path, keeping: "/!$&'()*+,;=:@")
        if !parameters.isEmpty {
            text += "?" + parameters.map { "\(Self.encode($0.name))=\(Self.encode($0.value))" }.joined(separator: "&")
        }
        if let fragment { text += "#" + Self.encode(fragment, keeping: "/?!$&'()*+,;=:@") }
        return text
    }

    /// Percent-encodes all but letters, digits and `-._~` (RFC 3986) and what is named.
    static func encode(_ text: String, keeping allowed: String = "/:@,") -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.append(byte)
            case _ where allowed.utf8.contains(byte): result.append(byte)
            default: result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

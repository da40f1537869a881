/// What `libvirt.conf` tells clients.
package struct ClientConfiguration: Sendable {
    /// URIs by their short names.
    package var aliases: [String: String] = [:]
    /// `uri_default`
    package var defaultURI: String?
    /// `remote_mode` and `remote_proxy`: what the parameters `mode` and `proxy` are where a URI says nothing.
    package var remoteMode: String?
    package var remoteProxy: String?

    package init() {}

    /// Reads the file; a missing one says nothing.
    ///
    /// - Throws: ``VirtError``, naming file and line, if it is wrong.
    package init(path: String?) throws {
        guard let path, let file = try ConfigurationFile.read(path) else {
            self.init()
            return
        }
        try self.init(file)
    }

    /// - Throws: ``VirtError``, naming file and line, if it is wrong.
    package init(_ file: ConfigurationFile) throws {
        let path = file.path
        defaultURI = try file.string("uri_default")
        remoteMode = try file.string("remote_mode")
        remoteProxy = try file.string("remote_proxy")
        for text in try file.strings("uri_aliases") ?? [] {
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                throw Self.invalid(path, text, "want \"alias=uri://host/path\"")
            }
            let alias = text[..<equals]
            guard alias.utf8.allSatisfy(Self.isAliasByte) else {
                throw Self.invalid(path, text, "aliases may only contain 'a-Z, 0-9, _, -' characters")
            }
            let uri = text[text.index(after: equals)...]
            // The first of several counts, as in libvirt.
            if aliases[String(alias)] == nil { aliases[String(alias)] = String(uri) }
        }
    }

    private static func isAliasByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func invalid(_ path: String, _ entry: String, _ reason: String) -> VirtError {
        VirtError(.confSyntax, domain: .conf, "\(path): malformed 'uri_aliases' config entry '\(entry)', \(reason)")
    }

    /// The URI to open: what was asked for, with aliases resolved, else the default.
    package func resolve(_ text: String?, in environment: ClientEnvironment) throws -> ConnectURI {
        let text = text.flatMap { $0.isEmpty ? nil : $0 }
        let wanted = text ?? environment.defaultURI ?? defaultURI ?? environment.builtInURI
        var uri = try ConnectURI(aliases[wanted] ?? wanted)
        let usesSSH = [.ssh, .libssh, .libssh2].contains(uri.effectiveTransport)
        if let remoteMode, usesSSH || uri.effectiveTransport == .unix, uri.value("mode") == nil {
            uri.parameters.append(.init(name: "mode", value: remoteMode))
        }
        if let remoteProxy, usesSSH, uri.value("proxy") == nil {
            uri.parameters.append(.init(name: "proxy", value: remoteProxy))
        }
        return uri
    }
}

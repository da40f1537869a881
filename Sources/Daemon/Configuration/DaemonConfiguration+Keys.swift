package import Libvirt

extension DaemonConfiguration {
    /// A key of the file, and what it sets.
    struct Key: Sendable {
        typealias Path<Value> = WritableKeyPath<DaemonConfiguration, Value> & Sendable

        enum Setter: Sendable {
            case flag(any Path<Bool>)
            case number(any Path<UInt32>)
            case signed(any Path<Int32>)
            case text(any Path<String>)
            case optionalText(any Path<String?>)
            case list(any Path<[String]>)
            case optionalList(any Path<[String]?>)
            case mode(any Path<UInt32>)
            case optionalMode(any Path<UInt32?>)
            case authentication(any Path<Authentication>)
            case socketAuthentication(any Path<Authentication?>)
            /// Taken and without effect, as in libvirt.
            case obsolete
        }

        let name: String
        let setter: Setter

        init(_ name: String, _ setter: Setter) {
            self.name = name
            self.setter = setter
        }
    }

    static let keys: [Key] = [
        Key("listen_tls", .flag(\.listensTLS)),
        Key("listen_tcp", .flag(\.listensTCP)),
        Key("tls_port", .text(\.tlsPort)),
        Key("tcp_port", .text(\.tcpPort)),
        Key("listen_addr", .optionalText(\.listenAddress)),

        Key("unix_sock_group", .optionalText(\.socketGroup)),
        Key("unix_sock_ro_perms", .mode(\.readOnlySocketMode)),
        Key("unix_sock_rw_perms", .optionalMode(\.readWriteSocketMode)),
        Key("unix_sock_admin_perms", .mode(\.adminSocketMode)),
        Key("unix_sock_dir", .optionalText(\.socketDirectory)),

        Key("auth_unix_ro", .socketAuthentication(\.readOnlyAuthentication)),
        Key("auth_unix_rw", .socketAuthentication(\.readWriteAuthentication)),
        Key("auth_tcp", .authentication(\.tcpAuthentication)),
        Key("auth_tls", .authentication(\.tlsAuthentication)),
        Key("tcp_min_ssf", .number(\.minimumTCPStrength)),
        Key("access_drivers", .list(\.accessDrivers)),
        Key("access_rules", .optionalText(\.accessRules)),
        Key("sasl_allowed_username_list", .optionalList(\.allowedSASLUsers)),

        Key("key_file", .optionalText(\.keyFile)),
        Key("cert_file", .optionalText(\.certificateFile)),
        Key("ca_file", .optionalText(\.caFile)),
        Key("crl_file", .optionalText(\.crlFile)),
        Key("tls_no_sanity_certificate", .flag(\.skipsSanityCheck)),
        Key("tls_no_verify_certificate", .flag(\.skipsClientVerification)),
        Key("tls_allowed_dn_list", .optionalList(\.allowedNames)),
        Key("tls_priority", .optionalText(\.tlsPriority)),

        Key("min_workers", .number(\.limits.minWorkers)),
        Key("max_workers", .number(\.limits.maxWorkers)),
        Key("max_clients", .number(\.limits.maxClients)),
        Key("max_queued_clients", .number(\.limits.maxQueuedClients)),
        Key("max_anonymous_clients", .number(\.maxAnonymousClients)),
        Key("max_client_requests", .number(\.limits.maxClientRequests)),
        Key("prio_workers", .number(\.priorityWorkers)),

        Key("admin_min_workers", .number(\.adminLimits.minWorkers)),
        Key("admin_max_workers", .number(\.adminLimits.maxWorkers)),
        Key("admin_max_clients", .number(\.adminLimits.maxClients)),
        Key("admin_max_queued_clients", .number(\.adminLimits.maxQueuedClients)),
        Key("admin_max_client_requests", .number(\.adminLimits.maxClientRequests)),

        Key("keepalive_interval", .signed(\.limits.keepaliveInterval)),
        Key("keepalive_count", .number(\.limits.keepaliveCount)),
        Key("keepalive_required", .obsolete),
        Key("admin_keepalive_interval", .signed(\.adminLimits.keepaliveInterval)),
        Key("admin_keepalive_count", .number(\.adminLimits.keepaliveCount)),
        Key("admin_keepalive_required", .obsolete),

        Key("log_level", .number(\.logLevel)),
        Key("log_filters", .optionalText(\.logFilters)),
        Key("log_outputs", .optionalText(\.logOutputs)),
        Key("audit_level", .number(\.auditLevel)),
        Key("audit_logging", .flag(\.auditsToLog)),

        Key("metrics_listen", .optionalText(\.metricsAddress)),
        Key("trace_calls", .flag(\.tracesCalls)),

        Key("host_uuid", .optionalText(\.hostUUID)),
        Key("host_uuid_source", .text(\.hostUUIDSource)),
        Key("ovs_timeout", .number(\.openVSwitchTimeout)),
    ]

    /// Takes over what a file says.
    ///
    /// - Throws: ``VirtError`` for a value that is of a wrong type or makes no sense; it names file, line and key.
    package init(_ file: ConfigurationFile) throws {
        for key in Self.keys { try set(key, from: file) }
        try check(file)
        // libvirt refuses a small 'max_clients' that comes alone.
        maxAnonymousClients = min(maxAnonymousClients, limits.maxClients)
    }

    /// Sentences about entries that have no effect, with their lines.
    package static func warnings(_ file: ConfigurationFile) -> [String] {
        var warnings = file.entries(besides: keys.map(\.name)).map {
            "\(file.path):\($0.line): unknown parameter '\($0.name)' is ignored"
        }
        for entry in file.entries where file[entry.name]?.line != entry.line {
            warnings.append("\(file.path):\(entry.line): parameter '\(entry.name)' is ignored: an earlier line sets it")
        }
        return warnings
    }

    private mutating func set(_ key: Key, from file: ConfigurationFile) throws {
        let name = key.name
        switch key.setter {
        case .flag(let path): try file.bool(name).map { self[keyPath: path] = $0 }
        case .number(let path): try file.integer(name).map { self[keyPath: path] = $0 }
        case .signed(let path): try file.integer(name).map { self[keyPath: path] = $0 }
        case .text(let path): try file.string(name).map { self[keyPath: path] = $0 }
        case .optionalText(let path): try file.string(name).map { self[keyPath: path] = $0 }
        case .list(let path): try file.strings(name).map { self[keyPath: path] = $0 }
        case .optionalList(let path): try file.strings(name).map { self[keyPath: path] = $0 }
        case .mode(let path): try Self.mode(name, file).map { self[keyPath: path] = $0 }
        case .optionalMode(let path): try Self.mode(name, file).map { self[keyPath: path] = $0 }
        case .authentication(let path):
            try Self.authentication(name, file, allowed: [.none, .sasl]).map { self[keyPath: path] = $0 }
        case .socketAuthentication(let path):
            let allowed: [Authentication] = Self.hasPolkit ? [.none, .sasl, .polkit] : [.none, .sasl]
            try Self.authentication(name, file, allowed: allowed).map { self[keyPath: path] = $0 }
        case .obsolete: _ = try file.bool(name)
        }
    }

    /// Permission bits, in octal.
    private static func mode(_ name: String, _ file: ConfigurationFile) throws -> UInt32? {
        guard let text = try file.string(name), let entry = file[name] else { return nil }
        guard let mode = UInt32(text, radix: 8), mode <= 0o7777, !text.hasPrefix("+") else {
            throw VirtError(
                .internalError, domain: .conf, "\(file.path):\(entry.line): \(name): Failed to parse mode '\(text)'")
        }
        return mode
    }

    private static func authentication(
        _ name: String, _ file: ConfigurationFile, allowed: [Authentication]
    ) throws -> Authentication? {
        guard let text = try file.string(name), let entry = file[name] else { return nil }
        guard let value = Authentication(rawValue: text), allowed.contains(value) else {
            throw VirtError(
                .configUnsupported, domain: .conf, "\(file.path):\(entry.line): \(name): unsupported auth \(text)")
        }
        return value
    }

    /// What no type says.
    private func check(_ file: ConfigurationFile) throws {
        func require(_ holds: Bool, _ name: String, _ rule: String) throws {
            if !holds, let entry = file[name] { throw file.wrongValue(entry, rule) }
        }
        try require(limits.maxWorkers > 0, "max_workers", "must be greater than 0")
        try require(adminLimits.maxWorkers > 0, "admin_max_workers", "must be greater than 0")
        try require(limits.maxClientRequests > 0, "max_client_requests", "must be greater than 0")
        try require(adminLimits.maxClientRequests > 0, "admin_max_client_requests", "must be greater than 0")
        try require(limits.maxClients > 0, "max_clients", "must be greater than 0")
        try require(
            maxAnonymousClients <= limits.maxClients, "max_anonymous_clients", "must not be greater than 'max_clients'")
        try require(minimumTCPStrength >= 112, "tcp_min_ssf", "must be at least 112")
        try require(logLevel <= 4, "log_level", "must be in range 0:4")
        try require(auditLevel <= 2, "audit_level", "must be in range 0:2")
        try require(limits.keepaliveInterval >= -1, "keepalive_interval", "must be -1 or greater")
        try require(adminLimits.keepaliveInterval >= -1, "admin_keepalive_interval", "must be -1 or greater")
        try require(["smbios", "machine-id"].contains(hostUUIDSource), "host_uuid_source", "must be 'smbios' or 'machine-id'")
        try require(
            hostUUID.map(Self.isUsableUUID) ?? true, "host_uuid", "must be a UUID whose digits are not all the same")
        try require(
            accessDrivers.allSatisfy(AccessControl.knownDrivers.contains), "access_drivers",
            "may name 'nop', 'polkit' and 'rules' only")
        try require(
            metricsAddress.map(Self.isLocal) ?? true, "metrics_listen",
            "must be the absolute path of a UNIX socket, or a port of a loopback address such as '127.0.0.1:9177'")
        for name in ["access_rules", "unix_sock_dir", "key_file", "cert_file", "ca_file", "crl_file"] {
            try require(try file.string(name)?.hasPrefix("/") ?? true, name, "must be an absolute path")
        }
    }

    /// Metrics are told to everybody who asks, so only to this host.
    private static func isLocal(_ address: String) -> Bool {
        if address.hasPrefix("/") { return true }
        guard let colon = address.lastIndex(of: ":"), UInt16(address[address.index(after: colon)...]) != nil else {
            return false
        }
        let host = address[..<colon]
        return host == "localhost" || host == "[::1]" || host.hasPrefix("127.")
    }

    private static func isUsableUUID(_ text: String) -> Bool {
        guard let uuid = UUID(text) else { return false }
        let digits = Set("\(uuid)".utf8).subtracting([UInt8(ascii: "-")])
        return digits.count > 1
    }
}

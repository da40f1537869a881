internal import LibvirtRemote

/// How objects that a line names are found, and what is said of those that are not.
extension Invocation {
    func domain(_ option: String = "domain", by keys: Set<Shell.DomainKey> = [.id, .uuid, .name]) async throws -> Domain
    {
        try await shell.domain(try required(option), by: keys)
    }

    func network(_ option: String = "network", byUUID: Bool = true, byName: Bool = true) async throws -> Network {
        let text = try required(option)
        let connection = try await connection()
        return try await attempt("failed to get network '\(text)'") {
            if byUUID, let uuid = Self.uuid(text) {
                if !byName { return try await connection.lookupNetwork(byUUID: uuid) }
                if let network = try? await connection.lookupNetwork(byUUID: uuid) { return network }
            }
            guard byName else { throw ShellError(lines: []) }
            return try await connection.lookupNetwork(byName: text)
        }
    }

    func pool(_ option: String = "pool", byUUID: Bool = true, byName: Bool = true) async throws -> StoragePool {
        try await shell.storagePool(try required(option), byUUID: byUUID, byName: byName)
    }

    func volume(_ option: String = "vol", pool: String? = "pool") async throws -> StorageVolume {
        try await shell.volume(
            try required(option), inPool: try pool.flatMap { try text($0) }, poolOption: pool)
    }

    func nwfilter() async throws -> NWFilter {
        let text = try required("nwfilter")
        let connection = try await connection()
        return try await attempt("failed to get nwfilter '\(text)'") {
            if let uuid = Self.uuid(text), let filter = try? await connection.lookupNWFilter(byUUID: uuid) {
                return filter
            }
            return try await connection.lookupNWFilter(byName: text)
        }
    }

    func nwfilterBinding() async throws -> NWFilterBinding {
        let text = try required("binding")
        let connection = try await connection()
        return try await attempt("failed to get nwfilter binding '\(text)'") {
            try await connection.lookupNWFilterBinding(byPortDevice: text)
        }
    }

    func interface(byName: Bool = true, byMAC: Bool = true) async throws -> Interface {
        let text = try required("interface")
        let connection = try await connection()
        return try await attempt("failed to get interface '\(text)'") {
            if Self.isMAC(text) {
                guard byMAC else { throw ShellError(lines: []) }
                return try await connection.lookupInterface(byMAC: text)
            }
            guard byName else { throw ShellError(lines: []) }
            return try await connection.lookupInterface(byName: text)
        }
    }

    func secret(_ option: String = "secret") async throws -> Secret {
        let text = try required(option)
        let connection = try await connection()
        return try await attempt("failed to get secret '\(text)'") {
            guard let uuid = UUID(text) else {
                throw ShellError("uuidstr in virSecretLookupByUUIDString must be a valid UUID")
            }
            return try await connection.lookupSecret(byUUID: uuid)
        }
    }

    /// A device by name, or a virtual HBA by its two numbers.
    ///
    /// - Parameter isExact: only by name.
    func nodeDevice(_ option: String = "device", isExact: Bool = false) async throws -> NodeDevice {
        let text = try required(option)
        let connection = try await connection()
        if !isExact, text.contains(",") {
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw ShellError("Malformed device value '\(text)'") }
            for part in parts where part.count != 16 || !part.allSatisfy(\.isHexDigit) {
                throw ShellError("internal error: Malformed wwn: \(part)")
            }
            return try await attempt("Could not find matching device '\(text)'") {
                try await connection.lookupSCSIHost(wwnn: parts[0], wwpn: parts[1])
            }
        }
        return try await attempt("Could not find matching device '\(text)'") {
            try await connection.lookupNodeDevice(byName: text)
        }
    }

    private static func isMAC(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 6 && parts.allSatisfy { (1...2).contains($0.count) && $0.allSatisfy(\.isHexDigit) }
    }

    /// A UUID in the form that virsh takes for one: 36 characters.
    private static func uuid(_ text: String) -> UUID? { text.utf8.count == 36 ? UUID(text) : nil }
}

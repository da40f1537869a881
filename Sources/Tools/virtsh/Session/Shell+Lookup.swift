internal import LibvirtRemote

extension Shell {
    enum DomainKey { case id, uuid, name }

    /// Finds a domain by id, UUID or name, in this order.
    func domain(_ text: String, by keys: Set<DomainKey> = [.id, .uuid, .name]) async throws -> Domain {
        guard !text.isEmpty else { throw ShellError("Failed to get option 'domain': Option argument is empty") }
        let connection = try await connection()
        if keys.contains(.id), let id = Int32(text), id >= 0,
            let domain = try? await connection.lookupDomain(byID: id)
        {
            return domain
        }
        if keys.contains(.uuid), text.utf8.count == 36, let uuid = UUID(text),
            let domain = try? await connection.lookupDomain(byUUID: uuid)
        {
            return domain
        }
        do {
            return try await connection.lookupDomain(byName: text)
        } catch let error as VirtError where error.code == .noDomain {
            throw ShellError("failed to get domain '\(text)'")
        } catch {
            throw ShellError("failed to get domain '\(text)'", error)
        }
    }

    /// Finds a storage pool by UUID or name.
    func storagePool(_ text: String, byUUID: Bool = true, byName: Bool = true) async throws -> StoragePool {
        guard !text.isEmpty else { throw ShellError("Failed to get option 'pool': Option argument is empty") }
        let connection = try await connection()
        return try await attempt("failed to get pool '\(text)'") {
            if byUUID, text.utf8.count == 36, let uuid = UUID(text) {
                if !byName { return try await connection.lookupStoragePool(byUUID: uuid) }
                if let pool = try? await connection.lookupStoragePool(byUUID: uuid) { return pool }
            }
            guard byName else { throw ShellError(lines: []) }
            return try await connection.lookupStoragePool(byName: text)
        }
    }

    /// Finds a volume by name in its pool, by key or by path.
    func volume(
        _ text: String, inPool poolText: String?, poolOption: String? = "pool"
    ) async throws -> StorageVolume {
        guard !text.isEmpty else { throw ShellError("Failed to get option 'vol': Option argument is empty") }
        let connection = try await connection()
        var pool: StoragePool?
        if let poolText {
            let found = try await storagePool(poolText)
            guard try await found.isActive() else { throw ShellError("pool '\(poolText)' is not active") }
            if let volume = try? await found.lookupVolume(byName: text) { return volume }
            pool = found
        }
        var volume = try? await connection.lookupStorageVolume(byKey: text)
        if volume == nil {
            do {
                volume = try await connection.lookupStorageVolume(byPath: text)
            } catch {
                throw ShellError(
                    pool == nil && poolOption != nil
                        ? "failed to get vol '\(text)', specifying --\(poolOption ?? "pool") might help"
                        : "failed to get vol '\(text)'",
                    error)
            }
        }
        guard let volume else { throw ShellError("failed to get vol '\(text)'") }
        if let pool, volume.reference.pool != pool.name {
            throw ShellError("Requested volume '\(text)' is not in pool '\(pool.name)'")
        }
        return volume
    }
}

public import Libvirt
internal import VirtConf
internal import VirtUtil

extension TestConnection: StorageDiscovery {
    /// Two volume groups, or one export of the server that is named; nothing else can be found.
    ///
    /// - Throws: `.invalidArg` for a file server without a name, where libvirt 9.0 ends instead.
    public func connectFindStoragePoolSources(type: String, srcSpec: String?, flags: UInt32) async throws -> String {
        try check(flags, 0, "testConnectFindStoragePoolSources")
        let kind = StoragePoolKind(rawValue: type)
        if kind == .dir { throw VirtError.test(.internalError, "unknown storage pool type \(type)") }
        var given: StoragePoolSource?
        if let kind, let srcSpec {
            given = try conf { () throws(ConfError) in try StoragePoolSource(xml: srcSpec, of: kind) }
        }
        switch kind {
        case .logical: return StoragePoolSource.list(Self.volumeGroups, of: .logical)
        case .netfs:
            guard let server = given?.hosts.first?.name else {
                throw VirtError.test(.invalidArg, "hostname must be specified for netfs sources")
            }
            return StoragePoolSource.list([Self.export(of: server)], of: .netfs)
        default:
            throw VirtError.test(.noSupport, "pool type '\(type)' does not support source discovery")
        }
    }

    /// Every type, since none needs anything of the host here.
    public func connectGetStoragePoolCapabilities(flags: UInt32) async throws -> String {
        try check(flags, 0, "storageConnectGetStoragePoolCapabilities", domain: .storage)
        return StoragePoolCapabilities(supported: Set(StoragePoolKind.allCases)).xml()
    }

    /// Only pools that run are looked at.
    public func storagePoolLookupByTargetPath(path: String) async throws -> StoragePoolRef {
        let plain = Self.withoutSuperfluousSlashes(path)
        let found = host.read { state in
            state.storage.sortedPools.first { pool in
                pool.isActive && pool.kind.hasTarget && pool.definition.targetPath.map { $0 == plain } ?? false
            }?.reference
        }
        guard let found else {
            let addition = plain == path ? "" : " (\(plain))"
            throw VirtError(
                .noStoragePool, domain: .storage,
                "no storage pool with matching target path '\(path)'\(addition)")
        }
        return found
    }

    /// `/a//b/` is `/a/b`. Two slashes at the beginning, which may mean something of their own, stay.
    private static func withoutSuperfluousSlashes(_ path: String) -> String {
        let parts = path.split(separator: "/").joined(separator: "/")
        guard path.hasPrefix("/") else { return parts }
        return (path.hasPrefix("//") && !path.hasPrefix("///") ? "//" : "/") + parts
    }

    private static let volumeGroups = [("/dev/sda20", "testvg1"), ("/dev/sda21", "testvg2")].map { path, name in
        var device = StoragePoolSource.Device()
        device.path = path
        var source = StoragePoolSource()
        source.devices = [device]
        source.name = name
        source.format = "lvm2"
        return source
    }

    private static func export(of server: String) -> StoragePoolSource {
        var host = StoragePoolSource.Host()
        host.name = server
        var source = StoragePoolSource()
        source.hosts = [host]
        source.directory = "/testshare"
        source.format = "nfs"
        return source
    }
}

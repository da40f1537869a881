package import VirtUtil

extension StoragePoolDefinition {
    /// Whether two pools would use the same storage, as libvirt decides it: by directory, device, adapter, host or
    /// name, whichever tells pools of their type apart.
    ///
    /// Types that are told apart by nothing (RBD, direct iSCSI) never conflict.
    package func conflicts(with existing: StoragePoolDefinition) -> Bool {
        let old = existing.source
        switch kind {
        case .fs, .logical, .disk, .zfs:
            guard [.fs, .logical, .disk, .zfs].contains(existing.kind) else { return false }
            return sharesDevice(with: old)
        case .iscsiDirect, .rbd: return false
        default: break
        }
        guard kind == existing.kind else { return false }
        switch kind {
        case .dir: return targetPath == existing.targetPath
        case .netfs: return source.directory == old.directory && isAtHost(of: old)
        case .gluster: return source.name == old.name && source.directory == old.directory && isAtHost(of: old)
        case .sheepdog: return isAtHost(of: old)
        case .vstorage: return source.name == old.name
        case .iscsi: return source.initiator == old.initiator && sharesDevice(with: old)
        case .scsi:
            guard let adapter = source.adapter, let other = old.adapter else { return false }
            return adapter.isSame(as: other)
        case .mpath: return true
        default: return false
        }
    }

    private func sharesDevice(with old: StoragePoolSource) -> Bool {
        source.devices.contains { device in old.devices.contains { $0.path == device.path } }
    }

    /// Only the first host counts, and nothing is said of two pools with several each.
    private func isAtHost(of old: StoragePoolSource) -> Bool {
        guard source.hosts.count == 1 || old.hosts.count == 1, let host = source.hosts.first,
            let other = old.hosts.first
        else { return false }
        if let port = host.port, port != other.port { return false }
        return host.name == other.name
    }
}

public import Libvirt
internal import VirtConf

extension TestConnection: DomainBlockCapacity {
    /// In KiB, unless the flag says bytes. Known for this run and the next ones; a volume keeps its own size.
    public func domainBlockResize(
        _ dom: DomainRef, disk: String, size: UInt64, flags: DomainBlockResizeFlags
    ) async throws {
        try check(flags, 3, "testDomainBlockResize")
        guard flags.contains(.bytes) || size <= UInt64.max >> 10 else {
            throw VirtError.test(.overflow, "size must be less than \(UInt64.max >> 10)")
        }
        try host.update { state in
            try state.modify(dom) { domain in
                try domain.check(.query)
                guard let index = domain.definition.disk(disk) else {
                    throw VirtError.test(.invalidArg, "disk '\(disk)' was not found in the domain config")
                }
                let found = domain.definition.devices.disks[index]
                let target = found.target.name ?? ""
                if found.isReadOnly || !found.hasSource {
                    throw VirtError.test(.operationUnsupported, "can't resize empty or readonly disk '\(target)'")
                }
                try domain.checkNoBlockJob(target)
                domain.activity.content.capacities[target] = flags.contains(.bytes) ? size : size << 10
            }
        }
    }
}

extension TestHostState {
    /// The size of a disk that nothing says anything of, in bytes.
    static let standardCapacity: UInt64 = 1_099_506_450_432

    /// The size of a disk in bytes.
    func capacity(of disk: Disk, in domain: TestDomain) -> UInt64 {
        givenCapacity(of: disk, in: domain) ?? Self.standardCapacity
    }

    /// The size that a disk was given, or that its volume has.
    func givenCapacity(of disk: Disk, in domain: TestDomain) -> UInt64? {
        if let given = disk.target.name.flatMap({ domain.activity.content.capacities[$0] }) { return given }
        guard disk.source.kind == .file || disk.source.kind == .block, let path = disk.source.path else { return nil }
        for pool in storage.sortedPools where pool.isActive {
            if let volume = pool.firstVolume(where: { $0.path == path }) {
                return volume.definition.capacity
            }
        }
        return nil
    }
}

public import Libvirt
internal import VirtConf
internal import VirtUtil

/// What a guest's agent would answer.
extension TestConnection: DomainGuestFilesystems {
    public func domainFSFreeze(_ dom: DomainRef, mountpoints: [String], flags: UInt32) async throws -> Int32 {
        try check(flags, 0, "testDomainFSFreeze")
        return try host.update { state in
            try state.modify(dom) { domain in
                try domain.check(.useGuest)
                let wanted = try Self.known(mountpoints)
                defer { domain.frozenMounts.formUnion(wanted) }
                return Int32(wanted.subtracting(domain.frozenMounts).count)
            }
        }
    }

    public func domainFSThaw(_ dom: DomainRef, mountpoints: [String], flags: UInt32) async throws -> Int32 {
        try check(flags, 0, "testDomainFSThaw")
        return try host.update { state in
            try state.modify(dom) { domain in
                try domain.check(.useGuest)
                let wanted = try Self.known(mountpoints)
                defer { domain.frozenMounts.subtract(wanted) }
                return Int32(wanted.intersection(domain.frozenMounts).count)
            }
        }
    }

    public func domainFSTrim(
        _ dom: DomainRef, mountPoint: String?, minimum: UInt64, flags: UInt32
    ) async throws {
        try check(flags, 0, "testDomainFSTrim")
        try host.read { state in
            try state.domain(dom).check(.useGuest)
            _ = try Self.known(mountPoint.map { [$0] } ?? [])
        }
    }

    private static func known(_ mountpoints: [String]) throws -> Set<String> {
        if let unknown = mountpoints.first(where: { !TestGuest.mounts.contains($0) }) {
            throw VirtError.test(.operationInvalid, "mount point not found: \(unknown)")
        }
        return Set(mountpoints.isEmpty ? TestGuest.mounts : mountpoints)
    }

    /// Two file systems on the first disk.
    public func domainGetFSInfo(_ dom: DomainRef, flags: UInt32) async throws -> DomainFSInfoList {
        try check(flags, 0, "testDomainGetFSInfo")
        return try host.read { state in
            let domain = try state.domain(dom)
            try domain.check(.useGuest)
            guard let disk = domain.definition.devices.disks.first?.target.name else {
                return DomainFSInfoList(info: [], ret: 0)
            }
            let info = TestGuest.mounts.enumerated().map { index, mount in
                DomainFSInfo(mountpoint: mount, name: "\(disk)\(index + 1)", fstype: "ext4", devAliases: [disk])
            }
            return DomainFSInfoList(info: info, ret: UInt32(info.count))
        }
    }
}

extension TestConnection: DomainGuestTime {
    public func domainGetTime(_ dom: DomainRef, flags: UInt32) async throws -> DomainTime {
        try check(flags, 0, "testDomainGetTime")
        return try host.read { state in
            let domain = try state.domain(dom)
            try domain.check(.askAgent)
            return DomainTime(seconds: domain.guestSeconds, nseconds: domain.guestNanoseconds)
        }
    }

    public func domainSetTime(
        _ dom: DomainRef, seconds: Int64, nseconds: UInt32, flags: DomainSetTimeFlags
    ) async throws {
        try check(flags, 1, "testDomainSetTime")
        try host.update { state in
            try state.modify(dom) { domain in
                try domain.check(.useGuest)
                domain.guestSeconds = seconds
                domain.guestNanoseconds = nseconds
            }
        }
    }
}

extension TestConnection: DomainAddresses {
    /// Addresses by the domain's number and the interface's place; in the network that it is on, if on one.
    public func domainInterfaceAddresses(
        _ dom: DomainRef, source: UInt32, flags: UInt32
    ) async throws -> [DomainInterface] {
        try check(flags, 0, "testDomainInterfaceAddresses")
        guard source <= 2 else {
            throw VirtError.test(.argumentUnsupported, "Unknown IP address data source \(source)")
        }
        return try host.read { state in
            let domain = try state.domain(dom)
            try domain.check(source == 1 ? .useGuest : .query)
            return zip(domain.definition.devices.interfaces, try state.addresses(of: domain)).map {
                interface, address in
                DomainInterface(
                    name: interface.targetName ?? "", hwaddr: interface.mac?.address.description, addrs: [address])
            }
        }
    }

    public func domainGetHostname(_ dom: DomainRef, flags: DomainGetHostnameFlags) async throws -> String {
        try check(flags, 0, "testDomainGetHostname")
        return try host.read { state in
            let domain = try state.domain(dom)
            try domain.check(.useGuest)
            return domain.hostName
        }
    }
}

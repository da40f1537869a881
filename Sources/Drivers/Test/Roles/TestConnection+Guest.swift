public import Libvirt
internal import VirtConf
internal import VirtUtil

/// What a guest's agent would answer.
extension TestConnection: DomainGuestFilesystems {
    private static let mounts = ["/", "/boot"]

    public func domainFSFreeze(_ dom: DomainRef, mountpoints: [String], flags: UInt32) async throws -> Int32 {
        try check(flags, 0, "testDomainFSFreeze")
        return try host.update { state in
            try state.modify(dom) { domain in
                try domain.check(.query)
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
                try domain.check(.query)
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
            try state.domain(dom).check(.query)
            _ = try Self.known(mountPoint.map { [$0] } ?? [])
        }
    }

    private static func known(_ mountpoints: [String]) throws -> Set<String> {
        if let unknown = mountpoints.first(where: { !mounts.contains($0) }) {
            throw VirtError.test(.operationInvalid, "mount point not found: \(unknown)")
        }
        return Set(mountpoints.isEmpty ? mounts : mountpoints)
    }

    /// Two file systems on the first disk.
    public func domainGetFSInfo(_ dom: DomainRef, flags: UInt32) async throws -> DomainFSInfoList {
        try check(flags, 0, "testDomainGetFSInfo")
        return try host.read { state in
            let domain = try state.domain(dom)
            try domain.check(.query)
            guard let disk = domain.definition.devices.disks.first?.target.name else {
                return DomainFSInfoList(info: [], ret: 0)
            }
            let info = Self.mounts.enumerated().map { index, mount in
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
                try domain.check(.query)
                domain.guestSeconds = seconds
                domain.guestNanoseconds = nseconds
            }
        }
    }
}

extension TestConnection: DomainGuestUsers {
    public func domainSetUserPassword(
        _ dom: DomainRef, user: String?, password: String?, flags: DomainSetUserPasswordFlags
    ) async throws {
        try check(flags, 1, "testDomainSetUserPassword")
        try host.read { try $0.domain(dom).check(.query) }
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
            try domain.check(.query)
            return try domain.definition.devices.interfaces.enumerated().map { index, interface in
                var address = DomainIPAddress(type: .ipv4, addr: "192.168.0.\(index + 1)", prefix: 24)
                if interface.kind == .network {
                    let network = try state.networks.network(named: interface.source?.attribute("network") ?? "")
                    address = try network.address(
                        of: interface.mac?.address, number: domain.addressNumber(index))
                }
                return DomainInterface(
                    name: interface.targetName ?? "", hwaddr: interface.mac?.address.description, addrs: [address])
            }
        }
    }

    public func domainGetHostname(_ dom: DomainRef, flags: DomainGetHostnameFlags) async throws -> String {
        try check(flags, 0, "testDomainGetHostname")
        return try host.read { state in
            let domain = try state.domain(dom)
            try domain.check(.query)
            return "\(domain.name)host"
        }
    }
}

extension TestConnection: DomainSecurityLabels {
    public func domainGetSecurityLabel(_ dom: DomainRef) async throws -> DomainSecurityLabel {
        let isActive = try host.read { try $0.domain(dom).isActive }
        return DomainSecurityLabel(
            label: Self.text(isActive ? "libvirt-test" : ""), enforcing: isActive ? 1 : 0)
    }
}

extension TestConnection: DomainLaunchSecurity {
    public func domainGetLaunchSecurityInfo(_ dom: DomainRef, flags: UInt32) async throws -> [TypedParameter] {
        try check(flags, 0, "testDomainGetLaunchSecurityInfo")
        return []
    }
}

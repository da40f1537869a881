public import Libvirt
internal import VirtConf
internal import VirtUtil

/// libvirt's test driver has no leases: errors and their order are those of its network driver.
extension TestConnection: NetworkLeases {
    /// One lease for each interface of a running guest that DHCP gives its address. Renewed at every look.
    public func networkGetDHCPLeases(
        _ net: NetworkRef, mac: String?, flags: UInt32
    ) async throws -> [NetworkDHCPLease] {
        try check(flags, 0, "networkGetDHCPLeases", domain: .network)
        var wanted: MACAddress?
        if let mac {
            guard let address = MACAddress(mac) else {
                throw VirtError.network(.invalidMAC, mac)
            }
            wanted = address
        }
        return try host.read { state in
            let network = try state.networks.known(net)
            guard network.isActive else { return [] }
            let now = state.clock.now / 1_000_000
            return state.sortedDomains.filter(\.isActive).flatMap { domain in
                domain.definition.devices.interfaces.enumerated().compactMap { index, interface in
                    guard interface.isIn(network), let own = interface.mac?.address, wanted ?? own == own else {
                        return nil
                    }
                    return network.lease(to: own, number: domain.addressNumber(index), of: domain.name, now: now)
                }
            }
        }
    }
}

extension NetworkInterface {
    func isIn(_ network: TestNetwork) -> Bool { kind == .network && source?.attribute("network") == network.name }
}

extension TestDomain {
    /// Which of a network's addresses the interface at a place has.
    func addressNumber(_ index: Int) -> UInt32 {
        20 &* (UInt32(bitPattern: definition.id ?? 1) &- 1) &+ UInt32(index) &+ 1
    }
}

extension TestNetwork {
    /// The address of an interface: that which is kept for it, else a free one by number.
    ///
    /// - Throws: `.internalError` if the network has no address; libvirt ends itself then.
    func address(of mac: MACAddress?, number: UInt32) throws -> DomainIPAddress {
        var address = try address(number: number)
        if let kept = mac.flatMap(reservation)?.address { address.addr = kept.description }
        return address
    }

    /// What the first of the network's addresses keeps for a guest.
    private func reservation(_ mac: MACAddress) -> NetworkDHCP.Host? {
        definition.addresses.first?.dhcp.hosts.first { $0.mac.flatMap { MACAddress($0) } == mac }
    }

    /// - Parameter now: Seconds since 1970.
    fileprivate func lease(to mac: MACAddress, number: UInt32, of guest: String, now: UInt64) -> NetworkDHCPLease? {
        let kept = reservation(mac)
        guard let dhcp = definition.addresses.first?.dhcp, kept != nil || !dhcp.ranges.isEmpty,
            let address = try? address(of: mac, number: number)
        else { return nil }
        let isSix = address.type == .ipv6
        let time = kept?.lease ?? dhcp.ranges.first?.lease
        return NetworkDHCPLease(
            iface: definition.bridge.name ?? "", expirytime: Int64(clamping: time.expiry(now)), type: address.type,
            mac: mac.description, iaid: isSix ? String(mac.bits & 0xFF_FFFF) : nil, ipaddr: address.addr,
            prefix: address.prefix, hostname: kept?.name ?? "\(guest)host",
            clientid: isSix ? "00:03:00:01:\(mac)" : "01:\(mac)")
    }
}

extension NetworkDHCP.Lease? {
    /// When what is lent now is to be given back, in seconds since 1970; 0 for never. An hour is dnsmasq's own choice.
    fileprivate func expiry(_ now: UInt64) -> UInt64 {
        guard let lease = self else { return now + 3600 }
        if lease.expiry == 0 { return 0 }
        let seconds: UInt64 =
            switch lease.unit {
            case .seconds: 1
            case .minutes: 60
            case .hours: 3600
            }
        let (time, overflows) = lease.expiry.multipliedReportingOverflow(by: seconds)
        return overflows || time > UInt64.max - now ? .max : now + time
    }
}

internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// What a guest that runs has elsewhere on the host: ports of networks.
///
/// Guests that run when a host is made have none: nobody saw them start.
extension TestHostState {
    /// Plugs the interfaces of a guest in that came, and takes away what belongs to none of them any more.
    ///
    /// - Parameters:
    ///   - domain: As it is going to be, which its state need not say yet.
    ///   - before: As it has been, if it runs already.
    mutating func plug(_ domain: TestDomain, before: TestDomain? = nil) throws {
        let interfaces = domain.definition.devices.interfaces
        for network in networks.sorted where network.isActive {
            let present = interfaces.filter { $0.isIn(network) }
            let macs = Set(present.compactMap(\.mac?.address))
            let own = network.ports.values.filter { $0.guest == domain.uuid }
            let old = before?.definition.devices.interfaces.filter { $0.isIn(network) } ?? []
            let seen = Set(old.compactMap(\.mac?.address))
            if macs == seen { continue }
            try networks.modify(network.name) { network in
                for port in own where !macs.contains(port.definition.mac) { network.removePort(port.uuid) }
                for interface in present {
                    guard let mac = interface.mac?.address, !seen.contains(mac) else { continue }
                    // libvirt's test driver starts guests whatever their networks say.
                    try? network.add(interface.port(of: domain, mac), guest: domain.uuid)
                }
            }
        }
    }

    /// Takes away what the run of a guest had.
    mutating func unplug(_ guest: UUID) {
        networks.removePorts(of: guest)
    }
}

extension TestNetworks {
    fileprivate mutating func removePorts(of guest: UUID) {
        for network in networks.values where network.ports.values.contains(where: { $0.guest == guest }) {
            try? modify(network.name) { network in
                for port in network.ports.values where port.guest == guest { network.removePort(port.uuid) }
            }
        }
    }
}

extension NetworkInterface {
    /// What a network is asked for.
    fileprivate func port(of domain: TestDomain, _ mac: MACAddress) -> NetworkPortDefinition {
        var port = NetworkPortDefinition()
        port.uuid = .random()
        port.ownerName = domain.name
        port.ownerUUID = domain.definition.uuid
        port.group = source?.attribute("portgroup")
        port.mac = mac
        port.virtualPort = virtualPort
        port.bandwidth = bandwidth
        port.vlan = vlan
        port.isIsolated = self.port?.attributes.first { $0.name == "isolated" }.flatMap { YesNo(rawValue: $0.value) }
        port.trustGuestRxFilters = trustGuestRxFilters
        return port
    }
}

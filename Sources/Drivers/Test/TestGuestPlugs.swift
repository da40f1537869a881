internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// What a guest that runs has elsewhere on the host: ports of networks, and filters in force.
///
/// Guests that run when a host is made have none: nobody saw them start.
extension TestHostState {
    /// Plugs in what a run that begins now needs. A domain that is not persistent is gone if that fails.
    mutating func plugForRun(_ reference: DomainRef) throws {
        unplug(reference.uuid)
        do {
            try plug(domain(reference))
        } catch {
            let isPersistent = try modify(reference) { domain in
                domain.endRun()
                return domain.isPersistent
            }
            if !isPersistent { remove(reference) }
            throw error
        }
    }

    /// Plugs the interfaces of a guest in that came, and takes away what belongs to none of them any more.
    ///
    /// - Parameters:
    ///   - domain: As it is going to be, which its state need not say yet.
    ///   - before: As it has been, if it runs already.
    /// - Throws: What libvirt's filter driver says of a filter that cannot be put in force; nothing is changed then.
    mutating func plug(_ domain: TestDomain, before: TestDomain? = nil) throws {
        try bindFilters(of: domain, before: before)
        plugPorts(of: domain, before: before)
    }

    private mutating func bindFilters(of domain: TestDomain, before: TestDomain?) throws {
        var filters = nwfilters
        var left = before?.filteredInterfaces ?? [:]
        var upcoming: [(mac: MACAddress, reference: NWFilterReference, name: String?)] = []
        for interface in domain.definition.devices.interfaces {
            guard let (mac, reference) = interface.filtered else { continue }
            let own = filters.bindings.values.first { $0.isOf(domain.uuid, mac) }?.definition.portDevice
            if left.removeValue(forKey: mac) == reference { continue }
            if let own { try filters.unbind(own) }
            upcoming.append((mac, reference, own ?? interface.targetName))
        }
        for mac in left.keys {
            let own = filters.bindings.values.first { $0.isOf(domain.uuid, mac) }
            if let own { try filters.unbind(own.definition.portDevice) }
        }
        for (mac, reference, name) in upcoming {
            var binding = BindingDefinition()
            binding.ownerName = domain.name
            binding.ownerUUID = domain.definition.uuid
            // Guests of this driver may have interfaces of the same name.
            if let name, filters.bindings[name]?.guest == nil {
                binding.portDevice = name
            } else {
                binding.portDevice = filters.newName()
            }
            binding.hardwareAddress = mac
            binding.reference = reference
            _ = try filters.bind(binding, isPresent: true, guest: domain.uuid)
        }
        nwfilters = filters
    }

    private mutating func plugPorts(of domain: TestDomain, before: TestDomain?) {
        let interfaces = domain.definition.devices.interfaces
        for network in networks.sorted where network.isActive {
            let present = interfaces.filter { $0.isIn(network) }
            let macs = Set(present.compactMap(\.mac?.address))
            let own = network.ports.values.filter { $0.guest == domain.uuid }
            let old = before?.definition.devices.interfaces.filter { $0.isIn(network) } ?? []
            let seen = Set(old.compactMap(\.mac?.address))
            if macs == seen { continue }
            try? networks.modify(network.name) { network in
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
        for binding in nwfilters.bindings.values where binding.guest == guest {
            try? nwfilters.unbind(binding.definition.portDevice)
        }
    }
}

extension TestNWFilters.Binding {
    fileprivate func isOf(_ guest: UUID, _ mac: MACAddress) -> Bool {
        self.guest == guest && definition.hardwareAddress == mac
    }
}

extension TestDomain {
    fileprivate var filteredInterfaces: [MACAddress: NWFilterReference] {
        Dictionary(definition.devices.interfaces.compactMap(\.filtered)) { first, _ in first }
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
    /// Its address, and the filter that is to be in force on it.
    fileprivate var filtered: (MACAddress, NWFilterReference)? {
        guard let mac = mac?.address, let reference = filter.flatMap(NWFilterReference.init) else { return nil }
        return (mac, reference)
    }

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

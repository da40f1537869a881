internal import VirtUtil

extension NetworkDefinition {
    /// The `<ip>` that is meant: by its place, or the one that gives addresses away, or the first.
    private func addressIndex(_ update: NetworkUpdate) throws(ConfError) -> Int {
        if update.parentIndex >= 0 {
            let index = Int(update.parentIndex)
            if addresses.indices.contains(index) { return index }
            throw invalid(
                "couldn't update dhcp host entry - no <ip> element found at index \(index) in network '\(name)'")
        }
        let index =
            addresses.firstIndex { !$0.dhcp.isEmpty } ?? addresses.firstIndex { $0.address?.family == .ipv4 }
            ?? addresses.firstIndex { $0.address?.family == .ipv6 }
        if let index { return index }
        throw invalid("couldn't update dhcp host entry - no <ip> element found in network '\(name)'")
    }

    /// Addresses are given away in one `<ip>` of a family only.
    private func requireOnly(_ index: Int) throws(ConfError) {
        let family = addresses[index].address?.family
        for other in addresses.indices where other != index {
            if addresses[other].address?.family == family, !addresses[other].dhcp.isEmpty {
                throw invalid(
                    "dhcp is supported only for a single \(family == .ipv6 ? "IPv6" : "IPv4") address on each network")
            }
        }
    }

    mutating func updateDHCPHost(_ update: NetworkUpdate, _ element: XMLNode) throws(ConfError) {
        try expect("host", element)
        let index = try addressIndex(update)
        let ip = addresses[index]
        let host = try parse(element, NetworkDHCP.Host()) { [name] host, coder in
            host.read(coder, of: ip, network: name, isSearch: update.known == .delete)
        }
        let hosts = ip.dhcp.hosts
        if update.known == .delete {
            guard let found = hosts.firstIndex(where: { $0.has(host) }) else {
                throw invalid("couldn't locate a matching dhcp host entry in network '\(name)'")
            }
            addresses[index].dhcp.hosts.remove(at: found)
            return
        }
        if host.address?.family != ip.address?.family {
            throw invalid(
                "the address family of a host entry IP must match the address family of the dhcp element's parent")
        }
        let known = update.known
        let found = hosts.firstIndex { $0.collides(with: host) }
        let (mac, hostName, address) = (host.mac ?? "unknown", host.name ?? "(null)", host.address?.description ?? "")
        switch known {
        case .modify:
            guard let found else {
                throw invalid(
                    """
                    couldn't locate an existing dhcp host entry with "mac='\(mac)'" "name='\(hostName)'" \
                    "ip='\(address)'" in network '\(name)'
                    """)
            }
            addresses[index].dhcp.hosts[found] = host
        case .addLast, .addFirst:
            try requireOnly(index)
            if found != nil {
                throw invalid(
                    """
                    there is an existing dhcp host entry in network '\(name)' that matches \
                    "<host mac='\(mac)' name='\(hostName)' ip='\(address)'/>"
                    """)
            }
            addresses[index].dhcp.hosts.add(host, update)
        case .delete, nil: throw update.unknownCommand()
        }
    }

    mutating func updateDHCPRange(_ update: NetworkUpdate, _ element: XMLNode) throws(ConfError) {
        try expect("range", element)
        let index = try addressIndex(update)
        if update.known == .modify { throw unmodifiable("dhcp ranges") }
        let ip = addresses[index]
        let range = try parse(element, NetworkDHCP.Range()) { [name] range, coder in
            range.read(coder, of: ip, network: name)
        }
        let found = ip.dhcp.ranges.firstIndex { $0.addresses == range.addresses }
        switch update.known {
        case .addLast, .addFirst:
            try requireOnly(index)
            if found != nil {
                let (start, end) = (range.addresses?.lowerBound, range.addresses?.upperBound)
                throw invalid(
                    """
                    there is an existing dhcp range entry in network '\(name)' that matches \
                    "<range start='\(start?.description ?? "")' end='\(end?.description ?? "")'/>"
                    """)
            }
            addresses[index].dhcp.ranges.add(range, update)
        case .delete:
            guard let found else {
                throw invalid("couldn't locate a matching dhcp range entry in network '\(name)'")
            }
            addresses[index].dhcp.ranges.remove(at: found)
        case .modify, nil: throw update.unknownCommand()
        }
    }
}

extension NetworkDHCP.Host {
    private var macAddress: MACAddress? { mac.flatMap { MACAddress($0) } }

    /// Both cannot be there: one of their properties is the same.
    func collides(with other: NetworkDHCP.Host) -> Bool {
        func same<Value: Equatable>(_ mine: Value?, _ its: Value?) -> Bool { its != nil && mine == its }
        return same(macAddress, other.macAddress) || same(name, other.name) || same(address, other.address)
    }

    /// It has all properties that the other has.
    func has(_ other: NetworkDHCP.Host) -> Bool {
        func covers<Value: Equatable>(_ mine: Value?, _ its: Value?) -> Bool { its == nil || mine == its }
        return covers(macAddress, other.macAddress) && covers(name, other.name) && covers(address, other.address)
    }
}
